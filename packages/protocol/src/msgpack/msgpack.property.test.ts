import * as fc from "fast-check";
import { expect, test } from "vitest";
import { binary, jsonWith, socketPacket } from "../testing/arbitraries.ts";
import { codeOf } from "../testing/throws.ts";
import { decodeMsgpack, encodeMsgpack, msgpackCodec } from "./index.ts";

const value = jsonWith(
  fc.oneof(
    binary.map((bytes) => Buffer.from(bytes)),
    fc.date({ noInvalidDate: true }),
    fc.constant(undefined),
    fc.maxSafeInteger(),
    fc.string({ minLength: 30, maxLength: 300, unit: "grapheme" }),
  ),
);

/** Bytes that begin like something: every tag is as likely, lengths are mostly small. */
const noise = fc
  .array(fc.oneof(fc.nat(255), fc.nat(3)), { maxLength: 60 })
  .map((bytes) => Uint8Array.from(bytes));

const damaged = fc
  .tuple(value.map(encodeMsgpack), fc.nat(), noise, fc.nat(3))
  .map(([bytes, at, inserted, gone]) => {
    const cut = at % (bytes.length + 1);
    return Buffer.concat([bytes.subarray(0, cut), inserted.subarray(0, 3), bytes.subarray(cut + gone)]);
  });

test("values come back as they were written", () => {
  fc.assert(
    fc.property(value, (written) => {
      expect(decodeMsgpack(Buffer.from(encodeMsgpack(written)))).toEqual(written);
    }),
    { numRuns: 500 },
  );
});

test("packets come back as they were sent", () => {
  fc.assert(
    fc.property(socketPacket(value), (packet) => {
      const [part] = msgpackCodec.encode(packet);
      expect(part).toBeInstanceOf(Uint8Array);
      if (part instanceof Uint8Array) {
        expect(msgpackCodec.createDecoder().push(Buffer.from(part))).toEqual(packet);
      }
    }),
    { numRuns: 500 },
  );
});

test("any bytes are read or refused, never anything else", () => {
  const packet = fc.anything().map((rest) => Object.assign(Object(rest), { type: 2, nsp: "/" }));
  const anyPacket = packet
    .filter((data) => codeOf(() => encodeMsgpack(data)) === undefined)
    .map(encodeMsgpack);
  fc.assert(
    fc.property(fc.oneof(noise, damaged, anyPacket, fc.uint8Array({ maxLength: 200 })), (bytes) => {
      codeOf(() => decodeMsgpack(bytes));
      codeOf(() => msgpackCodec.createDecoder().push(bytes));
      codeOf(() => msgpackCodec.createDecoder().push(Uint8Array.from(bytes).buffer));
    }),
    { numRuns: 2000 },
  );
});
