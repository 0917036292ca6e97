import { decodePayload, encodePayload } from "engine.io-parser";
import type { Packet } from "engine.io-parser";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { codeOf } from "../testing/throws.ts";
import {
  SEPARATOR,
  decodeBase64,
  decodeOpen,
  encodeBase64,
  encodeBinaryPacket,
  encodeOpen,
  forEachPacket,
  joinBatch,
} from "./index.ts";

const text = fc.string({ unit: "binary" });
const textWithoutSeparator = text.map((value) => value.replaceAll(SEPARATOR, ""));

function packetsOf(batch: string): string[] {
  const packets: string[] = [];
  forEachPacket(batch, (packet) => packets.push(packet) > 0);
  return packets;
}

test("batches come apart as they were joined", () => {
  fc.assert(
    fc.property(fc.array(textWithoutSeparator, { minLength: 1 }), (packets) => {
      expect(packetsOf(joinBatch(packets))).toEqual(packets);
    }),
  );
});

test("any text comes apart into packets that make it up", () => {
  fc.assert(
    fc.property(text, (batch) => {
      expect(joinBatch(packetsOf(batch))).toBe(batch);
    }),
  );
});

test("bytes survive base64, as Buffer writes it", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 1000 }), (bytes) => {
      const encoded = encodeBase64(bytes);
      expect(encoded).toBe(Buffer.from(bytes).toString("base64"));
      expect(decodeBase64(encoded)).toEqual(bytes);
    }),
  );
});

test("base64 is read or refused, never anything else", () => {
  const nearly = fc.string({
    unit: fc.constantFrom("A", "Z", "a", "0", "9", "+", "/", "=", "-", " ", "\n", "\0", "é"),
  });
  fc.assert(
    fc.property(fc.oneof(text, nearly), (encoded) => {
      expect([undefined, "ERR_BASE64"]).toContain(codeOf(() => decodeBase64(encoded)));
    }),
  );
});

const openPacket = fc.record({
  sid: fc.string({ minLength: 1 }),
  upgrades: fc.array(fc.string({ minLength: 1 })),
  pingInterval: fc.nat(),
  pingTimeout: fc.nat(),
  maxPayload: fc.nat(),
});

test("open packets survive", () => {
  fc.assert(
    fc.property(openPacket, (open) => {
      expect(decodeOpen(encodeOpen(open))).toEqual(open);
    }),
  );
});

test("open packets are read or refused, never anything else", () => {
  const damaged = fc
    .tuple(openPacket.map(encodeOpen), fc.nat(), fc.nat(3), text)
    .map(([open, at, gone, inserted]) => {
      const cut = at % (open.length + 1);
      return open.slice(0, cut) + inserted + open.slice(cut + gone);
    });
  const wrongTypes = fc
    .record(
      {
        sid: fc.anything(),
        upgrades: fc.anything(),
        pingInterval: fc.anything(),
        pingTimeout: fc.anything(),
      },
      { requiredKeys: [] },
    )
    .map((open) => `0${fc.stringify(open)}`);
  fc.assert(
    fc.property(fc.oneof(text, fc.json(), damaged, wrongTypes), (packet) => {
      expect([undefined, "ERR_OPEN_PACKET"]).toContain(codeOf(() => decodeOpen(packet)));
    }),
  );
});

test("batches read and write like those of engine.io-parser", () => {
  const packet = fc.oneof(
    textWithoutSeparator.map((data): [string, Packet] => [`4${data}`, { type: "message", data }]),
    fc
      .uint8Array()
      .map((bytes): [string, Packet] => [
        encodeBinaryPacket(bytes),
        { type: "message", data: Buffer.from(bytes) },
      ]),
    fc.constantFrom<[string, Packet]>(
      ["2", { type: "ping" }],
      ["2probe", { type: "ping", data: "probe" }],
      ["3", { type: "pong" }],
      ["6", { type: "noop" }],
      ["1", { type: "close" }],
    ),
  );
  fc.assert(
    fc.property(fc.array(packet, { minLength: 1 }), (packets) => {
      let theirs = "";
      const decoded = packets.map(([, object]) => object);
      encodePayload(decoded, (payload) => (theirs = payload));
      expect(joinBatch(packets.map(([ours]) => ours))).toBe(theirs);
      // They leave out the data of a message without any.
      expect(decodePayload(theirs, "nodebuffer")).toEqual(
        decoded.map(({ type, data }) => (data === "" || data === undefined ? { type } : { type, data })),
      );
      expect(packetsOf(theirs)).toHaveLength(decoded.length);
    }),
  );
});
