/** Client frames valid and not, for tests; and a reader of the server's frames. */

export interface FrameShape {
  readonly opcode: number;
  readonly payload?: Uint8Array | string | undefined;
  readonly fin?: boolean | undefined;
  /** The three reserved bits as a number: 4 is RSV1. */
  readonly rsv?: number | undefined;
  /** Undefined: 0x37fa213d, as in RFC 6455 §5.7. `false`: not masked. */
  readonly mask?: number | false | undefined;
  /** How the length is written: 7, 16 or 64 bits; default the shortest. */
  readonly lengthBits?: 7 | 16 | 64 | undefined;
  /** The length the header claims, if not that of the payload. */
  readonly claimedLength?: number | bigint | undefined;
}

const RFC_MASK = 0x3d21fa37;

export function clientFrame(shape: FrameShape): Buffer {
  const payload = Buffer.from(shape.payload ?? "");
  const length = shape.claimedLength ?? payload.length;
  const bits = shape.lengthBits ?? (length < 126 ? 7 : length < 65_536 ? 16 : 64);
  const header = Buffer.alloc(bits === 7 ? 2 : bits === 16 ? 4 : 10);
  header[0] = (shape.fin === false ? 0 : 0x80) | ((shape.rsv ?? 0) << 4) | shape.opcode;
  header[1] = (shape.mask === false ? 0 : 0x80) | (bits === 7 ? Number(length) : bits === 16 ? 126 : 127);
  if (bits === 16) header.writeUInt16BE(Number(length), 2);
  if (bits === 64) header.writeBigUInt64BE(BigInt(length), 2);
  if (shape.mask === false) return Buffer.concat([header, payload]);
  const mask = Buffer.alloc(4);
  mask.writeInt32LE((shape.mask ?? RFC_MASK) | 0);
  // Byte by byte on purpose: the tests must not unmask with the code under test.
  for (let at = 0; at < payload.length; at++) payload[at] = (payload[at] ?? 0) ^ (mask[at & 3] ?? 0);
  return Buffer.concat([header, mask, payload]);
}

export const text = (payload: Uint8Array | string, more: Partial<FrameShape> = {}): Buffer =>
  clientFrame({ opcode: 1, payload, ...more });
export const binary = (payload: Uint8Array | string, more: Partial<FrameShape> = {}): Buffer =>
  clientFrame({ opcode: 2, payload, ...more });
export const continuation = (payload: Uint8Array | string, more: Partial<FrameShape> = {}): Buffer =>
  clientFrame({ opcode: 0, payload, ...more });
export const ping = (payload: Uint8Array | string = "", more: Partial<FrameShape> = {}): Buffer =>
  clientFrame({ opcode: 9, payload, ...more });
export const pong = (payload: Uint8Array | string = "", more: Partial<FrameShape> = {}): Buffer =>
  clientFrame({ opcode: 10, payload, ...more });

export function close(code?: number, reason: Uint8Array | string = ""): Buffer {
  if (code === undefined) return clientFrame({ opcode: 8 });
  return clientFrame({
    opcode: 8,
    payload: Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]),
  });
}

/** A message in the given pieces, as a first frame and continuations. */
export function fragments(opcode: 1 | 2, ...pieces: readonly (Uint8Array | string)[]): Buffer[] {
  return pieces.map((payload, index) =>
    clientFrame({ opcode: index === 0 ? opcode : 0, payload, fin: index === pieces.length - 1 }),
  );
}

export interface ServerFrame {
  readonly first: number;
  readonly payload: Buffer;
}

/** Splits what a server wrote into frames; throws if it is not whole frames. */
export function serverFrames(bytes: Buffer): ServerFrame[] {
  const frames: ServerFrame[] = [];
  for (let at = 0; at < bytes.length;) {
    const first = bytes.readUInt8(at);
    const short = bytes.readUInt8(at + 1);
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    at = start + length;
    if (short > 127 || at > bytes.length)
      throw new Error(`not a whole server frame: ${bytes.toString("hex")}`);
    frames.push({ first, payload: bytes.subarray(start, at) });
  }
  return frames;
}

/** Chunks of one byte each. */
export function byteByByte(bytes: Uint8Array): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.from([byte]));
}
