import { expect, test } from "vitest";
import { RateLimit } from "./rate-limit.ts";

test("takes a burst, then as many as the rate allows", () => {
  const limit = new RateLimit({ burst: 3, perSecond: 2 }, 0);
  expect([1, 2, 3, 4].map(() => limit.take(0))).toEqual([0, 0, 0, 500]);
  expect(limit.take(499)).toBeGreaterThan(0);
  expect(limit.take(500)).toBe(0);
  expect(limit.take(500)).toBe(500);
});

test("saves up no more than a burst", () => {
  const limit = new RateLimit({ burst: 2, perSecond: 10 }, 0);
  expect([1, 2, 3].map(() => limit.take(1e9))).toEqual([0, 0, 100]);
});

test("survives a clock that steps back", () => {
  const limit = new RateLimit({ burst: 1, perSecond: 1 }, 10_000);
  expect(limit.take(10_000)).toBe(0);
  expect(limit.take(0)).toBe(1000);
  expect(limit.take(1000)).toBe(0);
});
