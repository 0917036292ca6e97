// What the environment says about starting, and what to tell a person when starting fails.

const DEFAULT_PORT = 3000;

export interface StartOptions {
  port: number;
  host: string | undefined;
}

/** Reads PORT and HOST; `problem` is one line for the person who started us. */
export function readStartOptions(
  env: Readonly<Record<string, string | undefined>>,
): StartOptions | { problem: string } {
  const given = env["PORT"]?.trim() ?? "";
  const host = env["HOST"]?.trim() || undefined;
  if (given === "") return { port: DEFAULT_PORT, host };
  const port = Number(given);
  if (/^\d{1,5}$/.test(given) && port <= 65_535) return { port, host };
  return {
    problem: `PORT must be a whole number from 0 to 65535, got ${JSON.stringify(given)}: try PORT=3000 npm start`,
  };
}

/** One line for the errors that a person can do something about; undefined for faults of ours. */
export function explainStartError(error: unknown, port: number): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const other = port >= 65_535 ? DEFAULT_PORT : port + 1;
  switch (code) {
    case "EADDRINUSE":
      return `port ${port} is already in use: stop the program that uses it, or choose another port with PORT=${other} npm start`;
    case "EACCES":
      return `this user may not listen on port ${port}: choose a port above 1023 with PORT=${DEFAULT_PORT} npm start`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return "HOST is not an address of this machine: leave it out to listen on all of them";
    case "ENOENT":
      return "the page is not built yet: run npm run build first";
    default:
      return undefined;
  }
}
