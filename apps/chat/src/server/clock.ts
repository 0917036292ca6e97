// Time as the chat's rooms see it, passed in so that tests turn it by hand.

export type Cancel = () => void;
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls `run` once after the delay, unless cancelled. Never keeps the process alive. */
  after(delayMs: number, run: () => void): Cancel;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
