// A project that installs the packed server and client gets what the published API promises: from CommonJS, from ES modules
// and from TypeScript, each by a small program that really connects.
import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { TSC } from "../../scripts/lib/build.js";
import { PACKAGES, ROOT, must, packAll, unbuiltReason } from "./packed.ts";

const CONSUMERS = fileURLToPath(new URL("./consumers", import.meta.url));
const unbuilt = unbuiltReason();
let project: string;

beforeAll(async () => {
  if (unbuilt !== undefined) return;
  const packed = await packAll();
  project = mkdtempSync(join(tmpdir(), "sockeye-install-"));
  const root = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  const tarballs = PACKAGES.map((name) => [`@sockeye/${name}`, `file:${packed.tarballs.get(name)}`]);
  const manifest = {
    private: true,
    dependencies: Object.fromEntries(tarballs),
    devDependencies: { "@types/node": root.devDependencies["@types/node"] },
  };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  await must("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts"], project);
  cpSync(CONSUMERS, project, { recursive: true });
  await packed.remove();
}, 120_000);

afterAll(() => (project === undefined ? undefined : rm(project, { recursive: true, force: true })));

beforeEach((context) => {
  if (unbuilt !== undefined) context.skip(unbuilt);
});

describe("a project that installs the packages", () => {
  test.each(["commonjs.cjs", "module.mjs"])("connects, from %s", async (file) => {
    expect(await must(process.execPath, ["--no-warnings", file], project)).toBe("connected\n");
  });

  test.each(["nodenext", "bundler"])("compiles against the types, with moduleResolution %s", async (mode) => {
    await must(process.execPath, [TSC, "-p", `tsconfig.${mode}.json`], project);
  });
});
