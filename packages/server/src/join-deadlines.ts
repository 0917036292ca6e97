// Connections that have joined no namespace yet, oldest first, behind one timer: each has the same time, so the order in
// which they came is the order in which their time is up.

import type { Cancel, Clock } from "@sockeye/protocol";

export interface Joining {
  onJoinTimeout(): void;
}

export class JoinDeadlines {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #dueMs = new Map<Joining, number>();
  #cancel: Cancel | undefined = undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  add(connection: Joining): void {
    this.#dueMs.set(connection, this.#clock.now() + this.#timeoutMs);
    if (this.#cancel === undefined) this.#arm(this.#timeoutMs);
  }

  /** It has joined, or gone. The timer is left alone: it looks again when it fires. */
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
