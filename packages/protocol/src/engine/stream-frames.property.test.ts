// Frames on byte streams against any input, any chunking, and the published engine.io-parser.
import { createPacketDecoderStream, createPacketEncoderStream } from "engine.io-parser";
import type { Packet } from "engine.io-parser";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isProtocolError } from "../index.ts";
import { StreamFrameDecoder, encodeStreamFrame } from "./index.ts";

/** Spans the three forms of the length. */
const sizes = fc.oneof(
  fc.integer({ min: 1, max: 200 }),
  fc.constantFrom(125, 126, 127, 65_535, 65_536, 70_000),
);
const packet = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 0, maxLength: 40 }).map((data) => `4${data}`),
  fc.constantFrom("2", "3", "2probe", "5", "6"),
  sizes.map((size) => `4${"x".repeat(size)}`),
  fc.uint8Array({ minLength: 1, maxLength: 300 }),
  sizes.map((size) => new Uint8Array(size).fill(7)),
);
/** Chunk lengths, taken round and round; 0 is a chunk without bytes. */
const cuts = fc.array(fc.integer({ min: 0, max: 2000 }), { minLength: 1, maxLength: 20 });

function join(frames: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(frames));
}

function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  const takesAny = lengths.some((length) => length > 0);
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = takesAny ? (lengths[turn % lengths.length] ?? 1) : 1;
    chunks.push(bytes.slice(at, at + length));
    at += length;
  }
  return chunks;
}

/** The packets, and the code of the error that ended them, if any. */
function decode(chunks: readonly Uint8Array[], maxPayloadBytes: number): unknown[] {
  const decoder = new StreamFrameDecoder(maxPayloadBytes);
  const packets: unknown[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let next = decoder.next(); next !== undefined; next = decoder.next()) packets.push(next);
      // Whoever lent the chunk may use it again.
      chunk.fill(0xee);
    }
  } catch (error) {
    if (!isProtocolError(error)) throw error;
    packets.push(error.code);
  }
  return packets;
}

test("frames come apart as they were joined, in any chunking", () => {
  fc.assert(
    fc.property(fc.array(packet, { maxLength: 10 }), cuts, (packets, lengths) => {
      const bytes = join(packets.map(encodeStreamFrame));
      expect(decode(cut(bytes, lengths), 70_001)).toEqual(packets);
    }),
    { numRuns: 30 },
  );
});

test("any bytes are read or refused, never anything else, and the same in any chunking", () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }),
    fc
      .array(fc.oneof(packet.map(encodeStreamFrame), fc.uint8Array({ maxLength: 12 })), { maxLength: 8 })
      .map(join),
  );
  fc.assert(
    fc.property(
      bytes,
      cuts,
      fc.constantFrom(1, 100, 1000, Number.MAX_SAFE_INTEGER),
      (input, lengths, limit) => {
        expect(decode(cut(input, lengths), limit)).toEqual(decode([input.slice()], limit));
      },
    ),
    { numRuns: 500 },
  );
});

/** What their decoder makes of the chunks, up to its first error. */
async function decodeTheirs(chunks: readonly Uint8Array[], limit: number): Promise<Packet[]> {
  const stream = createPacketDecoderStream(limit, "nodebuffer");
  const writer = stream.writable.getWriter();
  const writing = (async () => {
    for (const chunk of chunks) await writer.write(chunk);
    await writer.close();
  })();
  const packets: Packet[] = [];
  for await (const theirs of stream.readable as unknown as AsyncIterable<Packet>) {
    packets.push(theirs);
    // It goes on after errors, and its users do not.
    if (theirs.type === "error") break;
  }
  await writing.catch(() => {});
  return packets;
}

function packetOf(packet: string | Uint8Array): Packet {
  if (typeof packet !== "string") return { type: "message", data: Buffer.from(packet) };
  const types: Record<string, Packet["type"]> = {
    2: "ping",
    3: "pong",
    4: "message",
    5: "upgrade",
    6: "noop",
  };
  const type = types[packet.charAt(0)]!;
  return packet.length > 1 ? { type, data: packet.slice(1) } : { type };
}

test("writes the bytes that engine.io-parser writes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 6 }), async (packets) => {
      const stream = createPacketEncoderStream();
      const writer = stream.writable.getWriter();
      const writing = (async () => {
        for (const each of packets) await writer.write(packetOf(each));
        await writer.close();
      })();
      const theirs: Uint8Array[] = [];
      for await (const chunk of stream.readable as unknown as AsyncIterable<Uint8Array>) theirs.push(chunk);
      await writing;
      // Comparing large arrays element by element takes its time.
      expect(Buffer.compare(join(packets.map(encodeStreamFrame)), join(theirs))).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test("is read by engine.io-parser, in any chunking, empty binary too", async () => {
  const withEmpty = fc.oneof(packet, fc.constant(new Uint8Array()));
  await fc.assert(
    fc.asyncProperty(fc.array(withEmpty, { maxLength: 6 }), cuts, async (packets, lengths) => {
      const chunks = cut(join(packets.map(encodeStreamFrame)), lengths).filter((chunk) => chunk.length > 0);
      expect(await decodeTheirs(chunks, 70_001)).toEqual(packets.map(packetOf));
    }),
    { numRuns: 30 },
  );
});

test("reads and refuses what engine.io-parser reads and refuses", async () => {
  // Text is ASCII here: what is not UTF-8 they mend and we refuse. Limits are above 127, below which they take the
  // marks of the long forms for lengths.
  const text = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 200 }).map((data) => `4${data}`);
  const frame = fc.oneof(
    text.map(encodeStreamFrame),
    fc.uint8Array({ minLength: 1, maxLength: 300 }).map(encodeStreamFrame),
    fc.constantFrom(
      Uint8Array.of(0),
      Uint8Array.of(0x80),
      Uint8Array.of(126, 0, 0),
      Uint8Array.of(126, 0, 1, 0x32),
      Uint8Array.of(127, 0, 0, 0, 0, 0, 0, 0, 1, 0x33),
      Uint8Array.of(127, 0, 0, 0, 0, 0, 0, 0, 0),
      Uint8Array.of(0xff, 0, 0, 0, 1, 0, 0, 0, 0),
      Uint8Array.of(127, 0, 0x20, 0, 0, 0, 0, 0, 0),
    ),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(frame, { maxLength: 6 }).map(join),
      cuts,
      fc.constantFrom(128, 200, 250),
      async (bytes, lengths, limit) => {
        const chunks = (): Uint8Array[] => cut(bytes, lengths).filter((chunk) => chunk.length > 0);
        const theirs = (await decodeTheirs(chunks(), limit)).map((each) =>
          each.type === "error" ? "ERR_FRAME_LENGTH" : each,
        );
        const ours = decode(chunks(), limit).map((each) =>
          each === "ERR_FRAME_LENGTH" ? each : packetOf(each as string | Uint8Array),
        );
        expect(ours).toEqual(theirs);
      },
    ),
    { numRuns: 200 },
  );
});
