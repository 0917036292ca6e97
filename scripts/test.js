// `npm test`: installs, builds and provisions what is missing, then runs every suite. Arguments go to Vitest:
// `npm test -- packages/protocol`, `npm test -- -t "upgrade"`.
import { join } from "node:path";
import { buildAll } from "./lib/build.js";
import { ensureInstalled } from "./lib/install.js";
import { provision } from "./lib/provision.js";
import { ROOT } from "./lib/root.js";
import { run } from "./lib/run.js";

await ensureInstalled();
await buildAll();
const env = await provision();
const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
const reporters = ["--reporter=default", "--reporter=./scripts/lib/reporter.js"];
const { code } = await run(process.execPath, [vitest, "run", ...reporters, ...process.argv.slice(2)], {
  foreground: true,
  env,
});
process.exitCode = code;
