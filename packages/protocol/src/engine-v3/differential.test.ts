/**
 * The same packets and payloads through the published parser of revision 3 and through ours. What is sound reads and writes
 * alike; what theirs accepts and ours refuses is listed below, with the reason.
 */
import * as theirs from "engine.io-parser-v2";
import type { Packet } from "engine.io-parser-v2";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf } from "../testing/throws.ts";
import {
  decodeBase64Message,
  decodeBinaryPayload,
  decodeMessageFrame,
  decodePayload,
  encodeBase64Message,
  encodeBinaryPayload,
  encodeMessageFrame,
  encodePayload,
} from "./index.ts";

/** A packet in our form (text packets as they are, binary messages as bytes) and in theirs. */
type Pair = readonly [ours: string | Uint8Array, theirs: Packet];

const textPair = fc.oneof(
  fc.string({ unit: "grapheme", minLength: 1 }).map((data): Pair => [`4${data}`, { type: "message", data }]),
  fc.constantFrom<Pair>(
    ["2", { type: "ping" }],
    ["2probe", { type: "ping", data: "probe" }],
    ["3", { type: "pong" }],
    ["4", { type: "message" }],
    ["6", { type: "noop" }],
    ["1", { type: "close" }],
  ),
);
const binaryPair = fc
  .uint8Array()
  .map((bytes): Pair => [bytes, { type: "message", data: Buffer.from(bytes) }]);

function theirPayload(packets: readonly Packet[], supportsBinary: boolean): string | Uint8Array {
  let made: string | Uint8Array = "";
  theirs.encodePayload(packets, supportsBinary, (payload) => (made = payload));
  return made;
}

function theirPackets(payload: string | Uint8Array): Packet[] {
  const packets: Packet[] = [];
  theirs.decodePayload(payload, (packet) => packets.push(packet));
  return packets;
}

const textOf = (packet: string | Uint8Array): string =>
  typeof packet === "string" ? packet : encodeBase64Message(packet);

test("text payloads are written and read alike, binary as base64", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(textPair, binaryPair)), (pairs) => {
      const packets = pairs.map(([, packet]) => packet);
      const payload = theirPayload(packets, false);
      expect(encodePayload(pairs.map(([ours]) => textOf(ours)))).toBe(payload);
      expect(theirPackets(payload)).toEqual(packets);
      expect(decodePayload(String(payload))).toEqual(pairs.map(([ours]) => textOf(ours)));
    }),
  );
});

test("binary payloads are written and read alike", () => {
  const mixed = fc
    .tuple(fc.array(textPair), binaryPair, fc.array(fc.oneof(textPair, binaryPair)))
    .map(([before, binary, after]) => [...before, binary, ...after]);
  fc.assert(
    fc.property(mixed, (pairs) => {
      const packets = pairs.map(([, packet]) => packet);
      const payload = theirPayload(packets, true);
      if (typeof payload === "string") throw new Error("expected bytes");
      expect(Buffer.from(encodeBinaryPayload(pairs.map(([ours]) => ours)))).toEqual(payload);
      expect(theirPackets(payload)).toEqual(packets);
      const read = decodeBinaryPayload(payload).map((packet) =>
        typeof packet === "string" ? packet : Uint8Array.from(packet),
      );
      expect(read).toEqual(pairs.map(([ours]) => ours));
    }),
  );
});

test("binary messages are written and read alike", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const packet = { type: "message", data: Buffer.from(bytes) };
      theirs.encodePacket(packet, true, (frame) =>
        expect(Buffer.from(encodeMessageFrame(bytes))).toEqual(frame),
      );
      theirs.encodePacket(packet, false, (text) => expect(encodeBase64Message(bytes)).toBe(text));
      expect(theirs.decodePacket(Buffer.from(encodeMessageFrame(bytes)))).toEqual(packet);
      expect(theirs.decodePacket(encodeBase64Message(bytes))).toEqual(packet);
    }),
  );
});

describe("what theirs takes and ours refuses", () => {
  test.each([
    ["a length with more zeros than the payload could need", "02:4a"],
    ["a length in another notation of numbers", "0x2:4a"],
  ])("%s", (_why, payload) => {
    expect(theirPackets(payload)).toEqual([{ type: "message", data: "a" }]);
    expect(codeOf(() => decodePayload(payload))).toBe("ERR_PAYLOAD");
  });

  test.each([
    ["a kind that is neither text nor binary", [7, 2, 255, 4, 1]],
    ["less than the length promises", [1, 9, 255, 4, 1]],
  ])("%s", (_why, bytes) => {
    expect(theirPackets(Buffer.from(bytes))).toEqual([{ type: "message", data: Buffer.of(1) }]);
    expect(codeOf(() => decodeBinaryPayload(Uint8Array.from(bytes)))).toBe("ERR_PAYLOAD");
  });

  test("binary of another type than a message, which has no meaning", () => {
    expect(theirs.decodePacket(Buffer.of(2))).toMatchObject({ type: "ping" });
    expect(theirs.decodePacket(Buffer.of(99))).toMatchObject({ type: undefined });
    for (const type of [2, 99])
      expect(codeOf(() => decodeMessageFrame(Uint8Array.of(type)))).toBe("ERR_PACKET_TYPE");
  });

  test("malformed base64, which theirs reads as far as it goes", () => {
    expect(theirs.decodePacket("b4AQ*D")).toMatchObject({ type: "message" });
    expect(codeOf(() => decodeBase64Message("b4AQ*D"))).toBe("ERR_BASE64");
  });

  test("surrogates encoded in a binary payload, which theirs replaces", () => {
    const payload = Uint8Array.of(0, 4, 255, 0x34, 0xed, 0xa0, 0x80);
    expect(theirPackets(payload)).toEqual([{ type: "message", data: "\ufffd" }]);
    expect(codeOf(() => decodeBinaryPayload(payload))).toBe("ERR_PAYLOAD");
  });
});

test("both refuse, where theirs tells by a pseudo packet: an empty payload, bad lengths, what ends too soon", () => {
  for (const payload of ["", "1", ":4a", "-1:4a", "3:4a", "x:4a", "2:4a1", `${"9".repeat(400)}:4a`]) {
    expect(theirPackets(payload).at(-1)).toEqual({ type: "error", data: "parser error" });
    expect(codeOf(() => decodePayload(payload))).toBe("ERR_PAYLOAD");
  }
});
