import { describe, expect, test } from "vitest";
import { codeOf } from "../testing/throws.ts";
import { decodeBinaryPayload, decodePayload, encodeBinaryPayload, encodePayload } from "./index.ts";

const bytesOf = (...parts: (string | number[])[]): Uint8Array =>
  Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)),
  );

describe("a text payload", () => {
  test.each<[string, string[]]>([
    ["0:", []],
    ["6:4hello1:2", ["4hello", "2"]],
    ["10:b4AQIDBA==", ["b4AQIDBA=="]],
    // Two UTF-16 units each, though four bytes.
    ["3:4\u{1f600}2:4€", ["4\u{1f600}", "4€"]],
    ["4:1::23:4:4", ["1::2", "4:4"]],
  ])("writes and reads %j", (payload, packets) => {
    expect(encodePayload(packets)).toBe(payload);
    expect(decodePayload(payload)).toEqual(packets);
  });

  test("leaves out packets of no length", () => {
    expect(decodePayload("0:2:4a0:")).toEqual(["4a"]);
  });

  test.each([
    "",
    "1",
    "1:",
    "2:4",
    ":4a",
    "4a",
    "-1:4a",
    "+2:4a",
    " 2:4a",
    "2.0:4a",
    "1e0:4",
    "0x2:4a",
    "02:4a",
    "2:4a:",
    "2:4a5:4",
    "2:4a2",
    "9007199254740993:4",
    "9".repeat(1000),
    `${"9".repeat(400)}:4`,
    "Infinity:4",
    "NaN:4",
  ])("is refused: %.30j", (payload) => {
    expect(codeOf(() => decodePayload(payload))).toBe("ERR_PAYLOAD");
  });
});

describe("a binary payload", () => {
  test.each<[string, Uint8Array, (string | Uint8Array)[]]>([
    ["text", bytesOf([0, 2, 255], "4a"), ["4a"]],
    ["binary", bytesOf([1, 4, 255, 4, 1, 2, 3]), [Uint8Array.of(1, 2, 3)]],
    ["both, and lengths in bytes", bytesOf([0, 4, 255], "4€", [1, 1, 255, 4]), ["4€", new Uint8Array(0)]],
    ["lengths of several digits", bytesOf([0, 1, 2, 255], "4hello world"), ["4hello world"]],
  ])("writes and reads %s", (_what, payload, packets) => {
    expect(encodeBinaryPayload(packets)).toEqual(payload);
    expect(decodeBinaryPayload(payload)).toEqual(packets);
  });

  test("does not copy what it carries", () => {
    const payload = bytesOf([1, 2, 255, 4, 7]);
    const [message] = decodeBinaryPayload(payload);
    payload[4] = 8;
    expect(message).toEqual(Uint8Array.of(8));
  });

  test.each([
    ["nothing", [], "ERR_PAYLOAD"],
    ["another kind", [2, 1, 255, 4], "ERR_PAYLOAD"],
    ["no length", [0, 255, 4], "ERR_PAYLOAD"],
    ["a digit that is none", [0, 10, 255, 4], "ERR_PAYLOAD"],
    ["a character as digit", [0, 0x31, 255, 0x34], "ERR_PAYLOAD"],
    ["a length without end", [0, 1], "ERR_PAYLOAD"],
    ["a length of many digits", [0, ...Array.from({ length: 400 }, () => 9), 255, 4], "ERR_PAYLOAD"],
    ["more promised than there is", [0, 3, 255, 0x34, 0x61], "ERR_PAYLOAD"],
    ["text that is not UTF-8", [0, 2, 255, 0x34, 0xff], "ERR_PAYLOAD"],
    ["binary without a type", [1, 0, 255], "ERR_PACKET_EMPTY"],
    ["binary of another type", [1, 1, 255, 2], "ERR_PACKET_TYPE"],
  ])("is refused: %s", (_what, bytes, code) => {
    expect(codeOf(() => decodeBinaryPayload(Uint8Array.from(bytes)))).toBe(code);
  });
});
