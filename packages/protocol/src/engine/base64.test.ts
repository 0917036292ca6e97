import { afterEach, describe, expect, test } from "vitest";
import { codeOf } from "../testing/throws.ts";
import { decodeBase64, encodeBase64, encodeBinaryPacket } from "./index.ts";

test("a binary message becomes a b and base64", () => {
  expect(encodeBinaryPacket(Uint8Array.of(1, 2, 3, 4))).toBe("bAQIDBA==");
  expect(encodeBinaryPacket(new Uint8Array())).toBe("b");
});

describe("base64", () => {
  test.each([0, 1, 2, 3, 0x1fff, 0x2000, 0x2001, 100_000])("agrees with Buffer on %i bytes", (length) => {
    const bytes = Uint8Array.from({ length }, (_, index) => (index * 7) & 0xff);
    const text = Buffer.from(bytes).toString("base64");
    expect(encodeBase64(bytes)).toBe(text);
    expect(decodeBase64(text)).toEqual(bytes);
  });

  test("encodes just the bytes of a view", () => {
    expect(encodeBase64(new Uint8Array(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2))).toBe("AQI=");
  });

  test("is read without its padding", () => {
    expect(decodeBase64("AQI")).toEqual(Uint8Array.of(1, 2));
  });

  test.each(["A", "AQID=", "AQ*D", "AQ==AQ==", "A-_D", "é", "AQID\u{1f600}"])("is refused: %s", (wrong) => {
    expect(codeOf(() => decodeBase64(wrong))).toBe("ERR_BASE64");
  });
});

describe("where the runtime has a codec of its own", () => {
  afterEach(() => {
    Reflect.deleteProperty(Uint8Array, "fromBase64");
    Reflect.deleteProperty(Uint8Array.prototype, "toBase64");
  });

  test("uses it, and translates its errors", () => {
    Object.assign(Uint8Array, {
      fromBase64(text: string) {
        if (text === "bad") throw new SyntaxError("native");
        return Uint8Array.of(1);
      },
    });
    Object.assign(Uint8Array.prototype, { toBase64: () => "native" });
    expect(encodeBase64(Uint8Array.of(7))).toBe("native");
    expect(decodeBase64("AQ==")).toEqual(Uint8Array.of(1));
    expect(codeOf(() => decodeBase64("bad"))).toBe("ERR_BASE64");
  });
});
