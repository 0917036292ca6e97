// The closing line of a run, `N passed, N failed`, and how a run inside `.ci/run` hands its numbers to the run around it.
import { appendFileSync, readFileSync } from "node:fs";

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 */

/**
 * Reports a run: to the enclosing run if there is one (the file named by SOCKEYE_COUNTS), else as the closing line.
 *
 * @param {Counts} counts
 */
export function reportCounts(counts) {
  const file = process.env["SOCKEYE_COUNTS"];
  if (file === undefined) process.stdout.write(`${closingLine(counts)}\n`);
  else appendFileSync(file, `${JSON.stringify(counts)}\n`);
}

/**
 * @param {string} file what runs wrote through SOCKEYE_COUNTS
 * @returns {Counts[]} one per run that came to its end
 */
export function readCounts(file) {
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

/**
 * @param {Counts} counts
 * @returns {string}
 */
export function closingLine({ passed, failed }) {
  return `${passed} passed, ${failed} failed`;
}
