// The gates and the set-up can fail where they should: a gate that lets everything through is worse than none.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { breachesOf } from "../../scripts/check-floors.js";
import { isInstalled } from "../../scripts/lib/install.js";
import { isSupportedNode } from "../../scripts/lib/root.js";

describe("the floors", () => {
  const refused: [path: string, source: string, breach: string][] = [
    [
      "packages/engine/src/a.ts",
      'import { x } from "@sockeye/server";',
      "engine (floor 1) must not import @sockeye/server",
    ],
    [
      "packages/engine/src/a.ts",
      'import type { X } from "@sockeye/adapter";',
      "engine (floor 1) must not import @sockeye/adapter",
    ],
    [
      "packages/engine/src/a.ts",
      'export * from "@sockeye/server/internal";',
      "engine (floor 1) must not import @sockeye/server",
    ],
    [
      "packages/engine/src/a.ts",
      'const x = await import("@sockeye/client");',
      "engine (floor 1) must not import @sockeye/client",
    ],
    [
      "packages/engine/src/a.ts",
      'import {\n  a,\n  b,\n} from "left-pad";',
      "left-pad is not a dependency in package.json",
    ],
    [
      "packages/engine/src/a.ts",
      'import "../../server/src/index.ts";',
      "../../server/src/index.ts leaves the package",
    ],
    [
      "packages/client/src/a.ts",
      'import { join } from "node:path";',
      "node:path is not for this file: it must run in browsers too",
    ],
    [
      "packages/engine-client/src/a.ts",
      'import "node:http";',
      "node:http is not for this file: it must run in browsers too",
    ],
    ["packages/protocol/src/a.ts", "const b = Buffer.from([1]);", "protocol must not name the global Buffer"],
    ["packages/protocol/src/a.ts", "setTimeout(run, 1);", "protocol must not name the global setTimeout"],
  ];

  test.each(refused)("refuse, in %s: %s", (path, source, breach) => {
    expect(breachesOf(path, source, [])).toEqual([`${path}: ${breach}`]);
  });

  const allowed: [path: string, source: string][] = [
    ["packages/engine/src/a.ts", 'import { x } from "@sockeye/protocol/engine";'],
    [
      "packages/engine/src/a.ts",
      'import { createServer } from "node:http";\nimport y from "./b.ts";\nimport z from "cookie";',
    ],
    ["packages/engine-client/src/a.node.ts", 'import "node:http";'],
    ["packages/engine-client/src/a.ts", 'import { request } from "#platform";'],
    [
      "packages/protocol/src/a.ts",
      "// a Buffer stays a Buffer\nconst a: ArrayBuffer = x; // no Buffer here\n/* setTimeout */",
    ],
  ];

  test.each(allowed)("allow, in %s: %s", (path, source) => {
    expect(breachesOf(path, source, ["@sockeye/protocol", "cookie"])).toEqual([]);
  });
});

describe("an installation", () => {
  const entry = { version: "1.0.0", integrity: "sha512-a" };

  function project(locked: Record<string, object>, installed?: Record<string, object>): string {
    const root = mkdtempSync(join(tmpdir(), "sockeye-lock-"));
    onTestFinished(() => rmSync(root, { recursive: true }));
    writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: { "": {}, ...locked } }));
    if (installed !== undefined) {
      mkdirSync(join(root, "node_modules"));
      writeFileSync(join(root, "node_modules/.package-lock.json"), JSON.stringify({ packages: installed }));
    }
    return root;
  }

  test("is complete when every locked package is there, other platforms' aside", () => {
    const locked = { "node_modules/a": entry, "node_modules/b-darwin": { ...entry, optional: true } };
    expect(isInstalled(project(locked, { "node_modules/a": entry }))).toBe(true);
  });

  test("is missing on a fresh clone", () => {
    expect(isInstalled(project({ "node_modules/a": entry }))).toBe(false);
  });

  test.each([
    ["a package", {}],
    ["the version", { "node_modules/a": { ...entry, version: "1.0.1" } }],
    ["the content", { "node_modules/a": { ...entry, integrity: "sha512-b" } }],
  ])("is out of date when %s differs", (_, installed) => {
    expect(isInstalled(project({ "node_modules/a": entry }, installed))).toBe(false);
  });
});

test.each([
  ["18.20.4", false],
  ["20.18.3", false],
  ["20.19.0", true],
  ["22.0.0", true],
  ["26.1.0", true],
])("Node %s is supported: %s", (version, isSupported) => {
  expect(isSupportedNode(version)).toBe(isSupported);
});
