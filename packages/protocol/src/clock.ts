/** Time as it is passed in: floors above bring a system clock, tests a fake one. Types only. */

/** Calls off what was scheduled; harmless when it has run already. */
export type Cancel = () => void;

export interface Clock {
  /** Milliseconds, never going backwards. Only differences mean something. */
  now(): number;
  /** Runs `run` once, `delayMs` from now, unless cancelled. */
  after(delayMs: number, run: () => void): Cancel;
}
