/** How long to wait before the next attempt to connect (wire §3.17). Pure apart from the random source. */

export interface BackoffSettings {
  /** Before the first attempt, in ms; doubles with each attempt. */
  readonly reconnectionDelay: number;
  /** Upper bound in ms. */
  readonly reconnectionDelayMax: number;
  /** Share of the delay, 0 to 1, by which it is lengthened or shortened at random. */
  readonly randomizationFactor: number;
}

/** Beyond this the delay is at its maximum anyway, and would become infinite some day. */
const LARGEST_EXPONENT = 40;

export class Backoff {
  readonly #settings: () => BackoffSettings;
  readonly #random: () => number;
  #attempts = 0;

  constructor(settings: () => BackoffSettings, random: () => number = Math.random) {
    this.#settings = settings;
    this.#random = random;
  }

  /** How many delays were given out since the last reset. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The delay before the next attempt, in whole ms. */
  next(): number {
    const { reconnectionDelay, reconnectionDelayMax, randomizationFactor } = this.#settings();
    const delay = reconnectionDelay * 2 ** Math.min(this.#attempts++, LARGEST_EXPONENT);
    const random = this.#random();
    const deviation = Math.floor(random * randomizationFactor * delay);
    const isLonger = Math.floor(random * 10) % 2 === 1;
    return Math.trunc(Math.min(isLonger ? delay + deviation : delay - deviation, reconnectionDelayMax));
  }

  reset(): void {
    this.#attempts = 0;
  }
}
