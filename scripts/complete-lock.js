// Completes package-lock.json after `npm install`: where a registry does not carry a tool's binary for another platform, npm
// leaves it out of the lock file without a word, and then `npm ci` refuses that lock file everywhere. This adds the entry npm
// would have written (version and platform; no integrity, since nobody has seen the file). Run it after every `npm install`.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/root.js";

/**
 * @typedef {object} Entry
 * @property {string} [version]
 * @property {boolean} [dev]
 * @property {Record<string, string>} [optionalDependencies]
 */

const file = join(ROOT, "package-lock.json");
/** @type {{ packages: Record<string, Entry> }} */
const lock = JSON.parse(readFileSync(file, "utf8"));
let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (!/^\d/.test(version)) continue;
    const found = lookUp(path, name);
    if (found?.version === version) continue;
    // Another version above it is somebody else's: this one goes below its own parent, as npm would put it.
    const place = found === undefined ? `node_modules/${name}` : `${path}/node_modules/${name}`;
    lock.packages[place] = { version, ...platformOf(name), ...(entry.dev ? { dev: true } : {}) };
    added += 1;
  }
}
if (added > 0) {
  lock.packages = Object.fromEntries(
    Object.entries(lock.packages).toSorted(([a], [b]) => a.localeCompare(b, "en")),
  );
  writeFileSync(file, `${JSON.stringify(lock, undefined, 2)}\n`);
}
process.stdout.write(`package-lock.json: ${added} entries added\n`);

/**
 * @param {string} from a path of the lock file
 * @param {string} name
 * @returns {Entry | undefined} what Node would resolve from there
 */
function lookUp(from, name) {
  for (let path = from; ; path = path.slice(0, Math.max(0, path.lastIndexOf("node_modules/") - 1))) {
    const entry = lock.packages[`${path === "" ? "" : `${path}/`}node_modules/${name}`];
    if (entry !== undefined || path === "") return entry;
  }
}

/**
 * @param {string} name for example "@scope/binding-linux-x64-musl"
 * @returns {object} the platform fields of the entry
 */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const has = (/** @type {readonly string[]} */ known) => known.filter((word) => words.includes(word));
  const os = has([
    "aix",
    "android",
    "darwin",
    "freebsd",
    "linux",
    "netbsd",
    "openbsd",
    "sunos",
    "win32",
    "openharmony",
  ]);
  const cpu = has([
    "arm",
    "arm64",
    "ia32",
    "loong64",
    "mips64el",
    "ppc64",
    "riscv64",
    "s390x",
    "x64",
    "wasm32",
  ]);
  if (words.some((word) => word === "gnueabihf" || word === "musleabihf" || word === "eabi")) cpu.push("arm");
  const libc = words.includes("musl") ? ["musl"] : words.includes("gnu") ? ["glibc"] : [];
  return {
    ...(cpu.length > 0 ? { cpu: [...new Set(cpu)] } : {}),
    ...(libc.length > 0 ? { libc } : {}),
    optional: true,
    ...(os.length > 0 ? { os } : {}),
  };
}
