/**
 * The client's half of the heartbeat (wire §1.10): the server pings; if no ping comes within pingInterval + pingTimeout,
 * the server is gone. Only pings count. Owned by the connection.
 */
import type { Cancel, Clock } from "@sockeye/protocol";

export class Heartbeat {
  readonly #clock: Clock;
  readonly #windowMs: number;
  readonly #onMissed: () => void;
  #cancel: Cancel | undefined;
  #deadline = 0;

  constructor(clock: Clock, windowMs: number, onMissed: () => void) {
    this.#clock = clock;
    this.#windowMs = windowMs;
    this.#onMissed = onMissed;
    this.onPing();
  }

  onPing(): void {
    this.#cancel?.();
    this.#deadline = this.#clock.now() + this.#windowMs;
    this.#cancel = this.#clock.after(this.#windowMs, this.#onMissed);
  }

  /**
   * Whether the deadline has passed. Asked before each write, because timers do not run while the machine sleeps or the
   * page is throttled: the write that follows a wake-up comes before the timer. The close is then brought forward.
   */
  hasExpired(): boolean {
    if (this.#deadline === 0) return true;
    if (this.#clock.now() <= this.#deadline) return false;
    this.#deadline = 0;
    this.#cancel?.();
    this.#cancel = this.#clock.after(0, this.#onMissed);
    return true;
  }

  stop(): void {
    this.#cancel?.();
  }
}
