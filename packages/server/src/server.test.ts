import { createServer, Server as HttpServer } from "node:http";
import { createSecureServer } from "node:http2";
import { describe, expect, test, vi } from "vitest";
import { Engine } from "@sockeye/engine";
import { Server } from "./server.ts";
import { Stage } from "./testing/fake-session.ts";
import { fetchFrom, Live, next, portOf, until } from "./testing/http.ts";

async function handshake(port: number, path = "/socket.io/"): Promise<number> {
  return (await fetchFrom(port, `${path}?EIO=4&transport=polling`)).status;
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  if (!server.listening) await next(server, "listening");
  return portOf(server);
}

describe("the constructor", () => {
  test("takes a server", async () => {
    const http = createServer();
    const io = new Server(http);
    expect(io.httpServer).toBe(http);
    expect(await handshake(await listening(http.listen(0)))).toBe(200);
    await io.close();
    expect(http.listening).toBe(false);
  });

  test.each([0, "0"])("takes a port (%j), and answers 404 to what is not ours", async (port) => {
    const io = new Server(port);
    const bound = await listening(io.httpServer as ReturnType<typeof createServer>);
    expect(await handshake(bound)).toBe(200);
    expect((await fetchFrom(bound, "/elsewhere")).status).toBe(404);
    await io.close();
  });

  test("takes options alone", async () => {
    const io = new Server({ path: "/x/" });
    expect(io.path()).toBe("/x");
    expect(io.engine).toBeUndefined();
    const http = createServer();
    io.attach(http);
    expect(await handshake(await listening(http.listen(0)), "/x/")).toBe(200);
    await io.close();
  });

  test("takes undefined and options", () => {
    expect(new Server(undefined, { connectTimeout: 7 }).connectTimeout()).toBe(7);
  });

  test("takes an http2 server", async () => {
    const http = createSecureServer();
    const io = new Server(http);
    expect(io.engine).toBeInstanceOf(Engine);
    await io.close();
  });

  test("refuses a request handler, and says what to do", () => {
    const app = (): void => {};
    expect(() => new Server(app as never)).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_SERVER",
        message: expect.stringContaining("http.createServer()"),
      }),
    );
  });

  test.each(["abc", -1, 70_000, 1.5])("refuses %j for a port", (port) => {
    expect(() => new Server(port)).toThrow("a port must be a number from 0 to 65535");
  });
});

describe("attach", () => {
  test("lets its options win over those of the constructor, unless they are undefined", () => {
    const io = new Server({ path: "/a", pingInterval: 1000, pingTimeout: 2000 });
    io.attach(createServer(), { path: "/b", pingInterval: 3000, pingTimeout: undefined });
    expect(io.path()).toBe("/b");
    expect(io.engine.opts).toMatchObject({ pingInterval: 3000, pingTimeout: 2000 });
  });

  test("may be called for several servers, all of which are closed", async () => {
    const io = new Server();
    const servers = [createServer(), createServer()];
    for (const server of servers) io.listen(server);
    for (const server of servers) expect(await handshake(await listening(server.listen(0)))).toBe(200);
    await io.close();
    expect(servers.map((server) => server.listening)).toEqual([false, false]);
  });

  test.each([true, "", () => {}, null])("refuses %s for a server", (server) => {
    expect(() => new Server().attach(server as unknown as number)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_SERVER" }),
    );
  });

  test("takes no port if an option is wrong", () => {
    const listen = vi.spyOn(HttpServer.prototype, "listen");
    expect(() => new Server(0, { pingInterval: -1 })).toThrow("pingInterval must be");
    expect(() => new Server().attach(0, { pingInterval: -1 })).toThrow("pingInterval must be");
    expect(listen).not.toHaveBeenCalled();
    listen.mockRestore();
  });

  test("closes at the end of a block", async () => {
    const http = createServer();
    {
      await using io = new Server(http);
      expect(await handshake(await listening(http.listen(0)), `${io.path()}/`)).toBe(200);
    }
    expect(http.listening).toBe(false);
  });

  test("serves from the root, if that is the path", async () => {
    const http = createServer();
    const io = new Server(http, { path: "/" });
    expect(await handshake(await listening(http.listen(0)), "/")).toBe(200);
    await io.close();
  });

  test("leaves requests for other paths to whoever had them", async () => {
    const http = createServer((_req, res) => res.end("mine"));
    const io = new Server(http);
    const port = await listening(http.listen(0));
    expect((await fetchFrom(port, "/")).body.toString()).toBe("mine");
    expect((await fetchFrom(port, "/socket.io/unknown.js")).status).toBe(400);
    await io.close();
  });
});

describe("settings", () => {
  test("are read and written by one method each", () => {
    const io = new Server();
    expect(io.path("/x").path()).toBe("/x");
    expect(io.serveClient(false).serveClient()).toBe(false);
    expect(io.connectTimeout(5).connectTimeout()).toBe(5);
    expect(io.adapter()).toBeUndefined();
    expect(() => io.path("x")).toThrow("path must be");
    expect(() => io.connectTimeout(-5)).toThrow("connectTimeout must be");
  });
});

describe("connectTimeout", () => {
  test("closes who has joined nothing, and nobody else", () => {
    const stage = new Stage({ connectTimeout: 100 });
    const [idle, { session }] = [stage.connect(), stage.join()];
    stage.clock.advance(99);
    expect(idle.readyState).toBe("open");
    stage.clock.advance(1);
    expect([idle.readyState, session.readyState]).toEqual(["closed", "open"]);
  });

  test("when changed, is that of later connections, and leaves alone who came before and has joined", () => {
    const stage = new Stage({ connectTimeout: 100 });
    const { session } = stage.join();
    const waiting = stage.connect();
    stage.io.connectTimeout(500);
    const late = stage.connect();
    stage.clock.advance(100);
    expect([session.readyState, waiting.readyState, late.readyState]).toEqual(["open", "closed", "open"]);
    stage.clock.advance(400);
    expect([session.readyState, late.readyState]).toEqual(["open", "closed"]);
    expect(stage.clock.pending).toBe(0);
  });

  test("shortened, begins to count when those before are through", () => {
    const stage = new Stage({ connectTimeout: 100 });
    const early = stage.connect();
    stage.io.connectTimeout(10);
    const late = stage.connect();
    stage.clock.advance(50);
    expect(late.readyState).toBe("open");
    stage.clock.advance(50);
    expect([early.readyState, late.readyState]).toEqual(["closed", "closed"]);
    const last = stage.connect();
    stage.clock.advance(10);
    expect(last.readyState).toBe("closed");
  });
});

describe("the main namespace", () => {
  test("has the listeners of the server", () => {
    const { io } = new Stage();
    const [a, b, c] = [vi.fn(), vi.fn(), vi.fn()];
    io.on("x", a).prependListener("x", b).once("x", c).addListener("y", a).prependOnceListener("y", b);
    expect(io.listeners("x")).toEqual([b, a, c]);
    expect(io.sockets.listeners("x")).toEqual([b, a, c]);
    expect(io.rawListeners("x")).toHaveLength(3);
    expect(io.listenerCount("x")).toBe(3);
    expect(io.eventNames()).toEqual(["x", "y"]);
    io.off("x", a).removeListener("x", b);
    expect(io.listeners("x")).toEqual([c]);
    expect(io.removeAllListeners("x").listenerCount("x")).toBe(0);
    expect(io.removeAllListeners().eventNames()).toEqual([]);
    expect(io.setMaxListeners(1).getMaxListeners()).toBe(Infinity);
  });

  test("is what the server sends to", async () => {
    const stage = new Stage();
    const { io } = stage;
    const { session, socket } = stage.join();
    io.to(socket.id).emit("1");
    io.in(socket.id).emit("2");
    io.except("x").emit("3");
    io.compress(true).emit("4");
    io.volatile.emit("5");
    io.local.emit("6");
    io.timeout(1).emit("7");
    io.write("8");
    expect(session.take()).toEqual([
      ...Array.from({ length: 7 }, (_, index) => `2["${index + 1}"]`),
      '2["message","8"]',
    ]);
    io.socketsJoin("r");
    io.socketsLeave(socket.id);
    expect([...socket.rooms]).toEqual(["r"]);
    expect(await io.fetchSockets()).toEqual([socket]);
    expect(await io.allSockets()).toEqual(new Set([socket.id]));
    const answer = io.timeout(10).emitWithAck("ask");
    const hardly = io.emitWithAck("ask").catch((error: Error) => error.message);
    await new Promise((resolve) => setImmediate(resolve));
    session.receive('30["yes"]');
    stage.clock.advance(1);
    expect([await answer, await hardly]).toEqual([["yes"], "operation has timed out"]);
    io.disconnectSockets(true);
    expect(session.readyState).toBe("closed");
  });
});

describe("close", () => {
  test("ends sockets without a word, then the adapters, then the engine", async () => {
    const stage = new Stage();
    const order: string[] = [];
    stage.io.of("/other");
    const { session, socket } = stage.join();
    const other = stage.joinOn(session, "/other");
    for (const one of [socket, other]) {
      one.on("disconnect", (reason: string) => order.push(`${one.nsp.name} ${reason}`));
    }
    vi.spyOn(stage.io.sockets.adapter, "close").mockImplementation(async () => {
      order.push(`adapter, engine ${stage.isEngineClosed ? "closed" : "open"}`);
      throw new Error("ignored");
    });
    const done = vi.fn();
    await stage.io.close(done);
    expect(order).toEqual(["/ server shutting down", "/other server shutting down", "adapter, engine open"]);
    expect(stage.isEngineClosed).toBe(true);
    expect(session.sent).toEqual([]);
    expect(done).toHaveBeenCalledWith(undefined);
  });

  test("closes each adapter once, also those of dynamic namespaces", async () => {
    const stage = new Stage({ cleanupEmptyChildNamespaces: true });
    stage.io.of(/x/);
    stage.connect().receive("0/x,");
    const close = vi.spyOn(stage.io.of("/x").adapter, "close");
    await stage.io.close();
    expect(close).toHaveBeenCalledOnce();
  });

  test("resolves if the http server is not running, which its callback is told", async () => {
    const io = new Server(createServer());
    const done = vi.fn();
    await io.close(done);
    expect(done).toHaveBeenCalledWith(expect.objectContaining({ code: "ERR_SERVER_NOT_RUNNING" }));
  });

  test("resolves if there is nothing to close, and twice", async () => {
    const io = new Server();
    await io.close();
    await io.close();
  });

  test("tells the callback of a second call that the server was not running any longer, and keeps the engine", async () => {
    const io = new Server(0);
    await listening(io.httpServer as ReturnType<typeof createServer>);
    const [first, second] = [vi.fn(), vi.fn()];
    await io.close(first);
    await io.close(second);
    expect(first).toHaveBeenCalledWith(undefined);
    expect(second).toHaveBeenCalledWith(expect.objectContaining({ code: "ERR_SERVER_NOT_RUNNING" }));
    expect(io.engine.clientsCount).toBe(0);
  });

  test("does not wait for clients, who come back", async () => {
    await using live = await Live.start();
    const { client } = await live.join("/", { reconnection: true });
    const reason = next(client, "disconnect");
    await live.io.close();
    expect(await reason).toEqual(["transport close", expect.anything()]);
    expect(client.active).toBe(true);
    expect(live.http.listening).toBe(false);
  });
});

describe("the engine", () => {
  test("is reachable, with its middlewares", async () => {
    await using live = await Live.start();
    live.io.engine.use((req: any, _res: unknown, go: () => void) => {
      req.session = { user: "u" };
      go();
    });
    const { socket } = await live.join();
    expect(socket.request.session).toEqual({ user: "u" });
    expect(live.io.engine.clientsCount).toBe(1);
  });

  test("may be bound by hand", async () => {
    const http = createServer().listen(0);
    const engine = new Engine({ path: "/socket.io" }).attach(http);
    const io = new Server();
    expect(io.bind(engine)).toBe(io);
    expect(await handshake(await listening(http))).toBe(200);
    await until(() => engine.clientsCount === 1);
    await io.close();
    expect(engine.clientsCount).toBe(0);
    http.close();
  });
});
