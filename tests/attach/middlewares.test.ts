// Middlewares of Express in front of the engine, as an application uses them: express-session and helmet.
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@sockeye/server";
import type { Socket as ServerSocket } from "@sockeye/server";
import express from "express";
import session from "express-session";
import type { Session } from "express-session";
import helmet from "helmet";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { join } from "./peers.ts";
import type { Socket } from "./peers.ts";

/** The session of a request that has passed the middleware. */
interface Visits extends Session {
  visits?: number;
}
const sessionOf = (request: IncomingMessage): Visits =>
  (request as IncomingMessage & { session: Visits }).session;

const clients: Socket[] = [];
let io: Server;
let url: string;

beforeEach(async () => {
  const sessions = session({ secret: "keyboard cat", resave: false, saveUninitialized: true, name: "sid" });
  const app = express();
  app.use(sessions);
  app.get("/visit", (req, res) => {
    const visits = sessionOf(req);
    visits.visits = (visits.visits ?? 0) + 1;
    res.send(String(visits.visits));
  });
  const http = createServer(app);
  io = new Server(http);
  io.engine.use(sessions);
  io.engine.use(helmet());
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  await io.close();
});

const handshake = (headers: Record<string, string> = {}) =>
  fetch(`${url}/socket.io/?EIO=4&transport=polling`, { headers });

/** The headers of the answer to a WebSocket handshake. */
async function webSocketHandshake(): Promise<IncomingHttpHeaders> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  const answered = once(socket, "upgrade");
  // The first packet comes along with the answer.
  await once(socket, "message");
  socket.terminate();
  const [response]: IncomingMessage[] = await answered;
  return response?.headers ?? {};
}

/** The name and value of the session cookie an answer sets. */
const cookieOf = (answer: { headers: Headers }): string | undefined =>
  answer.headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith("sid="))
    ?.split(";")[0];

async function enter(
  transports: string[],
  cookie: string,
): Promise<{ client: Socket; socket: ServerSocket }> {
  const joined = new Promise<ServerSocket>((resolve) => io.once("connection", resolve));
  const client = await join(url, transports, { Cookie: cookie });
  clients.push(client);
  return { client, socket: await joined };
}

describe("express-session in front of the engine", () => {
  test("sets its cookie on the polling handshake, and not again for whoever brings it", async () => {
    const first = await handshake();
    const cookie = cookieOf(first);
    expect(cookie).toMatch(/^sid=s%3A/);
    expect(await first.text()).toMatch(/^0\{"sid":/);
    expect(cookieOf(await handshake({ Cookie: cookie ?? "" }))).toBeUndefined();
  });

  test("sets its cookie on the WebSocket handshake", async () => {
    const headers = await webSocketHandshake();
    expect(headers["set-cookie"]?.[0]).toMatch(/^sid=s%3A.*HttpOnly/);
  });

  test.each([[["polling"]], [["websocket"]], [["polling", "websocket"]]])(
    "shares its session with the application over %s",
    async (transports) => {
      const page = await fetch(`${url}/visit`);
      const cookie = cookieOf(page) ?? "";
      await fetch(`${url}/visit`, { headers: { Cookie: cookie } });
      const { client, socket } = await enter(transports, cookie);
      const visits = sessionOf(socket.request);
      expect(visits.visits).toBe(2);
      if (transports.length === 2 && client.io.engine.transport.name === "polling")
        await new Promise((resolve) => client.io.engine.once("upgrade", resolve));
      expect(client.io.engine.transport.name).toBe(transports.at(-1));
      expect(sessionOf(socket.request)).toBe(visits);
      // What a handler changes, the next page sees.
      visits.visits = 10;
      await new Promise<void>((resolve, reject) =>
        visits.save((error) => (error ? reject(error) : resolve())),
      );
      expect(await (await fetch(`${url}/visit`, { headers: { Cookie: cookie } })).text()).toBe("11");
      // And what a page changes, a handler sees, if it asks.
      await new Promise<void>((resolve, reject) =>
        sessionOf(socket.request).reload((error) => (error ? reject(error) : resolve())),
      );
      expect(sessionOf(socket.request).visits).toBe(11);
    },
  );

  test("may end a session and its sockets with it", async () => {
    const cookie = cookieOf(await fetch(`${url}/visit`)) ?? "";
    const { client, socket } = await enter(["websocket"], cookie);
    const { id } = sessionOf(socket.request);
    void socket.join(id);
    const left = new Promise((resolve) => client.once("disconnect", resolve));
    io.to(id).disconnectSockets(true);
    expect(await left).toBe("io server disconnect");
  });
});

describe("helmet in front of the engine", () => {
  test("puts its headers on the handshake, on polls, on pushes and on refusals", async () => {
    const path = `${url}/socket.io/?EIO=4&transport=polling`;
    const open = await handshake();
    const { sid } = JSON.parse((await open.text()).slice(1));
    const push = await fetch(`${path}&sid=${sid}`, { method: "POST", body: "40" });
    const poll = await fetch(`${path}&sid=${sid}`);
    const refused = await fetch(`${path}&sid=unknown`);
    expect([open, push, poll, refused].map(({ status }) => status)).toEqual([200, 200, 200, 400]);
    for (const { headers } of [open, push, poll, refused]) {
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      expect(headers.get("strict-transport-security")).toContain("max-age=");
      expect(headers.get("content-security-policy")).toContain("default-src 'self'");
    }
  });

  test("puts its headers on the WebSocket handshake", async () => {
    expect(await webSocketHandshake()).toMatchObject({ "x-content-type-options": "nosniff" });
  });
});
