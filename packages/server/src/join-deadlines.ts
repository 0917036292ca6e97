// Connections that have joined no namespace yet, oldest first, behind one timer: the order in which they came is the order
// in which their time is up.

import type { Cancel, Clock } from "@sockeye/protocol";

export interface Joining {
  onJoinTimeout(): void;
}

export class JoinDeadlines {
  readonly #clock: Clock;
  #timeoutMs: number;
  /** When the time of the one added last is up. */
  #latestMs = 0;
  readonly #dueMs = new Map<Joining, number>();
  #cancel: Cancel | undefined = undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** For those added from now on; a shorter time begins to count when those before are through. */
  set timeoutMs(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  add(connection: Joining): void {
    const now = this.#clock.now();
    if (this.#dueMs.size === 0) this.#latestMs = 0;
    this.#latestMs = Math.max(this.#latestMs, now + this.#timeoutMs);
    this.#dueMs.set(connection, this.#latestMs);
    if (this.#cancel === undefined) this.#arm(this.#timeoutMs);
  }

  /** It has joined, or gone. Unless it was the last, the timer is left alone: it looks again when it fires. */
  remove(connection: Joining): void {
    this.#dueMs.delete(connection);
    if (this.#dueMs.size === 0) this.#disarm();
  }

  #arm(delayMs: number): void {
    this.#cancel = this.#clock.after(Math.max(0, Math.ceil(delayMs)), () => this.#onTimer());
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #onTimer(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    for (const [connection, dueMs] of this.#dueMs) {
      if (dueMs > now) return this.#arm(dueMs - now);
      this.#dueMs.delete(connection);
      connection.onJoinTimeout();
    }
  }
}
