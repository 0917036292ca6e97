/** The ground of Autobahn section 6: text messages are valid UTF-8 or the connection is failed with 1007. */
import { describe, expect, test } from "vitest";
import { byteByByte, fragments, text } from "./testing/client-frames.ts";
import { openEndpoint } from "./testing/open-endpoint.ts";

/** Bytes in hex, from Unicode's and Markus Kuhn's lists, with what they spell. */
const VALID: readonly (readonly [name: string, hex: string])[] = [
  ["ASCII", "48656c6c6f"],
  ["two bytes", "c2b5c39fc3b6c3a4c3bc"],
  ["Greek with combining accent", "cebae1bdb9cf83cebcceb5"],
  ["first of 2 bytes", "c280"],
  ["last of 2 bytes", "dfbf"],
  ["first of 3 bytes", "e0a080"],
  ["last before the surrogates", "ed9fbf"],
  ["first after the surrogates", "ee8080"],
  ["replacement character", "efbfbd"],
  ["last of 3 bytes", "efbfbf"],
  ["first of 4 bytes", "f0908080"],
  ["last of Unicode", "f48fbfbf"],
  ["NUL", "00"],
  ["DEL", "7f"],
  ["byte order mark", "efbbbf61"],
  ["non-characters", "efb790f09fbfbef48fbfbe"],
  ["emoji with joiner", "f09f91a8e2808df09f91a9"],
];

const INVALID: readonly (readonly [name: string, hex: string])[] = [
  ["surrogate among Greek", "cebae1bdb9cf83cebcceb5eda080656469746564"],
  ["beyond Unicode among Greek", "cebae1bdb9cf83cebcceb5f4908080656469746564"],
  ["first beyond Unicode", "f4908080"],
  ["5 bytes", "f888808080"],
  ["6 bytes", "fc8480808080"],
  ["lone continuation", "80"],
  ["two continuations", "80bf"],
  ["lone lead of 2", "c3"],
  ["lone lead of 2, then space", "c020"],
  ["3 bytes cut after 2", "e282"],
  ["4 bytes cut after 3", "f09f91"],
  ["FE", "fe"],
  ["FF", "ff"],
  ["FE FE FF FF", "fefeffff"],
  ["overlong slash of 2", "c0af"],
  ["overlong slash of 3", "e080af"],
  ["overlong slash of 4", "f08080af"],
  ["overlong NUL", "c080"],
  ["largest overlong of 2", "c1bf"],
  ["largest overlong of 3", "e09fbf"],
  ["largest overlong of 4", "f08fbfbf"],
  ["first surrogate", "eda080"],
  ["last surrogate", "edbfbf"],
  ["surrogate pair", "eda080edb080"],
];

async function receive(chunks: readonly Uint8Array[]) {
  const { carrier, sink } = await openEndpoint();
  carrier.receive(...chunks);
  return { messages: sink.messages, close: sink.closes[0] };
}

/** The text whole, in two fragments split at every byte, and each of these in chunks of one byte. */
function arrangements(bytes: Buffer): Buffer[][] {
  const framed = [[text(bytes)]];
  for (let at = 0; at <= bytes.length; at++)
    framed.push(fragments(1, bytes.subarray(0, at), bytes.subarray(at)));
  return framed.flatMap((frames) => [frames, byteByByte(Buffer.concat(frames))]);
}

describe("valid text", () => {
  test.each(VALID)("delivers %s", async (_name, hex) => {
    const bytes = Buffer.from(hex, "hex");
    for (const chunks of arrangements(bytes)) {
      expect(await receive(chunks)).toEqual({ messages: [bytes.toString("utf8")], close: undefined });
    }
  });

  test("delivers every character of the basic plane and a sample of the rest", async () => {
    let all = "";
    for (let code = 0; code < 0x11_0000; code += code < 0x1_0000 ? 1 : 257) {
      if (code < 0xd800 || code > 0xdfff) all += String.fromCodePoint(code);
    }
    expect((await receive([text(all)])).messages).toEqual([all]);
  });
});

describe("invalid text", () => {
  test.each(INVALID)("refuses %s", async (_name, hex) => {
    const bytes = Buffer.from(hex, "hex");
    for (const chunks of arrangements(bytes)) {
      expect(await receive(chunks)).toEqual({
        messages: [],
        close: { code: 1007, reason: "", error: "ERR_WS_UTF8" },
      });
    }
  });

  test("refuses it in the middle and at the end of a long message", async () => {
    for (const at of [0, 161, 5000, 9999]) {
      const bytes = Buffer.alloc(10_000, 0x61);
      bytes[at] = 0xff;
      expect((await receive([text(bytes)])).close?.code).toBe(1007);
    }
  });

  test("does not look at binary messages", async () => {
    const { messages } = await receive(fragments(2, Buffer.from([0xff]), Buffer.from([0xc0])));
    expect(messages).toEqual([Buffer.from([0xff, 0xc0])]);
  });
});
