/**
 * The published socket.io-parser as an oracle: the same text for the same packets, the same packets for the same
 * text. Where this package differs on purpose, the table below says so and why.
 */
import * as fc from "fast-check";
import { Decoder, Encoder } from "socket.io-parser";
import { describe, expect, test } from "vitest";
import { binary, damaged, jsonWith, socketPacket } from "../testing/arbitraries.ts";
import { textOf } from "../testing/text-of.ts";
import { codeOf } from "../testing/throws.ts";
import { SocketDecoder, encodeSocketPacket } from "./index.ts";
import type { SocketPacket } from "./index.ts";

interface TheirPacket {
  type: number;
  nsp: string;
  id?: number;
  data?: any;
}

/** What their decoder makes of a text followed by ten attachments, or undefined if it throws. */
function theirs(text: string): TheirPacket | undefined {
  const decoder = new Decoder();
  const decoded: TheirPacket[] = [];
  decoder.on("decoded", (packet: any) => decoded.push(packet));
  try {
    decoder.add(text);
    for (let num = 0; num < 10 && decoded.length === 0; num++) decoder.add(Buffer.of(num));
  } catch {
    return undefined;
  }
  return decoded[0];
}

function ours(text: string): SocketPacket | undefined {
  const decoder = new SocketDecoder();
  let packet: SocketPacket | undefined;
  const code = codeOf(() => {
    packet = decoder.push(text);
    for (let num = 0; num < 10 && packet === undefined; num++) packet = decoder.push(Buffer.of(num));
  });
  return code === undefined ? packet : undefined;
}

function bytesOf(value: any): Buffer {
  return ArrayBuffer.isView(value)
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    : Buffer.from(value);
}

/** Where a text they accept is refused or, if `instead` is given, means something else. */
const DIFFERENCES: {
  reason: string;
  applies: (text: string, packet: TheirPacket) => boolean;
  example: string;
  instead?: SocketPacket;
}[] = [
  {
    reason: "an event, ack or connect error without data has no meaning",
    applies: (_, packet) => packet.type >= 2 && packet.data === undefined,
    example: "2/admin,",
  },
  {
    reason: "an ack without id answers nothing",
    applies: (_, packet) => packet.type === 3 && packet.id === undefined,
    example: "3[]",
  },
  {
    reason: "an id that loses digits would be answered wrongly",
    applies: (_, packet) => packet.id !== undefined && !Number.isSafeInteger(packet.id),
    example: '299999999999999999999["ev"]',
  },
  {
    reason: "the type is a digit, not what Number() makes of any character or none",
    applies: (text) => !/^[0-6]/.test(text),
    example: "",
  },
  {
    reason: "the number of attachments is digits, not whatever Number() reads",
    applies: (text) => /^[56]/.test(text) && !/^[56]\d+-/.test(text),
    example: '51e0-["ev"]',
  },
  {
    reason: "half a placeholder index finds no attachment",
    applies: (text) => /"num":\s*-?\d*[.eE]/.test(text),
    example: '51-["ev",{"_placeholder":true,"num":0.5}]',
  },
  {
    reason: "white space is no digit, so it does not make the id 0",
    applies: (text) => /^\d(\d+-)?(\/[^,]*,)?\d*\s/.test(text),
    example: '2 ["ev"]',
    instead: { type: 2, nsp: "/", data: ["ev"] },
  },
];

describe("decoding", () => {
  const hole = fc.record({
    _placeholder: fc.constant(true),
    num: fc.oneof(fc.integer({ min: -1, max: 3 }), fc.double()),
  });
  const event = socketPacket(jsonWith(hole));
  const plain = event.map((packet) => textOf(packet));
  const announced = fc.tuple(event, fc.nat(12)).map(([packet, count]) => {
    return textOf(packet).replace(/^[23]/, (type) => `${Number(type) + 3}${count}-`);
  });
  const text = fc.oneof(plain, announced, damaged(plain), damaged(announced), fc.string());

  test("agrees on any text, but for the listed differences", () => {
    fc.assert(
      fc.property(text, (payload) => {
        const [expected, actual] = [theirs(payload), ours(payload)];
        if (expected === undefined && /^[56]0+-/.test(payload)) return;
        const isListed =
          expected !== undefined && DIFFERENCES.some((rule) => rule.applies(payload, expected));
        if (isListed) return;
        if (expected !== undefined && expected.type !== 2 && expected.type !== 3) {
          // They keep a meaningless id of other packets, which nobody reads.
          delete expected.id;
        }
        expect(actual).toEqual(expected);
      }),
      { numRuns: 2000 },
    );
  });

  test.each(DIFFERENCES)("differs: $reason", ({ example, applies, instead }) => {
    const expected = theirs(example);
    expect(expected !== undefined && applies(example, expected)).toBe(true);
    expect(ours(example)).toEqual(instead);
  });

  test("is more lenient: a binary packet may announce no attachments, as parsers before 4.2.7 allow and send", () => {
    expect(theirs('50-["ev"]')).toBeUndefined();
    expect(ours('50-["ev"]')).toEqual({ type: 2, nsp: "/", data: ["ev"] });
  });
});

describe("encoding", () => {
  const views = binary.map((bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const buffers = binary.map((bytes) => Uint8Array.from(bytes).buffer);
  const odd = fc.oneof(
    binary,
    views,
    buffers,
    fc.date({ noInvalidDate: false }),
    fc.constant(undefined),
    fc.double(),
  );

  test("agrees on any packet", () => {
    const encoder = new Encoder();
    fc.assert(
      fc.property(socketPacket(jsonWith(odd)), (packet) => {
        // Theirs loses own keys of that name when there is binary beside them.
        fc.pre(!fc.stringify(packet.data).includes('"__proto__"'));
        const [text, ...attachments] = encodeSocketPacket(packet);
        // Theirs writes into the packet object.
        const copy: any = { ...packet };
        const [theirText, ...theirAttachments] = encoder.encode(copy);
        expect(text).toBe(theirText);
        expect(attachments).toHaveLength(theirAttachments.length);
        for (const [index, attachment] of attachments.entries()) {
          expect(bytesOf(attachment)).toEqual(bytesOf(theirAttachments[index]));
        }
      }),
      { numRuns: 500 },
    );
  });

  test("differs in keeping an own key __proto__ beside binary", () => {
    const data: ["ev", unknown, unknown] = ["ev", JSON.parse('{"__proto__":[1]}'), Buffer.of(1)];
    const packet: any = { type: 2, nsp: "/", data };
    const [text] = encodeSocketPacket(packet);
    expect(text).toBe('51-["ev",{"__proto__":[1]},{"_placeholder":true,"num":0}]');
    expect(new Encoder().encode(packet)[0]).not.toBe(text);
  });
});
