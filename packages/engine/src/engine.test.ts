import { createServer } from "node:http";
import type { Server } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { Engine } from "./engine.ts";
import { attach, listen } from "./listen.ts";
import { Harness, until } from "./testing/harness.ts";

const json = (code: number, message: string): string => JSON.stringify({ code, message });

describe("a request is refused", () => {
  test.each([
    ["an unknown transport", "EIO=4&transport=tobi", { transport: "tobi" }],
    ["no transport", "EIO=4", { transport: undefined }],
    ["__proto__ as transport", "EIO=4&transport=__proto__", { transport: "__proto__" }],
    ["constructor as transport", "EIO=4&transport=constructor", { transport: "constructor" }],
    ["webtransport over http", "EIO=4&transport=webtransport", { transport: "webtransport" }],
  ])("with code 0 for %s", async (_name, query, context) => {
    await using h = await Harness.start();
    const answer = await h.request(`/engine.io/?${query}`);
    expect(answer).toMatchObject({ status: 400, body: json(0, "Transport unknown") });
    expect(answer.headers["content-type"]).toBe("application/json");
    expect(h.errors).toEqual([{ code: 0, message: "Transport unknown", context }]);
  });

  test("with code 0 for a transport that is not offered", async () => {
    await using h = await Harness.start({ transports: ["websocket"] });
    expect((await h.polling()).body).toBe(json(0, "Transport unknown"));
  });

  test.each(["tobi", "__proto__", "constructor", "toString"])(
    "with code 1 for the session %s",
    async (sid) => {
      await using h = await Harness.start();
      expect(await h.polling(sid)).toMatchObject({ status: 400, body: json(1, "Session ID unknown") });
      expect(h.errors).toEqual([{ code: 1, message: "Session ID unknown", context: { sid } }]);
    },
  );

  test("an empty session id is none", async () => {
    await using h = await Harness.start();
    expect((await h.polling("")).body).toMatch(/^0\{/);
  });

  test.each(["POST", "PUT", "OPTIONS", "DELETE"])("with code 2 for a handshake by %s", async (method) => {
    await using h = await Harness.start();
    expect(await h.polling(undefined, { method })).toMatchObject({
      status: 400,
      body: json(2, "Bad handshake method"),
    });
    expect(h.errors[0]?.context).toEqual({ method });
  });

  test("with code 3 for a plain request that wants a WebSocket", async () => {
    await using h = await Harness.start();
    const answer = await h.request("/engine.io/?EIO=4&transport=websocket");
    expect(answer).toMatchObject({ status: 400, body: json(3, "Bad request") });
    expect(h.errors[0]?.context).toEqual({ name: "TRANSPORT_HANDSHAKE_ERROR" });
  });

  test("with code 3 for a plain request to a session on WebSocket", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    const answer = await h.request(`/engine.io/?EIO=4&transport=websocket&sid=${h.session.id}`);
    expect(answer).toMatchObject({ status: 400, body: json(3, "Bad request") });
  });

  test("with code 3 for an origin with control characters, which is not reflected", async () => {
    await using h = await Harness.start();
    const origins: unknown[] = [];
    h.engine.on("connection_error", ({ req }) => origins.push(req.headers.origin));
    // The parser of node:http would refuse it first, so it is put there behind its back.
    h.server.prependListener("request", (req) => (req.headers.origin = "http://x\u0001"));
    expect((await h.polling()).body).toBe(json(3, "Bad request"));
    expect(h.errors[0]?.context).toEqual({ name: "INVALID_ORIGIN", origin: "http://x\u0001" });
    expect(origins).toEqual([undefined]);
  });

  test.each(["", "3", "abc", "04"])("with code 5 for EIO=%s", async (revision) => {
    await using h = await Harness.start();
    const answer = await h.request(`/engine.io/?EIO=${revision}&transport=polling`);
    expect(answer).toMatchObject({ status: 400, body: json(5, "Unsupported protocol version") });
    expect(h.errors[0]?.context).toEqual({ protocol: 3 });
  });

  test("and counted nowhere", async () => {
    await using h = await Harness.start();
    await h.polling("nobody");
    expect(h.engine.clientsCount).toBe(0);
    expect(h.clock.pending).toBe(0);
  });
});

describe("an upgrade is refused", () => {
  async function raw(h: Harness, query: string, headers = ""): Promise<string> {
    const socket = await h.tcp();
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const closed = new Promise((resolve) => socket.once("close", resolve));
    socket.write(
      `GET /engine.io/?${query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`,
    );
    await closed;
    return text;
  }

  const refusal = (message: string): string =>
    `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: ${Buffer.byteLength(message)}\r\n\r\n${message}`;

  test.each([
    ["EIO=4&transport=tobi", "Transport unknown"],
    ["EIO=4&transport=__proto__", "Transport unknown"],
    ["EIO=4&transport=websocket&sid=__proto__", "Session ID unknown"],
    ["EIO=abc&transport=websocket", "Unsupported protocol version"],
  ])("with raw bytes: %s", async (query, message) => {
    await using h = await Harness.start();
    expect(await raw(h, query)).toBe(refusal(message));
    expect(h.errors).toHaveLength(1);
  });

  test("always with 400, also when it is forbidden, and with the reason given", async () => {
    await using h = await Harness.start({
      allowRequest: (_req, done) => done("Thou shall not pass €", false),
    });
    expect(await raw(h, "EIO=4&transport=websocket")).toBe(refusal("Thou shall not pass €"));
    expect(h.errors).toEqual([
      { code: 4, message: "Forbidden", context: { message: "Thou shall not pass €" } },
    ]);
  });

  test("for headers that are not a WebSocket's", async () => {
    await using h = await Harness.start();
    const socket = await h.tcp();
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    socket.write(
      "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    await new Promise((resolve) => socket.once("close", resolve));
    expect(text).toMatch(/^HTTP\/1\.1 426 Upgrade Required\r\n/);
    expect(h.errors[0]?.context).toMatchObject({ name: "TRANSPORT_HANDSHAKE_ERROR" });
    expect(h.engine.clientsCount).toBe(0);
  });

  test("without harm when the peer resets the connection before, while or after it is answered", async () => {
    const decisions: (() => void)[] = [];
    await using h = await Harness.start({
      allowRequest: (_req, done) => decisions.push(() => done("no", false)),
    });
    for (const answersFirst of [true, false]) {
      const socket = await h.tcp();
      socket.write(
        "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\ngarbage",
      );
      await until(() => decisions.length === 1);
      const [decide] = decisions.splice(0);
      if (answersFirst) decide?.();
      socket.resetAndDestroy();
      await until(() => socket.destroyed);
      decide?.();
    }
    expect((await h.polling("nobody")).status).toBe(400);
  });
});

describe("allowRequest", () => {
  test("refuses with 403, in its own words or in ours", async () => {
    await using h = await Harness.start({
      allowRequest: (req, done) => done(req.url?.includes("own") ? "Thou shall not pass" : null, false),
    });
    expect(await h.polling(undefined, {}, "&own")).toMatchObject({
      status: 403,
      body: json(4, "Thou shall not pass"),
    });
    expect(await h.polling()).toMatchObject({ status: 403, body: json(4, "Forbidden") });
    expect(h.errors.map(({ message }) => message)).toEqual(["Forbidden", "Forbidden"]);
  });

  test("may take its time, and is not asked again for the requests of the session", async () => {
    let asked = 0;
    await using h = await Harness.start({
      allowRequest: (_req, done) => {
        asked++;
        setImmediate(() => done(null, true));
      },
    });
    const sid = await h.handshake();
    await h.push(sid, "4a");
    const peer = h.webSocket(`&sid=${sid}`);
    await peer.isOpen();
    expect(asked).toBe(1);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("down");
      },
    ],
    ["rejects", () => Promise.reject(new Error("down"))],
  ])("that %s lets nobody in", async (_name, allowRequest) => {
    await using h = await Harness.start({ allowRequest });
    expect((await h.polling()).status).toBe(400);
    expect(h.errors[0]?.context).toMatchObject({ name: "ALLOW_REQUEST_FAILURE", error: expect.any(Error) });
  });

  test("sees the parsed query", async () => {
    let seen: unknown;
    await using h = await Harness.start({
      allowRequest: (req, done) => {
        seen = Reflect.get(req, "_query");
        done(null, true);
      },
    });
    await h.polling(undefined, {}, "&token=abc");
    expect(seen).toMatchObject({ token: "abc" });
  });

  test("counts once, however often it answers", async () => {
    await using h = await Harness.start({
      allowRequest: (_req, done) => {
        done(null, true);
        done("changed my mind", false);
      },
    });
    await h.handshake();
    expect(h.errors).toEqual([]);
  });
});

describe("ids", () => {
  test("may be made by the application, also later", async () => {
    for (const id of ["abc", Promise.resolve("abc")]) {
      await using h = await Harness.start();
      h.engine.generateId = () => id;
      expect((await h.polling()).body).toContain('"sid":"abc"');
      expect(h.engine.clients["abc"]).toBe(h.session);
    }
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("no id");
      },
    ],
    ["rejects", () => Promise.reject(new Error("no id"))],
    ["gives none", () => ""],
  ])("refuse the handshake with code 3 if making one %s", async (_name, generateId) => {
    await using h = await Harness.start();
    h.engine.generateId = generateId;
    expect(await h.polling()).toMatchObject({ status: 400, body: json(3, "Bad request") });
    expect(h.errors[0]?.context).toMatchObject({ name: "ID_GENERATION_ERROR", error: expect.any(Error) });
    const peer = h.webSocket();
    await peer.isClosed();
    expect(h.errors).toHaveLength(2);
    expect(h.engine.clientsCount).toBe(0);
  });

  test("that a session already has are refused, and the session is left alone", async () => {
    await using h = await Harness.start();
    h.engine.generateId = () => "same";
    await h.handshake();
    const first = h.session;
    expect((await h.polling()).status).toBe(400);
    expect(h.engine.clients["same"]).toBe(first);
    expect(h.engine.clientsCount).toBe(1);
  });

  test("that come after the peer has left open no session", async () => {
    await using h = await Harness.start();
    const waiting: ((id: string) => void)[] = [];
    let connections = 0;
    h.server.on("connection", (socket) => {
      connections++;
      socket.once("close", () => connections--);
    });
    h.engine.generateId = () => new Promise((resolve) => waiting.push(resolve));
    for (const transport of ["polling", "websocket"]) {
      const socket = await h.tcp();
      const upgrade = transport === "polling" ? "" : "Connection: Upgrade\r\nUpgrade: websocket\r\n";
      let isGone = false;
      socket.write(`GET /engine.io/?EIO=4&transport=${transport} HTTP/1.1\r\nHost: x\r\n${upgrade}\r\n`);
      await until(() => waiting.length === 1);
      socket.once("close", () => (isGone = true));
      socket.resetAndDestroy();
      await until(() => isGone);
      await until(() => connections === 0);
      waiting.pop()?.("late");
      await new Promise((resolve) => setImmediate(resolve));
      expect(h.engine.clientsCount).toBe(0);
    }
  });
});

describe("headers events and the cookie", () => {
  test("initial_headers comes once per session, headers once per answer", async () => {
    await using h = await Harness.start();
    const events: string[] = [];
    h.engine.on("initial_headers", (headers, req) => {
      events.push(`initial ${req.method}`);
      headers["x-initial"] = "1";
    });
    h.engine.on("headers", (headers, req) => {
      events.push(`headers ${req.method}`);
      headers["x-each"] = "2";
    });
    const opened = await h.polling();
    expect(opened.headers).toMatchObject({ "x-initial": "1", "x-each": "2" });
    const push = await h.push(h.session.id, "4a");
    expect(push.headers["x-initial"]).toBeUndefined();
    expect(push.headers["x-each"]).toBe("2");
    h.session.send("a");
    expect((await h.polling(h.session.id)).headers["x-each"]).toBe("2");
    expect(events).toEqual(["initial GET", "headers GET", "headers POST", "headers GET"]);
  });

  test("both come for a direct WebSocket, headers alone for an upgrade", async () => {
    await using h = await Harness.start();
    const events: string[] = [];
    h.engine.on("initial_headers", (headers) => {
      events.push("initial");
      headers["x-initial"] = ["1", "2"];
    });
    h.engine.on("headers", (headers) => {
      events.push("headers");
      headers["x-each"] = "3";
    });
    const peer = h.webSocket();
    await peer.has(1);
    expect(peer.responseHeaders).toMatchObject({ "x-initial": "1, 2", "x-each": "3" });
    const sid = await h.handshake();
    const candidate = h.webSocket(`&sid=${sid}`);
    await candidate.isOpen();
    expect(candidate.responseHeaders["x-initial"]).toBeUndefined();
    expect(candidate.responseHeaders["x-each"]).toBe("3");
    expect(events).toEqual(["initial", "headers", "initial", "headers", "headers"]);
  });

  test("a header that would break the answer refuses the upgrade", async () => {
    await using h = await Harness.start();
    h.engine.on("headers", (headers) => (headers["x-bad"] = "a\r\nb"));
    const peer = h.webSocket();
    await peer.isClosed();
    expect(h.errors[0]?.context).toMatchObject({ name: "TRANSPORT_HANDSHAKE_ERROR" });
    expect(h.engine.clientsCount).toBe(0);
  });

  test.each([
    [true, (sid: string) => `io=${sid}; Path=/; HttpOnly; SameSite=Lax`],
    [{ name: "woot" }, (sid: string) => `woot=${sid}; Path=/; HttpOnly; SameSite=Lax`],
    [{ path: "/custom" }, (sid: string) => `io=${sid}; Path=/custom; HttpOnly; SameSite=Lax`],
    [{ path: false as const }, (sid: string) => `io=${sid}; HttpOnly; SameSite=Lax`],
    [{ path: false as const, httpOnly: true }, (sid: string) => `io=${sid}; HttpOnly; SameSite=Lax`],
    [{ httpOnly: false }, (sid: string) => `io=${sid}; Path=/; SameSite=Lax`],
    [{ sameSite: "strict" as const }, (sid: string) => `io=${sid}; Path=/; HttpOnly; SameSite=Strict`],
    [
      { maxAge: 60, secure: true },
      (sid: string) => `io=${sid}; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Lax`,
    ],
  ])(
    "the cookie option %j sets that cookie on the polling handshake, and there only",
    async (cookie, expected) => {
      await using h = await Harness.start({ cookie });
      const opened = await h.polling();
      expect(opened.headers["set-cookie"]).toEqual([expected(h.session.id)]);
      expect((await h.push(h.session.id, "4a")).headers["set-cookie"]).toBeUndefined();
      const peer = h.webSocket();
      await peer.has(1);
      expect(peer.responseHeaders["set-cookie"]).toBeUndefined();
    },
  );

  test("no cookie is set unless asked for", async () => {
    await using h = await Harness.start();
    expect((await h.polling()).headers["set-cookie"]).toBeUndefined();
  });
});

describe("cors", () => {
  test("is not answered unless configured", async () => {
    await using h = await Harness.start();
    const { headers } = await h.polling(undefined, { headers: { origin: "http://x" } });
    expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("answers preflights, and marks every answer, errors too", async () => {
    await using h = await Harness.start({ cors: { origin: true, credentials: true } });
    const preflight = await h.polling(undefined, {
      method: "OPTIONS",
      headers: { origin: "http://x", "access-control-request-headers": "my-header" },
    });
    expect(preflight).toMatchObject({ status: 204, body: "" });
    expect(preflight.headers).toMatchObject({
      "access-control-allow-origin": "http://x",
      "access-control-allow-methods": "GET,HEAD,PUT,PATCH,POST,DELETE",
      "access-control-allow-headers": "my-header",
      "access-control-allow-credentials": "true",
    });
    const allowed = { "access-control-allow-origin": "http://x", "access-control-allow-credentials": "true" };
    const headers = { origin: "http://x" };
    expect((await h.polling(undefined, { headers })).headers).toMatchObject(allowed);
    const push = await h.polling(h.session.id, { method: "POST", body: "4a", headers });
    expect(push.headers).toMatchObject(allowed);
    expect((await h.polling("nobody", { headers })).headers).toMatchObject(allowed);
  });

  test("may be decided per request", async () => {
    await using h = await Harness.start({
      cors: (req, done) => done(null, { origin: req.url?.includes("yes") ?? false }),
    });
    const headers = { origin: "http://x" };
    expect((await h.polling(undefined, { headers }, "&yes")).headers["access-control-allow-origin"]).toBe(
      "http://x",
    );
    expect((await h.polling(undefined, { headers })).headers["access-control-allow-origin"]).toBeUndefined();
  });
});

describe("an engine", () => {
  test("keeps its clients by id", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    expect(h.engine.clients[sid]).toBe(h.session);
    expect(h.engine.clientsCount).toBe(1);
    expect(h.engine.clients["__proto__"]).toBeUndefined();
    h.session.close(true);
    expect(h.engine.clients).toEqual({});
    expect(h.engine.clientsCount).toBe(0);
  });

  test("names the transports a session may move to", () => {
    expect(new Engine().upgrades("polling")).toEqual(["websocket"]);
    expect(new Engine().upgrades("websocket")).toEqual([]);
    expect(new Engine({ transports: ["polling"] }).upgrades("polling")).toEqual([]);
    expect(new Engine({ allowUpgrades: false }).upgrades("polling")).toEqual([]);
  });

  test("works with requests it is given, whatever their path, and keeps them", async () => {
    const engine = new Engine();
    const server = createServer((req, res) => engine.handleRequest(req, res));
    server.on("upgrade", (req, socket, head) => engine.handleUpgrade(req, socket, head));
    await new Promise<void>((resolve) => server.listen(0, resolve));
    await using h = new Harness({}, {}, server);
    h.engine.close();
    let request: unknown;
    engine.on("connection", (session) => (request = session.request));
    expect((await h.request("/anything?EIO=4&transport=polling")).body).toMatch(/^0\{/);
    expect(request).toMatchObject({ url: "/anything?EIO=4&transport=polling", complete: true });
    const peer = h.webSocket();
    await peer.has(1);
    engine.close();
  });

  test("listens by itself, and answers everything else with 501", async () => {
    let isListening = false;
    const engine = listen(0, {}, () => (isListening = true));
    await until(() => isListening);
    const server = engine.httpServer as Server;
    const { port } = server.address() as AddressInfo;
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(501);
    expect((await fetch(`http://127.0.0.1:${port}/engine.io/?EIO=4&transport=polling`)).status).toBe(200);
    engine.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test("serves polling over HTTP/2", async () => {
    const server = createHttp2Server();
    const engine = attach(server);
    await new Promise<void>((resolve) => server.listen(0, resolve));
    const { port } = server.address() as AddressInfo;
    const client = connectHttp2(`http://127.0.0.1:${port}`);
    const ask = async (path: string, body?: string): Promise<string> => {
      const stream = client.request({ ":path": path, ":method": body === undefined ? "GET" : "POST" });
      stream.end(body);
      let text = "";
      for await (const chunk of stream.setEncoding("utf8")) text += String(chunk);
      return text;
    };
    const got: unknown[] = [];
    engine.on("connection", (session) => session.on("message", (data) => got.push(data)).send("hello"));
    const open = await ask("/engine.io/?EIO=4&transport=polling");
    const path = `/engine.io/?EIO=4&transport=polling&sid=${open.slice(9, 29)}`;
    expect(await ask(path)).toBe("4hello");
    expect(await ask(path, "4a")).toBe("ok");
    expect(got).toEqual(["a"]);
    expect(await ask("/engine.io/?EIO=4&transport=none")).toBe(json(0, "Transport unknown"));
    engine.close();
    client.close();
    await new Promise((resolve) => server.close(resolve));
  });

  test("answers a WebSocket handshake and opens the session in one write", async () => {
    await using h = await Harness.start();
    h.engine.on("connection", (session) => session.send("hello"));
    const socket = await h.tcp();
    const first = new Promise<string>((resolve) =>
      socket.once("data", (chunk: Buffer) => resolve(chunk.toString("latin1"))),
    );
    socket.write(
      "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    expect(await first).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\n\x81.{1,3}0\{"sid"[^]*\}\x81\x064hello$/);
  });

  test("is not polluted by a polluted Object.prototype", async () => {
    Reflect.defineProperty(Object.prototype, "polluted", {
      value: () => {},
      enumerable: true,
      configurable: true,
      writable: true,
    });
    try {
      await using h = await Harness.start({ cookie: { name: "a" }, httpCompression: true });
      const sid = await h.handshake();
      h.session.send("a");
      expect((await h.polling(sid)).body).toBe("4a");
      const peer = h.webSocket();
      await peer.has(1);
    } finally {
      Reflect.deleteProperty(Object.prototype, "polluted");
    }
  });

  test("refuses to attach to what is no server", () => {
    expect(() => attach({} as never)).toThrow(expect.objectContaining({ code: "ERR_INVALID_SERVER" }));
  });
});
