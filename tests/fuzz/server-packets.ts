/** Engine packets a hostile client sends: well-formed ones, near misses, and both with bytes changed. */
import type { Random } from "./random.ts";

/** A text packet with its type, or a binary message. */
export type Packet = string | Buffer;

/** Names that mean something to an object, an emitter or the protocol. */
const NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
  "error",
  "connection",
  "",
  "\u0000",
  "echo",
] as const;

const EVENTS = [
  "echo",
  "echo",
  "echo",
  "join",
  "leave",
  "shout",
  "ask",
  "ask",
  "ask in time",
  "ask in time",
  "ask the room",
  "throw",
  "reject",
  "unknown",
] as const;

const NAMESPACES = [
  "/",
  "/admin",
  "/dyn-a",
  "/dyn-b",
  "/dyn-__proto__",
  "/ask-1",
  "/throw",
  "/unknown",
  "/__proto__",
  "/constructor",
  "/admin?x=1",
  "/dyn-a?token=x&__proto__=y",
  "/ ",
  "//",
  "/%00",
  "/\u0000",
  "/\u{1f600}",
] as const;

const VALUES = [
  "1",
  "-0",
  "1e999",
  "null",
  "true",
  '"text"',
  '"\\ud800"',
  '"\\u2028\\u2029"',
  '"\\u0000"',
  "[]",
  "{}",
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"toJSON":1,"then":2,"length":-1}',
  '{"_placeholder":true,"num":0}',
  '{"_placeholder":true,"num":-1}',
  '{"_placeholder":true,"num":1.5}',
  '{"_placeholder":true,"num":"0"}',
  '{"_placeholder":true,"num":1e9}',
  '{"_placeholder":true,"num":"splice"}',
  '{"_placeholder":true}',
  '{"_placeholder":1,"num":0,"__proto__":[]}',
] as const;

const IDS = [
  "0",
  "1",
  "00",
  "7",
  "99",
  "4294967296",
  "9007199254740991",
  "9007199254740992",
  "1".repeat(400),
] as const;

/** Packets with no business at this time, or at any. */
const ODD = [
  "",
  "0",
  '0{"sid":"x"}',
  "1",
  "1x",
  "2",
  "2probe",
  "3",
  "3probe",
  "3x",
  "4",
  "5",
  "5x",
  "6",
  "7",
  "9",
  "a",
  "b",
  "bA",
  "bAAAA",
  "b4AAAA",
  "b!!!!",
  "bAA==AA==",
  "\u001e",
  "\ufeff40",
  " 40",
  "4 ",
  "47",
  "4-1",
  "4:",
  "40null",
  "40[]",
  '40"x"',
  "400",
  "40/",
  "40/,",
  "40,",
  "41{}",
  "41/,1",
  "42",
  "42{}",
  "42null",
  '42"echo"',
  "42[]",
  "42[null]",
  "42[{}]",
  "42[[]]",
  "42[1.5,1]",
  '42["echo"',
  '42["echo"]x',
  '42[,"echo"]',
  "43",
  "431",
  "43[]",
  "431{}",
  '431["x"',
  "44",
  "44{}",
  '44"x"',
  "45",
  "45[]",
  '45-["echo"]',
  '45-1-["echo"]',
  '45e1-["echo"]',
  '451["echo"]',
  '4511-["echo"]',
  '4599999999999-["echo"]',
  '450-["echo",{"_placeholder":true,"num":0}]',
  "451-",
  "451-[]",
  '461-["x"]',
  '461-1{"x":1}',
  "46",
] as const;

export class PacketMaker {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** What a decent client might send next. */
  decent(): Packet[] {
    const random = this.#random;
    const roll = random.int(0, 9);
    if (roll < 6) return [`42${this.#nsp(90)}${random.chance(40) ? random.int(0, 20) : ""}${this.#event()}`];
    if (roll < 8) return this.#binaryEvent();
    if (roll < 9) return [`40${this.#nsp(0)}${random.chance(50) ? '{"token":"x"}' : ""}`];
    return [`41${this.#nsp(60)}`];
  }

  /** One step of an attack: packets in the order in which they are sent. */
  hostile(): Packet[] {
    const random = this.#random;
    const roll = random.int(0, 99);
    if (roll < 22) return [random.pick(ODD)];
    if (roll < 34) return this.decent().map((packet) => this.mutate(packet));
    if (roll < 44) return this.#brokenBinary();
    if (roll < 52) return [`40${this.#nsp(20)}${random.chance(60) ? this.#auth() : ""}`];
    if (roll < 58)
      return [`4${random.pick(["1", "2", "3", "4"])}${this.#nsp(0)}${random.pick(IDS)}${this.#event()}`];
    if (roll < 64) return [`42${this.#nsp(80)}["${random.pick(NAMES)}",${this.#value()}]`];
    if (roll < 68) return [`43${this.#nsp(80)}${random.pick(IDS)}[${this.#value()}]`];
    if (roll < 72)
      return [`42${random.chance(20) ? "1" : ""}["${random.pick(["echo", "shout"])}",${this.#deep()}]`];
    if (roll < 78) return [random.bytes(random.int(0, 40))];
    if (roll < 81) return [`42["${random.pick(["out", "bye"])}",${random.pick(["true", "false"])}]`];
    if (roll < 85)
      return [`40${this.#nsp(0)}`, `40${this.#nsp(0)}`, `41${this.#nsp(0)}`, `42${this.#nsp(0)}["echo"]`];
    if (roll < 90) return this.#storm();
    return [this.mutate(random.pick(ODD))];
  }

  /** The packet with something changed, cut off or repeated. */
  mutate(packet: Packet): Packet {
    const random = this.#random;
    if (typeof packet !== "string") return Buffer.from(mutateBytes(random, packet));
    const at = random.int(0, packet.length);
    const rest = packet.slice(at);
    switch (random.int(0, 4)) {
      case 0:
        return packet.slice(0, at);
      case 1:
        return packet.slice(0, at) + packet.slice(Math.max(0, at - random.int(1, 9))) + rest;
      case 2:
        return `${packet.slice(0, at)}${String.fromCharCode(random.int(0, 300))}${rest.slice(1)}`;
      case 3:
        return `${packet.slice(0, at)}${random.pick(['"', "[", "]", "{", "}", ",", "-", "/", "\\", "9", "\u001e"])}${rest}`;
      default:
        return packet.slice(0, at) + rest.slice(random.int(1, 4));
    }
  }

  #nsp(mainPercent: number): string {
    const random = this.#random;
    if (random.chance(mainPercent)) return random.chance(90) ? "" : "/,";
    const nsp = random.pick(NAMESPACES);
    return nsp === "/" && random.chance(50) ? "" : `${nsp},`;
  }

  #event(): string {
    const random = this.#random;
    const args = Array.from({ length: random.int(0, 3) }, () => `,${this.#value()}`);
    return `["${random.pick(EVENTS)}"${args.join("")}]`;
  }

  #auth(): string {
    const random = this.#random;
    return random.pick([
      '{"token":"x"}',
      '{"token":"throw"}',
      '{"__proto__":{"token":"x"}}',
      '{"pid":"__proto__","offset":"x"}',
      '{"pid":1,"offset":{}}',
      `{"token":${this.#value()}}`,
      this.#value(),
    ]);
  }

  #value(): string {
    return this.#random.pick(VALUES);
  }

  #binaryEvent(): Packet[] {
    const random = this.#random;
    const count = random.int(1, 3);
    const holders = Array.from({ length: count }, (_, num) => `{"_placeholder":true,"num":${num}}`);
    const id = random.chance(40) ? random.int(0, 9) : "";
    const text = `45${count}-${id}["echo",${holders.join()}]`;
    return [text, ...holders.map(() => random.bytes(random.int(0, 30)))];
  }

  #brokenBinary(): Packet[] {
    const random = this.#random;
    const packets = this.#binaryEvent();
    const at = random.int(0, packets.length - 1);
    switch (random.int(0, 7)) {
      case 6:
        packets[0] = `45${packets.length - 1}-["echo",${this.#deep()},{"_placeholder":true,"num":0}]`;
        break;
      case 0:
        packets.splice(at, 1);
        break;
      case 1:
        packets.splice(at, 0, random.pick(ODD));
        break;
      case 2:
        packets.push(random.bytes(3));
        break;
      case 3:
        packets.reverse();
        break;
      case 4:
        packets[0] = `45${random.int(0, 12)}-["echo",${this.#value()},${this.#value()}]`;
        break;
      case 5:
        packets[0] = `46${packets.length - 1}-${random.pick(IDS)}[${this.#value()}]`;
        break;
      default:
        packets[0] = this.mutate(packets[0] ?? "");
    }
    return packets;
  }

  #deep(): string {
    const random = this.#random;
    const depth = random.pick([10, 100, 400, 1500, 9000]);
    const [open, close] = random.pick([
      ["[", "]"],
      ['{"a":', "}"],
    ]);
    return (
      open.repeat(depth) + (open === "[" ? "" : "1") + close.repeat(random.chance(90) ? depth : depth - 1)
    );
  }

  #storm(): Packet[] {
    const random = this.#random;
    const packet = random.chance(50) ? random.pick(ODD) : (this.decent()[0] ?? "");
    return Array.from({ length: random.int(2, 60) }, () => packet);
  }
}

/** The bytes with something changed, cut off, repeated or added. */
export function mutateBytes(random: Random, bytes: Buffer): Buffer {
  const at = random.int(0, bytes.length);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
  switch (random.int(0, 4)) {
    case 0:
      return Buffer.from(before);
    case 1:
      return Buffer.concat([before, random.bytes(random.int(1, 4)), after]);
    case 2:
      return Buffer.concat([before, random.bytes(1), after.subarray(1)]);
    case 3:
      return Buffer.concat([before, after.subarray(0, random.int(1, 20)), after]);
    default:
      return Buffer.concat([before, after.subarray(random.int(1, 5))]);
  }
}
