// What is particular to clients of Socket.IO 2 (docs/protocol/wire.md §2), with the published one: on the published server
// and on ours. Where we answer otherwise on purpose, the outcome says so.
import { once } from "node:events";
import type { Socket } from "socket.io";
import socketIo2 from "socket.io-client-v2";
import { Manager as Manager3 } from "socket.io-client-v3";
import { afterEach, describe, expect, test } from "vitest";
import { startApp } from "./app.ts";
import type { App } from "./app.ts";
import type { OlderManager, OlderManagerClass, OlderSocket } from "./clients/older.ts";
import { SERVERS } from "./servers.ts";

const PLANS = [["polling"], ["websocket"], ["polling", "websocket"]];

let cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.toReversed()) await step();
  cleanUp = [];
});

interface Served {
  readonly app: App;
  connect(transports?: readonly string[], Manager?: OlderManagerClass): OlderManager;
  join(manager: OlderManager, nsp: string, options?: Record<string, unknown>): OlderSocket;
}

async function serve(server: (typeof SERVERS)[number], allowEIO3 = true): Promise<Served> {
  const app = await startApp(server.Server, { allowEIO3 });
  cleanUp.push(() => app.close());
  return {
    app,
    connect: (transports = ["websocket"], Manager = socketIo2.Manager) =>
      new Manager(app.url, { transports, reconnection: false }),
    join(manager, nsp, options = {}) {
      const socket = manager.socket(nsp, options);
      cleanUp.push(() => socket.disconnect());
      return socket;
    },
  };
}

function arrival(app: App, nsp = "/"): Promise<Socket> {
  return new Promise((resolve) => app.io.of(nsp).once("connection", resolve));
}

function told(socket: OlderSocket, event: string): Promise<unknown[]> {
  return new Promise((resolve) => socket.once(event, (...args: unknown[]) => resolve(args)));
}

function sessionIdOf({ conn }: Socket): string {
  return (conn as unknown as { id: string }).id;
}

describe.each(SERVERS)("a client of Socket.IO 2 on the $name server", (server) => {
  test.each(PLANS)(
    "is in the main namespace without asking, under the id of its session (%s %s)",
    async (...plan) => {
      const { app, connect, join } = await serve(server);
      const arrived = arrival(app);
      const socket = join(connect(plan), "/");
      await told(socket, "connect");
      const peer = await arrived;
      expect(peer.conn.protocol).toBe(3);
      expect(peer.id).toBe(socket.id);
      expect(peer.id).toBe(sessionIdOf(peer));
      expect(peer.handshake.auth).toEqual({});
      expect([...peer.rooms]).toEqual([peer.id]);
    },
  );

  test("has the id of its session behind the name of another namespace, and its query as auth", async () => {
    const { app, connect, join } = await serve(server);
    const arrived = arrival(app, "/chat");
    const socket = join(connect(), "/chat", { query: { token: "a,b&c=d", again: "1" } });
    await told(socket, "connect");
    const peer = await arrived;
    expect(peer.id).toBe(`/chat#${sessionIdOf(peer)}`);
    expect(socket.id).toBe(peer.id);
    expect({ ...peer.handshake.auth }).toEqual({ token: "a,b&c=d", again: "1" });
    app.io.of("/chat").to(peer.id).emit("private", 1);
    expect(await told(socket, "private")).toEqual([1]);
  });

  test("is refused with the message of the error, or its data", async () => {
    const { app, connect, join } = await serve(server);
    app.io.of("/closed").use((_socket, next) => next(new Error("not today")));
    const manager = connect();
    expect(await told(join(manager, "/closed"), "error")).toEqual(["not today"]);
    const guarded = join(manager, "/guarded", { query: { token: "wrong" } });
    expect(await told(guarded, "error")).toEqual([{ code: 401, tried: { token: "wrong" } }]);
  });

  test("is told in its own way that a namespace does not exist", async () => {
    const { connect, join } = await serve(server);
    const [error] = await told(join(connect(), "/nowhere"), "error");
    // A server of Socket.IO 2 said it in a string, and that is what its clients compare with.
    expect(error).toEqual(
      server.name === "published" ? { message: "Invalid namespace" } : "Invalid namespace",
    );
  });

  test("joins a namespace that is made for it", async () => {
    const { app, connect, join } = await serve(server);
    const arrived = new Promise<Socket>((resolve) => app.io.of(/^\/room-\d+$/).on("connection", resolve));
    const socket = join(connect(), "/room-7", { query: { token: "x" } });
    await told(socket, "connect");
    expect((await arrived).nsp.name).toBe("/room-7");
  });

  test("comes back to a namespace it has left", async () => {
    const { app, connect, join } = await serve(server);
    const manager = connect();
    await told(join(manager, "/"), "connect");
    const socket = join(manager, "/chat");
    await told(socket, "connect");
    const left = app.seen(socket.id).ended();
    socket.disconnect();
    expect(await left).toBe("client namespace disconnect");
    const arrived = arrival(app, "/chat");
    manager.socket("/chat", {}).connect();
    const peer = await arrived;
    expect(peer.id).toBe(`/chat#${sessionIdOf(peer)}`);
  });

  test.each(PLANS)("is refused when it is not allowed (%s %s)", async (...plan) => {
    const { app, connect, join } = await serve(server, false);
    const refused = once(app.io.engine, "connection_error");
    const socket = join(connect(plan), "/");
    await told(socket, "connect_error");
    const [{ code, message, context }] = await refused;
    expect({ code, message, context }).toEqual({
      code: 5,
      message: "Unsupported protocol version",
      context: { protocol: 3 },
    });
  });

  test("is kept by its pings, and missed without them", async () => {
    const app = await startApp(server.Server, { allowEIO3: true, pingInterval: 20, pingTimeout: 300 });
    cleanUp.push(() => app.close());
    const arrived = arrival(app);
    const manager = new socketIo2.Manager(app.url, { transports: ["websocket"], reconnection: false });
    const socket = manager.socket("/", {});
    await told(socket, "connect");
    const { conn } = await arrived;
    // Or the client would give up first, when it no longer hears an answer.
    Object.assign(manager.engine, { pingTimeout: 60_000 });
    for (let beats = 0; beats < 3; beats += 1) await once(conn, "heartbeat");
    expect(conn.readyState).toBe("open");
    // The client forgets to ping from here on.
    manager.engine.sendPacket = () => {};
    expect(await app.seen(socket.id).ended()).toBe("ping timeout");
  });
});

test.each(SERVERS)("a client of Socket.IO 3 speaks Engine.IO 4: $name", async (server) => {
  const { app, connect, join } = await serve(server, false);
  const arrived = arrival(app);
  await told(join(connect(["polling", "websocket"], Manager3), "/"), "connect");
  expect((await arrived).conn.protocol).toBe(4);
});
