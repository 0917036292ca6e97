// `npm run check`: format, lint, types, floors, suppressions and unused code, two at a time. One line per gate with its time;
// what a gate printed is shown only when it fails. Closes with `N passed, N failed`.
import { join } from "node:path";
import { TSC } from "./lib/build.js";
import { reportCounts } from "./lib/counts.js";
import { ensureInstalled } from "./lib/install.js";
import { ROOT } from "./lib/root.js";
import { run } from "./lib/run.js";

/**
 * @typedef {object} Gate
 * @property {string} name
 * @property {readonly (readonly string[])[]} commands Node scripts with their arguments, run one after the other
 */

const modules = join(ROOT, "node_modules");

const PRETTIER_CACHE = ["--cache", "--cache-strategy=content", "--cache-location=.cache/prettier"];

/** @type {readonly Gate[]} */
const GATES = [
  {
    name: "format",
    commands: [
      [join(modules, "prettier/bin/prettier.cjs"), "--check", "--log-level=warn", ...PRETTIER_CACHE, "."],
    ],
  },
  {
    name: "types",
    commands: [
      [TSC, "-b"],
      // These two read what the build wrote.
      ["scripts/gen-api.js", "--check"],
      ["scripts/gen-reference.js", "--check"],
      [TSC, "-p", "tsconfig.tests.json"],
      [TSC, "-p", "examples"],
      [TSC, "-p", "examples/nestjs", "--noEmit"],
    ],
  },
  { name: "lint", commands: [[join(modules, "oxlint/bin/oxlint"), "--type-aware", "--deny-warnings"]] },
  { name: "unused", commands: [[join(modules, "knip/bin/knip.js"), "--no-progress"]] },
  { name: "floors", commands: [["scripts/check-floors.js"]] },
  { name: "docs", commands: [["scripts/check-docs.js"]] },
  { name: "suppressions", commands: [["scripts/check-suppressions.js"]] },
];

const WORKERS = 2;

await ensureInstalled();
const queue = [...GATES];
let passed = 0;
let failed = 0;

await Promise.all(Array.from({ length: WORKERS }, work));
reportCounts({ passed, failed });
process.exitCode = failed === 0 ? 0 : 1;

/** @returns {Promise<void>} */
async function work() {
  for (let gate = queue.shift(); gate !== undefined; gate = queue.shift()) {
    const startedAt = performance.now();
    const output = await failureOf(gate);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (output === undefined) passed += 1;
    else failed += 1;
    process.stdout.write(
      `${output === undefined ? "ok  " : "FAIL"} ${gate.name.padEnd(12)} ${seconds} s\n${output ?? ""}`,
    );
  }
}

/**
 * @param {Gate} gate
 * @returns {Promise<string | undefined>} what the gate's first failing command printed
 */
async function failureOf(gate) {
  for (const command of gate.commands) {
    const { code, output } = await run(process.execPath, command);
    if (code !== 0) return output;
  }
  return undefined;
}
