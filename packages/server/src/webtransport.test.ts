// Unmodified Socket.IO clients over WebTransport, with the carrier in memory and everything else real.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { io as connect } from "socket.io-client";
import type { Socket as Client } from "socket.io-client";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createMemoryWebTransport } from "../../engine/src/testing/memory-webtransport.ts";
import type { MemoryStream, MemoryWebTransport } from "../../engine/src/testing/memory-webtransport.ts";
import { Server } from "./server.ts";
import type { Socket } from "./socket.ts";

const unhandled: unknown[] = [];
const note = (error: unknown): number => unhandled.push(error);
const clients: Client[] = [];
/** The server's ends, in the order in which they came. */
const carriers: MemoryWebTransport[] = [];
let losesCarriers = false;
let io: Server;
let port: number;

beforeEach(async () => {
  process.on("unhandledRejection", note);
  const http = createServer();
  io = new Server(http, { transports: ["polling", "websocket", "webtransport"] });
  // What a browser has, connected to the engine as a server of HTTP/3 would.
  vi.stubGlobal("WebTransport", function openSession() {
    const { client, server } = createMemoryWebTransport();
    carriers.push(server);
    void io.engine.onWebTransportSession(server);
    if (losesCarriers) setImmediate(() => server.lose());
    return {
      ready: client.ready,
      closed: client.closed,
      close: () => client.close(),
      createBidirectionalStream: async () => tolerant(await client.createBidirectionalStream()),
    };
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  port = (http.address() as AddressInfo).port;
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await io.close();
  vi.unstubAllGlobals();
  carriers.length = 0;
  losesCarriers = false;
  process.off("unhandledRejection", note);
  expect(unhandled.splice(0)).toEqual([]);
});

/** The published client leaves the rejections of a stream that breaks unheard, so this one only stops. */
function tolerant({ readable, writable }: MemoryStream): MemoryStream {
  const writer = writable.getWriter();
  return {
    readable,
    writable: new WritableStream({ write: (chunk) => writer.write(chunk).catch(() => {}) }),
  };
}

async function join(transports: string[] = ["webtransport"]): Promise<{ client: Client; socket: Socket }> {
  const joined = new Promise<Socket>((resolve) => io.once("connection", resolve));
  const client = connect(`http://127.0.0.1:${port}`, { transports, forceNew: true, reconnection: false });
  clients.push(client);
  const socket = await joined;
  await vi.waitFor(() => expect(client.connected).toBe(true));
  return { client, socket };
}

const next = (target: { once(event: string, listener: (...args: any[]) => void): unknown }, event: string) =>
  new Promise<any[]>((resolve) => target.once(event, (...args) => resolve(args)));

describe("a client over WebTransport", () => {
  test("exchanges events, text and binary, in order, and acknowledges both ways", async () => {
    const { client, socket } = await join();
    expect(socket.conn.transport.name).toBe("webtransport");
    const got: unknown[] = [];
    socket.on("event", (...args) => got.push(args));
    socket.on("add", (a: number, b: Buffer, done: (sum: number, bytes: Buffer) => void) =>
      done(a + b[0]!, b),
    );
    client.emit("event", "text", { nested: [1, "€"] });
    client.emit("event", Buffer.of(1, 2), { deep: Buffer.alloc(70_000, 7) });
    const answer = await new Promise((resolve) =>
      client.emit("add", 1, Buffer.of(2), (...args: any[]) => resolve(args)),
    );
    expect(answer).toEqual([3, Buffer.of(2)]);
    expect(got).toEqual([
      ["text", { nested: [1, "€"] }],
      [Buffer.of(1, 2), { deep: Buffer.alloc(70_000, 7) }],
    ]);
    const back: unknown[] = [];
    client.on("event", (...args) => back.push(args));
    client.on("where", (answer) => answer("here", Buffer.of(9)));
    for (let index = 0; index < 100; index++) socket.emit("event", index, Buffer.of(index));
    socket.emit("event", Buffer.alloc(0), Buffer.alloc(70_000, 3));
    expect(await socket.timeout(5000).emitWithAck("where")).toBe("here");
    expect(back).toHaveLength(101);
    expect(back.slice(0, 100)).toEqual(Array.from({ length: 100 }, (_, index) => [index, Buffer.of(index)]));
    expect(back[100]).toEqual([Buffer.alloc(0), Buffer.alloc(70_000, 3)]);
  });

  test("has a handshake, though there was no request", async () => {
    const { socket } = await join();
    expect(socket.handshake).toMatchObject({
      address: "",
      headers: {},
      query: {},
      url: "",
      secure: true,
      xdomain: false,
      auth: {},
    });
    expect(Date.parse(socket.handshake.time)).toBeCloseTo(socket.handshake.issued, -4);
    expect(socket.request).toBeNull();
    expect(socket.client.request).toBeNull();
    expect(socket.conn.remoteAddress).toBeUndefined();
  });

  test("gets broadcasts along with clients on other transports", async () => {
    const members = [await join(), await join(["polling"]), await join(["websocket"]), await join()];
    for (const { socket } of members.slice(0, 3)) void socket.join("room");
    const heard = members.map(({ client }) => {
      const events: unknown[] = [];
      client.onAny((...args) => events.push(args));
      return events;
    });
    io.to("room").emit("news", Buffer.of(1), "€");
    members[0]?.socket.to("room").emit("others", 2);
    io.emit("all");
    const news = ["news", Buffer.of(1), "€"];
    await vi.waitFor(() =>
      expect(heard).toEqual([
        [news, ["all"]],
        [news, ["others", 2], ["all"]],
        [news, ["others", 2], ["all"]],
        [["all"]],
      ]),
    );
    for (const { client } of members) client.on("count", (answer) => answer(1));
    expect(await io.timeout(5000).emitWithAck("count")).toEqual([1, 1, 1, 1]);
  });

  test("moves over from polling without losing or reordering anything", async () => {
    const there: unknown[] = [];
    const back: unknown[] = [];
    let sent = 0;
    const upgraded = new Promise<unknown>((resolve) => {
      io.engine.once("connection", (session) => session.once("upgrade", resolve));
    });
    // From the first moment, since an upgrade in memory takes no time.
    io.once("connection", (socket) => {
      socket.on("event", (index: number, bytes: Buffer) => there.push([index, bytes[0]]));
      for (; sent < 10; sent++) socket.emit("event", sent, Buffer.of(sent));
    });
    const client = connect(`http://127.0.0.1:${port}`, {
      transports: ["polling", "webtransport"],
      forceNew: true,
    });
    clients.push(client);
    client.on("event", (index: number, bytes: Buffer) => back.push([index, bytes[0]]));
    await next(client, "connect");
    for (let index = 0; index < 10; index++) client.emit("event", index, Buffer.of(index));
    const socket = [...io.sockets.sockets.values()][0]!;
    for (; !socket.conn.upgraded; sent++) {
      client.emit("event", sent, Buffer.of(sent & 255));
      socket.emit("event", sent, Buffer.of(sent & 255));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await upgraded).toMatchObject({ name: "webtransport" });
    client.emit("event", sent, Buffer.of(sent & 255));
    socket.emit("event", sent, Buffer.of(sent & 255));
    const expected = Array.from({ length: sent + 1 }, (_, index) => [index, index & 255]);
    await vi.waitFor(() => expect([there.length, back.length]).toEqual([sent + 1, sent + 1]));
    expect([there, back]).toEqual([expected, expected]);
    expect(client.io.engine.transport.name).toBe("webtransport");
    // It began with a request, which is not forgotten.
    expect(socket.handshake.address).toBe("127.0.0.1");
  });

  test("moves to WebTransport rather than WebSocket where both are offered", async () => {
    const { client, socket } = await join(["polling", "websocket", "webtransport"]);
    await vi.waitFor(() => expect(socket.conn.upgraded).toBe(true));
    client.on("there?", (answer) => answer("still"));
    expect(await socket.timeout(5000).emitWithAck("there?")).toBe("still");
    expect(socket.conn.transport.name).toBe("webtransport");
  });

  test("stays on polling when the candidate breaks", async () => {
    losesCarriers = true;
    const { client, socket } = await join(["polling", "webtransport"]);
    await vi.waitFor(() => expect(socket.conn.upgrading).toBe(false));
    client.on("there?", (answer) => answer("still"));
    expect(await socket.timeout(5000).emitWithAck("there?")).toBe("still");
    expect(carriers).toHaveLength(1);
    expect(socket.conn.transport.name).toBe("polling");
    expect([client.connected, socket.connected]).toEqual([true, true]);
  });

  test("that leaves is told to the server", async () => {
    const { client, socket } = await join();
    const left = next(socket, "disconnect");
    client.emit("last", "words");
    const last = next(socket, "last");
    client.disconnect();
    expect(await last).toEqual(["words"]);
    expect((await left)[0]).toBe("client namespace disconnect");
    await carriers[0]?.closed;
    expect(io.engine.clientsCount).toBe(0);
  });

  test("that is disconnected gets what was sent before, and is told", async () => {
    const { client, socket } = await join();
    const last = next(client, "last");
    const left = next(client, "disconnect");
    socket.emit("last", Buffer.alloc(100_000, 1));
    socket.disconnect(true);
    expect(await last).toEqual([Buffer.alloc(100_000, 1)]);
    expect((await left)[0]).toBe("io server disconnect");
    await carriers[0]?.closed;
    await vi.waitFor(() => expect(io.engine.clientsCount).toBe(0));
  });

  test("whose connection is lost is gone at once, for both sides", async () => {
    const { client, socket } = await join();
    const left = [next(client, "disconnect"), next(socket, "disconnect")];
    carriers[0]?.lose();
    const [[here], [there]] = (await Promise.all(left)) as [any[], any[]];
    expect([here, there]).toEqual(["transport error", "transport close"]);
    expect(io.engine.clientsCount).toBe(0);
  });

  test("goes with the server", async () => {
    const { client, socket } = await join();
    const left = [next(client, "disconnect"), next(socket, "disconnect")];
    await io.close();
    const [[here], [there]] = (await Promise.all(left)) as [any[], any[]];
    expect([here, there]).toEqual(["transport close", "server shutting down"]);
    await carriers[0]?.closed;
  });
});
