// The table of differences, the cases and KNOWN_DIFFERENCES.md say the same.
import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { allCases } from "./all-cases.ts";
import { DIFFERENCES } from "./differences.ts";

const listed = Object.keys(DIFFERENCES);

test("every difference a case shows is listed, with what ours does there", async () => {
  for (const { name, difference, ours } of await allCases()) {
    if (difference === undefined) expect(ours, name).toBeUndefined();
    else {
      expect(listed, name).toContain(difference);
      expect(ours, name).toBeDefined();
    }
  }
});

test("every difference that is listed is shown by a case", async () => {
  const shown = new Set((await allCases()).map(({ difference }) => difference));
  expect(listed.filter((id) => !shown.has(id))).toEqual([]);
});

test("every difference that is listed is told to users, in the same words", async () => {
  const page = await readFile(new URL("../../KNOWN_DIFFERENCES.md", import.meta.url), "utf8");
  const told = page.replace(/\s+/g, " ");
  const rows = Object.entries(DIFFERENCES).map(
    ([id, row]) => `| \`${id}\` | ${row.here} | ${row.there} | ${row.why} |`,
  );
  expect(rows.filter((row) => !told.includes(row))).toEqual([]);
});
