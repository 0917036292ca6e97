import { createServer } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { nextEvent, until } from "../../engine-client/src/testing/until.ts";
import { io, Manager } from "./index.ts";
import type { ManagerOptions, Socket } from "./index.ts";
import { startServer as start } from "./testing/server.ts";
import type { TestServer } from "./testing/server.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function startServer(...args: Parameters<typeof start>): Promise<TestServer> {
  const server = await start(...args);
  cleanups.push(() => server.stop());
  return server;
}

function connect(uri: string, options: ManagerOptions = {}): Socket {
  const socket = io(uri, { forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 20, ...options });
  cleanups.push(() => socket.io.disconnect());
  return socket;
}

const CARRIERS: [string, string[]][] = [
  ["polling", ["polling"]],
  ["websocket", ["websocket"]],
  ["polling, then websocket", ["polling", "websocket"]],
];

describe.each(CARRIERS)("over %s", (_, transports) => {
  test("exchanges events, acknowledgements and binary both ways", async () => {
    const server = await startServer();
    server.io.on("connection", (peer) => {
      peer.on("echo", (...args) => peer.emit("echoed", ...args));
      peer.on("sum", (a, b, ack) => ack(a + b));
      peer.on("binary", (data, ack) =>
        ack({ isBuffer: Buffer.isBuffer(data), back: Buffer.concat([data, data]) }),
      );
      peer.on("ask me", async (ack) => ack(await peer.emitWithAck("question", Buffer.from([7]))));
    });
    const socket = connect(server.url, { transports });
    socket.on("question", (bytes: Buffer, ack) => ack([...bytes, 8]));
    await nextEvent(socket, "connect");
    expect(socket.id).toBe([...server.io.of("/").sockets.keys()][0]);
    const echoed = nextEvent(socket, "echoed");
    socket.emit("echo", 1, "zwei", { drei: [3] }, null, Buffer.from("four"), { deep: [Buffer.from("five")] });
    expect(await echoed).toEqual([
      1,
      "zwei",
      { drei: [3] },
      null,
      Buffer.from("four"),
      { deep: [Buffer.from("five")] },
    ]);
    expect(await socket.emitWithAck("sum", 2, 3)).toBe(5);
    expect(await socket.timeout(5000).emitWithAck("binary", Buffer.from([1, 2]))).toEqual({
      isBuffer: true,
      back: Buffer.from([1, 2, 1, 2]),
    });
    expect(await socket.emitWithAck("binary", new Uint8Array([9]).buffer)).toMatchObject({ isBuffer: true });
    expect(await socket.emitWithAck("ask me")).toEqual([7, 8]);
  });

  test("keeps the order of many events, before and after connecting", async () => {
    const server = await startServer();
    const received: number[] = [];
    server.io.on("connection", (peer) => {
      peer.on("n", (n) => received.push(n));
    });
    const socket = connect(server.url, { transports });
    for (let n = 0; n < 50; n++) socket.emit("n", n);
    await nextEvent(socket, "connect");
    for (let n = 50; n < 300; n++) socket.emit("n", n);
    await until(() => received.length === 300);
    expect(received).toEqual(Array.from({ length: 300 }, (__, n) => n));
  });

  test("connects again after the server was killed and restarted, and delivers what was emitted meanwhile", async () => {
    const server = await startServer();
    const socket = connect(server.url, { transports });
    await nextEvent(socket, "connect");
    const firstId = socket.id;
    const disconnected = nextEvent(socket, "disconnect");
    server.cut();
    await server.stop();
    expect(["transport close", "transport error"]).toContain((await disconnected)[0]);
    socket.emit("while away", 1);
    const again = await startServer({}, server.port);
    const got = new Promise((resolve) => {
      again.io.on("connection", (peer) => void peer.on("while away", resolve));
    });
    await nextEvent(socket, "connect");
    expect(await got).toBe(1);
    expect(socket.id).not.toBe(firstId);
  });

  test("disconnects on request of either side, with the reasons of the protocol", async () => {
    const server = await startServer();
    const socket = connect(server.url, { transports });
    await nextEvent(socket, "connect");
    let peer = [...server.io.of("/").sockets.values()][0]!;
    const kicked = nextEvent(socket, "disconnect");
    peer.disconnect();
    expect((await kicked)[0]).toBe("io server disconnect");
    expect(socket).toMatchObject({ active: false, connected: false, id: undefined });

    socket.connect();
    await nextEvent(socket, "connect");
    peer = [...server.io.of("/").sockets.values()][0]!;
    const left = nextEvent(peer, "disconnect");
    const reasons: unknown[] = [];
    socket.on("disconnect", (reason) => reasons.push(reason));
    socket.disconnect();
    expect(reasons).toEqual(["io client disconnect"]);
    expect((await left)[0]).toBe("client namespace disconnect");
  });
});

describe("namespaces", () => {
  test("share one connection, and the last to leave closes it", async () => {
    const server = await startServer();
    server.io.of("/a");
    server.io.of("/b");
    const a = io(`${server.url}/a`);
    const b = io(`${server.url}/b`);
    expect(b.io).toBe(a.io);
    await Promise.all([nextEvent(a, "connect"), nextEvent(b, "connect")]);
    expect(server.io.engine.clientsCount).toBe(1);
    a.disconnect();
    expect(b.connected).toBe(true);
    const closed = nextEvent(a.io, "close");
    b.disconnect();
    expect((await closed)[0]).toBe("forced close");
    await until(() => server.io.engine.clientsCount === 0);
  });

  test("are taken literally from the URI, whose query goes to the handshake", async () => {
    const server = await startServer();
    const handshakes: unknown[] = [];
    server.io.of("/chat room").on("connection", (peer) => handshakes.push(peer.handshake.query));
    const socket = connect(`${server.url}/chat room?b=c&d=e f`, { query: { x: 1 } });
    await nextEvent(socket, "connect");
    expect(handshakes).toMatchObject([{ b: "c", d: "e f", x: "1" }]);
  });

  test("asked for twice get a connection each, as do those that must not be shared", async () => {
    const server = await startServer();
    const sockets = [
      io(server.url),
      io(server.url),
      io(server.url, { multiplex: false }),
      io(server.url, { forceNew: true }),
    ];
    expect(new Set(sockets.map((socket) => socket.io)).size).toBe(4);
    for (const socket of sockets) socket.disconnect();
  });

  test("that do not exist are refused with connect_error, once, and not tried again", async () => {
    const server = await startServer();
    const socket = connect(`${server.url}/nope`);
    const [error] = await nextEvent(socket, "connect_error");
    expect(error).toMatchObject({ message: "Invalid namespace", code: "ERR_CONNECT_REFUSED" });
    expect(socket.active).toBe(false);
  });

  test("whose middleware refuses pass its message and data on; with other auth they can be tried again", async () => {
    const server = await startServer();
    server.io.use((peer, next) => {
      if (peer.handshake.auth["token"] === "good") next();
      else next(Object.assign(new Error("bad token"), { data: { retry: true } }));
    });
    let token = "bad";
    const socket = connect(server.url, { auth: (callback) => callback({ token }) });
    const [error] = await nextEvent(socket, "connect_error");
    expect(error).toMatchObject({ message: "bad token", data: { retry: true } });
    token = "good";
    socket.connect();
    await nextEvent(socket, "connect");
  });
});

test("reports an unreachable server and a page that is no server, with the cause", async () => {
  const http = createServer((_, response) => response.writeHead(503).end("out of order"));
  await new Promise<void>((resolve) => http.listen(0, resolve));
  const { port } = http.address() as { port: number };
  const socket = connect(`http://localhost:${port}`, { reconnection: false });
  const [error] = await nextEvent(socket, "connect_error");
  expect(error).toMatchObject({
    type: "TransportError",
    code: "ERR_POLL_READ",
    message: "xhr poll error",
    description: 503,
    context: { status: 503, responseText: "out of order" },
  });
  await new Promise((resolve) => http.close(resolve));
  socket.connect();
  const [refused] = await nextEvent(socket, "connect_error");
  expect(refused).toMatchObject({
    message: "xhr poll error",
    description: 0,
    cause: { code: "ECONNREFUSED" },
  });
  const direct = connect(`http://localhost:${port}`, { reconnection: false, transports: ["websocket"] });
  const [error2] = await nextEvent(direct, "connect_error");
  expect(error2).toMatchObject({
    message: "websocket error",
    code: "ERR_WEBSOCKET",
    cause: { code: "ECONNREFUSED" },
  });
});

test("recovers the session with everything that was missed, in order, before connect", async () => {
  const server = await startServer({ connectionStateRecovery: {} });
  const socket = connect(server.url, {
    transports: ["websocket"],
    reconnectionDelay: 300,
    reconnectionDelayMax: 300,
  });
  await nextEvent(socket, "connect");
  expect(socket.recovered).toBe(false);
  const { id } = socket;
  const log: unknown[] = [];
  socket.on("news", (n) => log.push(n));
  socket.on("connect", () => log.push("connect"));
  server.io.emit("news", 0);
  await until(() => log.length === 1);
  server.cut();
  await nextEvent(socket, "disconnect");
  await until(() => server.io.engine.clientsCount === 0);
  server.io.emit("news", 1);
  server.io.emit("news", 2);
  await nextEvent(socket, "connect");
  expect(log).toEqual([0, 1, 2, "connect"]);
  expect(socket).toMatchObject({ recovered: true, id });
});

test("retries an event until it is acknowledged, strictly in order", async () => {
  const server = await startServer();
  const received: unknown[] = [];
  server.io.on("connection", (peer) => {
    peer.on("job", (n, ack) => {
      received.push(n);
      if (received.length !== 1 && received.length !== 2) ack(`done ${n}`);
    });
  });
  const socket = connect(server.url, { retries: 3, ackTimeout: 50 });
  const answers = await Promise.all([socket.emitWithAck("job", "a"), socket.emitWithAck("job", "b")]);
  expect(answers).toEqual(["done a", "done b"]);
  expect(received).toEqual(["a", "a", "a", "b"]);
});

test("what a listener throws is an uncaught error of the host and leaves the connection alone", async () => {
  const server = await startServer();
  server.io.on("connection", (peer) => {
    peer.emit("bad");
    peer.emit("good");
  });
  const uncaught: unknown[] = [];
  const others = process.listeners("uncaughtException");
  process.removeAllListeners("uncaughtException");
  process.on("uncaughtException", (error) => uncaught.push(error));
  cleanups.push(() => {
    process.removeAllListeners("uncaughtException");
    for (const listener of others) process.on("uncaughtException", listener);
  });
  const socket = connect(server.url);
  const boom = new Error("mine");
  socket.on("bad", () => {
    throw boom;
  });
  await nextEvent(socket, "good");
  await until(() => uncaught.length > 0);
  expect(uncaught).toEqual([boom]);
  expect(socket.connected).toBe(true);
});

test("a manager without sockets opens, closes and tells its callback", async () => {
  const server = await startServer();
  const manager = new Manager(server.url, { autoConnect: false });
  const error = await new Promise((resolve) => manager.open(resolve));
  expect(error).toBeUndefined();
  manager.disconnect();
  await until(() => server.io.engine.clientsCount === 0);
});
