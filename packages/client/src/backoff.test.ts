import { expect, test } from "vitest";
import { Backoff } from "./backoff.ts";

const SETTINGS = { reconnectionDelay: 1000, reconnectionDelayMax: 5000, randomizationFactor: 0.5 };

function delays(count: number, settings = SETTINGS, random = () => 0) {
  const backoff = new Backoff(() => settings, random);
  return Array.from({ length: count }, () => backoff.next());
}

test("doubles up to the maximum", () => {
  expect(delays(5)).toEqual([1000, 2000, 4000, 5000, 5000]);
  expect(delays(3, { ...SETTINGS, randomizationFactor: 0 }, Math.random)).toEqual([1000, 2000, 4000]);
});

test.each([
  // The last bit of the first decimal decides the direction.
  [0.25, 1000 - 125],
  [0.5, 1000 + 250],
  [0.99, 1000 + 495],
  [0.89, 1000 - 445],
])("varies by the random share: %d makes %d", (random, expected) => {
  expect(delays(1, SETTINGS, () => random)).toEqual([expected]);
});

test("stays finite and whole after any number of attempts, and starts over after a reset", () => {
  const backoff = new Backoff(() => ({ ...SETTINGS, reconnectionDelay: 1.7 }), Math.random);
  for (let i = 0; i < 3000; i++) {
    const delay = backoff.next();
    expect(Number.isInteger(delay) && delay >= 0 && delay <= 5000).toBe(true);
  }
  expect(backoff.attempts).toBe(3000);
  backoff.reset();
  expect(backoff.attempts).toBe(0);
  expect(backoff.next()).toBeLessThan(3);
});

test("follows settings that change", () => {
  let settings = SETTINGS;
  const backoff = new Backoff(
    () => settings,
    () => 0,
  );
  expect(backoff.next()).toBe(1000);
  settings = { ...SETTINGS, reconnectionDelay: 10 };
  expect(backoff.next()).toBe(20);
});
