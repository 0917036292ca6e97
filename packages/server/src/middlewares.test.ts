import { expect, test, vi } from "vitest";
import { runMiddlewares } from "./middlewares.ts";
import type { Next } from "./middlewares.ts";

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("passes at once where there is nothing to pass", () => {
  const done = vi.fn();
  runMiddlewares([], {}, done, vi.fn());
  expect(done.mock.calls).toEqual([[]]);
});

test("stops at the first refusal", () => {
  const [done, third, refusal] = [vi.fn(), vi.fn(), new Error("no")];
  const chain = [(_: unknown, next: Next) => next(), (_: unknown, next: Next) => next(refusal), third];
  runMiddlewares(chain, {}, done, vi.fn());
  expect(done.mock.calls).toEqual([[refusal]]);
  expect(third).not.toHaveBeenCalled();
});

test("counts the first call of next alone", () => {
  const done = vi.fn();
  const twice = (_: unknown, next: Next): void => {
    next();
    next();
    next(new Error("too late"));
  };
  runMiddlewares([twice, twice], {}, done, vi.fn());
  expect(done.mock.calls).toEqual([[]]);
});

test("decides nothing for who throws or rejects", async () => {
  const [done, onThrow] = [vi.fn(), vi.fn()];
  const error = new Error("oops");
  const chains: (() => unknown)[] = [
    () => {
      throw error;
    },
    async () => Promise.reject(error),
  ];
  for (const middleware of chains) runMiddlewares([middleware], {}, done, onThrow);
  await turn();
  expect(done).not.toHaveBeenCalled();
  expect(onThrow.mock.calls).toEqual([
    [error, false],
    [error, false],
  ]);
});

test("tells of a failure that came after the decision as such", async () => {
  const [done, onThrow] = [vi.fn(), vi.fn()];
  const error = new Error("oops");
  const middleware = async (_: unknown, next: Next): Promise<void> => {
    next();
    throw error;
  };
  runMiddlewares([middleware], {}, done, onThrow);
  await turn();
  expect(done.mock.calls).toEqual([[]]);
  expect(onThrow.mock.calls).toEqual([[error, true]]);
});
