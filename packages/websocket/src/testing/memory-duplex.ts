/**
 * An in-memory carrier for tests: what the test "receives" is emitted as `data` in the same call, what the endpoint
 * writes is recorded write by write, as system calls would see it, and the test may hold the kernel's buffer full.
 */
import { Duplex } from "node:stream";

export class MemoryDuplex extends Duplex {
  /** One entry per write or writev. */
  readonly writes: Buffer[] = [];
  isEnded = false;
  /** Called within each write, before it is recorded. */
  onWrite: (() => void) | undefined;
  #isHeld = false;
  #taken: (() => void) | undefined;

  constructor(options: { highWaterMark?: number; allowHalfOpen?: boolean } = {}) {
    super({
      writableHighWaterMark: options.highWaterMark ?? 16_384,
      allowHalfOpen: options.allowHalfOpen ?? true,
    });
  }

  get written(): Buffer {
    return Buffer.concat(this.writes);
  }

  /** Bytes from the peer. They are copied, since the endpoint modifies what it is given. */
  receive(...chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) this.push(Buffer.from(chunk));
  }

  /** The peer ends its side. */
  receiveEnd(): void {
    this.push(null);
  }

  /** From now on the kernel takes the write it is given, but does not say that it is done with it. */
  hold(): void {
    this.#isHeld = true;
  }

  release(): void {
    this.#isHeld = false;
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.#take(chunk, done);
  }

  override _writev(chunks: { chunk: Buffer }[], done: () => void): void {
    this.#take(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    this.isEnded = true;
    done();
  }

  #take(bytes: Buffer, done: () => void): void {
    this.onWrite?.();
    this.writes.push(bytes);
    if (this.#isHeld) this.#taken = done;
    else done();
  }
}
