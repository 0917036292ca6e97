import { describe, expect, test } from "vitest";
import type { SocketPacket } from "../socket/index.ts";
import { codeOf } from "../testing/throws.ts";
import { decodeMsgpack, encodeMsgpack, msgpackCodec } from "./index.ts";

const hex = (bytes: unknown): string =>
  bytes instanceof Uint8Array ? Buffer.from(bytes).toString("hex") : "";
const bytes = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

describe("a value", () => {
  test.each<[unknown, string]>([
    [null, "c0"],
    [false, "c2"],
    [true, "c3"],
    [0, "00"],
    [127, "7f"],
    [128, "cc80"],
    [255, "ccff"],
    [256, "cd0100"],
    [65_535, "cdffff"],
    [65_536, "ce00010000"],
    [4_294_967_295, "ceffffffff"],
    [4_294_967_296, "cf0000000100000000"],
    [Number.MAX_SAFE_INTEGER, "cf001fffffffffffff"],
    [-1, "ff"],
    [-32, "e0"],
    [-33, "d0df"],
    [-128, "d080"],
    [-129, "d1ff7f"],
    [-32_768, "d18000"],
    [-32_769, "d2ffff7fff"],
    [-2_147_483_648, "d280000000"],
    [-2_147_483_649, "d3ffffffff7fffffff"],
    [Number.MIN_SAFE_INTEGER, "d3ffe0000000000001"],
    [0.5, "cb3fe0000000000000"],
    [2 ** 64, "cb43f0000000000000"],
    [Infinity, "cb7ff0000000000000"],
    [Number.NaN, "cb7ff8000000000000"],
    ["", "a0"],
    ["abc", "a3616263"],
    ["é", "a2c3a9"],
    ["\u{1f600}", "a4f09f9880"],
    ["\u{feff}", "a3efbbbf"],
    [[], "90"],
    [[1, [2]], "9201 9102"],
    [{}, "80"],
    [{ a: 1 }, "81 a161 01"],
    [Buffer.of(1, 2), "c402 0102"],
    [undefined, "d40000"],
    [new Date(0), "d700 0000000000000000"],
    [new Date(1_700_000_000_123), "d700 0000018bcfe5687b"],
    [new Date(-1), "d700 ffffffffffffffff"],
  ])("%o is %s, and back", (value, wire) => {
    expect(hex(encodeMsgpack(value))).toBe(wire.replaceAll(" ", ""));
    expect(decodeMsgpack(Buffer.from(bytes(wire)))).toEqual(value);
  });

  test.each<[string, unknown, string]>([
    ["a string of 31 bytes", "a".repeat(31), "bf"],
    ["a string of 32", "a".repeat(32), "d920"],
    ["a string of 32 bytes in 16 letters", "é".repeat(16), "d920"],
    ["a string of 256", "a".repeat(256), "da0100"],
    ["a string of 65536", "a".repeat(65_536), "db00010000"],
    ["an array of 15", Array.from({ length: 15 }, () => 0), "9f"],
    ["an array of 16", Array.from({ length: 16 }, () => 0), "dc0010"],
    ["an array of 65536", Array.from({ length: 65_536 }, () => 0), "dd00010000"],
    ["a map of 15", Object.fromEntries(Array.from({ length: 15 }, (_, key) => [`k${key}`, 0])), "8f"],
    ["a map of 16", Object.fromEntries(Array.from({ length: 16 }, (_, key) => [`k${key}`, 0])), "de0010"],
    [
      "a map of 65536",
      Object.fromEntries(Array.from({ length: 65_536 }, (_, key) => [`k${key}`, 0])),
      "df00010000",
    ],
    ["256 bytes", new Uint8Array(256), "c50100"],
    ["65536 bytes", new Uint8Array(65_536), "c600010000"],
  ])("%s has the shortest head, and comes back", (_, value, head) => {
    const encoded = encodeMsgpack(value);
    expect(hex(encoded.subarray(0, head.length / 2))).toBe(head);
    expect(decodeMsgpack(encoded)).toEqual(value);
  });

  test.each<[string, unknown, unknown]>([
    ["the bytes of a view", new Uint16Array(Uint16Array.of(9, 0x0101, 9).buffer, 2, 1), Uint8Array.of(1, 1)],
    ["the bytes of an ArrayBuffer", Uint8Array.of(1, 2).buffer, Uint8Array.of(1, 2)],
    ["what toJSON returns", { x: 1, toJSON: () => ({ y: 2 }) }, { y: 2 }],
    ["a string that toJSON returns", [{ toJSON: () => "text" }], ["text"]],
    ["null for an invalid date", new Date(Number.NaN), null],
    ["null for a function in an array", [() => 1, Symbol("s")], [null, null]],
    ["nothing for a function in an object", { a: 1, f: () => 1, s: Symbol("s") }, { a: 1 }],
    ["own keys only", Object.assign(Object.create({ inherited: 1 }), { own: 1 }), { own: 1 }],
  ])("becomes %s", (_, value, read) => {
    expect(decodeMsgpack(encodeMsgpack(value))).toEqual(read);
  });

  test("whose toJSON returns itself is written once", () => {
    class Point {
      x = 1;
      toJSON(): this {
        return this;
      }
    }
    expect(decodeMsgpack(encodeMsgpack(new Point()))).toEqual({ x: 1 });
  });

  test.each<[string, unknown]>([
    ["a bigint", 1n],
    ["a Blob", new Blob(["x"])],
  ])("has no form if it is %s", (_, value) => {
    expect(codeOf(() => encodeMsgpack({ a: [value] }))).toBe("ERR_MSGPACK_VALUE");
  });
});

describe("reading", () => {
  test.each<[string, unknown]>([
    ["ca3f000000", 0.5],
    ["cf0020000000000000", 2 ** 53],
    ["d3ffffffffffffffff", -1],
    ["d900", ""],
    ["dd00000001 00", [0]],
    ["df00000001 a161 00", { a: 0 }],
    ["81 05 00", { 5: 0 }],
    ["d501 0102", [1, Uint8Array.of(1, 2)]],
    ["d4ff 07", [-1, Uint8Array.of(7)]],
    ["d8 05 00000000000000000000000000000000", [5, new Uint8Array(16)]],
    ["c701 02 09", [2, Uint8Array.of(9)]],
    ["c702 00 0102", Uint8Array.of(1, 2).buffer],
  ])("takes %s as well", (wire, value) => {
    expect(decodeMsgpack(bytes(wire))).toEqual(value);
  });

  test.each([
    ["nothing", ""],
    ["a tag that is never used", "c1"],
    ["bytes behind the end", "c0c0"],
    ["a string cut short", "a361"],
    ["a length cut short", "da00"],
    ["a number cut short", "cb0000"],
    ["a binary longer than the input", "c6ffffffff00"],
    ["an array longer than the input", "ddffffffff00"],
    ["a map longer than the input", "dfffffffff a16100"],
    ["an extension cut short", "d700"],
    ["an extension longer than the input", "c9ffffffff0000"],
    ["a key that is no string", "819000"],
    ["text that is not UTF-8", "a1ff"],
    ["an undefined without its byte", "d400"],
  ])("refuses %s", (_, wire) => {
    expect(codeOf(() => decodeMsgpack(bytes(wire)))).toBe("ERR_MSGPACK");
  });

  test.each([0x91, 0xdc])("refuses absurd nesting instead of overflowing", (tag) => {
    const nested = new Uint8Array(1_000_000).fill(tag === 0x91 ? tag : 0);
    if (tag !== 0x91)
      for (let at = 0; at < nested.length; at += 3) nested.set([tag, 0, 1], Math.min(at, 999_997));
    expect(codeOf(() => decodeMsgpack(nested))).toBe("ERR_MSGPACK");
  });

  test("keeps __proto__ as the own key it is", () => {
    const value: any = decodeMsgpack(encodeMsgpack(JSON.parse('{"__proto__":{"polluted":1}}')));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(Object.keys(value)).toEqual(["__proto__"]);
    expect(value.polluted).toBeUndefined();
  });

  test("gives binary as views of the message, Buffers of Buffers", () => {
    const message = Buffer.from(bytes("c4020102"));
    const view: any = decodeMsgpack(message);
    expect(Buffer.isBuffer(view)).toBe(true);
    expect(view.buffer).toBe(message.buffer);
  });
});

describe("a socket packet", () => {
  const decode = (wire: Uint8Array | ArrayBuffer | string): SocketPacket | undefined =>
    msgpackCodec.createDecoder().push(wire);
  const read = (value: unknown): SocketPacket | undefined => decode(encodeMsgpack(value));

  test.each<[SocketPacket, string]>([
    [{ type: 0, nsp: "/" }, "82 a474797065 00 a36e7370 a12f"],
    [{ type: 1, nsp: "/a" }, "82 a474797065 01 a36e7370 a22f61"],
    [{ type: 2, nsp: "/", data: ["x"] }, "83 a474797065 02 a36e7370 a12f a464617461 91 a178"],
    [{ type: 3, nsp: "/", id: 0, data: [] }, "84 a474797065 03 a36e7370 a12f a464617461 90 a26964 00"],
    [{ type: 4, nsp: "/", data: "no" }, "83 a474797065 04 a36e7370 a12f a464617461 a26e6f"],
  ])("%j is one binary message", (packet, wire) => {
    const parts = msgpackCodec.encode(packet);
    expect(parts.map(hex)).toEqual([wire.replaceAll(" ", "")]);
    expect(decode(bytes(wire))).toEqual(packet);
  });

  test("may come with the options and the undefined members of a published client", () => {
    const packet = { type: 2, data: ["x"], options: { compress: true }, id: undefined, nsp: "/" };
    expect(read(packet)).toEqual({ type: 2, nsp: "/", data: ["x"] });
    expect(read({ type: 0, data: undefined, nsp: "/" })).toEqual({ type: 0, nsp: "/" });
  });

  test("in an ArrayBuffer has its binary as ArrayBuffers, as browsers expect", () => {
    const [part] = msgpackCodec.encode({ type: 2, nsp: "/", data: ["x", Uint8Array.of(1, 2)] });
    expect(part).toBeInstanceOf(Uint8Array);
    const message = part instanceof Uint8Array ? Uint8Array.from(part).buffer : "";
    expect(decode(message)?.data).toEqual(["x", Uint8Array.of(1, 2).buffer]);
  });

  test("leaves nothing behind for a reset to forget", () => {
    const decoder = msgpackCodec.createDecoder();
    decoder.reset();
    expect(decoder.push(encodeMsgpack({ type: 1, nsp: "/" }))).toEqual({ type: 1, nsp: "/" });
  });

  test.each<[unknown, string]>([
    [null, "ERR_PAYLOAD"],
    [1, "ERR_PAYLOAD"],
    [{}, "ERR_PACKET_TYPE"],
    [{ type: "2", nsp: "/" }, "ERR_PACKET_TYPE"],
    [{ type: 5, nsp: "/", data: ["x"] }, "ERR_PACKET_TYPE"],
    [{ type: -1, nsp: "/" }, "ERR_PACKET_TYPE"],
    [{ type: 1.5, nsp: "/" }, "ERR_PACKET_TYPE"],
    [{ type: 2, data: ["x"] }, "ERR_PACKET_NAMESPACE"],
    [{ type: 2, nsp: "/" }, "ERR_PAYLOAD"],
    [{ type: 2, nsp: "/", data: { 0: "x" } }, "ERR_PAYLOAD"],
    [{ type: 2, nsp: "/", data: [[]] }, "ERR_PAYLOAD"],
    [{ type: 2, nsp: "/", data: ["disconnect"] }, "ERR_RESERVED_EVENT"],
    [{ type: 2, nsp: "/", data: ["x"], id: null }, "ERR_PACKET_ID"],
    [{ type: 2, nsp: "/", data: ["x"], id: 0.5 }, "ERR_PACKET_ID"],
    [{ type: 3, nsp: "/", data: [] }, "ERR_PACKET_ID"],
    [{ type: 0, nsp: "/", data: new Date(0) }, "ERR_PAYLOAD"],
    [{ type: 0, nsp: "/", data: [] }, "ERR_PAYLOAD"],
    [{ type: 1, nsp: "/", data: {} }, "ERR_PAYLOAD"],
    [{ type: 4, nsp: "/", data: 1 }, "ERR_PAYLOAD"],
  ])("%j is refused: %s", (value, code) => {
    expect(codeOf(() => read(value))).toBe(code);
  });

  test("cannot be text or a Blob", () => {
    const blob: any = new Blob(["x"]);
    expect(codeOf(() => decode("2"))).toBe("ERR_PAYLOAD_TYPE");
    expect(codeOf(() => decode(blob))).toBe("ERR_PAYLOAD_TYPE");
  });
});
