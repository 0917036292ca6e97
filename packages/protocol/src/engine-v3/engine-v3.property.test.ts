import * as fc from "fast-check";
import { expect, test } from "vitest";
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

const textPacket = fc.string({ unit: "binary", minLength: 1 });
/** Text that UTF-8 can carry. */
const soundPacket = fc.string({ unit: "grapheme", minLength: 1 });
const bytes = fc.uint8Array({ maxLength: 300 });
const REFUSALS = [undefined, "ERR_PAYLOAD", "ERR_PACKET_EMPTY", "ERR_PACKET_TYPE", "ERR_BASE64"];

test("text payloads come apart as they were joined", () => {
  fc.assert(
    fc.property(fc.array(textPacket), (packets) => {
      expect(decodePayload(encodePayload(packets))).toEqual(packets);
    }),
  );
});

test("binary payloads come apart as they were joined", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(soundPacket, bytes), { minLength: 1 }), (packets) => {
      expect(decodeBinaryPayload(encodeBinaryPayload(packets))).toEqual(packets);
    }),
  );
});

test("binary messages survive as frames and as base64", () => {
  fc.assert(
    fc.property(bytes, (message) => {
      expect(decodeMessageFrame(encodeMessageFrame(message))).toEqual(message);
      expect(decodeBase64Message(encodeBase64Message(message))).toEqual(message);
    }),
  );
});

test("text is read or refused, never anything else, and never more of it than there is", () => {
  const nearly = fc
    .array(fc.oneof(fc.nat(12).map(String), fc.constantFrom(":", "4a", "b4", "-", "e", "0"), fc.string()))
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(nearly, (payload) => {
      expect(REFUSALS).toContain(codeOf(() => decodeBase64Message(payload)));
      const code = codeOf(() => {
        expect(decodePayload(payload).join("").length).toBeLessThanOrEqual(payload.length);
      });
      expect(REFUSALS).toContain(code);
    }),
    { numRuns: 500 },
  );
});

test("bytes are read or refused, never anything else, and never more of them than there are", () => {
  const nearly = fc
    .array(fc.oneof(fc.nat(12), fc.constant(255), fc.nat(255)), { maxLength: 60 })
    .map((values) => Uint8Array.from(values));
  fc.assert(
    fc.property(nearly, (payload) => {
      expect(REFUSALS).toContain(codeOf(() => decodeMessageFrame(payload)));
      const code = codeOf(() => {
        const length = decodeBinaryPayload(payload).reduce((sum, packet) => sum + packet.length, 0);
        expect(length).toBeLessThanOrEqual(payload.length);
      });
      expect(REFUSALS).toContain(code);
    }),
    { numRuns: 1000 },
  );
});
