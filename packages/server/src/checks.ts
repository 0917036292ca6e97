// Checks of what applications pass in, shared by options and methods. Each throws ServerError ERR_INVALID_OPTION.

import { ServerError } from "./errors.ts";

/** The longest a timer of Node.js can wait. */
const MAX_TIMER_MS = 2_147_483_647;

/** Without its trailing slash. */
export function pathOption(path: unknown): string {
  if (typeof path === "string" && path.startsWith("/")) return path.replace(/\/$/, "");
  throw invalidOption("path", 'a string that starts with "/"', path);
}

/** How long a timer may wait. */
export function timerMs(option: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= MAX_TIMER_MS)
    return value;
  throw invalidOption(option, "a positive integer of ms", value);
}

/** How long to wait for an answer; 0 and fractions are what timers make of them, a deadline that has passed is 0. */
export function timeoutMs(option: string, value: unknown): number {
  if (typeof value === "number" && value <= MAX_TIMER_MS) return Math.max(value, 0);
  throw invalidOption(option, `a number of ms up to ${MAX_TIMER_MS}`, value);
}

/** Says what was expected and what came. */
export function invalidOption(option: string, expected: string, got: unknown): ServerError {
  const shown = typeof got === "string" ? JSON.stringify(got) : String(got);
  return new ServerError("ERR_INVALID_OPTION", `${option} must be ${expected}, got ${shown} (${typeof got})`);
}
