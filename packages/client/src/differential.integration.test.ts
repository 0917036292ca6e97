/** The published client and this one go through the same scenarios; applications must not be able to tell them apart. */
import { createServer } from "node:net";
import { describe, expect, test } from "vitest";
import * as published from "socket.io-client";
import { until } from "../../engine-client/src/testing/until.ts";
import * as ours from "./index.ts";
import { startServer } from "./testing/server.ts";
import type { TestServer } from "./testing/server.ts";

type Log = (...entry: unknown[]) => void;

interface Client {
  io(uri: string, options?: Record<string, unknown>): any;
  Manager: new (uri: string, options?: Record<string, unknown>) => any;
}

const FAST = { forceNew: true, reconnectionDelay: 5, reconnectionDelayMax: 10, randomizationFactor: 0 };

/** Logs every user-visible event of a socket and its manager. */
function watch(socket: any, log: Log): void {
  const flags = () => `connected=${socket.connected} active=${socket.active} id=${typeof socket.id}`;
  socket.on("connect", () => log("connect", flags()));
  socket.on("connect_error", (error: any) => log("connect_error", error.message, error.data, flags()));
  socket.on("disconnect", (reason: string) => log("disconnect", reason, flags()));
  socket.onAny((...args: unknown[]) => log("in", ...args.filter((arg) => typeof arg !== "function")));
  socket.onAnyOutgoing((...args: unknown[]) =>
    log("out", ...args.filter((arg) => typeof arg !== "function")),
  );
  const manager = socket.io;
  manager.on("open", () => log("manager open"));
  manager.on("error", (error: any) => log("manager error", error.message));
  manager.on("close", (reason: string) => log("manager close", reason));
  manager.on("reconnect", (n: number) => log("reconnect", n));
  manager.on("reconnect_attempt", (n: number) => log("reconnect_attempt", n));
  manager.on("reconnect_error", (error: any) => log("reconnect_error", error.message));
  manager.on("reconnect_failed", () => log("reconnect_failed"));
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

const SCENARIOS: Record<string, (client: Client, log: Log, entries: unknown[]) => Promise<void>> = {
  async "a server that is not there, two attempts"({ io }, log, entries) {
    const socket = io(`http://127.0.0.1:${await freePort()}`, { ...FAST, reconnectionAttempts: 2 });
    watch(socket, log);
    await until(() => entries.filter(([event]: any) => event === "reconnect_error").length === 2);
    log("end", socket.active);
    socket.disconnect();
  },

  async "a server that is not there, without reconnection"({ io }, log, entries) {
    const socket = io(`http://127.0.0.1:${await freePort()}`, { ...FAST, reconnection: false });
    watch(socket, log);
    await until(() => entries.length >= 2);
    socket.connect();
    await until(() => entries.length >= 4);
    socket.disconnect();
  },

  async "WebSocket only, a server that is not there"({ io }, log, entries) {
    const socket = io(`http://127.0.0.1:${await freePort()}`, {
      ...FAST,
      transports: ["websocket"],
      reconnectionAttempts: 1,
    });
    watch(socket, log);
    await until(() => entries.some(([event]: any) => event === "reconnect_error"));
    socket.disconnect();
  },

  async "an attempt that takes too long"({ io }, log, entries) {
    const blackHole = createServer(() => {});
    await new Promise<void>((resolve) => blackHole.listen(0, "127.0.0.1", resolve));
    const { port } = blackHole.address() as { port: number };
    const socket = io(`http://127.0.0.1:${port}`, { ...FAST, timeout: 20, reconnectionAttempts: 1 });
    watch(socket, log);
    await until(() => entries.some(([event]: any) => event === "reconnect_error"));
    socket.disconnect();
    blackHole.close();
  },

  async "disconnecting while connecting"({ io }, log, entries) {
    await using server = await startServer();
    const socket = io(server.url, FAST);
    watch(socket, log);
    socket.disconnect();
    log("active", socket.active);
    socket.connect();
    await until(() => entries.some(([event]: any) => event === "connect"));
    socket.disconnect();
  },

  async "events before, at and after connecting"({ io }, log, entries) {
    await using server = await startServer();
    server.io.on("connection", (peer) => {
      peer.emit("hello", 1);
      peer.on("x", (n, ack) => ack?.(n));
    });
    const socket = io(server.url, { ...FAST, transports: ["websocket"] });
    watch(socket, log);
    socket.emit("x", 1);
    socket.volatile.emit("x", "dropped");
    socket.emit("x", 2, (n: number) => log("ack", n));
    socket.on("connect", () => socket.emit("x", 3, (n: number) => log("ack", n)));
    await until(() => entries.filter(([event]: any) => event === "ack").length === 2);
    log("left in buffers", socket.sendBuffer.length, socket.receiveBuffer.length);
    socket.disconnect();
  },

  async "the server goes away and comes back"({ io }, log, entries) {
    const server = await startServer();
    const socket = io(server.url, { ...FAST, transports: ["websocket"] });
    watch(socket, log);
    await until(() => socket.connected);
    const { port } = server;
    await server.stop();
    await until(() => !socket.connected);
    socket.emit("later", "a");
    const again: TestServer = await startServer({}, port);
    await until(() => socket.connected);
    // How many attempts it took is a matter of time; that they were counted is not.
    for (let i = entries.length - 1; i >= 0; i--) {
      const [event] = entries[i] as [string];
      if (/attempt|error/.test(event)) entries.splice(i, 1);
      else if (event === "reconnect") entries[i] = ["reconnect"];
    }
    socket.disconnect();
    await again.stop();
  },

  async "an unknown namespace beside a good one"({ io }, log, entries) {
    await using server = await startServer();
    const good = io(server.url, FAST);
    watch(good, (...entry) => log("good", ...entry));
    await until(() => good.connected);
    const bad = good.io.socket("/nope");
    bad.on("connect_error", (error: Error) => log("bad", error.message, bad.active, good.connected));
    await until(() => entries.some(([who]: any) => who === "bad"));
    good.disconnect();
  },

  async "a refusal, then another token"({ io }, log, entries) {
    await using server = await startServer();
    server.io.use((peer, next) => {
      log("auth", peer.handshake.auth);
      if (peer.handshake.auth["token"] === 2) next();
      else next(Object.assign(new Error("no"), { data: { code: 7 } }));
    });
    let token = 1;
    const socket = io(server.url, {
      ...FAST,
      auth: (callback: (data: object) => void) => callback({ token: token++ }),
    });
    watch(socket, log);
    await until(() => entries.some(([event]: any) => event === "connect_error"));
    socket.connect();
    await until(() => socket.connected);
    socket.disconnect();
  },

  async "the server disconnects the socket, then the connection"({ io }, log) {
    await using server = await startServer();
    const peers: any[] = [];
    server.io.on("connection", (peer) => peers.push(peer));
    const socket = io(server.url, { ...FAST, transports: ["websocket"] });
    watch(socket, log);
    // A socket that left and came back hears of its manager after the application in one, before it in the other.
    socket.io.off("close");
    await until(() => socket.connected);
    peers[0].disconnect();
    await until(() => !socket.connected);
    socket.connect();
    await until(() => socket.connected);
    peers[1].conn.close();
    await until(() => !socket.connected);
    await until(() => socket.connected);
    socket.io.engine.close();
    await until(() => !socket.connected);
    await until(() => socket.connected);
    socket.disconnect();
  },

  async "acknowledgements that never come"({ io }, log, entries) {
    await using server = await startServer();
    const socket = io(server.url, { ...FAST, autoConnect: false, transports: ["websocket"] });
    watch(socket, log);
    socket.timeout(1).emit("early", (error: Error) => log("early", error.message, socket.sendBuffer.length));
    await until(() => entries.some(([event]: any) => event === "early"));
    socket.connect();
    await until(() => socket.connected);
    socket.timeout(5).emit("a", (error: Error) => log("a", error.message));
    await until(() => entries.some(([event]: any) => event === "a"));
    socket.timeout(60_000).emit("b", (error: Error) => log("b", error.message));
    socket.emit("c", () => log("c"));
    socket.emitWithAck("d").catch((error: Error) => log("d", error.message));
    socket.disconnect();
    await until(() => entries.some(([event]: any) => event === "d"));
  },

  async "a manager by hand, opened with a callback"({ Manager }, log, entries) {
    const port = await freePort();
    const manager = new Manager(`http://127.0.0.1:${port}`, { ...FAST, autoConnect: false });
    const socket = manager.socket("/");
    watch(socket, log);
    manager.open((error: Error | undefined) => log("result", error?.message));
    await until(() => entries.some(([event]: any) => event === "result"));
    const server = await startServer({}, port);
    manager.open((error: Error | undefined) => log("result", error?.message));
    await until(() => entries.filter(([event]: any) => event === "result").length === 2);
    log(
      "active",
      socket.active,
      manager.reconnection(),
      manager.timeout(),
      manager.reconnectionDelay(7) === manager,
    );
    socket.connect();
    await until(() => socket.connected);
    socket.disconnect();
    await server.stop();
  },

  async "a malformed packet"({ io }, log) {
    await using server = await startServer();
    const sessions: any[] = [];
    server.io.engine.on("connection", (session: any) => sessions.push(session));
    const socket = io(server.url, { ...FAST, transports: ["websocket"] });
    watch(socket, log);
    await until(() => socket.connected);
    sessions[0].write("2[garbage");
    await until(() => !socket.connected);
    await until(() => socket.connected);
    socket.disconnect();
  },
};

async function run(client: Client, scenario: string): Promise<unknown[]> {
  const entries: unknown[] = [];
  await SCENARIOS[scenario]!(client, (...entry) => void entries.push(entry), entries);
  return entries;
}

describe("behaves as the published client with", () => {
  test.each(Object.keys(SCENARIOS))("%s", async (scenario) => {
    const expected = await run(published as unknown as Client, scenario);
    expect(await run(ours as unknown as Client, scenario)).toEqual(expected);
  });
});
