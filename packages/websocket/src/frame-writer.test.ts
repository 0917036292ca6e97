import { describe, expect, test } from "vitest";
import { frameBinary, frameClose, framePing, frameText } from "./frame-writer.ts";

describe("text and binary frames", () => {
  test("are the unmasked examples of RFC 6455 §5.7", () => {
    expect(frameText("Hello").toString("hex")).toBe("810548656c6c6f");
    expect(frameBinary(Buffer.alloc(256)).subarray(0, 4).toString("hex")).toBe("827e0100");
    expect(frameBinary(Buffer.alloc(65_536)).subarray(0, 10).toString("hex")).toBe("827f0000000000010000");
  });

  test.each([
    [0, "8100"],
    [125, "817d"],
    [126, "817e007e"],
    [65_535, "817effff"],
    [65_536, "817f0000000000010000"],
    [70_001, "817f0000000000011171"],
  ])("of %i bytes have the shortest header", (size, header) => {
    const frame = frameText("x".repeat(size));
    expect(frame.toString("latin1")).toBe(Buffer.from(header, "hex").toString("latin1") + "x".repeat(size));
  });

  test("hold text as UTF-8, lone surrogates replaced", () => {
    for (const text of ["é", "日本語", "👩‍👩‍👧", "aé".repeat(100), "\u0000", "\ufeffa"]) {
      expect(
        frameText(text)
          .subarray(Buffer.byteLength(text) < 126 ? 2 : 4)
          .toString("utf8"),
      ).toBe(text);
    }
    expect(frameText("a\ud800b").subarray(2).toString("hex")).toBe("61efbfbd62");
  });

  test("hold exactly the bytes of a view, copied", () => {
    const whole = Buffer.from("0123456789");
    const view = new Uint8Array(whole.buffer, whole.byteOffset + 2, 3);
    const frame = frameBinary(view);
    whole.fill("x");
    expect(frame.toString("latin1")).toBe("\x82\x03234");
  });
});

describe("control frames", () => {
  test("carry their data, at most 125 bytes", () => {
    expect(framePing(Buffer.from("hi")).toString("hex")).toBe("89026869");
    expect(framePing(Buffer.from("hi"), 10).toString("hex")).toBe("8a026869");
    expect(framePing(Buffer.alloc(125))).toHaveLength(127);
    expect(() => framePing(Buffer.alloc(126))).toThrow(
      expect.objectContaining({ code: "ERR_WS_PING_LENGTH" }),
    );
  });

  test("of the close kind carry nothing, a code, or a code and a reason", () => {
    expect(frameClose().toString("hex")).toBe("8800");
    expect(frameClose(1000).toString("hex")).toBe("880203e8");
    expect(frameClose(4999, "é").toString("hex")).toBe("88041387c3a9");
    expect(frameClose(1000, "é".repeat(61))).toHaveLength(126);
  });

  test.each<[number | undefined, string]>([
    [1005, ""],
    [1006, ""],
    [1015, ""],
    [0, ""],
    [Number.NaN, ""],
    [5000, ""],
    [undefined, "why"],
    [1000, "é".repeat(62)],
  ])("of the close kind refuse code %s with reason %j", (code, reason) => {
    expect(() => frameClose(code, reason)).toThrow(
      expect.objectContaining({ code: "ERR_WS_CLOSE_ARGUMENT" }),
    );
  });
});
