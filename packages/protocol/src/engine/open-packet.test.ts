import { describe, expect, test } from "vitest";
import { codeOf } from "../testing/throws.ts";
import { decodeOpen, encodeOpen } from "./index.ts";

const open = {
  sid: "lv_VI97HAXpY6yYWAAAC",
  upgrades: ["websocket"],
  pingInterval: 25_000,
  pingTimeout: 20_000,
  maxPayload: 1_000_000,
};
const text =
  '0{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

describe("an open packet", () => {
  test("is written with its keys in the customary order, whatever theirs was", () => {
    expect(encodeOpen(open)).toBe(text);
    const { maxPayload, sid, ...others } = open;
    expect(encodeOpen({ maxPayload, ...others, sid })).toBe(text);
  });

  test("is read back, without keys it does not define", () => {
    expect(decodeOpen(text)).toEqual(open);
    expect(decodeOpen(text.replace("{", '{"__proto__":{"x":1},"more":1,'))).toEqual(open);
  });

  test("of an older server has no limit", () => {
    expect(decodeOpen(text.replace(',"maxPayload":1000000', "")).maxPayload).toBe(0);
  });

  test.each([
    "",
    "0",
    "4{}",
    text.slice(1),
    `1${text.slice(1)}`,
    "0{",
    "0[]",
    "0null",
    "0{}",
    text.replace('"lv_VI97HAXpY6yYWAAAC"', "1"),
    text.replace("lv_VI97HAXpY6yYWAAAC", ""),
    text.replace('["websocket"]', '"websocket"'),
    text.replace('"websocket"', "null"),
    text.replace("25000", '"25000"'),
    text.replace("25000", "1e999"),
    text.replace("20000", "-1"),
    text.replace("1000000", "null"),
    `0${"[".repeat(100_000)}`,
  ])("is refused: %.60s", (wrong) => {
    expect(codeOf(() => decodeOpen(wrong))).toBe("ERR_OPEN_PACKET");
  });
});
