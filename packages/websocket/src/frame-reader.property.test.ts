import {
  array,
  assert,
  boolean,
  constantFrom,
  integer,
  nat,
  oneof,
  property,
  string,
  tuple,
  uint8Array,
} from "fast-check";
import { expect, test } from "vitest";
import { WebSocketError } from "./errors.ts";
import { Found, FrameReader } from "./frame-reader.ts";
import { unmask } from "./mask.ts";
import { binary, clientFrame, ping, pong, text } from "./testing/client-frames.ts";

/** All a reader finds in these chunks; it stops at a failure or a Close. */
function readAll(chunks: readonly Uint8Array[], limit = 0, deflates = false): unknown[] {
  const reader = new FrameReader();
  reader.configure(limit, deflates);
  const all: unknown[] = [];
  for (const chunk of chunks) {
    reader.feed(Buffer.from(chunk));
    for (let found = reader.next(); found !== Found.needMore; found = reader.next()) {
      if (found === Found.text) all.push(reader.text);
      else if (found === Found.close) all.push([reader.closeCode, reader.closeReason]);
      else if (found === Found.failed) all.push(reader.error?.code);
      else all.push([found, Buffer.from(reader.bytes).toString("hex")]);
      if (found === Found.failed) expect(reader.error).toBeInstanceOf(WebSocketError);
      if (found === Found.failed || found === Found.close) return all;
    }
    if (!reader.isIdle) reader.compact();
  }
  return all;
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const cuts = [...new Set(at.map((value) => value % (bytes.length + 1)))].toSorted((a, b) => a - b);
  return [...cuts, bytes.length].map((end, index) => bytes.subarray(cuts[index - 1] ?? 0, end));
}

const mask = integer();
const frame = oneof(
  tuple(string({ unit: "binary", maxLength: 700 }), mask).map(([payload, m]) => text(payload, { mask: m })),
  tuple(uint8Array({ maxLength: 700 }), mask).map(([payload, m]) => binary(payload, { mask: m })),
  uint8Array({ maxLength: 125 }).map((payload) => ping(payload)),
  uint8Array({ maxLength: 125 }).map((payload) => pong(payload)),
  tuple(array(uint8Array({ maxLength: 300 }), { minLength: 2, maxLength: 5 }), constantFrom(1, 2)).map(
    ([pieces, opcode]) =>
      Buffer.concat(
        pieces.map((payload, index) =>
          clientFrame({ opcode: index === 0 ? opcode : 0, payload, fin: index === pieces.length - 1 }),
        ),
      ),
  ),
);
const cuts = array(nat(), { maxLength: 30 });

test("finds the same in any chunking", () => {
  assert(
    property(array(frame, { maxLength: 8 }), cuts, nat(1000), (frames, at, limit) => {
      const bytes = Buffer.concat(frames);
      const whole = readAll([bytes], limit);
      expect(readAll(cut(bytes, at), limit)).toEqual(whole);
      expect(
        readAll(
          Array.from(bytes, (byte) => Uint8Array.of(byte)),
          limit,
        ),
      ).toEqual(whole);
    }),
    { numRuns: 150 },
  );
});

test("never throws on random bytes, and finds the same in any chunking", () => {
  assert(
    property(uint8Array({ maxLength: 400 }), cuts, boolean(), (bytes, at, deflates) => {
      expect(readAll(cut(bytes, at), 1000, deflates)).toEqual(readAll([bytes], 1000, deflates));
    }),
    { numRuns: 500 },
  );
});

test("never throws on mutated frames", () => {
  const mutation = tuple(nat(), nat(255));
  assert(
    property(
      array(frame, { minLength: 1, maxLength: 4 }),
      array(mutation, { maxLength: 4 }),
      (frames, changes) => {
        const bytes = Buffer.concat(frames);
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        readAll([bytes], 10_000, true);
      },
    ),
    { numRuns: 500 },
  );
});

test("undoes a mask at every alignment and length", () => {
  assert(
    property(uint8Array({ maxLength: 1500 }), mask, nat(7), (payload, m, offset) => {
      const bytes = Buffer.alloc(offset + payload.length + 3, 0x80);
      for (const [index, byte] of payload.entries())
        bytes[offset + index] = byte ^ ((m >>> ((index & 3) * 8)) & 0xff);
      const seen = unmask(bytes, offset, offset + payload.length, m);
      expect(bytes.subarray(offset, offset + payload.length)).toEqual(Buffer.from(payload));
      expect((seen & 0x80808080) === 0).toBe(payload.every((byte) => byte < 0x80));
      expect(bytes.subarray(offset + payload.length)).toEqual(Buffer.alloc(3, 0x80));
    }),
    { numRuns: 300 },
  );
});
