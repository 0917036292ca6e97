// The wall clock of the process behind the Clock of @sockeye/protocol. Everything that waits in this package waits
// on a Clock that was passed in, so tests turn time by hand.

import type { Clock } from "@sockeye/protocol";

/** Milliseconds that never go backwards, and timers that keep the process alive until cancelled or run. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  after(delayMs: number, run: () => void) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
});
