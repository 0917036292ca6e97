// The types of the public API. Three applications compile unchanged against socket.io and socket.io-client as published
// and against ours in their place; and *.test-d.ts says what is inferred and what is refused. All against the built
// packages, as their users see them.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { TSC } from "../../scripts/lib/build.js";
import { ROOT } from "../../scripts/lib/root.js";
import { run } from "../../scripts/lib/run.js";

const isBuilt = ["server", "client"].every((name) =>
  existsSync(join(ROOT, `packages/${name}/dist/index.d.ts`)),
);

async function errorsOf(project: string): Promise<string> {
  const { output } = await run(process.execPath, [
    TSC,
    "-p",
    join("tests/types", project),
    "--pretty",
    "false",
  ]);
  return output;
}

describe("applications written for socket.io and socket.io-client", () => {
  test("compile against the published packages", async () => {
    expect(await errorsOf("apps")).toBe("");
  });

  test.skipIf(!isBuilt)("compile unchanged against ours", async () => {
    expect(await errorsOf("apps/tsconfig.sockeye.json")).toBe("");
  });

  test.skipIf(!isBuilt)("and for a bundler, with the newest library", async () => {
    expect(await errorsOf("apps/tsconfig.bundler.json")).toBe("");
  });
});

test.skipIf(!isBuilt)("what is inferred and what is refused is as written down", async () => {
  expect(await errorsOf("tsconfig.json")).toBe("");
});
