import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { describe, expect, test } from "vitest";
import { HandshakeSnapshot, parseQuery, queryOf } from "./handshake.ts";
import { Harness } from "./testing/harness.ts";

function requestWith(url: string, rawHeaders: string[] = []): IncomingMessage {
  const req = new IncomingMessage(new Socket());
  req.url = url;
  req.rawHeaders = rawHeaders;
  return req;
}

describe("a query", () => {
  test("of a repeated name keeps the last value", () => {
    expect(parseQuery("/engine.io/?a=1&b=%20x+y&a=2")).toEqual({ a: "2", b: " x y" });
  });

  test("may hold any name without harm", () => {
    const query = parseQuery("/?__proto__=x&constructor=y&toString=z");
    expect(Object.keys(query).toSorted()).toEqual(["__proto__", "constructor", "toString"]);
    expect(Object.getPrototypeOf(query)).toBe(Object.prototype);
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });

  test("is absent, empty or cut off by a fragment", () => {
    expect(parseQuery("/engine.io/")).toEqual({});
    expect(parseQuery("/?a=1#b?c=2")).toEqual({ a: "1" });
  });

  test("that somebody has parsed before is taken as it is", () => {
    const req = requestWith("/?a=1");
    Reflect.set(req, "_query", { a: "changed" });
    expect(queryOf(req)).toEqual({ a: "changed" });
  });
});

describe("a handshake", () => {
  test("presents headers as node:http does", async () => {
    await using h = await Harness.start();
    let original: IncomingMessage | undefined;
    h.engine.on("initial_headers", (_headers, req) => (original = req));
    const headers = {
      Cookie: ["a=1", "b=2"],
      "X-Many": ["1", "2"],
      "User-Agent": "test",
      Origin: "http://x",
      constructor: "c",
    };
    await h.polling(undefined, { headers });
    const { handshake } = h.session;
    expect(handshake.headers).toEqual(original?.headers);
    expect(handshake.headers).toMatchObject({ cookie: "a=1; b=2", "x-many": "1, 2", "user-agent": "test" });
    expect(handshake.headers).toBe(handshake.headers);
  });

  test("says where the peer came from and when", async () => {
    await using h = await Harness.start();
    await h.polling(undefined, { headers: { origin: "http://elsewhere" } }, "&token=abc");
    const { handshake } = h.session;
    expect(handshake).toMatchObject({ address: "127.0.0.1", secure: false, xdomain: true });
    expect(handshake.url).toBe("/engine.io/?EIO=4&transport=polling&token=abc");
    expect(handshake.query).toEqual({ EIO: "4", transport: "polling", token: "abc" });
    expect(handshake.time).toBe(new Date(handshake.issued).toString());
    await h.polling();
    expect(h.session.handshake.xdomain).toBe(false);
  });

  test("makes a request that reads like the original", () => {
    const raw = ["Host", "x", "Set-Cookie", "a", "Set-Cookie", "b", "Host", "ignored"];
    const request = new HandshakeSnapshot(requestWith("/engine.io/?EIO=4", raw)).toRequest();
    expect(request).toBeInstanceOf(IncomingMessage);
    expect(request.headers).toEqual({ host: "x", "set-cookie": ["a", "b"] });
    expect(request).toMatchObject({
      method: "GET",
      url: "/engine.io/?EIO=4",
      httpVersion: "1.1",
      rawHeaders: raw,
    });
    expect(queryOf(request)).toEqual({ EIO: "4" });
  });
});

describe("the request of a session", () => {
  test("is made on demand, with the peer's address, when nobody could have changed it", async () => {
    await using h = await Harness.start({ cors: { origin: "*" } });
    let original: unknown;
    h.engine.on("initial_headers", (_headers, req) => (original = req));
    await h.handshake();
    const { request } = h.session;
    expect(request).not.toBe(original);
    expect(request?.socket.remoteAddress).toBe("127.0.0.1");
    expect(h.session.request).toBe(request);
  });

  test("is the original, without its response, when a middleware or allowRequest may have added to it", async () => {
    for (const decorate of ["middleware", "allowRequest"]) {
      const mark = (req: IncomingMessage): unknown => Reflect.set(req, "user", decorate);
      await using h = await Harness.start({
        ...(decorate === "allowRequest" && { allowRequest: (req, done) => (mark(req), done(null, true)) }),
      });
      if (decorate === "middleware") h.engine.use((req, _res, next) => (mark(req), next()));
      await h.handshake();
      expect(h.session.request).toMatchObject({ user: decorate });
      expect(h.session.request).not.toHaveProperty("res");
    }
  });

  test("can be let go of", async () => {
    await using h = await Harness.start();
    await h.handshake();
    h.session.request = null;
    expect(h.session.request).toBeNull();
  });
});
