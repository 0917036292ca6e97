import { describe, expect, test } from "vitest";
import { readJoin, readMessage, readRoom, readTyping } from "./requests.ts";

const code = (wanted: string) => expect.objectContaining({ name: "Refused", code: wanted });

describe("readRoom", () => {
  test.each([undefined, null, 7, "lobby", [], ["lobby"], () => "lobby"])(
    "refuses the payload %s",
    (payload) => {
      expect(() => readRoom(payload)).toThrow(code("ERR_PAYLOAD_INVALID"));
    },
  );

  test.each([
    undefined,
    null,
    7,
    {},
    "",
    "Lobby",
    "a b",
    "-a",
    "a".repeat(33),
    "a/../b",
    "#a",
    "a\u200bb",
    "__proto__",
  ])("refuses the room %j", (room) => {
    expect(() => readRoom({ room })).toThrow(code("ERR_ROOM_INVALID"));
  });

  test.each(["lobby", "a", "0", "tea-cake", "река", "川", "constructor", "a".repeat(32)])(
    "takes the room %j",
    (room) => {
      expect(readRoom({ room })).toBe(room);
    },
  );

  test("looks at own members only", () => {
    expect(() => readRoom(Object.create({ room: "lobby" }))).toThrow(code("ERR_ROOM_INVALID"));
    const trap = {
      get room(): string {
        throw new Error("a getter was run");
      },
    };
    expect(() => readRoom(trap)).toThrow(code("ERR_ROOM_INVALID"));
  });
});

describe("readJoin", () => {
  test("cleans the name", () => {
    expect(readJoin({ room: "lobby", name: "  Ada \n Lovelace\u202e\u200b " })).toEqual({
      room: "lobby",
      name: "Ada Lovelace",
    });
  });

  test.each([undefined, null, 7, {}, "", "   ", "\u200b\u2060", "\u3164", "x".repeat(33), "x".repeat(1e6)])(
    "refuses the name %#",
    (name) => {
      expect(() => readJoin({ room: "lobby", name })).toThrow(code("ERR_NAME_INVALID"));
    },
  );
});

describe("readMessage", () => {
  test("takes text as it is, markup included", () => {
    const text = "<img src=x onerror=alert(1)>";
    expect(readMessage({ room: "lobby", text, id: "m-1_A" })).toEqual({ room: "lobby", text, id: "m-1_A" });
  });

  test.each([
    [{ text: "hi", id: 7 }, "ERR_ID_INVALID"],
    [{ text: "hi", id: null }, "ERR_ID_INVALID"],
    [{ text: "hi", id: "" }, "ERR_ID_INVALID"],
    [{ text: "hi", id: "a b" }, "ERR_ID_INVALID"],
    [{ text: "hi", id: "a".repeat(65) }, "ERR_ID_INVALID"],
    [{ text: 7 }, "ERR_MESSAGE_EMPTY"],
    [{ text: ["hi"] }, "ERR_MESSAGE_EMPTY"],
    [{ text: " \n\t " }, "ERR_MESSAGE_EMPTY"],
    [{ text: "\u200b\u0000" }, "ERR_MESSAGE_EMPTY"],
    [{ text: "x".repeat(2001) }, "ERR_MESSAGE_TOO_LONG"],
  ])("refuses %#", (payload, wanted) => {
    expect(() => readMessage({ room: "lobby", ...payload })).toThrow(code(wanted));
  });
});

test("readTyping wants a boolean", () => {
  expect(readTyping({ room: "lobby", active: true })).toEqual({ room: "lobby", active: true });
  expect(() => readTyping({ room: "lobby", active: 1 })).toThrow(code("ERR_PAYLOAD_INVALID"));
});
