// The repository's own source files, for the scripts that read them: nothing installed, built or cached.
import { readdirSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { ROOT } from "./root.js";

const SKIPPED_FOLDERS = new Set(["node_modules", "dist", "client-dist", ".git", ".cache", "coverage"]);

/**
 * @param {string} folder relative to the root; "" for all
 * @param {RegExp} pattern which names to take
 * @returns {string[]} paths relative to the root, with forward slashes, sorted
 */
export function listSources(folder, pattern) {
  /** @type {string[]} */
  const found = [];
  const visit = (/** @type {string} */ path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) visit(join(path, entry.name));
      if (entry.isFile() && pattern.test(entry.name)) {
        found.push(relative(ROOT, join(path, entry.name)).split(sep).join("/"));
      }
    }
  };
  visit(join(ROOT, folder));
  return found.toSorted();
}

/**
 * @param {string} source
 * @returns {string} the same text with comments blanked out, line numbers kept
 */
export function withoutComments(source) {
  return source.replace(/\/\*[\s\S]*?\*\//g, blank).replace(/(?<=^|[\s;,{}()])\/\/.*$/gm, blank);
}

/**
 * @param {string} text
 * @returns {string}
 */
function blank(text) {
  return text.replace(/[^\n]/g, " ");
}
