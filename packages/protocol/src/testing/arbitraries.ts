/** Random packets for the property tests. */
import * as fc from "fast-check";
import { PacketType, RESERVED_EVENTS } from "../socket/packet.ts";
import type { SocketPacket } from "../socket/packet.ts";

/** Bytes in every guise an application may send them. */
export const binary: fc.Arbitrary<Uint8Array> = fc
  .tuple(fc.uint8Array({ maxLength: 40 }), fc.boolean())
  .map(([bytes, isBuffer]) => (isBuffer ? Buffer.from(bytes) : bytes));

const key = fc.oneof(
  fc.string(),
  fc.constantFrom("__proto__", "constructor", "toString", "num", "length", "0"),
);

/** What survives JSON as it is: no -0, no undefined, no class. */
const leaf = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.boolean(),
  fc.constant(null),
);

/** JSON values, nested, with `extra` leaves among the others. */
export function jsonWith(extra: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      leaf,
      extra,
      fc.array(tie("value"), { maxLength: 5 }),
      fc.dictionary(key, tie("value"), { maxKeys: 5, noNullPrototype: false }),
    ),
  })).value;
}

const nsp = fc
  .option(
    fc.string().map((name) => `/${name.replaceAll(",", "")}`),
    { nil: "/" },
  )
  .filter((name) => name !== "");

/** Socket packets; binary and JSON values in their arguments come from `value`. */
export function socketPacket(value: fc.Arbitrary<unknown>): fc.Arbitrary<SocketPacket> {
  const event = fc.oneof(fc.string(), fc.integer()).filter((name) => !RESERVED_EVENTS.has(String(name)));
  const id = fc.oneof(fc.nat(), fc.maxSafeNat());
  const plain = fc.dictionary(key, jsonWith(fc.constant(1)), { maxKeys: 5 });
  return fc.oneof(
    fc.record({ type: fc.constant(PacketType.CONNECT), nsp, data: fc.option(plain, { nil: undefined }) }),
    fc.record({ type: fc.constant(PacketType.DISCONNECT), nsp }),
    fc.record({
      type: fc.constant(PacketType.EVENT),
      nsp,
      id: fc.option(id, { nil: undefined }),
      data: fc
        .tuple(event, fc.array(value, { maxLength: 4 }))
        .map(([name, args]): [string | number, ...unknown[]] => [name, ...args]),
    }),
    fc.record({ type: fc.constant(PacketType.ACK), nsp, id, data: fc.array(value, { maxLength: 4 }) }),
    fc.record({ type: fc.constant(PacketType.CONNECT_ERROR), nsp, data: fc.oneof(fc.string(), plain) }),
  );
}

/** `text` with a piece replaced by noise the grammar cares about. */
export function damaged(text: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const noise = fc.string({
    unit: fc.constantFrom(
      "0",
      "1",
      "5",
      "6",
      "9",
      "-",
      ",",
      "/",
      "[",
      "]",
      "{",
      "}",
      '"',
      ".",
      "e",
      " ",
      "x",
      "\0",
    ),
    maxLength: 3,
  });
  return fc.tuple(text, fc.nat(), fc.nat(2), noise).map(([whole, at, gone, inserted]) => {
    // Mostly in the head, where there is something to break.
    const cut = at % Math.min(whole.length + 1, 12);
    return whole.slice(0, cut) + inserted + whole.slice(cut + gone);
  });
}
