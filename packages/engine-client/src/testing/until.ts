/** Waiting in tests: for an event or a condition, never for a length of time. */

/** Resolves as soon as `condition` holds; rejects after `deadlineMs`, naming it. */
export async function until(
  condition: () => boolean,
  what = "the condition",
  deadlineMs = 5_000,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited ${deadlineMs} ms for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

interface Listenable {
  once(event: never, listener: (...args: never[]) => void): unknown;
}

/** The arguments of the next `event`. */
export function nextEvent(emitter: Listenable, event: string): Promise<any[]> {
  return new Promise((resolve) => emitter.once(event as never, (...args: unknown[]) => resolve(args)));
}
