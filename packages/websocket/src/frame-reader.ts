/**
 * Client frames in, messages out (RFC 6455 §5, RFC 7692 §6): a pull parser over the chunks of one connection. The
 * endpoint feeds it and asks for the next message; it owns no socket, calls nobody, and modifies the chunks it is fed.
 * A frame that lies whole in a chunk is read where it lies. A reader that is idle holds nothing and may serve another
 * connection: see `acquireReader`.
 */
import { constants, isAscii, isUtf8 } from "node:buffer";
import { isSendableCloseCode } from "./close-codes.ts";
import { inflateMessage } from "./deflate.ts";
import { WebSocketError, type WebSocketErrorCode } from "./errors.ts";
import { FIN, Opcode, RSV1 } from "./frame-writer.ts";
import { HIGH_BITS, advanceMask, unmask } from "./mask.ts";
import { MessageStore } from "./message-store.ts";
import { latin1Slice, utf8Slice } from "./raw-buffer.ts";

/** What `next()` found. The values of messages and control frames are their opcodes. */
export const Found = {
  /** Nothing complete; feed another chunk. */
  needMore: 0,
  /** `text` is a message. */
  text: 1,
  /** `bytes` is a message; the Buffer belongs to the receiver. */
  binary: 2,
  /** `closeCode` (1005: none) and `closeReason`. Nothing may follow. */
  close: 8,
  /** `bytes` is the data to answer with. */
  ping: 9,
  pong: 10,
  /** `error` tells why; this connection is to be failed and the reader not asked again. */
  failed: -1,
} as const;

export type Found = (typeof Found)[keyof typeof Found];

const EMPTY = Buffer.alloc(0);
const RSV23 = 0x30;
const MASKED = 0x80;
const MASK_BYTES = 4;

/** A message that fills at least this much, and half of its chunk, is handed out as a view of the chunk. */
const VIEW_FROM_BYTES = 16_384;

/** The most a text message may have on this runtime, and the limit where none is set: 512 MB on 64 bits. */
const HARD_LIMIT = constants.MAX_STRING_LENGTH;

export class FrameReader {
  text = "";
  bytes: Buffer = EMPTY;
  closeCode = 0;
  closeReason = "";
  error: WebSocketError | undefined;
  /** Set by the endpoint while it is between two calls of `next()`. */
  isBusy = false;

  #chunk: Buffer = EMPTY;
  #at = 0;
  #limit = HARD_LIMIT;
  #deflates = false;

  // The data frame being read, if its payload is split over chunks.
  #missing = 0;
  #mask = 0;
  #isFinal = false;

  // The data message being read, if it is split over frames or chunks: 0, or its opcode.
  #opcode: 0 | typeof Opcode.text | typeof Opcode.binary = 0;
  #isCompressed = false;
  #seen = 0;
  readonly #store = new MessageStore();

  /** Makes a reader serve a connection. @param maxMessageBytes 0: only what the runtime can hold */
  configure(maxMessageBytes: number, deflates: boolean): void {
    this.#limit = maxMessageBytes > 0 ? Math.min(maxMessageBytes, HARD_LIMIT) : HARD_LIMIT;
    this.#deflates = deflates;
  }

  /** True if nothing is half-read, so that the reader can be taken away without loss. */
  get isIdle(): boolean {
    return this.#at === this.#chunk.length && this.#opcode === 0;
  }

  /** Forgets all it has read. */
  reset(): void {
    this.text = "";
    this.bytes = EMPTY;
    this.closeReason = "";
    this.error = undefined;
    this.isBusy = false;
    this.#chunk = EMPTY;
    this.#at = 0;
    this.#missing = 0;
    this.#opcode = 0;
    this.#store.clear();
  }

  /** Lets go of the chunk before a wait of unknown length; what is unread of it, at most a short frame, is copied. */
  compact(): void {
    this.text = "";
    this.bytes = EMPTY;
    this.#chunk = this.#at === this.#chunk.length ? EMPTY : Buffer.from(this.#chunk.subarray(this.#at));
    this.#at = 0;
  }

  /** Takes the next bytes of the connection. The chunk belongs to the reader from now on: payloads are unmasked in it. */
  feed(chunk: Buffer): void {
    const rest = this.#chunk.length - this.#at;
    this.#chunk = rest === 0 ? chunk : Buffer.concat([this.#chunk.subarray(this.#at), chunk]);
    this.#at = 0;
  }

  /** Reads up to the end of the next message or control frame. */
  next(): Found {
    for (;;) {
      if (this.#missing > 0) {
        if (!this.#takePayload()) return Found.needMore;
        if (this.#isFinal) return this.#endMessage();
      }
      const chunk = this.#chunk;
      const start = this.#at;
      if (chunk.length - start < 2) return Found.needMore;
      const first = chunk[start] ?? 0;
      const second = chunk[start + 1] ?? 0;
      const problem = this.#headerProblem(first, second);
      if (problem !== undefined) return this.#fail(problem);

      let at = start + 2;
      let length = second & 0x7f;
      if (length >= 126) {
        at += length === 126 ? 2 : 8;
        if (chunk.length < at) return Found.needMore;
        length = length === 126 ? chunk.readUInt16BE(start + 2) : longLength(chunk, start + 2);
        if (length > Number.MAX_SAFE_INTEGER) return this.#fail("ERR_WS_LENGTH");
      }
      const opcode = first & 0x0f;
      if (opcode < Opcode.close && length > this.#limit - this.#store.length) {
        return this.#fail("ERR_WS_MESSAGE_TOO_BIG", `limit ${this.#limit} bytes`);
      }
      if (chunk.length < at + MASK_BYTES) return Found.needMore;
      const mask = maskAt(chunk, at);
      at += MASK_BYTES;
      const end = at + length;

      if (opcode >= Opcode.close) {
        if (end > chunk.length) return Found.needMore;
        this.#at = end;
        return this.#controlFrame(opcode, at, end, mask);
      }
      if (end <= chunk.length && (first & (FIN | RSV1)) === FIN && opcode !== Opcode.continuation) {
        this.#at = end;
        return opcode === Opcode.text ? this.#wholeText(at, end, mask) : this.#wholeBinary(at, end, mask);
      }
      this.#at = at;
      this.#beginFrame(first, length, mask);
      // An empty frame is complete already, and the loop would take it for none.
      if (length === 0 && this.#isFinal) return this.#endMessage();
    }
  }

  /** The fault of the first two bytes, which can be told before the rest has arrived. */
  #headerProblem(first: number, second: number): WebSocketErrorCode | undefined {
    if ((first & RSV23) !== 0) return "ERR_WS_RESERVED_BITS";
    const opcode = first & 0x0f;
    const isCompressed = (first & RSV1) !== 0;
    if (opcode === Opcode.text || opcode === Opcode.binary) {
      if (isCompressed && !this.#deflates) return "ERR_WS_RESERVED_BITS";
      if (this.#opcode !== 0) return "ERR_WS_CONTINUATION_EXPECTED";
    } else if (isCompressed) {
      return "ERR_WS_RESERVED_BITS";
    } else if (opcode === Opcode.continuation) {
      if (this.#opcode === 0) return "ERR_WS_CONTINUATION_UNEXPECTED";
    } else if (opcode < Opcode.close || opcode > Opcode.pong) {
      return "ERR_WS_OPCODE";
    } else if ((first & FIN) === 0) {
      return "ERR_WS_CONTROL_FRAGMENTED";
    } else if ((second & 0x7f) > 125) {
      return "ERR_WS_CONTROL_LENGTH";
    } else if (opcode === Opcode.close && (second & 0x7f) === 1) {
      return "ERR_WS_CLOSE_PAYLOAD";
    }
    return (second & MASKED) === 0 ? "ERR_WS_UNMASKED" : undefined;
  }

  #wholeText(start: number, end: number, mask: number): Found {
    const chunk = this.#chunk;
    const seen = unmask(chunk, start, end, mask);
    if ((seen & HIGH_BITS) === 0) {
      // Heartbeat answers are one character; the engine keeps single-character strings ready.
      this.text = end - start === 1 ? String.fromCharCode(chunk[start] ?? 0) : latin1Slice(chunk, start, end);
      return Found.text;
    }
    if (!isUtf8(chunk.subarray(start, end))) return this.#fail("ERR_WS_UTF8");
    this.text = utf8Slice(chunk, start, end);
    return Found.text;
  }

  #wholeBinary(start: number, end: number, mask: number): Found {
    const chunk = this.#chunk;
    unmask(chunk, start, end, mask);
    this.bytes = ownBytes(chunk, start, end);
    return Found.binary;
  }

  #controlFrame(opcode: number, start: number, end: number, mask: number): Found {
    const chunk = this.#chunk;
    unmask(chunk, start, end, mask);
    if (opcode === Opcode.close) return this.#closeFrame(start, end);
    this.bytes = chunk.subarray(start, end);
    return opcode === Opcode.ping ? Found.ping : Found.pong;
  }

  #closeFrame(start: number, end: number): Found {
    const chunk = this.#chunk;
    this.closeCode = 1005;
    this.closeReason = "";
    if (end === start) return Found.close;
    const code = chunk.readUInt16BE(start);
    if (!isSendableCloseCode(code)) return this.#fail("ERR_WS_CLOSE_CODE", `got ${code}`);
    if (!isUtf8(chunk.subarray(start + 2, end))) return this.#fail("ERR_WS_CLOSE_REASON");
    this.closeCode = code;
    this.closeReason = utf8Slice(chunk, start + 2, end);
    return Found.close;
  }

  #beginFrame(first: number, length: number, mask: number): void {
    const opcode = first & 0x0f;
    if (opcode === Opcode.text || opcode === Opcode.binary) {
      this.#opcode = opcode;
      this.#isCompressed = (first & RSV1) !== 0;
      this.#seen = 0;
    }
    this.#isFinal = (first & FIN) !== 0;
    this.#missing = length;
    this.#mask = mask;
    // The frame's length is only a claim: the store grows with what arrives, up to it.
    this.#store.expect(length, this.#isFinal);
  }

  /** Moves what the chunk has of the current payload into the store; false if more is to come. */
  #takePayload(): boolean {
    const start = this.#at;
    const end = Math.min(start + this.#missing, this.#chunk.length);
    this.#seen |= unmask(this.#chunk, start, end, this.#mask);
    this.#store.push(this.#chunk, start, end);
    this.#mask = advanceMask(this.#mask, end - start);
    this.#missing -= end - start;
    this.#at = end;
    return this.#missing === 0;
  }

  #endMessage(): Found {
    const opcode = this.#opcode;
    this.#opcode = 0;
    let message = this.#store.take();
    let isAsciiText = (this.#seen & HIGH_BITS) === 0;
    if (this.#isCompressed) {
      const inflated = inflateMessage(message, this.#limit);
      if (inflated instanceof WebSocketError) return this.#failWith(inflated);
      message = inflated;
      isAsciiText = opcode === Opcode.text && isAscii(message);
    }
    if (opcode === Opcode.binary) {
      this.bytes = message;
      return Found.binary;
    }
    if (!isAsciiText && !isUtf8(message)) return this.#fail("ERR_WS_UTF8");
    this.text = isAsciiText ? latin1Slice(message, 0, message.length) : utf8Slice(message, 0, message.length);
    return Found.text;
  }

  #fail(code: WebSocketErrorCode, detail?: string): typeof Found.failed {
    return this.#failWith(new WebSocketError(code, detail));
  }

  #failWith(error: WebSocketError): typeof Found.failed {
    this.error = error;
    return Found.failed;
  }
}

function maskAt(chunk: Buffer, at: number): number {
  return (
    (chunk[at] ?? 0) |
    ((chunk[at + 1] ?? 0) << 8) |
    ((chunk[at + 2] ?? 0) << 16) |
    ((chunk[at + 3] ?? 0) << 24)
  );
}

function longLength(chunk: Buffer, at: number): number {
  return chunk.readUInt32BE(at) * 0x1_0000_0000 + chunk.readUInt32BE(at + 4);
}

/** The bytes in a Buffer that does not keep a much larger chunk alive. */
function ownBytes(chunk: Buffer, start: number, end: number): Buffer {
  const length = end - start;
  if (length >= VIEW_FROM_BYTES && length * 2 >= chunk.buffer.byteLength) return chunk.subarray(start, end);
  const own = Buffer.allocUnsafe(length);
  chunk.copy(own, 0, start, end);
  return own;
}

/** Readers without a connection. Only connections with something half-read hold one of their own. */
const pool: FrameReader[] = [];
const POOL_SIZE = 4;

/** A reader for a connection that has received bytes. */
export function acquireReader(maxMessageBytes: number, deflates: boolean): FrameReader {
  const reader = pool.pop() ?? new FrameReader();
  reader.configure(maxMessageBytes, deflates);
  return reader;
}

/** Gives a reader back; whatever it holds is forgotten. */
export function releaseReader(reader: FrameReader): void {
  reader.reset();
  if (pool.length < POOL_SIZE) pool.push(reader);
}
