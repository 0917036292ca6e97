// Warnings of this package: numbers 2xx of the project's SKW range, each printed once per process and subject through
// process.emitWarning. A retired number is never used again.

export const SERVER_WARNINGS = {
  SKW201: "connectionStateRecovery is not supported yet: clients that come back get a fresh socket",
  SKW202: "the option adapter must be a function that makes an adapter",
} as const;

export type ServerWarningCode = keyof typeof SERVER_WARNINGS;

const seen = new Set<ServerWarningCode>();

/** Prints a warning the first time it is given. */
export function warnOnce(code: ServerWarningCode): void {
  if (seen.has(code)) return;
  seen.add(code);
  process.emitWarning(SERVER_WARNINGS[code], { type: "SockeyeWarning", code });
}
