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
