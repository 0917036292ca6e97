import * as fc from "fast-check";
import { expect, test } from "vitest";
import { binary, damaged, jsonWith, socketPacket } from "../testing/arbitraries.ts";
import { textOf } from "../testing/text-of.ts";
import { codeOf } from "../testing/throws.ts";
import { SocketDecoder, encodeSocketPacket } from "./index.ts";
import type { EncodedPart, SocketPacket } from "./index.ts";

const withBinary = socketPacket(jsonWith(binary));
const text = fc.string({ unit: "binary" });
const head = socketPacket(jsonWith(binary)).map(textOf);
const hole = fc.record({
  _placeholder: fc.constant(true),
  num: fc.oneof(fc.integer({ max: 4 }), fc.anything()),
});
const withHoles = socketPacket(jsonWith(hole)).map((packet) => `5${fc.stringify(packet.data)}`);

function decodeAll(parts: readonly EncodedPart[]): SocketPacket | undefined {
  const decoder = new SocketDecoder({ maxAttachments: Infinity });
  const packets = parts.map((part) => decoder.push(part));
  expect(packets.slice(0, -1).every((packet) => packet === undefined)).toBe(true);
  return packets.at(-1);
}

test("packets come back as they were sent, binary anywhere", () => {
  fc.assert(
    fc.property(withBinary, (packet) => {
      expect(decodeAll(encodeSocketPacket(packet))).toEqual(packet);
    }),
    { numRuns: 500 },
  );
});

test("encoding twice gives the same messages: the input is not modified", () => {
  fc.assert(
    fc.property(withBinary, (packet) => {
      expect(encodeSocketPacket(packet)).toEqual(encodeSocketPacket(packet));
    }),
  );
});

test("data of any shape is encoded, or refused by JSON itself", () => {
  fc.assert(
    fc.property(
      fc.array(fc.anything({ withTypedArray: true, withDate: true, withNullPrototype: true })),
      (args) => {
        const parts = encodeSocketPacket({ type: 2, nsp: "/", data: ["ev", ...args] });
        expect(decodeAll(parts)?.type).toBe(2);
      },
    ),
  );
});

test("any sequence of messages is decoded or refused, never anything else", () => {
  const count = fc.nat(12);
  const announced = fc.tuple(count, withHoles).map(([due, rest]) => `5${due}-${rest.slice(1)}`);
  const message = fc.oneof(text, head, damaged(head), damaged(announced), announced, withHoles, binary);
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
      const decoder = new SocketDecoder();
      for (const payload of messages) codeOf(() => decoder.push(payload));
      // And it is of use afterwards.
      decoder.reset();
      expect(decoder.push('2["ev"]')?.data).toEqual(["ev"]);
    }),
    { numRuns: 1000 },
  );
});
