// Installs the dependencies when, and only when, node_modules is not what package-lock.json says.
// npm records what it installed in node_modules/.package-lock.json: comparing the two files needs no marker of ours and
// is right after `npm ci`, `npm install` and `git pull` alike.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT, requireNode } from "./root.js";
import { runOrExit } from "./run.js";

/**
 * @typedef {object} LockEntry
 * @property {string} [version]
 * @property {boolean} [link]
 * @property {boolean} [optional]
 * @property {string} [integrity]
 */

/**
 * Makes node_modules match package-lock.json, with one line on standard output if that takes an install.
 *
 * @returns {Promise<void>}
 */
export async function ensureInstalled() {
  requireNode();
  if (isInstalled(ROOT)) return;
  process.stdout.write("installing the dependencies (npm ci) …\n");
  await runOrExit("the installation", "npm", ["ci", "--include=dev", "--no-audit", "--no-fund"]);
}

/**
 * @param {string} root a folder with a package-lock.json
 * @returns {boolean} whether every package of the lock file is installed in the locked version
 */
export function isInstalled(root) {
  const locked = readPackages(join(root, "package-lock.json"));
  const installed = readPackages(join(root, "node_modules", ".package-lock.json"));
  if (locked === undefined || installed === undefined) return false;
  return Object.entries(locked).every(([path, entry]) => path === "" || isSame(entry, installed[path]));
}

/**
 * @param {LockEntry} locked
 * @param {LockEntry | undefined} installed
 * @returns {boolean}
 */
function isSame(locked, installed) {
  // Optional packages are the binaries of other platforms: npm leaves them out here.
  if (installed === undefined) return locked.optional === true;
  return (
    locked.version === installed.version &&
    locked.link === installed.link &&
    locked.integrity === installed.integrity
  );
}

/**
 * @param {string} file
 * @returns {Record<string, LockEntry> | undefined}
 */
function readPackages(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}
