import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LIMITS } from "./contract.ts";
import { cleanMessage, cleanName, isRoomName, toRoomName } from "./text.ts";

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 80 }),
  fc.string({ unit: "grapheme", maxLength: 80 }),
  fc
    .array(
      fc.constantFrom(
        "a",
        " ",
        "-",
        "\n",
        "\u0301",
        "\u202e",
        "\u200b",
        "\u200d",
        "\ud83d",
        "İ",
        "ﬃ",
        "\u3164",
      ),
      {
        maxLength: 60,
      },
    )
    .map((parts) => parts.join("")),
);

test("a cleaned name is stable, short and has no control or direction characters", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const name = cleanName(text);
      if (name === undefined) return;
      expect(name.length).toBeLessThanOrEqual(LIMITS.nameLength);
      expect(name).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069\u200b]/u);
      expect(cleanName(name)).toBe(name);
    }),
  );
});

test("a made room name is empty or one that the server takes", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const room = toRoomName(text);
      expect(room === "" || isRoomName(room)).toBe(true);
    }),
  );
});

test("a cleaned message is stable", () => {
  fc.assert(
    fc.property(hostile, (text) => {
      const clean = cleanMessage(text);
      expect(cleanMessage(clean)).toBe(clean);
    }),
  );
});

test.each([
  ["Tea & Cake", "tea-cake"],
  ["  Über uns ", "über-uns"],
  ["#lobby", "lobby"],
  ["!!!", ""],
  // Half a surrogate pair between a letter and its accent: gone, and the two become one letter.
  ["a\ud83d\u0301", "\u00e1"],
])("makes a room name of %j", (text, room) => {
  expect(toRoomName(text)).toBe(room);
});

test("a name keeps emoji families and loses a pile of marks", () => {
  expect(cleanName("Kim 👩‍👩‍👧")).toBe("Kim 👩‍👩‍👧");
  expect(cleanName(`Z${"\u0301".repeat(20)}`)?.length).toBeLessThanOrEqual(5);
});

test("a message keeps its lines and loses idle ones", () => {
  expect(cleanMessage("\n\na\r\n\n\n\n\n\nb  \n")).toBe("a\n\n\nb");
});
