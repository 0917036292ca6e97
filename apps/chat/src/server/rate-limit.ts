// A token bucket: `burst` events at once, then `perSecond` of them. One per connection and kind of event.

export interface RateLimitOptions {
  /** Events taken at once. */
  burst: number;
  /** Events per second in the long run. */
  perSecond: number;
}

export class RateLimit {
  readonly #options: RateLimitOptions;
  #tokens: number;
  #at: number;

  constructor(options: RateLimitOptions, now: number) {
    this.#options = options;
    this.#tokens = options.burst;
    this.#at = now;
  }

  /** Takes one event: 0 when it is within the limit, else after how many ms it would be. */
  take(now: number): number {
    const { burst, perSecond } = this.#options;
    // A wall clock may step back; that must neither give nor take tokens.
    const elapsed = Math.max(0, now - this.#at);
    this.#tokens = Math.min(burst, this.#tokens + (elapsed * perSecond) / 1000);
    this.#at = now;
    if (this.#tokens >= 1) {
      this.#tokens -= 1;
      return 0;
    }
    return Math.ceil(((1 - this.#tokens) * 1000) / perSecond);
  }
}
