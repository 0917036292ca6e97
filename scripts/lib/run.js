// Child processes for the scripts: either quiet (output kept, shown only on failure) or in the foreground.
import { spawn } from "node:child_process";
import { ROOT } from "./root.js";

/**
 * @typedef {object} RunResult
 * @property {number} code the exit code; 1 when the command was ended by a signal or could not start
 * @property {string} output standard output and standard error in the order they came; empty in the foreground
 *
 * @typedef {object} RunOptions
 * @property {boolean} [foreground] hand the terminal to the command instead of keeping its output
 * @property {NodeJS.ProcessEnv} [env] added to the environment
 * @property {string} [cwd] default: the repository's root
 */

/**
 * Runs a command to its end. Never throws: a command that cannot start is a failure with the reason as its output.
 *
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<RunResult>}
 */
export function run(command, args, options = {}) {
  const foreground = options.foreground === true;
  return new Promise((resolve) => {
    /** @type {Buffer[]} */
    const chunks = [];
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: foreground ? "inherit" : ["ignore", "pipe", "pipe"],
      // npm is a .cmd file on Windows, which only a shell starts.
      shell: process.platform === "win32" && command === "npm",
    });
    child.stdout?.on("data", (chunk) => chunks.push(chunk));
    child.stderr?.on("data", (chunk) => chunks.push(chunk));
    if (foreground) forwardSignals(child);
    child.on("error", (error) => resolve({ code: 1, output: `${command}: ${error.message}\n` }));
    child.on("close", (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString("utf8") }));
  });
}

const ORPHAN_CHECK_MS = 500;

/**
 * Ends the command when this process is asked to end. A terminal's Ctrl+C reaches the whole foreground group by itself:
 * this process only has to outlive it, and to pass SIGINT on when it came from elsewhere. npm hands a signal to the shell it
 * runs scripts in, and a shell that dies tells nobody: under npm, losing the parent is how to learn of it.
 *
 * @param {import("node:child_process").ChildProcess} child
 */
export function forwardSignals(child) {
  for (const signal of /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"])) {
    const forward = () => {
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    process.on(signal, forward);
    child.once("close", () => process.removeListener(signal, forward));
  }
  if (process.env["npm_lifecycle_event"] === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid !== parent) child.kill("SIGTERM");
  }, ORPHAN_CHECK_MS);
  child.once("close", () => clearInterval(watch));
}

/**
 * Runs a command quietly; when it fails, shows what it printed and ends this process with its code.
 *
 * @param {string} title what was being done, for the message of a failure
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<void>}
 */
export async function runOrExit(title, command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code === 0) return;
  process.stderr.write(`${output}\n${title} failed: ${command} ${args.join(" ")} (exit code ${code})\n`);
  process.exit(code);
}
