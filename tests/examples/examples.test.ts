// Every example, run as its reader would run it: its framework still answers, both clients talk to each other through
// it, what is not ours stays as it was, and it ends when asked to. What one framework shares with us stands below.
import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { WebSocket } from "ws";
import { ROOT } from "../../scripts/lib/root.js";
import { launchBrowser, missing as missingForPages } from "../browser/harness.ts";
import {
  askForUpgrade,
  compile,
  connect,
  cookiesOf,
  isCarriedBy,
  missing,
  PATIENCE_MS,
  startExample,
} from "./harness.ts";

const NEST = "nestjs/dist/main.js";

const EXAMPLES = [
  { name: "node:http", file: "node-http/server.js", greeting: "hello from node:http" },
  { name: "Express", file: "express/server.js", greeting: "hello from Express" },
  { name: "Fastify", file: "fastify/server.js", greeting: "hello from Fastify" },
  { name: "Koa", file: "koa/server.js", greeting: "hello from Koa" },
  { name: "Hono", file: "hono/server.js", greeting: "hello from Hono" },
  { name: "Vite", file: "vite/server.js", greeting: "<title>Sockeye and Vite</title>", servesPage: true },
  // Its shutdown hooks end with the signal that started them.
  { name: "Nest", file: NEST, greeting: "hello from Nest", endsBySignal: true },
];

/** Why a polling client is disconnected from a server that ends: between two polls it finds nobody there. */
const GONE = expect.stringMatching(/^transport (close|error)$/);

const reason = missing();
const title = reason === undefined ? "the examples" : `the examples (skipped: ${reason})`;

describe.skipIf(reason !== undefined)(title, () => {
  beforeAll(() => compile("nestjs"));

  describe.each(EXAMPLES)("$name", ({ file, greeting, servesPage = false, endsBySignal = false }) => {
    test("answers its own routes and those below our path", async () => {
      const { url } = await startExample(file);
      const page = await fetch(url);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain(greeting);
      const elsewhere = await fetch(`${url}/elsewhere`);
      // A page of Vite's is served for every address.
      expect(elsewhere.status).toBe(servesPage ? 200 : 404);
      const bundle = await fetch(`${url}/socket.io/socket.io.js`);
      expect(bundle.status).toBe(200);
      expect(bundle.headers.get("content-type")).toContain("javascript");
    });

    test("lets a published client and ours talk to each other, before and after the upgrade", async () => {
      const { url } = await startExample(file);
      const [ada, bob] = await Promise.all([connect("published", url), connect("ours", url)]);
      ada.socket.emit("chat", "from the published client");
      await Promise.all([ada, bob].map((peer) => peer.hears("from the published client")));
      await Promise.all([ada, bob].map((peer) => isCarriedBy(peer, "websocket")));
      bob.socket.emit("chat", "from ours");
      await Promise.all([ada, bob].map((peer) => peer.hears("from the published client", "from ours")));
    });

    test("ends an upgrade that nobody answers, and goes on", async () => {
      const { url } = await startExample(file);
      expect(await askForUpgrade(`${url}/elsewhere`)).toBeUndefined();
      expect((await fetch(url)).status).toBe(200);
    });

    test("ends on SIGTERM while clients are connected, in a way that makes them come back", async () => {
      const example = await startExample(file);
      const peers = await Promise.all([
        connect("published", example.url, { transports: ["websocket"] }),
        connect("ours", example.url, { transports: ["websocket"] }),
        connect("published", example.url, { transports: ["polling"] }),
        connect("ours", example.url, { transports: ["polling"] }),
      ]);
      const exit = endsBySignal ? { code: null, signal: "SIGTERM" } : { code: 0, signal: null };
      expect(await example.stop()).toEqual(exit);
      expect(example.stderr()).toBe("");
      await expect
        .poll(() => peers.map((peer) => peer.reasons), { timeout: PATIENCE_MS })
        .toEqual([["transport close"], ["transport close"], [GONE], [GONE]]);
    });
  });

  describe("Express's session", () => {
    test("is the one of the visitor's sockets", async () => {
      const { url } = await startExample("express/server.js");
      const cookie = cookiesOf(await fetch(url));
      const [phone, laptop, stranger] = await Promise.all([
        connect("published", url, { cookie }),
        connect("ours", url, { cookie, transports: ["websocket"] }),
        connect("ours", url),
      ]);
      const notified = await fetch(`${url}/notify`, { method: "POST", headers: { cookie } });
      expect(notified.status).toBe(204);
      await Promise.all([phone, laptop].map((peer) => peer.hears("from a route")));
      stranger.socket.emit("chat", "for all");
      await stranger.hears("for all");
    });

    test("begins with a socket's handshake over both transports", async () => {
      const { url } = await startExample("express/server.js");
      const polling = await fetch(`${url}/socket.io/?EIO=4&transport=polling`);
      expect(cookiesOf(polling)).toMatch(/^connect\.sid=/);
      const upgraded = await askForUpgrade(`${url}/socket.io/?EIO=4&transport=websocket`);
      expect(upgraded?.statusCode).toBe(101);
      expect(upgraded?.headers["set-cookie"]?.[0]).toMatch(/^connect\.sid=/);
    });
  });

  describe("Koa's signed cookie", () => {
    test("tells who a socket is, unless it is forged", async () => {
      const { url } = await startExample("koa/server.js");
      const cookie = cookiesOf(await fetch(`${url}/login?name=Ada`));
      const ada = await connect("ours", url, { cookie });
      await expect.poll(() => ada.events, { timeout: PATIENCE_MS }).toEqual([["welcome", "Ada"]]);
      const forger = await connect("ours", url, { cookie: cookie.replace("name=Ada", "name=Bob") });
      await expect.poll(() => forger.events, { timeout: PATIENCE_MS }).toEqual([["welcome", "stranger"]]);
    });
  });

  describe.each([
    { name: "Fastify", file: "fastify/server.js" },
    { name: "Hono", file: "hono/server.js" },
  ])("$name's routes", ({ file }) => {
    test("reach the sockets", async () => {
      const { url } = await startExample(file);
      const peer = await connect("ours", url);
      expect((await fetch(`${url}/notify`, { method: "POST" })).status).toBe(204);
      await peer.hears("from a route");
    });
  });

  describe("Hono's own WebSockets", () => {
    test("work beside ours, and end with the server", async () => {
      const example = await startExample("hono/server.js");
      const peer = await connect("ours", example.url, { transports: ["websocket"] });
      const echo = await openSocket(`${example.url}/echo`);
      echo.socket.send("anybody there?");
      await expect.poll(() => echo.heard, { timeout: PATIENCE_MS }).toEqual(["anybody there?"]);
      peer.socket.emit("chat", "here");
      await peer.hears("here");
      expect(await example.stop()).toEqual({ code: 0, signal: null });
    });
  });

  describe("Vite's hot updates", () => {
    test("come over the same server, and end with it", async () => {
      const example = await startExample("vite/server.js");
      const peer = await connect("ours", example.url, { transports: ["websocket"] });
      await watchesItsFiles(example.url);
      peer.socket.emit("chat", "still here");
      await peer.hears("still here");
      expect(await example.stop()).toEqual({ code: 0, signal: null });
    });

    const pageless = missingForPages({ browser: true });
    test.skipIf(pageless !== undefined)("reload a page, whose socket then connects again", async () => {
      const { url } = await startExample("vite/server.js");
      await watchesItsFiles(url);
      const browser = await launchBrowser();
      onTestFinished(() => browser.close());
      const page = await browser.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const connected = page.waitForEvent("console", (line) => line.text().includes("[vite] connected"));
      await page.goto(url);
      await connected;
      await say("before");
      const reloaded = page.waitForEvent("load");
      await touchPage();
      await reloaded;
      expect(await page.locator("li").count()).toBe(0);
      await say("after");

      async function say(text: string): Promise<void> {
        await page.fill("input", text);
        await page.click("button");
        await page.waitForSelector(`li:text-is("${text}")`);
      }
    });

    /** Resolves when Vite has told of a change. It does not see those before it has looked through its folder. */
    async function watchesItsFiles(url: string): Promise<void> {
      const updates = await openSocket(url, "vite-hmr");
      const script = await fetch(`${url}/page.js`);
      expect(await script.text()).not.toContain('"@sockeye/client"');
      const heard = async () => {
        await touchPage();
        return updates.heard.join("\n");
      };
      await expect
        .poll(heard, { timeout: PATIENCE_MS, interval: 500 })
        .toMatch(/"type":"connected"[^]*"type":"full-reload"/);
    }

    /** Says that the page's script was saved, without changing it. */
    async function touchPage(): Promise<void> {
      const now = new Date();
      await utimes(join(ROOT, "examples/vite/page.js"), now, now);
    }
  });

  describe("Nest's gateways", () => {
    test("acknowledge with what a handler returns, or send the event it returns", async () => {
      const { url } = await startExample(NEST);
      for (const kind of ["published", "ours"] as const) {
        const peer = await connect(kind, url);
        expect(await peer.socket.emitWithAck("chat", "hello")).toMatch(/^heard .{20}$/);
        peer.socket.emit("shout", "louder");
        await peer.hears("hello", "LOUDER");
        peer.socket.disconnect();
      }
    });

    test("have a namespace of their own if they say so, and send what a stream gives", async () => {
      const { url } = await startExample(NEST);
      const peer = await connect("published", `${url}/clock`);
      peer.socket.emit("start");
      const first = () => peer.events.slice(0, 2);
      await expect.poll(first, { timeout: PATIENCE_MS }).toEqual([
        ["tick", 0],
        ["tick", 1],
      ]);
    });
  });
});

interface Listener {
  readonly socket: WebSocket;
  readonly heard: string[];
}

async function openSocket(url: string, protocol?: string): Promise<Listener> {
  const socket = new WebSocket(url.replace("http", "ws"), protocol);
  onTestFinished(() => socket.terminate());
  const heard: string[] = [];
  socket.on("message", (data: Buffer) => heard.push(data.toString("utf8")));
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return { socket, heard };
}
