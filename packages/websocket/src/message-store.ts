/**
 * The bytes of one data message that arrives in pieces: fragments, or the parts of a frame split over chunks. Pieces are
 * copied together, so memory follows the bytes received, whatever a header claims and however small the pieces are.
 * Owned by a frame reader.
 */

const EMPTY = Buffer.alloc(0);

/** What a claimed length may reserve before any of it has arrived. */
const FIRST_BYTES = 16_384;

export class MessageStore {
  #bytes: Buffer = EMPTY;
  #length = 0;
  #claimed = 0;

  get length(): number {
    return this.#length;
  }

  /** Announces the payload of the next frame. @param isLast no further frame will come for this message */
  expect(bytes: number, isLast: boolean): void {
    // The size of the whole is known only in its last frame; before that, room grows by doubling.
    this.#claimed = isLast ? this.#length + bytes : Number.POSITIVE_INFINITY;
  }

  push(chunk: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) this.#grow(length);
    chunk.copy(this.#bytes, this.#length, start, end);
    this.#length = length;
  }

  /** The whole message, which belongs to the caller; the store is empty afterwards. */
  take(): Buffer {
    const { length } = this;
    const bytes = this.#bytes;
    this.clear();
    if (length === bytes.length) return bytes;
    // Slack of up to a quarter may stay; more would be kept alive by whoever keeps the message.
    return length * 4 >= bytes.length * 3
      ? bytes.subarray(0, length)
      : Buffer.from(bytes.subarray(0, length));
  }

  clear(): void {
    this.#bytes = EMPTY;
    this.#length = 0;
  }

  #grow(needed: number): void {
    const room = Math.min(
      Math.max(needed, this.#bytes.length * 2, FIRST_BYTES),
      Math.max(needed, this.#claimed),
    );
    const grown = Buffer.allocUnsafe(room);
    this.#bytes.copy(grown, 0, 0, this.#length);
    this.#bytes = grown;
  }
}
