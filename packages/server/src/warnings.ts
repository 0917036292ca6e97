// Warnings of this package: numbers 2xx of the project's SKW range, each printed once per process and subject through
// process.emitWarning. A retired number is listed in RETIRED and never used again.

export const SERVER_WARNINGS = {
  SKW202: "the adapter cannot do what was asked of it",
  SKW203: "unknown server option",
  SKW204: "an option has no effect in attach, give it to the constructor",
} as const;

/** Numbers that meant something once. */
export const RETIRED: readonly string[] = Object.freeze(["SKW201"]);

export type ServerWarningCode = keyof typeof SERVER_WARNINGS;

const seen = new Set<string>();

/** Prints a warning the first time it is given about this subject. */
export function warnOnce(code: ServerWarningCode, subject = ""): void {
  const key = `${code} ${subject}`;
  if (seen.has(key)) return;
  seen.add(key);
  const text = subject === "" ? SERVER_WARNINGS[code] : `${SERVER_WARNINGS[code]}: ${subject}`;
  process.emitWarning(text, { type: "SockeyeWarning", code });
}
