import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Server } from "socket.io";
import { EngineClient } from "./engine-client.ts";
import type { EngineClientOptions } from "./options.ts";
import { nextEvent, until } from "./testing/until.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** The Engine.IO half of the published server, on a free port. */
async function startServer(options: Record<string, unknown> = {}) {
  const http = createServer();
  const io = new Server(http, { path: "/engine.io", connectTimeout: 60_000, ...options });
  // Plain Engine.IO: nothing of Socket.IO may answer.
  io.engine.removeAllListeners("connection");
  const sessions: any[] = [];
  io.engine.on("connection", (session: any) => {
    sessions.push(session);
    session.on("message", (data: unknown) => session.send(data));
  });
  await new Promise<void>((resolve) => http.listen(0, resolve));
  const { port } = http.address() as AddressInfo;
  cleanups.push(() => new Promise((resolve) => io.close(() => resolve(undefined))));
  return { io, http, port, sessions, url: `http://localhost:${port}` };
}

function connect(url: string, options: EngineClientOptions = {}) {
  const client = new EngineClient(url, options);
  cleanups.push(() => client.close());
  return client;
}

describe.each([
  ["polling", ["polling"]],
  ["websocket", ["websocket"]],
  ["polling, then websocket", ["polling", "websocket"]],
])("over %s", (_, transports) => {
  test("opens, echoes text and bytes in order, and closes", async () => {
    const { url, sessions } = await startServer();
    const client = connect(url, { transports });
    const received: unknown[] = [];
    client.on("message", (data) => received.push(data));
    await nextEvent(client, "open");
    expect(client.id).toBe(sessions[0].id);
    const sent = ["", "hello", Buffer.from([1, 2, 3]), "€ 𝒳", new Uint16Array([1, 2]), "x".repeat(3000)];
    for (const data of sent) client.send(data);
    await until(() => received.length === sent.length);
    expect(received).toEqual([
      "",
      "hello",
      Buffer.from([1, 2, 3]),
      "€ 𝒳",
      Buffer.from([1, 0, 2, 0]),
      sent[5],
    ]);
    const closed = nextEvent(sessions[0], "close");
    client.close();
    expect((await closed)[0]).toBe("transport close");
    expect(client.readyState).toBe("closed");
  });

  test("loses and reorders nothing while it upgrades", async () => {
    const { url } = await startServer();
    const client = connect(url, { transports });
    const received: unknown[] = [];
    client.on("message", (data) => received.push(Number(data)));
    await nextEvent(client, "open");
    let sent = 0;
    while (sent < 200) {
      client.send(String(sent++));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => received.length === sent);
    expect(received).toEqual(Array.from({ length: 200 }, (__, i) => i));
    if (transports.length > 1) await until(() => client.transport?.name === "websocket");
  });
});

describe.each([["polling"], ["websocket"]])("options over %s", (transport) => {
  test("headers, query and cookies reach the server; the caller's objects stay as they were", async () => {
    const { url, io, sessions } = await startServer({ cookie: true });
    const requests: any[] = [];
    io.engine.on("headers", (headers: Record<string, string>, request: any) => {
      headers["set-cookie"] = 'seen="yes"; Path=/';
      requests.push(request);
    });
    const given = Object.freeze({
      transports: Object.freeze([transport]),
      extraHeaders: Object.freeze({ "x-token": "t" }),
      query: Object.freeze({ q: "a b&c" }),
      withCredentials: true,
    });
    const client = connect(url, given);
    await nextEvent(client, "open");
    expect(sessions[0].request.headers["x-token"]).toBe("t");
    expect(sessions[0].request._query).toMatchObject({ q: "a b&c", EIO: "4", transport });
    client.send("second request");
    await nextEvent(client, "message");
    if (transport === "polling") {
      expect(requests.at(-1).headers).toMatchObject({
        "x-token": "t",
        cookie: expect.stringContaining("seen=yes"),
      });
    }
  });

  test("forceBase64 turns bytes into text, and the server's into base64", async () => {
    const { url, sessions } = await startServer();
    const client = connect(url, { transports: [transport], forceBase64: true });
    await nextEvent(client, "open");
    const packets: string[] = [];
    sessions[0].transport.on("packet", ({ data }: { data: unknown }) => packets.push(typeof data));
    client.send(Buffer.from([1, 2, 3]));
    expect(await nextEvent(client, "message")).toEqual([Buffer.from([1, 2, 3])]);
    expect(sessions[0].request._query.b64).toBe("1");
    expect(packets).toEqual(["object"]);
  });

  test("too much in one message is an end with details", async () => {
    const { url } = await startServer({ maxHttpBufferSize: 100 });
    const client = connect(url, { transports: [transport] });
    await nextEvent(client, "open");
    client.send("x".repeat(101));
    const [reason, details] = await nextEvent(client, "close");
    expect([reason, details]).toMatchObject(
      transport === "polling"
        ? ["transport error", { message: "xhr post error", description: 413, context: { status: 413 } }]
        : ["transport close", { description: "websocket connection closed", context: { code: 1009 } }],
    );
  });

  test("the server's close reaches the client", async () => {
    const { url, sessions } = await startServer();
    const client = connect(url, { transports: [transport] });
    await nextEvent(client, "open");
    sessions[0].close();
    expect((await nextEvent(client, "close"))[0]).toBe("transport close");
  });

  test("keeps the connection alive over many heartbeats, then notices that the server is gone", async () => {
    const { url, io } = await startServer({ pingInterval: 20, pingTimeout: 1000 });
    const client = connect(url, { transports: [transport] });
    let pings = 0;
    client.on("ping", () => pings++);
    await until(() => pings >= 5);
    expect(client.readyState).toBe("open");
    io.engine.close();
    // A pong that was on its way when the server closed is an error to whoever sent it.
    expect(["transport close", "transport error"]).toContain((await nextEvent(client, "close"))[0]);
  });
});

test("offers sub-protocols, and says so when the WebSocket is refused", async () => {
  const { url, sessions } = await startServer();
  const client = connect(url, { transports: ["websocket"], protocols: ["chat"] });
  await nextEvent(client, "open");
  expect(sessions[0].request.headers["sec-websocket-protocol"]).toBe("chat");
  const refused = connect(url, { transports: ["websocket"], path: "/elsewhere" });
  const [error] = await nextEvent(refused, "error");
  expect(error).toMatchObject({
    code: "ERR_WEBSOCKET",
    message: "websocket error",
    cause: expect.any(Error),
  });
});

test("moves on to WebSocket when polling is not there and all may be tried", async () => {
  const { url } = await startServer({ transports: ["websocket"] });
  const client = connect(url, { tryAllTransports: true });
  await nextEvent(client, "open");
  expect(client.transport?.name).toBe("websocket");
});
