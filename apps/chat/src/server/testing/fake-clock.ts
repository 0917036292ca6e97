// A clock that stands still until a test turns it.
import type { Cancel, Clock } from "../clock.ts";

interface Alarm {
  at: number;
  run: () => void;
}

export class FakeClock implements Clock {
  #now = 1_000_000;
  readonly #alarms = new Set<Alarm>();

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): Cancel {
    const alarm = { at: this.#now + delayMs, run };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  get pending(): number {
    return this.#alarms.size;
  }

  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#first(end); next !== undefined; next = this.#first(end)) {
      this.#alarms.delete(next);
      this.#now = next.at;
      next.run();
    }
    this.#now = end;
  }

  #first(end: number): Alarm | undefined {
    return [...this.#alarms].filter((alarm) => alarm.at <= end).toSorted((a, b) => a.at - b.at)[0];
  }
}
