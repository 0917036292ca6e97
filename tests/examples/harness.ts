// What the tests of the examples stand on: an example as a process of its own on a free port, a published client and
// ours beside each other, and raw upgrades. Everything started here is stopped when the test ends.
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { io as ours } from "@sockeye/client";
import { io as published } from "socket.io-client";
import { expect, onTestFinished } from "vitest";
import { TSC } from "../../scripts/lib/build.js";
import { ROOT } from "../../scripts/lib/root.js";

/** How long a condition may take to come true. Generous: it is spent only when a test fails. */
export const PATIENCE_MS = 15_000;

/** Somebody may take a port between our asking for it and the example's listening; then another is tried. */
const PORT_ATTEMPTS = 5;

export interface Exit {
  code: number | null;
  signal: string | null;
}

export interface Example {
  readonly url: string;
  readonly stderr: () => string;
  /** Sends SIGTERM and resolves when the process is gone. */
  stop: () => Promise<Exit>;
}

/** Why these tests cannot run here; undefined when they can. With CI=true they must. */
export function missing(): string | undefined {
  if (existsSync(join(ROOT, "packages/server/dist/index.js"))) return undefined;
  const reason = "the packages are not built, run npm run build";
  if (process.env["CI"] === "true") throw new Error(reason);
  return reason;
}

/** Compiles an example that is written in TypeScript. Throws with the compiler's output. */
export async function compile(folder: string): Promise<void> {
  await promisify(execFile)(process.execPath, [TSC, "-p", join(ROOT, "examples", folder)]);
}

/** Starts an example by its file below `examples/`, and waits for its line. */
export async function startExample(file: string): Promise<Example> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const run = runExample(file, port);
    const outcome = await Promise.race([run.ready, run.exited]);
    if (outcome === "ready") {
      return { url: `http://127.0.0.1:${port}`, stderr: run.stderr, stop: run.stop };
    }
    if (!run.stderr().includes("EADDRINUSE") || attempt === PORT_ATTEMPTS) {
      throw new Error(`${file} ended with code ${outcome.code}: ${run.stderr()}`);
    }
  }
}

interface Run {
  ready: Promise<"ready">;
  exited: Promise<Exit>;
  stderr: () => string;
  stop: () => Promise<Exit>;
}

function runExample(file: string, port: number): Run {
  const child = spawn(process.execPath, [join(ROOT, "examples", file)], {
    env: { ...process.env, PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stderr = "";
  let stdout = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ready = new Promise<"ready">((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.includes(`ready: http://localhost:${port}`)) resolve("ready");
    });
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return {
    ready,
    exited,
    stderr: () => stderr,
    stop() {
      child.kill("SIGTERM");
      return exited;
    },
  };
}

/** Both clients have this much in common. */
export interface Client {
  readonly connected: boolean;
  readonly io: { readonly engine: { readonly transport: { readonly name: string } } };
  on(event: string, listener: (...args: any[]) => void): unknown;
  onAny(listener: (event: string, ...args: unknown[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  emitWithAck(event: string, ...args: unknown[]): Promise<unknown>;
  disconnect(): unknown;
}

export interface ClientOptions {
  transports?: ("polling" | "websocket")[];
  cookie?: string;
}

/** A client and what it heard. */
export interface Peer {
  readonly socket: Client;
  /** Every event it heard, with its arguments. */
  readonly events: unknown[][];
  /** Why it was disconnected, each time. */
  readonly reasons: unknown[];
  /** Resolves when the texts of its `chat` events are these, in this order. */
  hears: (...texts: string[]) => Promise<void>;
}

export const CLIENTS = { published, ours } as const;

/** Connects a client, the published one or ours. */
export async function connect(
  kind: keyof typeof CLIENTS,
  url: string,
  { transports, cookie }: ClientOptions = {},
): Promise<Peer> {
  const open = CLIENTS[kind] as unknown as (url: string, options: object) => Client;
  const socket = open(url, {
    forceNew: true,
    reconnection: false,
    ...(transports === undefined ? {} : { transports }),
    ...(cookie === undefined ? {} : { extraHeaders: { cookie } }),
  });
  onTestFinished(() => void socket.disconnect());
  const events: unknown[][] = [];
  const reasons: unknown[] = [];
  socket.onAny((...event) => events.push(event));
  socket.on("disconnect", (reason) => reasons.push(reason));
  await new Promise<void>((resolve, reject) => {
    socket.on("connect", resolve);
    socket.on("connect_error", reject);
  });
  return {
    socket,
    events,
    reasons,
    hears: (...texts) => {
      const heard = () => events.filter(([event]) => event === "chat").map(([, text]) => text);
      return expect.poll(heard, { timeout: PATIENCE_MS }).toEqual(texts);
    },
  };
}

/** Resolves when the client's session is carried by this transport. */
export async function isCarriedBy(peer: Peer, transport: string): Promise<void> {
  await expect.poll(() => peer.socket.io.engine.transport.name, { timeout: PATIENCE_MS }).toBe(transport);
}

/** Asks for a WebSocket. Resolves with the answer, or with undefined if the connection ended without one. */
export function askForUpgrade(url: string): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const headers = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    };
    const asking = request(url, { headers, agent: false });
    asking.on("response", (answer) => {
      answer.destroy();
      resolve(answer);
    });
    asking.on("upgrade", (answer, socket) => {
      socket.destroy();
      resolve(answer);
    });
    asking.on("error", () => resolve(undefined));
    asking.end();
  });
}

/** The cookies of an answer, as a browser would send them back. */
export function cookiesOf(answer: Response): string {
  return answer.headers
    .getSetCookie()
    .map((cookie) => cookie.split(";", 1)[0])
    .join("; ");
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === "string") reject(new Error("no port"));
        else resolve(address.port);
      });
    });
  });
}
