/**
 * A client's end of a connection to an http server, in memory: no kernel, no ports. The server's end is a Duplex that is
 * handed to the server as a connection. What arrives is kept; `readAnswers` and `readFrames` take it apart.
 */
import type { Server } from "node:http";
import { Duplex } from "node:stream";

type Written = (error?: Error | null) => void;

/** The server's end. */
class Carrier extends Duplex {
  readonly #line: Line;

  constructor(line: Line) {
    super({ allowHalfOpen: true });
    this.#line = line;
  }

  override _read(): void {}

  override _write(chunk: Buffer | string, encoding: BufferEncoding, done: Written): void {
    this.#line.onWrite(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk, done);
  }

  override _final(done: Written): void {
    this.#line.onEnd();
    done();
  }
}

/** What a line is used for decides how what comes back is read. */
export type LineUse = "http" | "upgrade" | "mangled";

export class Line {
  readonly use: LineUse;
  /** The methods of the requests sent, in order: an answer to HEAD has no body. */
  readonly methods: string[] = [];
  /** The server has ended its side. */
  isEnded = false;
  /** What the server writes stays unread, so that its queues fill. */
  isStalled = false;
  /** The client does not react when the server ends. */
  isDeaf = false;
  /** Thrown back at the client by the server's code. */
  thrown: unknown = undefined;
  readonly #carrier: Carrier;
  readonly #chunks: Buffer[] = [];
  #held: Written | undefined = undefined;
  #hasEnded = false;

  constructor(server: Server, use: LineUse) {
    this.use = use;
    this.#carrier = new Carrier(this);
    server.emit("connection", this.#carrier);
  }

  get isGone(): boolean {
    return this.#carrier.destroyed;
  }

  /** Everything that has come so far. */
  get received(): Buffer {
    if (this.#chunks.length > 1) this.#chunks.splice(0, this.#chunks.length, Buffer.concat(this.#chunks));
    return this.#chunks[0] ?? Buffer.alloc(0);
  }

  /** Sends bytes: a copy, since the server works in what it is given. */
  send(bytes: Buffer | string): void {
    if (this.isGone || this.#hasEnded || bytes.length === 0) return;
    this.#guard(() =>
      this.#carrier.push(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : Buffer.from(bytes)),
    );
  }

  /** Ends this side; the other may go on. */
  end(): void {
    if (this.#hasEnded || this.isGone) return;
    this.#hasEnded = true;
    this.#guard(() => this.#carrier.push(null));
  }

  /** The connection is gone without a word. */
  drop(): void {
    this.#guard(() => this.#carrier.destroy());
  }

  /** The connection is reset: the server gets an error. */
  reset(): void {
    if (this.isGone) return;
    const error = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
    this.#guard(() => this.#carrier.destroy(error));
  }

  resume(): void {
    this.isStalled = false;
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined && !this.isGone) this.#guard(held);
  }

  onWrite(chunk: Buffer, done: Written): void {
    this.#chunks.push(Buffer.from(chunk));
    if (this.isStalled) this.#held = done;
    else done();
  }

  onEnd(): void {
    this.isEnded = true;
    if (!this.isDeaf) setImmediate(() => this.end());
  }

  #guard(run: () => unknown): void {
    try {
      run();
    } catch (error) {
      this.thrown ??= error;
    }
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

export interface Answers {
  readonly answers: readonly Answer[];
  /** What follows the last whole answer: frames behind a 101, or the beginning of another answer. */
  readonly rest: Buffer;
}

/** The answers to requests with these methods. Throws if it is not HTTP. */
export function readAnswers(bytes: Buffer, methods: readonly string[]): Answers {
  const answers: Answer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf("\r\n\r\n", at);
    if (end < 0) break;
    const { status, headers } = readHead(bytes.toString("latin1", at, end));
    const start = end + 4;
    if (status === 100) {
      at = start;
      continue;
    }
    const isBodiless =
      status === 101 || status === 204 || status === 304 || methods[answers.length] === "HEAD";
    const length = isBodiless ? 0 : bodyLength(bytes, start, headers);
    if (length === undefined || start + length > bytes.length) break;
    answers.push({ status, headers, body: bodyOf(bytes.subarray(start, start + length), headers) });
    at = start + length;
    if (status === 101) break;
  }
  return { answers, rest: bytes.subarray(at) };
}

function readHead(head: string): { status: number; headers: Map<string, string> } {
  const [first = "", ...lines] = head.split("\r\n");
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(first)?.[1];
  if (status === undefined) throw new Error(`not an answer: ${JSON.stringify(head.slice(0, 200))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) throw new Error(`not a header: ${JSON.stringify(line)}`);
    headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(status), headers };
}

function bodyLength(bytes: Buffer, start: number, headers: ReadonlyMap<string, string>): number | undefined {
  const length = headers.get("content-length");
  if (length !== undefined) return Number(length);
  if (headers.get("transfer-encoding") !== "chunked") return bytes.length - start;
  const end = bytes.indexOf("0\r\n\r\n", start);
  return end < 0 ? undefined : end + 5 - start;
}

function bodyOf(bytes: Buffer, headers: ReadonlyMap<string, string>): Buffer {
  if (headers.get("transfer-encoding") !== "chunked" || bytes.length === 0) return bytes;
  const pieces: Buffer[] = [];
  for (let at = 0; ;) {
    const end = bytes.indexOf("\r\n", at);
    const size = Number.parseInt(bytes.toString("latin1", at, end), 16);
    if (!(size > 0)) return Buffer.concat(pieces);
    pieces.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}

export interface Frame {
  readonly opcode: number;
  readonly isCompressed: boolean;
  readonly payload: Buffer;
}

/** The frames of a server, as far as they have come. Throws if they are masked or use what was not agreed on. */
export function readFrames(bytes: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at + 2 <= bytes.length;) {
    const first = bytes.readUInt8(at);
    const short = bytes.readUInt8(at + 1);
    if (short > 127) throw new Error("a masked frame from the server");
    if ((first & 0xb0) !== 0x80) throw new Error(`a frame that begins with 0x${first.toString(16)}`);
    const start = at + (short < 126 ? 2 : short === 126 ? 4 : 10);
    if (start > bytes.length) break;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at + 2)
          : Number(bytes.readBigUInt64BE(at + 2));
    if (start + length > bytes.length) break;
    frames.push({
      opcode: first & 0x0f,
      isCompressed: (first & 0x40) !== 0,
      payload: bytes.subarray(start, start + length),
    });
    at = start + length;
  }
  return frames;
}
