import { PacketType } from "@sockeye/protocol/socket";
import { describe, expect, test } from "vitest";
import { dialectOf } from "./dialect.ts";

const wish = (nsp: string, data?: Record<string, unknown>) =>
  ({ type: PacketType.CONNECT, nsp, data }) as const;

describe("a client of today", () => {
  const dialect = dialectOf(4);

  test("asks for every namespace by its whole name, with a payload of its own", () => {
    expect(dialect.joinsMainAtOnce).toBe(false);
    expect(dialect.readWish(wish("/a?b=c", { d: 1 }))).toEqual({ nsp: "/a?b=c", auth: { d: 1 } });
  });

  test("gets an id that is not its session's, and is told it", () => {
    const id = dialect.socketId("session", "/");
    expect(id).toMatch(/^[\w-]{20}$/);
    expect(dialect.greeting(id)).toEqual({ sid: id });
  });

  test("is told message and data of a refusal", () => {
    expect(dialect.refusal({ message: "no", data: 1 })).toEqual({ message: "no", data: 1 });
  });
});

describe("a client of Socket.IO 2", () => {
  const dialect = dialectOf(3);

  test.each([
    ["/", "/", undefined],
    ["/a", "/a", undefined],
    ["/a?", "/a", {}],
    ["/a?b=c&b=d&e=f%2C%26+g", "/a", { b: "d", e: "f,& g" }],
    ["/a/b c/é?x", "/a/b c/é", { x: "" }],
    ["/?token=t", "/", { token: "t" }],
    ["/a?b=c?d", "/a", { b: "c?d" }],
  ])("asks for %s with its query", (name, nsp, auth) => {
    expect(dialect.joinsMainAtOnce).toBe(true);
    expect(dialect.readWish(wish(name))).toEqual({ nsp, auth });
  });

  test("may call a field of its query anything", () => {
    const { auth } = dialect.readWish(wish("/a?__proto__=x&constructor=y"));
    expect(Object.getPrototypeOf(auth)).toBe(Object.prototype);
    expect(Object.entries(auth ?? {})).toEqual([
      ["__proto__", "x"],
      ["constructor", "y"],
    ]);
  });

  test("has the id of its session, and is told nothing it knows", () => {
    expect(dialect.socketId("session", "/")).toBe("session");
    expect(dialect.socketId("session", "/a")).toBe("/a#session");
    expect(dialect.greeting("session")).toBeUndefined();
  });

  test.each([
    [undefined, "no"],
    [null, "no"],
    ["", "no"],
    ["why", "why"],
    // A bare number would be read as the id of an acknowledgement.
    [401, "401"],
    [{ code: 401 }, { code: 401 }],
  ])("is told the data of a refusal, %j, or its message", (data, told) => {
    expect(dialect.refusal({ message: "no", data })).toEqual(told);
  });
});
