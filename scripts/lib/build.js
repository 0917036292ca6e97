// Builds everything that is shipped or served: packages with `tsc -b` (incremental), then the browser bundles, then the
// chat page. Each step is a plain command; its output is shown only when it fails.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.js";
import { runOrExit } from "./run.js";

/** TypeScript's command, run with this Node so that no shell or PATH is involved. */
export const TSC = join(ROOT, "node_modules", "typescript", "bin", "tsc");

const BUNDLERS = ["scripts/bundle-client.js", "apps/chat/build.js"];

/**
 * Builds all packages and apps, or ends the process with the compiler's output.
 *
 * @returns {Promise<void>}
 */
export async function buildAll() {
  await runOrExit("the build", process.execPath, [TSC, "-b"]);
  for (const script of BUNDLERS) {
    if (!existsSync(join(ROOT, script))) {
      process.stderr.write(`the build: ${script} does not exist, step left out\n`);
      continue;
    }
    await runOrExit("the build", process.execPath, [script]);
  }
}
