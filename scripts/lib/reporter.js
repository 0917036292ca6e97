// The Vitest reporter behind `npm test`: names every skipped test with its reason and closes with `N passed, N failed`.
// With CI=true a skip counts as a failure: a machine that cannot run a suite must not look like one that passed it.
import { reportCounts } from "./counts.js";

const IS_CI = process.env["CI"] === "true";

/** A Vitest reporter (`Reporter` of vitest/node). */
export default class CountReporter {
  /**
   * @param {readonly import("vitest/node").TestModule[]} modules
   * @param {readonly unknown[]} unhandledErrors
   */
  onTestRunEnd(modules, unhandledErrors) {
    let passed = 0;
    let failed = unhandledErrors.length;
    /** @type {Map<string, number>} */
    const skips = new Map();
    for (const module of modules) {
      // A file that does not load has no tests to count.
      if (module.errors().length > 0) failed += 1;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === "passed") passed += 1;
        else if (result.state === "failed") failed += 1;
        else countSkip(skips, module.relativeModuleId, result.state === "skipped" ? result.note : undefined);
      }
    }
    const skipped = [...skips.values()].reduce((sum, count) => sum + count, 0);
    for (const [line, count] of skips) process.stdout.write(`skipped ${count}: ${line}\n`);
    if (IS_CI && skipped > 0) {
      process.stdout.write("with CI=true a skipped test is a failed test\n");
      process.exitCode = 1;
    }
    reportCounts({ passed, failed: IS_CI ? failed + skipped : failed });
  }
}

/**
 * @param {Map<string, number>} skips
 * @param {string} file
 * @param {string | undefined} reason
 */
function countSkip(skips, file, reason) {
  const line = `${file} (${reason ?? "no reason given"})`;
  skips.set(line, (skips.get(line) ?? 0) + 1);
}
