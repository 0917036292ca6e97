// What the suites need beyond npm: a Chromium and a Python with the socketio client. Finds them; on Debian as root installs
// the missing ones with apt; elsewhere says which command does. Tests import the find functions, so that a suite run on its
// own (`npx vitest run tests/interop`) sees the same machine as `npm test`.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "./run.js";

const PYTHON_PACKAGES = ["python3-socketio", "python3-aiohttp", "python3-requests", "python3-websocket"];

/**
 * @typedef {object} Need
 * @property {string} variable the environment variable that carries the path to the suites
 * @property {string} title
 * @property {readonly string[]} debian the Debian packages that provide it
 * @property {() => string | undefined} find
 */

/** @type {readonly Need[]} */
export const NEEDS = [
  { variable: "CHROMIUM", title: "Chromium", debian: ["chromium"], find: findChromium },
  {
    variable: "PYTHON",
    title: "Python with the socketio client",
    debian: ["python3", ...PYTHON_PACKAGES],
    find: findPython,
  },
];

/**
 * Finds or installs everything in NEEDS.
 *
 * @returns {Promise<Record<string, string>>} the environment variables for the suites; one that could not be had is left out
 */
export async function provision() {
  const missing = NEEDS.filter((need) => need.find() === undefined);
  if (missing.length > 0 && canInstall()) await installWithApt(missing.flatMap((need) => need.debian));
  /** @type {Record<string, string>} */
  const env = {};
  for (const need of NEEDS) {
    const path = need.find();
    if (path === undefined) process.stdout.write(`${missingReason(need)}\n`);
    else env[need.variable] = path;
  }
  return env;
}

/**
 * @param {Need} need
 * @returns {string} what is missing and the command that installs it
 */
export function missingReason(need) {
  return `${need.title} is not installed: sudo apt-get install --no-install-recommends ${need.debian.join(" ")}`;
}

/**
 * @returns {string | undefined} the path of a Chromium
 */
function findChromium() {
  return firstOf(process.env["CHROMIUM"], onPath("chromium"), "/usr/bin/chromium");
}

/**
 * @returns {string | undefined} the path of a Python that has the modules of the interop suite
 */
export function findPython() {
  const candidates = [process.env["PYTHON"], onPath("python3"), "/usr/bin/python3"];
  return candidates.find((path) => path !== undefined && path !== "" && hasModules(path));
}

/**
 * @param {string} python
 * @returns {boolean}
 */
function hasModules(python) {
  const probe = "import socketio, aiohttp, requests, websocket";
  return spawnSync(python, ["-c", probe], { stdio: "ignore" }).status === 0;
}

/**
 * @param {...(string | undefined)} paths
 * @returns {string | undefined}
 */
function firstOf(...paths) {
  return paths.find((path) => path !== undefined && path !== "" && isExecutable(path));
}

/**
 * @param {string} command
 * @returns {string | undefined}
 */
function onPath(command) {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, command)).find(isExecutable);
}

/**
 * @param {string} path
 * @returns {boolean}
 */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * @returns {boolean} whether apt can be used: Debian, as root
 */
function canInstall() {
  return existsSync("/etc/debian_version") && process.getuid?.() === 0 && onPath("apt-get") !== undefined;
}

/**
 * @param {readonly string[]} packages
 * @returns {Promise<void>}
 */
async function installWithApt(packages) {
  process.stdout.write(`installing ${packages.join(" ")} (apt-get) …\n`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    const { code, output } = await run("apt-get", args, { env });
    if (code !== 0) process.stderr.write(`${output}\napt-get ${args[0]} failed (exit code ${code})\n`);
  }
}
