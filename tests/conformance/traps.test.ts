// Every trap that concerns the server has a case, and every case a name of its own.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { allCases } from "./all-cases.ts";
import { ADVISORIES, ELSEWHERE, TRAPS } from "./traps.ts";

function sorted(values: Iterable<number>): number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

test("every trap that concerns the server has a case", async () => {
  const covered = sorted((await allCases()).flatMap(({ trap = [] }) => trap));
  expect(covered).toEqual(TRAPS);
});

test("a trap is covered here or elsewhere", () => {
  expect(sorted([...TRAPS, ...Object.keys(ELSEWHERE).map(Number)])).toEqual(
    // From 115 on they are the client's, and from 141 on those of packages for particular brokers.
    Array.from({ length: 140 }, (_, index) => index + 1).filter((trap) => trap <= 114 || trap >= 137),
  );
});

test.each(Object.entries(ELSEWHERE))("the tests that show trap %s avoided exist", (_trap, shown) => {
  const missing = shown.filter(
    ({ file, title }) => !readFileSync(new URL(`../../${file}`, import.meta.url), "utf8").includes(title),
  );
  expect(missing).toEqual([]);
});

test("every advisory that concerns the wire has a case", async () => {
  const covered = new Set((await allCases()).map(({ cve }) => cve));
  expect(ADVISORIES.filter((cve) => !covered.has(cve))).toEqual([]);
});

test("no two cases have the same name within their file, and there are hundreds", async () => {
  const cases = await allCases();
  expect(cases.length).toBeGreaterThanOrEqual(250);
  const names = cases.map(({ file, name }) => `${file}: ${name}`);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});
