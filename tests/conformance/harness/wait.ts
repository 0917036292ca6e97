// Bounded waits. Nothing here sleeps for a fixed time: a wait ends when its condition holds, or fails with what was missing.
import type { EventEmitter } from "node:events";

const DEADLINE_MS = 10_000;

/** What `promise` resolves to; rejects with `what` if it takes too long. */
export function within<T>(promise: Promise<T>, what: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${what} did not come in time`)), DEADLINE_MS);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** Resolves as soon as the condition holds. */
export async function until(isMet: () => boolean, what = "the condition"): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!isMet()) {
    if (Date.now() > deadline) throw new Error(`${what} did not come in time`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

type Emits =
  Pick<EventEmitter, "once"> | { once(event: string, listener: (...args: any[]) => void): unknown };

/** The arguments of the next event of that name. */
export function next(emitter: Emits, event: string): Promise<any[]> {
  const happened = new Promise<any[]>((resolve) => {
    emitter.once(event as never, (...args: any[]) => resolve(args));
  });
  return within(happened, `the event "${event}"`);
}

/** One turn of the event loop. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
