/** What leaves: one write per turn, shared frames, back-pressure, and what a sink sees of it. */
import { describe, expect, test } from "vitest";
import { type WebSocketEndpoint, frameBinary, frameText } from "./index.ts";
import { MemoryDuplex } from "./testing/memory-duplex.ts";
import { type OpenEndpoint, openEndpoint } from "./testing/open-endpoint.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));
const texts = (opened: OpenEndpoint) => opened.sent().map(({ payload }) => payload.toString("latin1"));

describe("one turn", () => {
  test.each([1, 2, 20, 500])("writes once for %i sends", async (count) => {
    const opened = await openEndpoint();
    const messages = Array.from({ length: count }, (_, index) => `message ${index}`);
    for (const message of messages) opened.endpoint.sendText(message);
    expect(opened.carrier.writes).toHaveLength(0);
    expect(opened.turn.scheduled).toBe(1);
    opened.turn.end();
    expect(opened.carrier.writes).toHaveLength(1);
    expect(texts(opened)).toEqual(messages);
  });

  test("writes large frames once too, without copying them", async () => {
    const opened = await openEndpoint({ carrier: new MemoryDuplex({ highWaterMark: 1_000_000 }) });
    for (let index = 0; index < 5; index++) opened.endpoint.sendBinary(Buffer.alloc(10_000, index));
    opened.turn.end();
    expect(opened.carrier.writes).toHaveLength(1);
    expect(opened.sent().map(({ payload }) => payload[0])).toEqual([0, 1, 2, 3, 4]);
  });

  test("hands a frame shared by many connections to each carrier as it is", async () => {
    const frame = frameText("to all");
    const copy = Buffer.from(frame);
    const opened = await Promise.all([openEndpoint(), openEndpoint(), openEndpoint()]);
    for (const { endpoint, turn } of opened) {
      endpoint.sendFrames(frame);
      turn.end();
    }
    for (const { carrier } of opened) expect(carrier.writes[0]).toBe(frame);
    expect(frame).toEqual(copy);
  });

  test("keeps the order of text, binary, ping and ready-made frames", async () => {
    const opened = await openEndpoint();
    opened.endpoint.sendText("a");
    opened.endpoint.sendBinary(Buffer.from("b"));
    opened.endpoint.ping(Buffer.from("c"));
    opened.endpoint.sendFrames(Buffer.concat([frameText("d"), frameBinary(Buffer.from("e"))]));
    expect(opened.sent().map(({ first, payload }) => [first, payload.toString()])).toEqual([
      [0x81, "a"],
      [0x82, "b"],
      [0x89, "c"],
      [0x81, "d"],
      [0x82, "e"],
    ]);
  });

  test("flush() writes at once, and the turn then has nothing left to do", async () => {
    const { endpoint, carrier, turn } = await openEndpoint();
    endpoint.sendText("now");
    endpoint.flush();
    expect(carrier.writes).toHaveLength(1);
    turn.end();
    endpoint.flush();
    expect(carrier.writes).toHaveLength(1);
  });
});

describe("back-pressure", () => {
  test("is writable until something is queued, and again once it is written", async () => {
    const { endpoint, sink, turn } = await openEndpoint();
    expect(endpoint.isWritable).toBe(true);
    endpoint.sendText("a");
    expect([endpoint.isWritable, endpoint.bufferedBytes, sink.drains]).toEqual([false, 3, 0]);
    turn.end();
    expect([endpoint.isWritable, endpoint.bufferedBytes, sink.drains]).toEqual([true, 0, 1]);
  });

  test("waits for the carrier, counts what it holds, and drains once", async () => {
    const { endpoint, sink, turn, carrier } = await openEndpoint();
    carrier.hold();
    endpoint.sendBinary(Buffer.alloc(20_000));
    turn.end();
    expect([endpoint.isWritable, endpoint.bufferedBytes, sink.drains]).toEqual([false, 20_004, 0]);
    endpoint.sendText("waits");
    turn.end();
    expect([carrier.writes.length, endpoint.bufferedBytes]).toEqual([1, 20_011]);
    carrier.release();
    await settled();
    expect([carrier.writes.length, endpoint.bufferedBytes]).toEqual([2, 0]);
    expect([endpoint.isWritable, sink.drains]).toEqual([true, 1]);
  });

  test("drains when the carrier does, with nothing queued", async () => {
    const { endpoint, sink, turn, carrier } = await openEndpoint();
    carrier.hold();
    endpoint.sendBinary(Buffer.alloc(20_000));
    turn.end();
    carrier.release();
    await settled();
    expect([endpoint.isWritable, sink.drains]).toEqual([true, 1]);
  });

  test("hands a backlog over piece by piece, in order", async () => {
    const opened = await openEndpoint();
    const { endpoint, turn, carrier } = opened;
    carrier.hold();
    const messages = Array.from({ length: 20_000 }, (_, index) => `message number ${index}`);
    for (const message of messages) endpoint.sendText(message);
    const total = endpoint.bufferedBytes;
    turn.end();
    expect(carrier.writableLength).toBeLessThanOrEqual(65_536);
    expect(endpoint.bufferedBytes).toBe(total);
    carrier.release();
    while (endpoint.bufferedBytes > 0) await settled();
    expect(texts(opened)).toEqual(messages);
    expect(carrier.writes.length).toBe(Math.ceil(total / 65_536));
  });

  test("keeps order when more is sent while a backlog leaves", async () => {
    const opened = await openEndpoint();
    const { endpoint, turn, carrier } = opened;
    const expected: string[] = [];
    for (let round = 0; round < 50; round++) {
      if (round % 3 === 0) carrier.hold();
      if (round % 3 === 2) carrier.release();
      for (let index = 0; index < 40; index++) {
        const message = `${round}.${index} ${"x".repeat((index * 131) % 3000)}`;
        expected.push(message);
        endpoint.sendText(message);
      }
      turn.end();
      await settled();
    }
    carrier.release();
    while (endpoint.bufferedBytes > 0) await settled();
    expect(texts(opened)).toEqual(expected);
  });

  test("sends what the sink sends when it drains in the next turn", async () => {
    const drained: string[] = [];
    let endpoint: WebSocketEndpoint | undefined;
    const sink = {
      onText() {},
      onBinary() {},
      onDrain() {
        if (drained.push("drain") < 3) endpoint?.sendText("more");
      },
      onClose() {},
    };
    const opened = await openEndpoint({ sink });
    endpoint = opened.endpoint;
    endpoint.sendText("first");
    for (let turn = 0; turn < 5; turn++) opened.turn.end();
    expect(texts(opened)).toEqual(["first", "more", "more"]);
    expect(opened.carrier.writes).toHaveLength(3);
  });

  test("survives a carrier that destroys the endpoint within the write", async () => {
    const opened = await openEndpoint();
    const other = await openEndpoint();
    opened.carrier.onWrite = () => {
      opened.endpoint.destroy();
      other.endpoint.sendText("of the other");
    };
    opened.endpoint.sendText("a");
    opened.endpoint.sendText("b");
    opened.turn.end();
    expect(texts(other)).toEqual(["of the other"]);
    expect(opened.carrier.written.includes("of the other")).toBe(false);
    expect(opened.sink.closes).toHaveLength(1);
  });
});
