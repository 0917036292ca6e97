import { describe, expect, test } from "vitest";
import { createJsonCodec, defaultCodec, encodeSocketPacket } from "./index.ts";
import type { EncodedPart, JsonReplacer, SocketPacket } from "./index.ts";

function event(...data: [string, ...unknown[]]): SocketPacket {
  return { type: 2, nsp: "/", data };
}

const hole = (num: number): string => `{"_placeholder":true,"num":${num}}`;

const bigIntAsText: JsonReplacer = (_, value) => (typeof value === "bigint" ? `${value}n` : value);

/** Freezes what can be, all the way down, so that a modification throws. */
function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  for (const key of Reflect.ownKeys(value)) frozen(Reflect.get(value, key));
  return Object.freeze(value);
}

describe("a packet without binary", () => {
  test.each<[SocketPacket, string]>([
    [{ type: 0, nsp: "/" }, "0"],
    [{ type: 0, nsp: "/", data: { token: "x" } }, '0{"token":"x"}'],
    [{ type: 0, nsp: "/admin", data: { sid: "oSO0" } }, '0/admin,{"sid":"oSO0"}'],
    [{ type: 1, nsp: "/" }, "1"],
    [{ type: 1, nsp: "/admin" }, "1/admin,"],
    [event("ev", 1), '2["ev",1]'],
    [{ type: 2, nsp: "/", data: [7, null, undefined] }, "2[7,null,null]"],
    [{ type: 2, nsp: "/", id: 0, data: ["ev"] }, '20["ev"]'],
    [{ type: 2, nsp: "/admin", id: 12, data: ["ev"] }, '2/admin,12["ev"]'],
    [{ type: 3, nsp: "/", id: 12, data: ["ok"] }, '312["ok"]'],
    [{ type: 3, nsp: "/admin", id: 0, data: [] }, "3/admin,0[]"],
    [
      { type: 4, nsp: "/random", data: { message: "Invalid namespace" } },
      '4/random,{"message":"Invalid namespace"}',
    ],
    [{ type: 4, nsp: "/", data: "no" }, '4"no"'],
  ])("%j is written as %s", (packet, text) => {
    expect(encodeSocketPacket(frozen(packet))).toEqual([text]);
  });

  test("passes the replacer to JSON.stringify", () => {
    expect(encodeSocketPacket(event("ev", 1n), bigIntAsText)).toEqual(['2["ev","1n"]']);
    expect(createJsonCodec({ replacer: bigIntAsText }).encode(event("ev", 1n))).toEqual(['2["ev","1n"]']);
    expect(() => defaultCodec.encode(event("ev", 1n))).toThrow(TypeError);
  });
});

describe("a packet with binary", () => {
  const one = Uint8Array.of(1);
  const two = Uint8Array.of(2);

  test.each<[string, SocketPacket, EncodedPart[]]>([
    ["an event", event("f", one), [`51-["f",${hole(0)}]`, one]],
    ["an ack", { type: 3, nsp: "/admin", id: 13, data: [one] }, [`61-/admin,13[${hole(0)}]`, one]],
    ["id 0", { type: 2, nsp: "/", id: 0, data: ["f", one] }, [`51-0["f",${hole(0)}]`, one]],
    [
      "depth first",
      event("f", { a: { b: [one] }, c: two }, one),
      [`53-["f",{"a":{"b":[${hole(0)}]},"c":${hole(1)}},${hole(2)}]`, one, two, one],
    ],
    [
      "null prototypes",
      event("f", Object.assign(Object.create(null), { a: one })),
      [`51-["f",{"a":${hole(0)}}]`, one],
    ],
  ])("leaves placeholders: %s", (_, packet, parts) => {
    expect(encodeSocketPacket(frozen(packet))).toEqual(parts);
  });

  test.each<[string, unknown, EncodedPart]>([
    ["ArrayBuffer", Uint8Array.of(1, 2).buffer, Uint8Array.of(1, 2)],
    ["part of an ArrayBuffer", new Uint8Array(Uint8Array.of(9, 1, 9).buffer, 1, 1), Uint8Array.of(1)],
    ["Uint16Array", new Uint16Array(Uint16Array.of(9, 0x0101, 9).buffer, 2, 1), Uint8Array.of(1, 1)],
    ["DataView", new DataView(Uint8Array.of(9, 1, 2, 9).buffer, 1, 2), Uint8Array.of(1, 2)],
    ["Float64Array", Float64Array.of(0), new Uint8Array(8)],
  ])("sends exactly the bytes of a %s", (_, value, bytes) => {
    expect(encodeSocketPacket(event("f", value))[1]).toEqual(bytes);
  });

  test("hands on Buffers, Blobs and Files as they are", () => {
    const [buffer, blob, file] = [Buffer.from("x"), new Blob(["y"]), new File(["z"], "z.txt")];
    const [, ...attachments] = encodeSocketPacket(event("f", buffer, blob, { file }));
    expect(attachments[0]).toBe(buffer);
    expect(attachments[1]).toBe(blob);
    expect(attachments[2]).toBe(file);
  });

  test("copies only the containers on the way to it", () => {
    class Money {
      #cents = 100;
      currency = "EUR";
      toJSON(): string {
        return `${this.#cents} ${this.currency}`;
      }
    }
    const data = { at: new Date(0), price: new Money(), list: [1], file: one };
    expect(encodeSocketPacket(event("f", frozen(data)))).toEqual([
      `51-["f",{"at":"1970-01-01T00:00:00.000Z","price":"100 EUR","list":[1],"file":${hole(0)}}]`,
      one,
    ]);
  });

  test("is found in what toJSON returns, which is called with the key", () => {
    const keys: string[] = [];
    const value = {
      hidden: two,
      toJSON(key: string) {
        keys.push(key);
        return { shown: one };
      },
    };
    expect(encodeSocketPacket(event("f", value, { at: value }))).toEqual([
      `52-["f",{"shown":${hole(0)}},{"at":{"shown":${hole(1)}}}]`,
      one,
      one,
    ]);
    expect(keys).toEqual(["1", "at"]);
  });

  test("that toJSON returns itself becomes the placeholder", () => {
    expect(encodeSocketPacket(event("f", { toJSON: () => one }))).toEqual([`51-["f",${hole(0)}]`, one]);
  });

  test("is not looked for in inherited properties, symbols and methods", () => {
    const child = Object.assign(Object.create({ inherited: one }), { own: two, [Symbol("s")]: one });
    child.method = () => one;
    expect(encodeSocketPacket(event("f", child))).toEqual([`51-["f",{"own":${hole(0)}}]`, two]);
  });

  test("under an own key __proto__ stays there", () => {
    const value = JSON.parse('{"__proto__":{"a":1},"b":2}');
    value.file = one;
    Object.defineProperty(value, "__proto__", { value: { deep: two }, enumerable: true });
    const [text] = encodeSocketPacket(event("f", value));
    expect(text).toBe(`52-["f",{"__proto__":{"deep":${hole(0)}},"b":2,"file":${hole(1)}}]`);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });

  test("keeps the holes of arrays", () => {
    const sparse: unknown[] = [one];
    sparse[2] = Number.NaN;
    sparse.length = 4;
    expect(encodeSocketPacket(event("f", sparse))[0]).toBe(`51-["f",[${hole(0)},null,null,null]]`);
  });
});

test("a cycle is the sender's mistake and shows as the platform's own error", () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  expect(() => encodeSocketPacket(event("f", cycle))).toThrow(RangeError);
});
