// No comment may silence a tool: a rule that does not fit is changed for everybody, in the open, in its configuration.
// In tests of types (`*.test-d.ts`) an expected compiler error is an assertion, so it is allowed there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/root.js";
import { listSources } from "./lib/sources.js";

const SUPPRESSION =
  /(?:ox|es)lint-disable|@ts-(?:ignore|nocheck|expect-error)|(?:prettier|biome)-ignore|(?:v8|c8|istanbul) ignore/;

const found = listSources("", /\.(?:[cm]?[jt]sx?|html|css)$/)
  .filter((path) => !path.endsWith(".test-d.ts"))
  .flatMap((path) =>
    readFileSync(join(ROOT, path), "utf8")
      .split("\n")
      .flatMap((line, index) => (SUPPRESSION.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  );
for (const line of found) process.stdout.write(`${line}\n`);
process.exitCode = found.length === 0 ? 0 : 1;
