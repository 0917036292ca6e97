// The chat over the wire, spoken to by an unmodified Socket.IO client and by plain HTTP requests.
import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { fileURLToPath } from "node:url";
import { io } from "socket.io-client";
import type { Socket } from "socket.io-client";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { createChat } from "./chat.ts";
import type { Chat } from "./chat.ts";
import { personOf } from "./gate.ts";
import { explainStartError } from "./start-options.ts";

// The page's sources have an index.html and a style.css too, so no build is needed here.
const publicFolder = fileURLToPath(new URL("../page", import.meta.url));
let chat: Chat;
const guests: Socket[] = [];

beforeAll(async () => {
  chat = await createChat({ port: 0, host: "127.0.0.1", publicFolder });
});
afterEach(() => {
  for (const guest of guests.splice(0)) guest.disconnect();
});
afterAll(() => chat.close());

function connect(auth: Record<string, unknown> = {}): Socket {
  const guest = io(`http://127.0.0.1:${chat.port}`, { transports: ["websocket"], forceNew: true, auth });
  guests.push(guest);
  return guest;
}

async function join(name: string, room = "lobby"): Promise<Socket> {
  const guest = connect();
  expect(await guest.emitWithAck("join", { room, name })).toMatchObject({ ok: true });
  return guest;
}

function next(guest: Socket, event: string): Promise<any> {
  return new Promise((resolve) => guest.once(event, resolve));
}

function fetchPath(
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ status: number | undefined; headers: IncomingHttpHeaders; body: Buffer }> {
  return new Promise((resolve, reject) => {
    // node:http sends the path as it is, dots and all; fetch would tidy it up.
    const sending = request({ port: chat.port, host: "127.0.0.1", path, ...options }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sending.on("error", reject).end();
  });
}

describe("events", () => {
  test("carry a message from one guest to another", async () => {
    const [ada, bo] = [await join("Ada"), await join("Bo")];
    const heard = next(bo, "message");
    const answer = await ada.emitWithAck("message", { room: "lobby", text: "hello" });
    expect(answer).toMatchObject({ ok: true, duplicate: false });
    expect(await heard).toMatchObject({ room: "lobby", name: "Ada", text: "hello", id: answer.id });
  });

  test("stay in their room", async () => {
    const [ada, bo] = [await join("Ada", "one"), await join("Bo", "two")];
    const heard: unknown[] = [];
    bo.on("message", (message) => heard.push(message));
    await ada.emitWithAck("message", { room: "one", text: "hello" });
    await bo.emitWithAck("latency");
    expect(heard).toEqual([]);
  });

  test("tell the others when somebody types and when they vanish", async () => {
    const [ada, bo] = [await join("Ada", "quiet"), await join("Bo", "quiet")];
    const begun = next(bo, "typing");
    ada.emit("typing", { room: "quiet", active: true });
    expect(await begun).toMatchObject({ name: "Ada", active: true });
    const ended = next(bo, "typing");
    ada.disconnect();
    expect(await ended).toMatchObject({ name: "Ada", active: false });
  });

  test.each([
    ["join", undefined, "ERR_PAYLOAD_INVALID"],
    ["join", { room: "lobby" }, "ERR_NAME_INVALID"],
    ["join", { room: "../etc", name: "Ada" }, "ERR_ROOM_INVALID"],
    ["leave", 7, "ERR_PAYLOAD_INVALID"],
    ["message", { room: "lobby", text: "hi" }, "ERR_NOT_JOINED"],
    ["message", { room: "lobby", text: { toString: "x" } }, "ERR_MESSAGE_EMPTY"],
    ["typing", { room: "lobby", active: "yes" }, "ERR_PAYLOAD_INVALID"],
    ["dance", {}, "ERR_UNKNOWN_EVENT"],
  ])("answers %s %j with %s", async (event, payload, code) => {
    const guest = connect();
    const reply = await guest.emitWithAck(event, payload);
    expect(reply).toEqual({ ok: false, code, message: expect.any(String) });
  });

  test("that want no answer get a refusal as an event", async () => {
    const guest = connect();
    const refused = next(guest, "refused");
    guest.emit("message", { room: "lobby", text: "hi" });
    expect(await refused).toMatchObject({ event: "message", code: "ERR_NOT_JOINED" });
  });

  test("survive odd arguments", async () => {
    const guest = connect();
    guest.emit("join");
    guest.emit("message", null, null, null);
    guest.emit("typing", Buffer.from([1, 2, 3]));
    guest.emit("latency", "not a function");
    expect(await guest.emitWithAck("latency", { extra: true })).toEqual({ ok: true });
    expect(await guest.emitWithAck("latency")).toEqual({ ok: true });
  });

  test("in too quick succession are refused with the time to wait", async () => {
    const guest = await join("Flood");
    const replies = await Promise.all(
      Array.from({ length: 20 }, (_, i) => guest.emitWithAck("message", { room: "lobby", text: `${i}` })),
    );
    const refusals = replies.filter((reply) => !reply.ok);
    expect(refusals.length).toBeGreaterThan(0);
    for (const reply of refusals) {
      expect(reply).toMatchObject({ code: "ERR_RATE_LIMITED", retryAfterMs: expect.any(Number) });
    }
  });

  test("without end close the connection", async () => {
    const guest = connect();
    await next(guest, "connect");
    const closed = next(guest, "disconnect");
    for (let i = 0; i < 600; i++) guest.emit("latency");
    expect(await closed).toBe("io server disconnect");
  });

  test("larger than any message end the connection, not the server", async () => {
    const guest = await join("Big");
    const closed = next(guest, "disconnect");
    guest.emit("message", { room: "lobby", text: "x".repeat(200_000) });
    await closed;
    await join("Still here");
  });
});

describe("a person", () => {
  test("is the same for every connection with the same key, which is never told", async () => {
    const key = "0123456789abcdef";
    const [one, two, other] = [connect({ key }), connect({ key }), connect()];
    const wish = { room: "keys", name: "Ada" };
    const answers = [];
    for (const guest of [one, two, other]) answers.push(await guest.emitWithAck("join", wish));
    const [first, second, third] = answers.map((answer) => answer.you.person);
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(JSON.stringify(answers)).not.toContain(key);
    expect(answers[2].people).toHaveLength(2);
  });

  test("cannot be had with a weak key", () => {
    expect(personOf("s1", "short")).not.toBe(personOf("s2", "short"));
    expect(personOf("s1", { length: 20 })).toBe(personOf("s1", undefined));
  });
});

describe("the page", () => {
  test("is served with a strict policy", async () => {
    const { status, headers, body } = await fetchPath("/?from=test");
    expect(status).toBe(200);
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toContain("default-src 'none'");
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["cache-control"]).toBe("no-cache");
    expect(body.toString()).toContain("<!doctype html>");
  });

  test("is not sent again to who has it", async () => {
    const { headers } = await fetchPath("/");
    const again = await fetchPath("/", { headers: { "If-None-Match": String(headers.etag) } });
    expect([again.status, again.body.length]).toEqual([304, 0]);
  });

  test("is packed for who can unpack it", async () => {
    const packed = await fetchPath("/style.css", { headers: { "Accept-Encoding": "br, gzip" } });
    const plain = await fetchPath("/style.css", { headers: { "Accept-Encoding": "gzip;q=0" } });
    expect(packed.headers["content-encoding"]).toBe("gzip");
    expect(plain.headers["content-encoding"]).toBeUndefined();
    expect(packed.body.length).toBeLessThan(plain.body.length);
  });

  test("answers HEAD without a body", async () => {
    const { status, headers, body } = await fetchPath("/", { method: "HEAD" });
    expect([status, body.length]).toEqual([200, 0]);
    expect(Number(headers["content-length"])).toBeGreaterThan(0);
  });

  test.each([
    "/../server/main.ts",
    "/%2e%2e/server/main.ts",
    "//etc/passwd",
    "/main.ts",
    "/constructor",
    "/a\\b",
  ])("has nothing at %s", async (path) => {
    expect((await fetchPath(path)).status).toBe(404);
  });

  test("takes no POST", async () => {
    const { status, headers } = await fetchPath("/", { method: "POST" });
    expect([status, headers.allow]).toEqual([405, "GET, HEAD"]);
  });
});

describe("createChat", () => {
  test("rejects when the port is busy", async () => {
    const error = await createChat({ port: chat.port, host: "127.0.0.1", publicFolder }).catch(
      (e: unknown) => e,
    );
    expect(explainStartError(error, chat.port)).toContain(`port ${chat.port} is already in use`);
  });

  test("rejects when the page was not built", async () => {
    const error = await createChat({ port: 0, publicFolder: `${publicFolder}/missing` }).catch(
      (e: unknown) => e,
    );
    expect(explainStartError(error, 0)).toContain("npm run build");
  });

  test("gives the port back when closed, with guests connected", async () => {
    const first = await createChat({ port: 0, host: "127.0.0.1", publicFolder });
    const guest = io(`http://127.0.0.1:${first.port}`, { reconnection: false, forceNew: true });
    await next(guest, "connect");
    const gone = next(guest, "disconnect");
    await first.close();
    await gone;
    const second = await createChat({ port: first.port, host: "127.0.0.1", publicFolder });
    expect(second.port).toBe(first.port);
    await second.close();
  });
});
