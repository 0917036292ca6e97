import { describe, expect, test } from "vitest";
import { codeOf } from "../testing/throws.ts";
import { RESERVED_EVENTS, SocketDecoder, createJsonCodec, defaultCodec } from "./index.ts";
import type { JsonReviver, SocketPacket } from "./index.ts";

const decode = (text: string): SocketPacket | undefined => new SocketDecoder().push(text);

/** The arguments of a packet, open to any look inside. */
const dataOf = (packet: SocketPacket | undefined): any => packet?.data;

const hole = (num: unknown): string => `{"_placeholder":true,"num":${JSON.stringify(num)}}`;

const datesAtAt: JsonReviver = (key, value) => {
  if (value === "bad") throw new Error("mine");
  return key === "at" ? new Date(Number(value)) : value;
};

const circularArgument: JsonReviver = (key, value) =>
  key === "1" ? Object.assign(Object(value), { self: value }) : value;

describe("a text packet", () => {
  test.each<[string, SocketPacket]>([
    ["0", { type: 0, nsp: "/" }],
    ['0{"token":"x"}', { type: 0, nsp: "/", data: { token: "x" } }],
    ["0/custom", { type: 0, nsp: "/custom" }],
    ["0/custom,", { type: 0, nsp: "/custom" }],
    ["0/admin?x=1,{}", { type: 0, nsp: "/admin?x=1", data: {} }],
    ["1", { type: 1, nsp: "/" }],
    ["1/admin,", { type: 1, nsp: "/admin" }],
    ['2["ev",1]', { type: 2, nsp: "/", data: ["ev", 1] }],
    ["2[5]", { type: 2, nsp: "/", data: [5] }],
    ['2[""]', { type: 2, nsp: "/", data: [""] }],
    ['20["ev"]', { type: 2, nsp: "/", id: 0, data: ["ev"] }],
    ['2/admin,12["ev"]', { type: 2, nsp: "/admin", id: 12, data: ["ev"] }],
    ['29007199254740991["ev"]', { type: 2, nsp: "/", id: 9_007_199_254_740_991, data: ["ev"] }],
    ['312["ok"]', { type: 3, nsp: "/", id: 12, data: ["ok"] }],
    ["30[]", { type: 3, nsp: "/", id: 0, data: [] }],
    ['4/random,{"message":"no"}', { type: 4, nsp: "/random", data: { message: "no" } }],
    ['4"no"', { type: 4, nsp: "/", data: "no" }],
  ])("%s is read", (text, packet) => {
    expect(decode(text)).toEqual(packet);
  });

  test.each([
    ["", "ERR_PACKET_EMPTY"],
    ["7", "ERR_PACKET_TYPE"],
    ["/", "ERR_PACKET_TYPE"],
    [":", "ERR_PACKET_TYPE"],
    [" ", "ERR_PACKET_TYPE"],
    ["x[]", "ERR_PACKET_TYPE"],
    ["𝟎", "ERR_PACKET_TYPE"],
    ["0[]", "ERR_PAYLOAD"],
    ['0"token"', "ERR_PAYLOAD"],
    ["0null", "ERR_PAYLOAD"],
    ["0{", "ERR_PAYLOAD"],
    ["1{}", "ERR_PAYLOAD"],
    ["1null", "ERR_PAYLOAD"],
    ["2", "ERR_PAYLOAD"],
    ["2/admin,", "ERR_PAYLOAD"],
    ["2{}", "ERR_PAYLOAD"],
    ["2[]", "ERR_PAYLOAD"],
    ["2[{}]", "ERR_PAYLOAD"],
    ['2[["ev"]]', "ERR_PAYLOAD"],
    ["2[null]", "ERR_PAYLOAD"],
    ["2[true]", "ERR_PAYLOAD"],
    ['2["ev"', "ERR_PAYLOAD"],
    ['2["ev"]x', "ERR_PAYLOAD"],
    ['2-1["ev"]', "ERR_PAYLOAD"],
    ['2/a,b["ev"]', "ERR_PAYLOAD"],
    ['29007199254740992["ev"]', "ERR_PACKET_ID"],
    [`2${"9".repeat(1000)}["ev"]`, "ERR_PACKET_ID"],
    ["3[]", "ERR_PACKET_ID"],
    ["31", "ERR_PAYLOAD"],
    ["31{}", "ERR_PAYLOAD"],
    ["4", "ERR_PAYLOAD"],
    ["4[]", "ERR_PAYLOAD"],
    ["41", "ERR_PAYLOAD"],
    ["5", "ERR_ATTACHMENT_COUNT"],
    ["51", "ERR_ATTACHMENT_COUNT"],
    ["5-", "ERR_ATTACHMENT_COUNT"],
    ["5-1-[]", "ERR_ATTACHMENT_COUNT"],
    ["5woooot", "ERR_ATTACHMENT_COUNT"],
    ['51.5-["ev"]', "ERR_ATTACHMENT_COUNT"],
    ['51e0-["ev"]', "ERR_ATTACHMENT_COUNT"],
    ['511-["ev"]', "ERR_TOO_MANY_ATTACHMENTS"],
    [`5${"9".repeat(1000)}-["ev"]`, "ERR_TOO_MANY_ATTACHMENTS"],
    ["51-", "ERR_PAYLOAD"],
    ["51-{}", "ERR_PAYLOAD"],
    ['51-[{"_placeholder":true,"num":0}]', "ERR_PAYLOAD"],
    ["61-[]", "ERR_PACKET_ID"],
  ])("%.40s is refused: %s", (text, code) => {
    expect(codeOf(() => decode(text))).toBe(code);
  });

  test.each([...RESERVED_EVENTS])("may not raise the library's own event %s", (event) => {
    expect(codeOf(() => decode(`2["${event}"]`))).toBe("ERR_RESERVED_EVENT");
    expect(codeOf(() => decode(`51-["${event}",{"_placeholder":true,"num":0}]`))).toBe("ERR_RESERVED_EVENT");
  });

  test("may be called error or connection", () => {
    expect(decode('2["error"]')?.data).toEqual(["error"]);
    expect(decode('2["connection"]')?.data).toEqual(["connection"]);
  });

  test("keeps __proto__ as the own key it is", () => {
    const [, data] = dataOf(decode('2["ev",{"__proto__":{"polluted":true}}]'));
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect(data.polluted).toBeUndefined();
    expect(Object.keys(data)).toEqual(["__proto__"]);
  });

  test("leaves what looks like a placeholder alone", () => {
    expect(decode('2["ev",{"_placeholder":true,"num":0}]')?.data).toEqual([
      "ev",
      { _placeholder: true, num: 0 },
    ]);
  });

  test("passes through the reviver, whose exceptions are refusals", () => {
    const decoder = createJsonCodec({ reviver: datesAtAt }).createDecoder();
    expect(decoder.push('2["ev",{"at":0}]')?.data).toEqual(["ev", { at: new Date(0) }]);
    expect(codeOf(() => decoder.push('2["ev","bad"]'))).toBe("ERR_PAYLOAD");
  });
});

describe("a binary packet", () => {
  const one = Uint8Array.of(1);
  const two = Uint8Array.of(2);

  test("is an event once all attachments are there", () => {
    const decoder = defaultCodec.createDecoder();
    expect(decoder.push(`52-/admin,7["f",{"a":[${hole(1)}]},${hole(0)}]`)).toBeUndefined();
    expect(decoder.push(one)).toBeUndefined();
    const packet = decoder.push(two);
    expect(packet).toEqual({ type: 2, nsp: "/admin", id: 7, data: ["f", { a: [two] }, one] });
    expect(packet).not.toHaveProperty("attachments");
  });

  test("may be an ack, and may have the id 0", () => {
    const decoder = new SocketDecoder();
    expect(decoder.push(`61-0[${hole(0)}]`)).toBeUndefined();
    expect(decoder.push(one)).toEqual({ type: 3, nsp: "/", id: 0, data: [one] });
  });

  test("of no attachments is complete at once, and so is the next", () => {
    const decoder = new SocketDecoder();
    expect(decoder.push('50-["f",1]')).toEqual({ type: 2, nsp: "/", data: ["f", 1] });
    expect(decoder.push('60-1["f"]')).toEqual({ type: 3, nsp: "/", id: 1, data: ["f"] });
    expect(decoder.push('2["g"]')).toEqual({ type: 2, nsp: "/", data: ["g"] });
  });

  test("delivers attachments as they came, not copied", () => {
    for (const attachment of [Buffer.from("x"), new ArrayBuffer(1), new Blob(["x"])]) {
      const decoder = new SocketDecoder();
      decoder.push(`51-["f",${hole(0)}]`);
      expect(dataOf(decoder.push(attachment))[1]).toBe(attachment);
    }
  });

  test("may place one attachment twice and another not at all", () => {
    const decoder = new SocketDecoder();
    decoder.push(`52-["f",${hole(1)},${hole(1)}]`);
    decoder.push(one);
    expect(decoder.push(two)?.data).toEqual(["f", two, two]);
  });

  test.each([-1, 1, 0.5, "0", "length", "__proto__", null, { valueOf: 0, toString: 0 }, [0], 1e300])(
    "is refused if a placeholder asks for %j",
    (num) => {
      const decoder = new SocketDecoder();
      decoder.push(`51-["f",${hole(num)}]`);
      expect(codeOf(() => decoder.push(one))).toBe("ERR_ATTACHMENT_PLACEHOLDER");
    },
  );

  test("is refused if text comes instead of an attachment", () => {
    const decoder = new SocketDecoder();
    decoder.push(`51-["f",${hole(0)}]`);
    expect(codeOf(() => decoder.push('2["g"]'))).toBe("ERR_ATTACHMENT_PENDING");
    expect(decoder.push('2["g"]')).toEqual({ type: 2, nsp: "/", data: ["g"] });
  });

  test("is refused if it was not announced", () => {
    const decoder = new SocketDecoder();
    expect(codeOf(() => decoder.push(one))).toBe("ERR_ATTACHMENT_UNEXPECTED");
    decoder.push(`51-["f",${hole(0)}]`);
    decoder.push(one);
    expect(codeOf(() => decoder.push(one))).toBe("ERR_ATTACHMENT_UNEXPECTED");
  });

  test("is forgotten by a reset", () => {
    const decoder = new SocketDecoder();
    decoder.push(`51-["f",${hole(0)}]`);
    decoder.reset();
    expect(codeOf(() => decoder.push(one))).toBe("ERR_ATTACHMENT_UNEXPECTED");
    expect(decoder.push('2["g"]')?.data).toEqual(["g"]);
  });

  test("has as many attachments as the limit allows", () => {
    expect(decode(`510-["f"]`)).toBeUndefined();
    const strict = new SocketDecoder({ maxAttachments: 0 });
    expect(strict.push('50-["f"]')?.data).toEqual(["f"]);
    expect(codeOf(() => strict.push('51-["f"]'))).toBe("ERR_TOO_MANY_ATTACHMENTS");
    expect(new SocketDecoder({ maxAttachments: Infinity }).push('51000-["f"]')).toBeUndefined();
  });

  test("keeps __proto__ as the own key it is", () => {
    const decoder = new SocketDecoder();
    decoder.push(`51-["f",{"__proto__":${hole(0)}}]`);
    const [, data] = dataOf(decoder.push(one));
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype);
    expect(Object.entries(data)).toEqual([["__proto__", one]]);
  });
});

test.each([undefined, null, 5, {}, []])("a payload of the wrong kind is refused: %j", (payload: any) => {
  expect(codeOf(() => new SocketDecoder().push(payload))).toBe("ERR_PAYLOAD_TYPE");
});

describe("hostile nesting", () => {
  const depth = 200_000;
  const nested = "[".repeat(depth) + "]".repeat(depth);

  test("is read without overflow", () => {
    expect(decode(`2["ev",${nested}]`)?.type).toBe(2);
  });

  test("is refused when it never ends", () => {
    expect(codeOf(() => decode(`2["ev",${"[".repeat(depth)}`))).toBe("ERR_PAYLOAD");
  });

  test("is refused when a reviver overflows on it", () => {
    const decoder = new SocketDecoder({ reviver: (_, value) => value });
    expect(codeOf(() => decoder.push(`2["ev",${nested}]`))).toBe("ERR_PAYLOAD");
  });

  test("does not hide a placeholder", () => {
    const decoder = new SocketDecoder();
    decoder.push(`51-["f",${"[".repeat(depth)}{"_placeholder":true,"num":0}${"]".repeat(depth)}]`);
    const bytes = Uint8Array.of(1);
    let found = dataOf(decoder.push(bytes));
    while (Array.isArray(found)) found = found.at(-1);
    expect(found).toBe(bytes);
  });
});

describe("what a reviver returns", () => {
  const message = '51-["f",{"a":{"_placeholder":true,"num":0}}]';

  test("may be circular", () => {
    const decoder = new SocketDecoder({ reviver: circularArgument });
    decoder.push(message);
    expect(dataOf(decoder.push(Uint8Array.of(1)))[1]).toMatchObject({ a: Uint8Array.of(1) });
  });

  test("is refused if an attachment cannot be put into it", () => {
    const decoder = new SocketDecoder({ reviver: (_, value) => Object.freeze(value) });
    decoder.push(message);
    expect(codeOf(() => decoder.push(Uint8Array.of(1)))).toBe("ERR_PAYLOAD");
  });

  test("must still be a packet", () => {
    const decoder = new SocketDecoder({ reviver: () => undefined });
    expect(codeOf(() => decoder.push(message))).toBe("ERR_PAYLOAD");
  });
});
