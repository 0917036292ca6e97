// `npm run fuzz`: the fuzz suites at length. FUZZ_STREAMS (default 1,000,000) says how many random streams each one feeds;
// arguments go to Vitest: `FUZZ_STREAMS=50000 npm run fuzz -- -t "frame reader"`.
import { join } from "node:path";
import { ensureInstalled } from "./lib/install.js";
import { ROOT } from "./lib/root.js";
import { run } from "./lib/run.js";

const SIX_HOURS_MS = 6 * 60 * 60 * 1000;

await ensureInstalled();
const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
const { code } = await run(
  process.execPath,
  [vitest, "run", "tests/fuzz", `--testTimeout=${SIX_HOURS_MS}`, ...process.argv.slice(2)],
  { foreground: true, env: { FUZZ_STREAMS: process.env["FUZZ_STREAMS"] ?? "1000000" } },
);
process.exitCode = code;
