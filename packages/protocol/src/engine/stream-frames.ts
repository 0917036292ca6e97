/**
 * Engine.IO protocol v4, framing on byte streams (WebTransport): a header of one byte, whose high bit says binary and
 * whose rest is the length, or 126 and two bytes of it, or 127 and eight; then the packet. Big-endian throughout.
 */
import { ProtocolError } from "../errors.ts";
import { encodeBinaryPacket } from "./base64.ts";

const BINARY = 0x80;
const LENGTH_16 = 126;
const LENGTH_64 = 127;
const NOTHING = new Uint8Array();

/**
 * One frame: a packet as text, or the bytes of a binary message. Empty binary travels as the text packet `b`, since no
 * frame may be empty. Throws `ERR_PACKET_EMPTY` for empty text.
 */
export function encodeStreamFrame(packet: string | Uint8Array): Uint8Array {
  if (packet === "") throw new ProtocolError("ERR_PACKET_EMPTY");
  if (packet.length === 0) return encodeStreamFrame(encodeBinaryPacket(NOTHING));
  const payload = typeof packet === "string" ? new TextEncoder().encode(packet) : packet;
  const { length } = payload;
  const flag = typeof packet === "string" ? 0 : BINARY;
  const headerBytes = length < LENGTH_16 ? 1 : length < 0x1_0000 ? 3 : 9;
  const frame = new Uint8Array(headerBytes + length);
  const view = new DataView(frame.buffer);
  if (headerBytes === 1) {
    frame[0] = flag | length;
  } else if (headerBytes === 3) {
    frame[0] = flag | LENGTH_16;
    view.setUint16(1, length);
  } else {
    frame[0] = flag | LENGTH_64;
    view.setUint32(1, Math.floor(length / 2 ** 32));
    view.setUint32(5, length % 2 ** 32);
  }
  frame.set(payload, headerBytes);
  return frame;
}

/** Takes the chunks of one direction of one stream, however they are cut, and gives its packets. */
export class StreamFrameDecoder {
  readonly #maxPayloadBytes: number;
  // Refuses what is not UTF-8, and keeps a byte order mark: it is no packet type.
  readonly #text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  /** What has come and is not consumed: bytes #start to #end. */
  #bytes: Uint8Array = NOTHING;
  #start = 0;
  #end = 0;
  /** Whether the bytes are ours to write into, rather than a chunk of somebody's. */
  #isOwned = false;
  #failure: ProtocolError | undefined;

  /** @param maxPayloadBytes the longest packet that is taken, in bytes; at most 2^53 - 1, which is no limit */
  constructor(maxPayloadBytes: number) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  /** Takes the next bytes. They must not change until `next` has given undefined. */
  push(chunk: Uint8Array): void {
    const waiting = this.#end - this.#start;
    if (waiting > 0) {
      this.#append(chunk, waiting);
      return;
    }
    this.#bytes = chunk;
    this.#start = 0;
    this.#end = chunk.length;
    this.#isOwned = false;
  }

  /**
   * The next packet: text, or the bytes of a binary message, which belong to the caller. Undefined until more has come.
   *
   * Throws a `ProtocolError` as soon as a header announces what is empty or too long, before any of it is kept, and
   * for text that is not UTF-8; then again at every call, since nobody knows where the next frame begins.
   */
  next(): string | Uint8Array | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    const frame = this.#nextFrame();
    const waiting = this.#end - this.#start;
    // An idle stream keeps nothing, and a rest outlives the chunk it came in.
    if (waiting === 0) this.#bytes = NOTHING;
    else if (frame === undefined && !this.#isOwned) this.#append(NOTHING, waiting);
    return frame;
  }

  #nextFrame(): string | Uint8Array | undefined {
    const waiting = this.#end - this.#start;
    const first = this.#bytes[this.#start];
    if (waiting === 0 || first === undefined) return undefined;
    const short = first & ~BINARY;
    const headerBytes = short < LENGTH_16 ? 1 : short === LENGTH_16 ? 3 : 9;
    if (waiting < headerBytes) return undefined;
    const length = this.#lengthOf(short);
    if (length === 0 || length > this.#maxPayloadBytes) {
      throw this.#fail("ERR_FRAME_LENGTH", `expected 1 to ${this.#maxPayloadBytes} bytes, got ${length}`);
    }
    if (waiting - headerBytes < length) return undefined;
    const begin = this.#start + headerBytes;
    this.#start = begin + length;
    const payload = this.#bytes.subarray(begin, this.#start);
    // A copy, also of a Buffer, whose `slice` makes none.
    if ((first & BINARY) !== 0) return new Uint8Array(payload);
    try {
      return this.#text.decode(payload);
    } catch (cause) {
      throw this.#fail("ERR_FRAME_TEXT", undefined, cause);
    }
  }

  #lengthOf(short: number): number {
    if (short < LENGTH_16) return short;
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.#start + 1);
    // Lengths above 2^53 lose precision, and stay too long.
    return short === LENGTH_16 ? view.getUint16(0) : view.getUint32(0) * 2 ** 32 + view.getUint32(4);
  }

  /** Doubles, so that a peer that sends byte by byte costs neither time nor memory beyond what it sends. */
  #append(chunk: Uint8Array, waiting: number): void {
    const needed = waiting + chunk.length;
    if (!this.#isOwned || this.#end + chunk.length > this.#bytes.length) {
      const previous = this.#bytes.subarray(this.#start, this.#end);
      const hasRoom = this.#isOwned && needed * 2 <= this.#bytes.length;
      if (hasRoom) this.#bytes.copyWithin(0, this.#start, this.#end);
      else {
        this.#bytes = new Uint8Array(Math.max(needed, waiting * 2));
        this.#bytes.set(previous);
      }
      this.#isOwned = true;
      this.#start = 0;
      this.#end = waiting;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #fail(code: "ERR_FRAME_LENGTH" | "ERR_FRAME_TEXT", detail?: string, cause?: unknown): ProtocolError {
    this.#failure = new ProtocolError(code, detail, cause === undefined ? {} : { cause });
    this.#bytes = NOTHING;
    this.#start = 0;
    this.#end = 0;
    return this.#failure;
  }
}
