/**
 * The real clock, behind the `Clock` that protocol declares. Managers and engines take a clock and use nothing else, so
 * tests turn a fake one. Options of time (native timers, unref) are properties of the clock, not of its users.
 */
import type { Cancel, Clock } from "@sockeye/protocol";

export interface ClockOptions {
  /** Timers do not keep the process alive (Node.js only). @default false */
  unref?: boolean | undefined;
  /** Use the timers as they were when this module was loaded, even if the globals were replaced since. @default false */
  native?: boolean | undefined;
}

const NATIVE = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout };

/** Beyond this a timer would fire at once. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Makes a clock over the timers that are global at the time of the call. */
export function createClock(options: ClockOptions = {}): Clock {
  // Called through `globalThis`: browsers refuse timers that were torn off their object.
  const { setTimeout: set, clearTimeout: clear } = options.native === true ? NATIVE : globalThis;
  return {
    // Wall time, because it is what goes on while the machine sleeps; see heartbeat.ts.
    now: () => Date.now(),
    after(delayMs: number, run: () => void): Cancel {
      const timer = set.call(globalThis, run, Math.min(delayMs, LONGEST_DELAY_MS));
      if (options.unref === true && typeof timer === "object") timer.unref();
      return () => clear.call(globalThis, timer);
    },
  };
}

/** The timers that were global when this module was loaded. */
export const systemClock: Clock = /* @__PURE__ */ createClock();
