// Runs a chain of middlewares, of a namespace or of a socket: in order, each given `next`, stopping at the first that
// refuses. Knows nothing of what they guard.

import type { AnyData } from "./compat/any-listener.ts";
import { isThenable } from "./guard.ts";

/** What a middleware refused with; `data` travels to the client. */
export interface ExtendedError extends Error {
  data?: AnyData;
}

export type Next = (error?: ExtendedError) => void;

/**
 * Runs the chain and calls `done` once: without an argument if every middleware let it pass, with the error one passed
 * to `next`. What a middleware throws, or rejects with, goes to `onThrow`, with whether it had called `next` before. If it
 * had not, `done` is never called: whoever throws has decided nothing, and a guard that failed must not let anybody in.
 */
export function runMiddlewares<Subject>(
  chain: readonly ((subject: Subject, next: Next) => unknown)[],
  subject: Subject,
  done: (error?: ExtendedError) => void,
  onThrow: (error: unknown, hadDecided: boolean) => void,
): void {
  function step(at: number): void {
    const middleware = chain[at];
    if (middleware === undefined) return done();
    let isDecided = false;
    const next: Next = (error) => {
      if (isDecided) return;
      isDecided = true;
      if (error) done(error);
      else step(at + 1);
    };
    const fail = (error: unknown): void => {
      const hadDecided = isDecided;
      isDecided = true;
      onThrow(error, hadDecided);
    };
    try {
      const pending = middleware(subject, next);
      if (isThenable(pending)) pending.then(undefined, fail);
    } catch (error) {
      fail(error);
    }
  }
  step(0);
}
