// What the browser tests stand on: the chat as a process of its own, the machine's Chromium, pages with the
// gestures of a person, and proxies that make the network bad. Everything started here is stopped by the test
// that started it. Waits for conditions, never for time.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer, request } from "node:http";
import { connect, createServer as createTcpServer } from "node:net";
import type { Server, Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const CHAT_PROGRAM: string = fileURLToPath(new URL("../../apps/chat/dist/server/main.js", import.meta.url));
const CHAT_PAGE = fileURLToPath(new URL("../../apps/chat/dist/public/index.html", import.meta.url));

/** How long a condition may take to come true. Generous: it is spent only when a test fails. */
export const PATIENCE_MS = 15_000;

/** Why these tests cannot run here; undefined when they can. With CI=true they must. */
export function missing(needs: { browser: boolean }): string | undefined {
  let reason: string | undefined;
  if (!existsSync(CHAT_PROGRAM) || !existsSync(CHAT_PAGE))
    reason = "the chat is not built, run npm run build";
  else if (needs.browser && !existsSync(CHROMIUM)) {
    reason = `no browser at ${CHROMIUM}, install chromium or set CHROMIUM`;
  }
  if (reason !== undefined && process.env["CI"] === "true") throw new Error(reason);
  return reason;
}

export function launchBrowser(): Promise<Browser> {
  const quiet = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
  ];
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", ...quiet],
  });
}

export type Signal = "SIGTERM" | "SIGINT" | "SIGKILL";
export interface Exit {
  code: number | null;
  signal: string | null;
}

export interface ChatProcess {
  readonly port: number;
  readonly url: string;
  /** Ends the process and resolves when it is gone. */
  stop: (signal?: Signal) => Promise<Exit>;
}

export interface Run {
  readonly output: () => { stdout: string; stderr: string };
  readonly exited: Promise<Exit>;
  /** Resolves when this pattern was printed; rejects when the process ends before. */
  printed: (pattern: RegExp) => Promise<RegExpExecArray>;
  kill: (signal: Signal) => void;
}

/** Starts the chat's program with these variables; it is killed when the test ends. */
export function runChat(env: Record<string, string>): Run {
  const child = spawn(process.execPath, [CHAT_PROGRAM], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  let look: (() => void) | undefined;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    look?.();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const exited = new Promise<Exit>((resolve) => {
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  return {
    output: () => ({ stdout, stderr }),
    exited,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        look = () => {
          const found = pattern.exec(stdout);
          if (found !== null) resolve(found);
        };
        look();
        void exited.then(({ code }) => reject(new Error(`the chat ended with code ${code}: ${stderr}`)));
      }),
    kill: (signal) => child.kill(signal),
  };
}

/** Starts the chat on a free port, or on a given one, and waits until it is ready. */
export async function startChat(port = 0): Promise<ChatProcess> {
  const run = runChat({ PORT: String(port) });
  const [, url = "", chosen = ""] = await run.printed(/ready: (http:\/\/localhost:(\d+))/);
  return {
    port: Number(chosen),
    url,
    stop(signal = "SIGTERM") {
      run.kill(signal);
      return run.exited;
    },
  };
}

/** One person at one page. Its gestures resolve when the page shows their effect. */
export interface Visitor {
  readonly page: Page;
  /** What should never happen: scripts that failed, dialogs that opened. */
  readonly accidents: string[];
  say: (text: string) => Promise<void>;
  /** Resolves when this very text stands in the room, this many times. */
  sees: (text: string, times?: number) => Promise<void>;
  texts: () => Promise<string[]>;
  /** Resolves when the connection is in this state, over this transport. */
  isOnline: (transport?: "polling" | "websocket") => Promise<void>;
  isCutOff: () => Promise<void>;
}

/** Opens the chat as somebody new, with storage of their own. */
export async function visit(browser: Browser, url: string, name: string, room = "lobby"): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  return enter(page, url, name, room);
}

export async function enter(page: Page, url: string, name: string, room = "lobby"): Promise<Visitor> {
  page.setDefaultTimeout(PATIENCE_MS);
  const accidents: string[] = [];
  page.on("pageerror", (error) => accidents.push(`error: ${error.message}`));
  page.on("dialog", (dialog) => {
    accidents.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.goto(`${url}/#${encodeURIComponent(room)}`);
  await page.fill("#name", name);
  await page.click("#name-form button");
  const visitor = createVisitor(page, accidents);
  await visitor.isOnline();
  await page.waitForFunction(() => document.querySelectorAll("#people li[data-person]").length > 0);
  return visitor;
}

function createVisitor(page: Page, accidents: string[]): Visitor {
  const texts = () => page.locator("#log .bubble").allTextContents();
  return {
    page,
    accidents,
    texts,
    async say(text) {
      await page.fill("#text", text);
      await page.press("#text", "Enter");
    },
    async sees(text, times = 1) {
      const count = async () => (await texts()).filter((shown) => shown === text).length;
      await expect.poll(count, { timeout: PATIENCE_MS, message: `"${text}" in the room` }).toBe(times);
    },
    async isOnline(transport) {
      const wanted = transport === undefined ? "" : `[data-transport="${transport}"]`;
      await page.waitForSelector(`#status[data-state="online"]${wanted}`);
    },
    async isCutOff() {
      await page.waitForSelector('#status[data-state="reconnecting"], #status[data-state="offline"]');
    },
  };
}

/** An HTTP proxy that passes requests on and refuses every WebSocket, as some company networks do. */
export async function startProxyWithoutWebSocket(
  target: number,
): Promise<{ url: string; refused: () => number }> {
  let refused = 0;
  const proxy = createServer((incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const passing = request({ host: "127.0.0.1", port: target, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passing.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passing.destroy());
    incoming.pipe(passing);
  });
  proxy.on("upgrade", (_request, socket) => {
    refused += 1;
    socket.end("HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  });
  const port = await listen(proxy);
  onTestFinished(() => {
    proxy.closeAllConnections();
    proxy.close();
  });
  return { url: `http://127.0.0.1:${port}`, refused: () => refused };
}

/** A TCP proxy whose way back can be blocked, and whose connections can be cut. */
export interface WeakLink {
  readonly url: string;
  /** From now on what the server says is lost; what it is told still arrives. */
  mute: () => void;
  unmute: () => void;
  /** Ends all connections and lets new ones pass again. */
  cut: () => void;
}

export async function startWeakLink(target: number): Promise<WeakLink> {
  const sockets = new Set<Socket>();
  let isMute = false;
  const proxy = createTcpServer((near) => {
    const far = connect(target, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => {
      if (!isMute) near.write(bytes);
    });
  });
  const port = await listen(proxy);
  const cut = () => {
    isMute = false;
    for (const socket of sockets) socket.destroy();
  };
  onTestFinished(() => {
    proxy.close();
    cut();
  });
  return {
    url: `http://127.0.0.1:${port}`,
    mute: () => void (isMute = true),
    unmute: () => void (isMute = false),
    cut,
  };
}

export function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server listens on no port");
  return address.port;
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(portOf(server)));
  });
}
