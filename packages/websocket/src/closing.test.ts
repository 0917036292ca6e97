/** The ground of Autobahn section 7: the closing handshake, from both sides, and connections that end without one. */
import { describe, expect, test } from "vitest";
import { WebSocketError } from "./errors.ts";
import { byteByByte, clientFrame, close, fragments, ping, text } from "./testing/client-frames.ts";
import { MemoryDuplex } from "./testing/memory-duplex.ts";
import { openEndpoint } from "./testing/open-endpoint.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe("a close by the peer", () => {
  test("is answered with its code, ends our side and is reported with its reason", async () => {
    const { carrier, sink, sent, endpoint } = await openEndpoint();
    carrier.receive(close(1000, "bye ✓"));
    expect(sink.closes).toEqual([{ code: 1000, reason: "bye ✓", error: undefined }]);
    expect(sent()).toEqual([{ first: 0x88, payload: Buffer.from([0x03, 0xe8]) }]);
    expect(endpoint.isOpen).toBe(false);
    await settled();
    expect(carrier.isEnded).toBe(true);
  });

  test("without a code is answered without one and reported as 1005", async () => {
    const { carrier, sink, sent } = await openEndpoint();
    carrier.receive(...byteByByte(close()));
    expect(sink.closes).toEqual([{ code: 1005, reason: "", error: undefined }]);
    expect(sent()).toEqual([{ first: 0x88, payload: Buffer.alloc(0) }]);
  });

  test("comes after the messages before it, and nothing is read or answered after it", async () => {
    const { carrier, sink, sent } = await openEndpoint();
    carrier.receive(Buffer.concat([text("a"), close(1001), text("b"), ping("x"), close(1000)]));
    carrier.receive(text("c"));
    expect(sink.messages).toEqual(["a"]);
    expect(sink.closes.map(({ code }) => code)).toEqual([1001]);
    expect(sent()).toHaveLength(1);
  });

  test("in the middle of a fragmented message drops the message", async () => {
    const { carrier, sink } = await openEndpoint();
    const [first = Buffer.alloc(0)] = fragments(1, "a", "b");
    carrier.receive(first, close(1000));
    expect(sink.messages).toEqual([]);
    expect(sink.closes[0]?.code).toBe(1000);
  });

  test("is answered after what was queued, in the same write", async () => {
    const { carrier, endpoint, sent } = await openEndpoint();
    endpoint.sendText("queued");
    carrier.receive(close(1000));
    expect(sent().map(({ first }) => first)).toEqual([0x81, 0x88]);
    expect(carrier.writes).toHaveLength(1);
  });

  const valid = [
    1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
  ];
  test.each(valid)("may have code %i", async (code) => {
    const { carrier, sink, sentCloseCode } = await openEndpoint();
    carrier.receive(close(code));
    expect(sink.closes).toEqual([{ code, reason: "", error: undefined }]);
    expect(sentCloseCode()).toBe(code);
  });

  const invalid = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];
  test.each(invalid)("must not have code %i", async (code) => {
    const { carrier, sink, sentCloseCode } = await openEndpoint();
    carrier.receive(close(code));
    expect(sink.closes).toEqual([{ code: 1002, reason: "", error: "ERR_WS_CLOSE_CODE" }]);
    expect(sentCloseCode()).toBe(1002);
  });

  test("may have a reason of 123 bytes and not more", async () => {
    const ok = await openEndpoint();
    ok.carrier.receive(close(1000, "r".repeat(123)));
    expect(ok.sink.closes[0]).toMatchObject({ code: 1000, reason: "r".repeat(123) });
    const tooLong = await openEndpoint();
    tooLong.carrier.receive(close(1000, "r".repeat(124)));
    expect(tooLong.sink.closes[0]).toMatchObject({ code: 1002, error: "ERR_WS_CONTROL_LENGTH" });
  });

  test("must not have a payload of one byte", async () => {
    const { carrier, sink } = await openEndpoint();
    carrier.receive(clientFrame({ opcode: 8, payload: "x" }).subarray(0, 2));
    expect(sink.closes).toEqual([{ code: 1002, reason: "", error: "ERR_WS_CLOSE_PAYLOAD" }]);
  });

  test("must have a reason that is UTF-8", async () => {
    const { carrier, sink, sentCloseCode } = await openEndpoint();
    carrier.receive(close(1000, Buffer.from("cebae1bdb9eda080", "hex")));
    expect(sink.closes).toEqual([{ code: 1007, reason: "", error: "ERR_WS_CLOSE_REASON" }]);
    expect(sentCloseCode()).toBe(1007);
  });
});

describe("a close by us", () => {
  test("leaves at once, after what was queued, in one write", async () => {
    const { carrier, endpoint, sent } = await openEndpoint();
    endpoint.sendText("a");
    endpoint.sendText("b");
    endpoint.close(1000, "done");
    expect(carrier.writes).toHaveLength(1);
    expect(sent().map(({ first }) => first)).toEqual([0x81, 0x81, 0x88]);
    expect(sent()[2]?.payload.subarray(2).toString()).toBe("done");
  });

  test("sends nothing afterwards, not even pongs", async () => {
    const { carrier, endpoint, sent } = await openEndpoint();
    endpoint.close();
    endpoint.sendText("late");
    endpoint.ping();
    endpoint.close(1001);
    carrier.receive(ping("x"));
    expect(sent()).toEqual([{ first: 0x88, payload: Buffer.alloc(0) }]);
  });

  test("still delivers what the peer had under way, then reports the peer's code and ends", async () => {
    const { carrier, endpoint, sink, clock } = await openEndpoint();
    endpoint.close(1000);
    carrier.receive(text("under way"));
    expect(sink.closes).toEqual([]);
    carrier.receive(close(1000, "yes"));
    expect(sink.messages).toEqual(["under way"]);
    expect(sink.closes).toEqual([{ code: 1000, reason: "yes", error: undefined }]);
    await settled();
    expect(carrier.isEnded).toBe(true);
    carrier.receiveEnd();
    await settled();
    expect(carrier.destroyed).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test("refuses what is malformed even then", async () => {
    const { carrier, endpoint, sink, sent } = await openEndpoint();
    endpoint.close(1000);
    carrier.receive(clientFrame({ opcode: 3 }));
    expect(sink.closes).toEqual([{ code: 1002, reason: "", error: "ERR_WS_OPCODE" }]);
    expect(sent()).toHaveLength(1);
  });

  test("is cut when the peer does not answer in time", async () => {
    const { carrier, endpoint, sink, clock } = await openEndpoint({ closeTimeoutMs: 500 });
    endpoint.close(1000);
    clock.advance(499);
    expect(sink.closes).toEqual([]);
    clock.advance(1);
    expect(sink.closes).toEqual([{ code: 1006, reason: "", error: "ERR_WS_CLOSE_TIMEOUT" }]);
    expect(carrier.destroyed).toBe(true);
  });

  test("leaves although the carrier asks to wait", async () => {
    const { carrier, endpoint, turn, sent } = await openEndpoint();
    carrier.hold();
    endpoint.sendBinary(Buffer.alloc(20_000));
    turn.end();
    endpoint.sendText("queued behind");
    endpoint.close(1001);
    carrier.release();
    await settled();
    expect(sent().map(({ first }) => first)).toEqual([0x82, 0x81, 0x88]);
  });

  test("refuses codes and reasons that cannot be sent, before anything happens", async () => {
    const { carrier, endpoint } = await openEndpoint();
    const unsendable: [code: number | undefined, reason?: string][] = [
      [1005],
      [1006],
      [1015],
      [999],
      [1000.5],
      [1000, "x".repeat(124)],
      [undefined, "x"],
    ];
    for (const [code, reason] of unsendable) {
      expect(() => endpoint.close(code, reason)).toThrow(WebSocketError);
    }
    expect(endpoint.isOpen).toBe(true);
    expect(carrier.writes).toEqual([]);
  });
});

describe("a refusal", () => {
  test("sends its code after what was queued, ends, and throws away what arrives", async () => {
    const { carrier, endpoint, sink, sent } = await openEndpoint();
    endpoint.sendText("queued");
    carrier.receive(clientFrame({ opcode: 5 }), text("late"), close(1000));
    expect(sent().map(({ first }) => first)).toEqual([0x81, 0x88]);
    expect(sink.messages).toEqual([]);
    expect(sink.closes).toHaveLength(1);
    await settled();
    expect(carrier.isEnded).toBe(true);
    expect(carrier.destroyed).toBe(false);
  });

  test("cuts a peer that does not end its side in time", async () => {
    const { carrier, clock, sink } = await openEndpoint({ closeTimeoutMs: 100 });
    carrier.receive(clientFrame({ opcode: 5 }));
    clock.advance(100);
    expect(carrier.destroyed).toBe(true);
    expect(sink.closes).toHaveLength(1);
  });
});

describe("an end without a close", () => {
  test("of the peer's side alone is reported as 1006 and ends ours", async () => {
    const { carrier, sink } = await openEndpoint();
    carrier.receive(text("whole"), text("cut off").subarray(0, 5));
    carrier.receiveEnd();
    await settled();
    expect(sink.messages).toEqual(["whole"]);
    expect(sink.closes).toEqual([{ code: 1006, reason: "", error: undefined }]);
    expect(carrier.isEnded).toBe(true);
  });

  test("by an error of the carrier is reported as 1006 with the cause", async () => {
    const { carrier, clock } = await openEndpoint();
    const seen: unknown[] = [];
    const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    const second = await openEndpoint({
      carrier: new MemoryDuplex(),
      sink: { onText() {}, onBinary() {}, onDrain() {}, onClose: (...call) => seen.push(...call) },
    });
    second.carrier.destroy(reset);
    await settled();
    expect(seen).toEqual([1006, "", expect.objectContaining({ code: "ERR_WS_CARRIER", cause: reset })]);
    carrier.destroy();
    expect(clock.pending).toBe(0);
  });

  test("by destroy() is reported before it returns, and only once", async () => {
    const { carrier, endpoint, sink, clock } = await openEndpoint();
    endpoint.sendText("lost");
    endpoint.destroy();
    expect(sink.closes).toEqual([{ code: 1006, reason: "", error: undefined }]);
    endpoint.destroy();
    endpoint.close();
    await settled();
    expect(sink.closes).toHaveLength(1);
    expect(carrier.writes).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("after we closed is reported as 1006 and stops the timeout", async () => {
    const { carrier, endpoint, sink, clock } = await openEndpoint();
    endpoint.close();
    carrier.destroy();
    await settled();
    expect(sink.closes).toEqual([{ code: 1006, reason: "", error: undefined }]);
    expect(clock.pending).toBe(0);
  });

  test("swallows errors of the carrier that come after everything", async () => {
    const { carrier, endpoint, sink } = await openEndpoint();
    endpoint.destroy();
    carrier.emit("error", new Error("late"));
    expect(sink.closes).toHaveLength(1);
  });

  test.each(["destroyed", "ended"])(
    "of a carrier that was %s before is reported in the next turn",
    async (how) => {
      const carrier = new MemoryDuplex();
      if (how === "destroyed") carrier.destroy();
      else carrier.receiveEnd();
      carrier.resume();
      await settled();
      const { sink, endpoint } = await openEndpoint({ carrier });
      expect(sink.closes).toEqual([{ code: 1006, reason: "", error: undefined }]);
      expect(endpoint.isOpen).toBe(false);
    },
  );

  test("lets go of the carrier also if the sink throws", async () => {
    const { carrier, endpoint } = await openEndpoint();
    const thrower = { onText() {}, onBinary() {}, onDrain() {}, onClose: () => expect.fail("sink") };
    endpoint.setSink(thrower);
    expect(() => endpoint.destroy()).toThrow("sink");
    expect(carrier.destroyed).toBe(true);
    expect(() => endpoint.destroy()).not.toThrow();
  });
});
