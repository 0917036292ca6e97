import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { describe, expect, test } from "vitest";
import { WebSocketServer } from "ws";
import { Engine } from "../engine.ts";
import { Harness, until } from "../testing/harness.ts";

describe("an attached engine", () => {
  test("takes its path, whatever follows, and leaves every other to the earlier listeners in order", async () => {
    const calls: unknown[] = [];
    const server = createServer();
    server.on("request", function (this: Server, _req: IncomingMessage, res: ServerResponse) {
      calls.push(["first", this === server]);
      res.setHeader("x", "1");
    });
    server.on("request", function (this: Server, _req: IncomingMessage, res: ServerResponse) {
      calls.push(["second", this === server]);
      res.end("app");
    });
    await using h = await Harness.start({}, {}, server);
    expect((await h.request("/other")).body).toBe("app");
    expect((await h.request("/engine.io?EIO=4&transport=polling")).body).toBe("app");
    expect((await h.request("/engine.io/foo/bar/?EIO=4&transport=polling")).body).toMatch(/^0\{/);
    expect(calls).toEqual([
      ["first", true],
      ["second", true],
      ["first", true],
      ["second", true],
    ]);
  });

  test("takes the path of attach rather than that of the constructor", async () => {
    await using h = await Harness.start({ path: "/a" }, { path: "/b/" });
    expect((await h.request("/b/?EIO=4&transport=polling")).body).toMatch(/^0\{/);
  });

  test("takes requests without a trailing slash when told to", async () => {
    await using h = await Harness.start({}, { addTrailingSlash: false });
    for (const path of ["/engine.io?", "/engine.io/?", "/engine.iofoo?"]) {
      expect((await h.request(`${path}EIO=4&transport=polling`)).body).toMatch(/^0\{/);
    }
  });

  test("closes with its server, and goes on when the server listens again", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    const { port, server } = h;
    server.close();
    peer.socket.close();
    await until(() => h.closes.length === 1);
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const again = h.webSocket();
    await again.has(1);
    expect((await h.polling()).body).toMatch(/^0\{/);
  });

  test("closes polling sessions when its server closes", async () => {
    await using h = await Harness.start();
    await h.handshake();
    h.server.closeAllConnections();
    await new Promise((resolve) => h.server.close(resolve));
    await until(() => h.closes.length === 1);
    expect(h.closes).toEqual([["forced close", undefined]]);
    expect(h.clock.pending).toBe(0);
  });

  test("gives the earlier listeners back when it is closed, a once listener as such", async () => {
    const server = createServer();
    const first = (_req: IncomingMessage, res: ServerResponse) => res.end("first");
    server.on("request", first);
    const once = () => {};
    server.once("request", once);
    const engine = new Engine().attach(server);
    const later = () => {};
    server.on("request", later);
    engine.close().close();
    expect(server.listeners("request")).toEqual([first, once, later]);
    server.emit("request", {}, { end() {} });
    expect(server.listeners("request")).toEqual([first, later]);
    expect(server.listenerCount("upgrade")).toBe(0);
    expect(server.listenerCount("close")).toBe(0);
  });

  test("answers 503 once it is closed, if nobody else would answer", async () => {
    await using h = await Harness.start();
    h.engine.close();
    expect(await h.polling()).toMatchObject({ status: 503, body: "", headers: { connection: "close" } });
    expect(await h.polling("x", { method: "POST", body: "40" })).toMatchObject({ status: 503 });
  });

  test("lets everything through after it is closed, even if another was attached in between", async () => {
    const server = createServer((_req, res) => res.end("app"));
    const first = new Engine({ path: "/first" }).attach(server);
    await using h = await Harness.start({ path: "/second" }, {}, server);
    expect((await h.request("/first/?EIO=4&transport=polling")).body).toMatch(/^0\{/);
    first.close();
    expect((await h.request("/first/?EIO=4&transport=polling")).body).toBe("app");
    expect((await h.request("/second/?EIO=4&transport=polling")).body).toMatch(/^0\{/);
  });

  test("does not listen to upgrades if it offers no WebSocket", () => {
    const server = createServer();
    new Engine({ transports: ["polling"] }).attach(server);
    expect(server.listenerCount("upgrade")).toBe(0);
  });
});

describe("a foreign upgrade", () => {
  const head = "GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";

  async function foreign(h: Harness) {
    const socket = await h.tcp();
    const state = { isClosed: false };
    socket.on("close", () => (state.isClosed = true)).resume();
    const seen = new Promise<Duplex>((resolve) => h.server.once("upgrade", (_req, raw) => resolve(raw)));
    socket.write(head);
    return { socket, state, raw: await seen };
  }

  test("that nobody answers is closed after destroyUpgradeTimeout", async () => {
    await using h = await Harness.start();
    const { state } = await foreign(h);
    h.clock.advance(999);
    expect(state.isClosed).toBe(false);
    h.clock.advance(1);
    await until(() => state.isClosed);
  });

  test("is left alone if destroyUpgrade is false", async () => {
    await using h = await Harness.start({ destroyUpgrade: false });
    const { state, raw } = await foreign(h);
    expect(h.clock.pending).toBe(0);
    h.clock.advance(10_000);
    expect(state.isClosed).toBe(false);
    raw.destroy();
  });

  test("that another WebSocket server answers lives on", async () => {
    await using h = await Harness.start();
    const other = new WebSocketServer({ noServer: true });
    h.server.on("upgrade", (req, socket, bytes) => {
      if (req.url === "/other")
        other.handleUpgrade(req, socket, bytes, (client) => client.on("message", (m) => client.send(m)));
    });
    const { WebSocket } = await import("ws");
    const client = new WebSocket(`ws://127.0.0.1:${h.port}/other`);
    await new Promise((resolve) => client.once("open", resolve));
    h.clock.advance(5000);
    client.send("a");
    const answer = await new Promise((resolve) =>
      client.once("message", (data: Buffer) => resolve(data.toString())),
    );
    expect(answer).toBe("a");
    client.terminate();
  });

  test("that is reset raises nothing, and leaves no timer", async () => {
    await using h = await Harness.start();
    const { raw } = await foreign(h);
    raw.destroy(new Error("reset"));
    await until(() => h.clock.pending === 0);
  });

  test("that ends by itself leaves no timer", async () => {
    await using h = await Harness.start();
    const { raw } = await foreign(h);
    expect(h.clock.pending).toBe(1);
    raw.destroy();
    await until(() => h.clock.pending === 0);
  });
});
