/** A small seeded generator (mulberry32) with the helpers fuzzers need. Not for anything but tests. */
export class Random {
  #state: number;

  constructor(seed: number) {
    // Neighbouring seeds must not give neighbouring streams.
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) | 0;
  }

  /** A whole number in [0, 2^32). */
  bits(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /** A whole number in [from, to]. */
  int(from: number, to: number): number {
    return from + (this.bits() % (to - from + 1));
  }

  /** True in `percent` of cases. */
  chance(percent: number): boolean {
    return this.bits() % 10_000 < percent * 100;
  }

  pick<T>(values: readonly [T, ...T[]]): T {
    return values[this.bits() % values.length] ?? values[0];
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length; at++) bytes[at] = this.bits() & 0xff;
    return bytes;
  }
}
