/** The ground of Autobahn sections 9 and 10: large messages, many small pieces, and the limit. */
import { describe, expect, test } from "vitest";
import {
  binary,
  byteByByte,
  clientFrame,
  continuation,
  fragments,
  ping,
  text,
} from "./testing/client-frames.ts";
import { MemoryDuplex } from "./testing/memory-duplex.ts";
import { openEndpoint } from "./testing/open-endpoint.ts";

const TOO_BIG = { code: 1009, reason: "", error: "ERR_WS_MESSAGE_TOO_BIG" };

describe("the message limit", () => {
  test("lets a message of exactly that size through, whole or in fragments", async () => {
    const { carrier, sink } = await openEndpoint({ maxMessageBytes: 100 });
    carrier.receive(
      text("x".repeat(100)),
      ...fragments(1, "a".repeat(60), "b".repeat(40)),
      binary(Buffer.alloc(100)),
    );
    expect(sink.messages.map(({ length }) => length)).toEqual([100, 100, 100]);
    expect(sink.closes).toEqual([]);
  });

  test("refuses one byte more as soon as the header says so", async () => {
    const { carrier, sink, sentCloseCode } = await openEndpoint({ maxMessageBytes: 100 });
    carrier.receive(text("x".repeat(101)).subarray(0, 2));
    expect(sink.closes).toEqual([TOO_BIG]);
    expect(sentCloseCode()).toBe(1009);
  });

  test("refuses long lengths before the mask has arrived", async () => {
    for (const [lengthBits, bytes] of [
      [16, 4],
      [64, 10],
    ] as const) {
      const { carrier, sink } = await openEndpoint({ maxMessageBytes: 1000 });
      carrier.receive(clientFrame({ opcode: 2, lengthBits, claimedLength: 60_000 }).subarray(0, bytes));
      expect(sink.closes).toEqual([TOO_BIG]);
    }
  });

  test("counts all fragments together, before their bytes arrive", async () => {
    const { carrier, sink } = await openEndpoint({ maxMessageBytes: 100 });
    const last = continuation("b".repeat(50));
    carrier.receive(text("a".repeat(51), { fin: false }), last.subarray(0, 2));
    expect(sink.closes).toEqual([TOO_BIG]);
  });

  test("begins anew with each message and does not count control frames", async () => {
    const { carrier, sink } = await openEndpoint({ maxMessageBytes: 10 });
    carrier.receive(
      text("12345", { fin: false }),
      ping(Buffer.alloc(125)),
      continuation("67890"),
      text("1234567890"),
    );
    expect(sink.messages).toEqual(["1234567890", "1234567890"]);
  });

  test("counts bytes, not characters", async () => {
    const { carrier, sink } = await openEndpoint({ maxMessageBytes: 10 });
    carrier.receive(text("äöüäö"), text("äöüäöü"));
    expect(sink.messages).toEqual(["äöüäö"]);
    expect(sink.closes).toEqual([TOO_BIG]);
  });
});

describe("large and many", () => {
  test.each([64, 256, 1024, 4096])("delivers 1 MB in fragments of %i bytes", async (size) => {
    const { carrier, sink } = await openEndpoint({ maxMessageBytes: 2 ** 20 });
    const pieces = Array.from({ length: 2 ** 20 / size }, (_, index) => Buffer.alloc(size, index & 0x7f));
    carrier.receive(Buffer.concat(fragments(2, ...pieces)));
    expect(Buffer.concat(pieces).equals(Buffer.from(sink.messages[0] ?? ""))).toBe(true);
  });

  test.each([64, 997, 65_536])("delivers a 4 MB text in chunks of %i bytes", async (size) => {
    const { carrier, sink } = await openEndpoint();
    const message = "Hellö".repeat(700_000);
    const frame = text(message);
    for (let at = 0; at < frame.length; at += size) carrier.receive(frame.subarray(at, at + size));
    expect(sink.messages[0] === message).toBe(true);
  });

  test("delivers 10,000 messages of one chunk in order", async () => {
    const { carrier, sink } = await openEndpoint();
    const messages = Array.from({ length: 10_000 }, (_, index) => `m${index}`);
    carrier.receive(Buffer.concat(messages.map((message) => text(message))));
    expect(sink.messages).toEqual(messages);
  });

  test("holds no more memory for a message in tiny pieces than its bytes take", async () => {
    const { carrier, sink } = await openEndpoint({ maxMessageBytes: 2 ** 20 });
    carrier.receive(text("", { fin: false }));
    const piece = Buffer.concat(Array.from({ length: 1000 }, () => continuation("x", { fin: false })));
    const empty = Buffer.concat(Array.from({ length: 1000 }, () => continuation("", { fin: false })));
    const before = process.memoryUsage();
    for (let round = 0; round < 100; round++) carrier.receive(piece, empty);
    const after = process.memoryUsage();
    carrier.receive(continuation(""));
    expect(sink.messages[0]?.length).toBe(100_000);
    // A Buffer object per piece would be 100,000 × ~100 bytes of buffers alone.
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(4_000_000);
  });

  test("reserves no memory for a length that is only claimed", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const opened = await Promise.all(
      Array.from({ length: 50 }, () => openEndpoint({ maxMessageBytes: 2 ** 30 })),
    );
    for (const { carrier } of opened)
      carrier.receive(clientFrame({ opcode: 2, payload: "x", claimedLength: 2 ** 30, lengthBits: 64 }));
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(50 * 20_000 + 1_000_000);
  });

  test("reads a header of the longest kind byte by byte", async () => {
    const { carrier, sink } = await openEndpoint();
    carrier.receive(...byteByByte(text("slow", { lengthBits: 64 })));
    expect(sink.messages).toEqual(["slow"]);
  });
});

describe("a flood of pings", () => {
  test("from a peer that does not read is answered with the last one only", async () => {
    const { carrier, sent, endpoint, turn } = await openEndpoint();
    carrier.hold();
    endpoint.sendBinary(Buffer.alloc(20_000));
    turn.end();
    for (let index = 0; index < 1000; index++) carrier.receive(ping(`p${index}`));
    expect(endpoint.bufferedBytes).toBeLessThan(21_000);
    carrier.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent().map(({ first, payload }) => [first, payload.length < 126 && payload.toString()])).toEqual([
      [0x82, false],
      [0x8a, "p999"],
    ]);
  });

  test("is answered too when the carrier buffers much without asking to wait", async () => {
    const { carrier, sent, endpoint, turn } = await openEndpoint({
      carrier: new MemoryDuplex({ highWaterMark: 2 ** 20 }),
    });
    carrier.hold();
    endpoint.sendBinary(Buffer.alloc(20_000));
    turn.end();
    carrier.receive(ping("a"), ping("b"));
    turn.end();
    carrier.release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(sent().map(({ payload }) => payload.length)).toEqual([20_000, 1]);
  });

  test("in one turn queues a bounded number of pongs", async () => {
    const { carrier, endpoint } = await openEndpoint();
    const data = Buffer.alloc(125);
    carrier.receive(Buffer.concat(Array.from({ length: 5000 }, () => ping(data))));
    expect(endpoint.bufferedBytes).toBeLessThan(17_000);
  });
});
