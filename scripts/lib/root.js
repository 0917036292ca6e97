// Where the repository is and which Node runs it. Every script imports this file first: it must not import anything that
// `npm ci` installs, and it must parse on old Node releases so that the reader gets a sentence instead of a stack trace.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The oldest Node release the repository supports, as [major, minor]. */
const NODE_FLOOR = /** @type {const} */ ([20, 19]);

/**
 * Ends the process with one sentence when the running Node is older than the floor.
 *
 * @param {string} version the version to judge, for example "20.19.0"
 */
export function requireNode(version = process.versions.node) {
  if (isSupportedNode(version)) return;
  process.stderr.write(
    `Sockeye needs Node ${NODE_FLOOR.join(".")} or newer, and this is Node ${version}: install a newer one from https://nodejs.org\n`,
  );
  process.exit(1);
}

/**
 * @param {string} version
 * @returns {boolean} whether that Node release is at or above the floor
 */
export function isSupportedNode(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  return major > NODE_FLOOR[0] || (major === NODE_FLOOR[0] && minor >= NODE_FLOOR[1]);
}
