// The public packages as users get them: packed by npm into a temporary folder, once per test file.
import { existsSync, mkdtempSync, readFileSync, readdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { run } from "../../scripts/lib/run.js";

export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** The folders under packages/ whose package is published. */
export const PACKAGES: readonly string[] = readdirSync(join(ROOT, "packages")).filter((name) => {
  const file = join(ROOT, "packages", name, "package.json");
  return existsSync(file) && !JSON.parse(readFileSync(file, "utf8")).private;
});

/** Why nothing can be packed, if so: tests of packages need what `npm test` builds before it runs them. */
export function unbuiltReason(): string | undefined {
  const unbuilt = PACKAGES.filter((name) => !existsSync(join(ROOT, "packages", name, "dist/index.js")));
  return unbuilt.length === 0 ? undefined : `not built: ${unbuilt.join(", ")} (npm run build)`;
}

export interface Packed {
  readonly folder: string;
  /** Tarball by package folder. */
  readonly tarballs: ReadonlyMap<string, string>;
  remove(): Promise<void>;
}

/** Packs all public packages. */
export async function packAll(): Promise<Packed> {
  const folder = mkdtempSync(join(tmpdir(), "sockeye-pack-"));
  const workspaces = PACKAGES.map((name) => `--workspace=packages/${name}`);
  await must(
    "npm",
    ["pack", "--silent", "--ignore-scripts", `--pack-destination=${folder}`, ...workspaces],
    ROOT,
  );
  const files = readdirSync(folder);
  const tarballs = PACKAGES.map((name) => {
    const file = files.find((tarball) => new RegExp(`^sockeye-${name}-\\d`).test(tarball));
    if (file === undefined) throw new Error(`npm packed no tarball of ${name}: ${files.join(", ")}`);
    return [name, join(folder, file)] as const;
  });
  return {
    folder,
    tarballs: new Map(tarballs),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Runs a command; throws with what it printed when it fails. */
export async function must(command: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, output } = await run(command, args, { cwd, env: { NODE_OPTIONS: "", NODE_PATH: "" } });
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} (exit code ${code})\n${output}`);
  return output;
}
