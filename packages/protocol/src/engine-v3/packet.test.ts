import { describe, expect, test } from "vitest";
import { codeOf } from "../testing/throws.ts";
import {
  ENGINE_PROTOCOL_V3,
  decodeBase64Message,
  decodeMessageFrame,
  encodeBase64Message,
  encodeMessageFrame,
} from "./index.ts";

test("the revision is 3", () => {
  expect(ENGINE_PROTOCOL_V3).toBe(3);
});

describe("a binary message", () => {
  test("has the number 4 before its bytes in a frame", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(encodeMessageFrame(bytes)).toEqual(Uint8Array.of(4, 1, 2, 3));
    expect(decodeMessageFrame(Uint8Array.of(4, 1, 2, 3))).toEqual(bytes);
    expect(decodeMessageFrame(Uint8Array.of(4))).toEqual(new Uint8Array(0));
  });

  test("has its type and base64 behind a b in text", () => {
    expect(encodeBase64Message(Uint8Array.of(1, 2, 3, 4))).toBe("b4AQIDBA==");
    expect(decodeBase64Message("b4AQIDBA==")).toEqual(Uint8Array.of(1, 2, 3, 4));
    expect(decodeBase64Message("b4")).toEqual(new Uint8Array(0));
  });

  test.each([
    ["an empty frame", [], "ERR_PACKET_EMPTY"],
    ["the character 4", [0x34, 1], "ERR_PACKET_TYPE"],
    ["a ping", [2], "ERR_PACKET_TYPE"],
    ["no type at all", [255], "ERR_PACKET_TYPE"],
  ])("is refused as a frame: %s", (_what, bytes, code) => {
    expect(codeOf(() => decodeMessageFrame(Uint8Array.from(bytes)))).toBe(code);
  });

  test.each([
    ["b", "ERR_PACKET_TYPE"],
    ["bAQIDBA==", "ERR_PACKET_TYPE"],
    ["b2AQID", "ERR_PACKET_TYPE"],
    ["b4A*ID", "ERR_BASE64"],
    ["4", "ERR_PACKET_TYPE"],
    ["", "ERR_PACKET_TYPE"],
  ])("is refused as text: %j", (packet, code) => {
    expect(codeOf(() => decodeBase64Message(packet))).toBe(code);
  });
});
