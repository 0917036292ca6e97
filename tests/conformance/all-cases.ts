// Every case of the suite, declared but not run. Whoever imports this runs none of them.
import { readdir } from "node:fs/promises";
import { collect, declaredCases } from "./harness/conformance.ts";
import type { Case } from "./harness/conformance.ts";

const CHECKS: ReadonlySet<string> = new Set(["differences.test.ts", "traps.test.ts"]);

let cases: Promise<readonly Case[]> | undefined;

export function allCases(): Promise<readonly Case[]> {
  return (cases ??= collectAll());
}

async function collectAll(): Promise<readonly Case[]> {
  const files = await readdir(import.meta.dirname);
  for (const file of files.filter((name) => name.endsWith(".test.ts") && !CHECKS.has(name))) {
    // One after the other: the file being read is noted with its cases.
    await collect(new URL(file, import.meta.url).href);
  }
  return declaredCases();
}
