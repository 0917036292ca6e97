/**
 * Random client byte streams for the differential fuzzer: sequences of frames that are mostly valid, with every kind of
 * fault mixed in, then possibly mutated as bytes, then cut into chunks. A stream is a function of its seed.
 */
import { constants, deflateRawSync } from "node:zlib";
import { clientFrame } from "../../packages/websocket/src/testing/client-frames.ts";
import { Random } from "./random.ts";

export interface ClientStream {
  readonly maxMessageBytes: number;
  readonly deflates: boolean;
  readonly chunks: readonly Buffer[];
  /** Does it hold a compressed message in several frames? Only such streams may end differently; see the suite. */
  readonly hasCompressedFragments: boolean;
}

export function clientStream(seed: number): ClientStream {
  const random = new Random(seed);
  const maxMessageBytes = random.pick([0, 0, 0, 1, 20, 125, 126, 1000, 1000, 65_535, 65_536]);
  const builder = new StreamBuilder(random, maxMessageBytes, random.chance(25));
  const count = random.int(1, 7);
  for (let index = 0; index < count; index++) builder.addSomething();
  if (random.chance(30)) builder.addClose();
  const bytes = random.chance(20) ? mutate(random, Buffer.concat(builder.frames)) : undefined;
  return {
    maxMessageBytes,
    deflates: builder.deflates,
    chunks: cut(random, bytes === undefined ? builder.frames : [bytes]),
    hasCompressedFragments: builder.deflates && (builder.hasCompressedFragments || bytes !== undefined),
  };
}

/** What well-formed text and its near misses are made of. */
const SNIPPETS: readonly [Buffer, ...Buffer[]] = [
  Buffer.from("plain"),
  Buffer.from("ä"),
  Buffer.from("€"),
  Buffer.from("😀"),
  Buffer.from("\ufeff"),
  Buffer.from("\u0000"),
  Buffer.from("\u{10ffff}"),
];

const BAD_SNIPPETS: readonly [Buffer, ...Buffer[]] = [
  Buffer.from("80", "hex"),
  Buffer.from("c0af", "hex"),
  Buffer.from("c3", "hex"),
  Buffer.from("e282", "hex"),
  Buffer.from("eda080", "hex"),
  Buffer.from("f09f98", "hex"),
  Buffer.from("f4908080", "hex"),
  Buffer.from("ff", "hex"),
];

class StreamBuilder {
  readonly frames: Buffer[] = [];
  readonly deflates: boolean;
  hasCompressedFragments = false;
  readonly #random: Random;
  readonly #limit: number;

  constructor(random: Random, limit: number, deflates: boolean) {
    this.#random = random;
    this.#limit = limit;
    this.deflates = deflates;
  }

  addSomething(): void {
    const roll = this.#random.int(0, 99);
    if (roll < 66) this.#addMessage();
    else if (roll < 82) this.#addControl();
    else if (roll < 96) this.#addOddFrame();
    else if (roll < 97) this.#addNoise();
    else this.addClose();
  }

  addClose(): void {
    const random = this.#random;
    const code = random.chance(60)
      ? random.pick([1000, 1001, 1002, 1003, 1007, 1011, 1012, 1014, 3000, 4000, 4999])
      : random.pick([0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, random.int(0, 65_535)]);
    const reason = random.chance(50)
      ? this.#text(random.int(0, 125)).subarray(0, random.chance(95) ? 123 : 125)
      : "";
    const payload = Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);
    const length = random.chance(15) ? random.int(0, 2) : payload.length;
    this.#add({ opcode: 8, payload: payload.subarray(0, length) });
  }

  #addMessage(): void {
    const random = this.#random;
    const opcode = random.pick([1, 1, 2]);
    const size = this.#size();
    let payload = opcode === 1 && random.chance(85) ? this.#text(size) : random.bytes(size);
    const isCompressed = random.chance(this.deflates ? 60 : 1);
    if (isCompressed) payload = this.#compress(payload);
    const pieces = random.chance(40) ? random.int(2, 4) : 1;
    for (let index = 0; index < pieces; index++) {
      const isLast = index === pieces - 1;
      const length = isLast ? payload.length : random.int(0, payload.length);
      this.#add({
        opcode: index === 0 ? opcode : 0,
        fin: isLast,
        rsv: isCompressed && index === 0 ? 4 : 0,
        payload: payload.subarray(0, length),
      });
      payload = payload.subarray(length);
      if (!isLast && random.chance(25)) this.#addControl();
      if (!isLast && random.chance(4)) return;
    }
  }

  #addControl(): void {
    const random = this.#random;
    const size = random.chance(97) ? random.int(0, random.chance(50) ? 8 : 125) : random.int(126, 300);
    this.#add({ opcode: random.pick([9, 9, 10]), payload: random.bytes(size) });
  }

  /** A frame that is anything: mostly one fault, sometimes none, sometimes several. */
  #addOddFrame(): void {
    const random = this.#random;
    const payload = this.#text(random.int(0, 140));
    const isHuge = random.chance(12);
    this.#add({
      opcode: random.int(0, 15),
      payload,
      fin: random.chance(70),
      rsv: random.chance(30) ? random.int(0, 7) : 0,
      mask: random.chance(85) ? random.bits() : false,
      ...(isHuge && {
        lengthBits: 64,
        claimedLength: (BigInt(random.bits()) << 32n) | BigInt(random.bits()),
      }),
    });
  }

  #addNoise(): void {
    // Anything may be in there.
    this.hasCompressedFragments = true;
    this.frames.push(this.#random.bytes(this.#random.int(1, 60)));
  }

  #add(shape: Parameters<typeof clientFrame>[0]): void {
    if (((shape.rsv ?? 0) & 4) !== 0 && shape.fin === false) this.hasCompressedFragments = true;
    const length = shape.payload?.length ?? 0;
    // Longer forms of a length than needed are allowed.
    const lengthBits = this.#random.chance(3)
      ? length < 65_536 && this.#random.chance(50)
        ? 16
        : 64
      : undefined;
    this.frames.push(clientFrame({ mask: this.#random.bits(), lengthBits, ...shape }));
  }

  #size(): number {
    const random = this.#random;
    const roll = random.int(0, 99);
    if (roll < 55) return random.int(0, 40);
    if (roll < 75) return random.pick([0, 1, 124, 125, 126, 127, 128, 159, 160, 161, 163]);
    if (roll < 90) return Math.max(0, (this.#limit > 2000 ? 200 : this.#limit) + random.int(-2, 2));
    if (roll < 99) return random.int(0, 3000);
    return random.pick([65_534, 65_535, 65_536, 65_537, 70_000]);
  }

  #text(size: number): Buffer {
    const random = this.#random;
    if (random.chance(40)) return Buffer.alloc(size, random.int(0x20, 0x7e));
    const parts: Buffer[] = [];
    let length = 0;
    const badPercent = random.chance(15) ? 10 : 0;
    while (length < size) {
      const part = random.chance(badPercent) ? random.pick(BAD_SNIPPETS) : random.pick(SNIPPETS);
      // Now and then a character is cut off by the end of the message.
      if (length + part.length > size && random.chance(80)) break;
      parts.push(part);
      length += part.length;
    }
    return Buffer.concat(parts).subarray(0, size);
  }

  #compress(payload: Buffer): Buffer {
    const random = this.#random;
    if (random.chance(5)) return random.bytes(random.int(0, 40));
    const isBomb = random.chance(3);
    const isFinal = random.chance(6);
    const bytes = deflateRawSync(isBomb ? Buffer.alloc(200_000) : payload, {
      finishFlush: isFinal ? constants.Z_FINISH : constants.Z_SYNC_FLUSH,
      level: random.pick([0, 1, 6, 9]),
      windowBits: random.pick([9, 12, 15]),
    });
    const compressed = isFinal ? bytes : bytes.subarray(0, -4);
    if (random.chance(10)) return mutate(random, compressed);
    return random.chance(4) ? Buffer.concat([compressed, random.bytes(random.int(1, 9))]) : compressed;
  }
}

function mutate(random: Random, bytes: Buffer): Buffer {
  let mutated = Buffer.from(bytes);
  for (let count = random.int(1, 3); count > 0 && mutated.length > 0; count--) {
    const at = random.int(0, mutated.length - 1);
    const kind = random.int(0, 3);
    if (kind === 0) mutated[at] = (mutated[at] ?? 0) ^ (1 << random.int(0, 7));
    else if (kind === 1) mutated[at] = random.bits() & 0xff;
    else if (kind === 2)
      mutated = Buffer.concat([mutated.subarray(0, at), mutated.subarray(at + random.int(1, 4))]);
    else
      mutated = Buffer.concat([
        mutated.subarray(0, at),
        random.bytes(random.int(1, 4)),
        mutated.subarray(at),
      ]);
  }
  return mutated;
}

function cut(random: Random, frames: readonly Buffer[]): Buffer[] {
  const style = random.int(0, 9);
  if (style < 3) return [Buffer.concat(frames)];
  if (style < 5) return [...frames];
  const bytes = Buffer.concat(frames);
  const largest = style < 6 && bytes.length < 600 ? 1 : random.pick([3, 10, 100, 2000]);
  const chunks: Buffer[] = [];
  const floor = Math.ceil(bytes.length / 400);
  for (let at = 0; at < bytes.length;) {
    const end = Math.min(bytes.length, at + Math.max(floor, random.int(1, largest)));
    chunks.push(bytes.subarray(at, end));
    at = end;
  }
  return chunks;
}
