// The published clients of Socket.IO 2 and 3 in a browser, which Node.js cannot stand in for: they poll with array buffers there,
// and with JSONP, which only a document has. JSONP runs over Engine.IO 3 in the one and 4 in the other.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { Server } from "@sockeye/server";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { launchBrowser, missing } from "./harness.ts";

const reason = missing({ browser: true });
const require = createRequire(import.meta.url);
const CLIENTS = [
  { version: "2.5", protocol: 3, script: require.resolve("socket.io-client-v2/dist/socket.io.js") },
  { version: "3.1", protocol: 4, script: require.resolve("socket.io-client-v3/dist/socket.io.js") },
];
const PLANS = [
  { plan: "JSONP", ends: "polling", options: { transports: ["polling"], forceJSONP: true } },
  { plan: "polling", ends: "polling", options: { transports: ["polling"] } },
  { plan: "polling in base64", ends: "polling", options: { transports: ["polling"], forceBase64: true } },
  { plan: "WebSocket", ends: "websocket", options: { transports: ["websocket"] } },
  { plan: "an upgrade", ends: "websocket", options: { transports: ["polling", "websocket"] } },
  { plan: "an upgrade from JSONP", ends: "websocket", options: { forceJSONP: true } },
] as const;

const TEXT = 'line\nfeed, back\\nslash, \\\\n, "quotes", \u2028\u2029, é€\u{1f600}, a+b&c=d%20';

/** A page with that client, and a server for it, on one origin. */
async function serve(script: string): Promise<{ io: Server; url: string }> {
  const page = `<!doctype html><meta charset="utf-8"><script>${readFileSync(script, "utf8")}</script>`;
  const http = createServer((_req, res) => {
    res.setHeader("content-type", "text/html; charset=utf-8");
    res.end(page);
  });
  const io = new Server(http, { allowEIO3: true, serveClient: false });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  onTestFinished(async () => {
    http.closeAllConnections();
    await io.close();
  });
  return { io, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/` };
}

interface Talk {
  readonly options: object;
  readonly text: string;
  /** The transport to wait for. */
  readonly ends: string;
}

/** Runs in the page: talks to the server in every way, and tells what came back. */
async function talk({ options, text, ends }: Talk): Promise<unknown> {
  interface PageSocket {
    io: { engine: { transport: { name: string }; once(event: string, run: () => void): void } };
    once(event: string, run: (...args: any[]) => void): void;
    emit(event: string, ...args: unknown[]): void;
    disconnect(): void;
  }
  const { io } = globalThis as unknown as { io: (options: object) => PageSocket };
  const socket = io({ ...options, reconnection: false });
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    for (const event of ["connect_error", "error"])
      socket.once(event, (error) => reject(new Error(`refused: ${String(error)}`)));
  });
  const { engine } = socket.io;
  const upgraded =
    ends !== engine.transport.name && new Promise<void>((resolve) => engine.once("upgrade", resolve));
  const ask = (...args: unknown[]): Promise<unknown[]> =>
    new Promise((resolve) => socket.emit("echo", ...args, (...answer: unknown[]) => resolve(answer)));
  const round = async (): Promise<unknown> => {
    const [echoed] = await ask(text);
    const [binary, beside] = await ask(Uint8Array.of(1, 2, 255).buffer, { beside: [null, 7] });
    const told = new Promise<unknown[]>((resolve) => socket.once("told", (...args) => resolve(args)));
    socket.emit("tell me");
    const [first, second] = await told;
    const numbers = (value: unknown): number[] => [...new Uint8Array(value as ArrayBuffer)];
    return { echoed, binary: numbers(binary), beside, told: [numbers(first), second] };
  };
  const before = await round();
  await upgraded;
  const after = await round();
  const transport = engine.transport.name;
  socket.disconnect();
  return { before, after, transport };
}

describe.skipIf(reason !== undefined)(
  `an older client in a browser${reason === undefined ? "" : ` (${reason})`}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await launchBrowser();
    });
    afterAll(() => browser.close());

    describe.each(CLIENTS)("Socket.IO $version", ({ script, protocol }) => {
      test.each(PLANS)("exchanges text and binary over $plan", async ({ options, ends }) => {
        const { io, url } = await serve(script);
        const protocols: number[] = [];
        const ended = new Promise((resolve) => {
          io.on("connection", (socket) => {
            protocols.push(socket.conn.protocol);
            socket.on("echo", (...args) => args.pop()(...args));
            socket.on("tell me", () => socket.emit("told", Buffer.from([9, 8]), "text"));
            socket.on("disconnect", resolve);
          });
        });
        const page = await browser.newPage();
        onTestFinished(() => page.close());
        await page.goto(url);
        const round = {
          echoed: TEXT,
          binary: [1, 2, 255],
          beside: { beside: [null, 7] },
          told: [[9, 8], "text"],
        };
        expect(await page.evaluate(talk, { options, text: TEXT, ends })).toEqual({
          before: round,
          after: round,
          transport: ends,
        });
        expect(protocols).toEqual([protocol]);
        expect(await ended).toBe("client namespace disconnect");
      });
    });
  },
);
