// Warnings of this package: numbers 1xx of the project's SKW range, each printed once per process and subject
// through process.emitWarning. A retired number is listed in RETIRED and never used again.

export const ENGINE_WARNINGS = {
  SKW101: "unknown engine option",
  SKW103: "the option wsEngine is ignored, the engine frames WebSocket itself",
  SKW105:
    "a WebTransport session was refused: the engine has middlewares, or the option cors, which need a request",
} as const;

export type EngineWarningCode = keyof typeof ENGINE_WARNINGS;

/** Numbers that meant something once. */
export const RETIRED: readonly string[] = Object.freeze(["SKW102", "SKW104"]);

const seen = new Set<string>();

/** Prints a warning the first time it is given for this subject. */
export function warnOnce(code: EngineWarningCode, subject = ""): void {
  const key = `${code} ${subject}`;
  if (seen.has(key)) return;
  seen.add(key);
  const text = subject === "" ? ENGINE_WARNINGS[code] : `${ENGINE_WARNINGS[code]} ${subject}`;
  process.emitWarning(text, { type: "SockeyeWarning", code });
}
