// Every public package is one that bundlers, Node and TypeScript resolve without surprises, and ships what it names.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { PACKAGES, ROOT, must, packAll, unbuiltReason } from "./packed.ts";
import type { Packed } from "./packed.ts";

const ATTW = join(ROOT, "node_modules/@arethetypeswrong/cli/dist/index.js");
const unbuilt = unbuiltReason();
let packed: Packed;

beforeAll(async () => {
  if (unbuilt === undefined) packed = await packAll();
});

afterAll(() => packed?.remove());

beforeEach((context) => {
  if (unbuilt !== undefined) context.skip(unbuilt);
});

describe.each(PACKAGES)("@sockeye/%s", (name) => {
  test("passes publint", async () => {
    const tarball = await readFile(tarballOf(name));
    const { messages, pkg } = await publint({
      level: "warning",
      strict: true,
      pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.byteLength) },
    });
    const complaints = messages.map((message) => formatMessage(message, pkg) ?? message.code);
    // The bundles are for script tags and keep the names that pages know; nobody imports them as modules of the package.
    expect(complaints.filter((text) => !text.includes("./dist/bundle/socket.io.js"))).toEqual([]);
  });

  test("has types that every resolution mode of TypeScript finds", async () => {
    await must(process.execPath, [ATTW, "--profile", "esm-only", tarballOf(name)], ROOT);
  });

  test("ships sources and a README, and neither tests nor build records", async () => {
    const files = (await must("tar", ["-tzf", tarballOf(name)], ROOT)).split("\n");
    expect(files).toContain("package/README.md");
    expect(files).toContain("package/src/index.ts");
    expect(files.filter((file) => /\.test\.|tsbuildinfo/.test(file))).toEqual([]);
  });
});

function tarballOf(name: string): string {
  const tarball = packed.tarballs.get(name);
  if (tarball === undefined) throw new Error(`${name} was not packed`);
  return tarball;
}
