// What `.ci/run` runs: the tests, then the checks, and one closing line for both. A run that dies before it can count is one failure.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closingLine, readCounts } from "./lib/counts.js";
import { requireNode } from "./lib/root.js";
import { run } from "./lib/run.js";

requireNode();
const folder = mkdtempSync(join(tmpdir(), "sockeye-ci-"));
let passed = 0;
let failed = 0;
for (const script of ["test", "check"]) {
  const file = join(folder, script);
  writeFileSync(file, "");
  const { code } = await run("npm", ["run", "--silent", script], {
    foreground: true,
    env: { CI: "true", SOCKEYE_COUNTS: file },
  });
  const counts = readCounts(file);
  for (const count of counts) {
    passed += count.passed;
    failed += count.failed;
  }
  const isCounted = counts.some((count) => count.failed > 0);
  if (code !== 0 && !isCounted) {
    process.stderr.write(`npm run ${script} failed with exit code ${code} and counted no failure\n`);
    failed += 1;
  }
}
rmSync(folder, { recursive: true });
process.stdout.write(`${closingLine({ passed, failed })}\n`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
