import { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { Harness, until } from "../testing/harness.ts";

describe("middlewares", () => {
  test("run in order, for every request and upgrade, before any check", async () => {
    await using h = await Harness.start();
    const calls: string[] = [];
    h.engine.use((req, _res, next) => {
      calls.push(`1 ${req.method}`);
      next();
    });
    h.engine.use((_req, _res, next) => {
      setImmediate(() => {
        calls.push("2");
        next();
      });
    });
    const sid = await h.handshake();
    await h.push(sid, "4a");
    await h.polling("nobody");
    const peer = h.webSocket();
    await peer.has(1);
    expect(calls).toEqual(["1 GET", "2", "1 POST", "2", "1 GET", "2", "1 GET", "2"]);
  });

  test("set headers on plain answers", async () => {
    await using h = await Harness.start();
    h.engine.use((_req, res, next) => {
      res.setHeader("foo", "bar");
      next();
    });
    expect((await h.polling()).headers["foo"]).toBe("bar");
    expect((await h.polling("nobody")).headers["foo"]).toBe("bar");
  });

  test("set headers on the 101, several of a name too", async () => {
    await using h = await Harness.start();
    h.engine.use((_req, res, next) => {
      expect(res).toBeInstanceOf(ServerResponse);
      res.setHeader("foo", "bar");
      res.setHeader("gone", "x");
      res.removeHeader("gone");
      res.setHeader("set-cookie", ["a=1", "b=2"]);
      expect(res.getHeader("foo")).toBe("bar");
      next();
    });
    const peer = h.webSocket();
    await peer.has(1);
    expect(peer.responseHeaders).toMatchObject({ foo: "bar", "set-cookie": ["a=1", "b=2"] });
    expect(peer.responseHeaders["gone"]).toBeUndefined();
  });

  test("that wait for writeHead get their turn before the 101, as session middlewares do", async () => {
    await using h = await Harness.start();
    h.engine.use((_req, res, next) => {
      const writeHead = res.writeHead;
      res.writeHead = function (this: ServerResponse, ...args: any[]) {
        this.setHeader("set-cookie", "session=1");
        return Reflect.apply(writeHead, this, args) as ServerResponse;
      } as typeof res.writeHead;
      next();
    });
    const peer = h.webSocket();
    await peer.has(1);
    expect(peer.responseHeaders["set-cookie"]).toEqual(["session=1"]);
    expect((await h.polling()).headers["set-cookie"]).toEqual(["session=1"]);
  });

  test("may answer a request themselves", async () => {
    await using h = await Harness.start();
    h.engine.use((_req, res) => {
      res.writeHead(503);
      res.end();
    });
    expect((await h.polling()).status).toBe(503);
    const peer = h.webSocket();
    await peer.isClosed();
    expect(h.engine.clientsCount).toBe(0);
  });

  test.each([
    ["pass an error on", (next: (error?: unknown) => void) => next(new Error("no"))],
    [
      "throw",
      () => {
        throw new Error("no");
      },
    ],
    ["reject", () => Promise.reject(new Error("no"))],
  ])("that %s refuse the request with code 3", async (_name, fail) => {
    await using h = await Harness.start();
    h.engine.use((_req, _res, next) => fail(next));
    expect(await h.polling()).toMatchObject({ status: 400, body: '{"code":3,"message":"Bad request"}' });
    const peer = h.webSocket();
    await peer.isClosed();
    expect(h.errors).toHaveLength(2);
    expect(h.errors[0]?.context).toMatchObject({ name: "MIDDLEWARE_FAILURE", error: expect.any(Error) });
  });

  test("count once, however often they call next", async () => {
    await using h = await Harness.start();
    h.engine.use((_req, _res, next) => {
      next();
      next();
      next(new Error("late"));
    });
    await h.handshake();
    expect(h.errors).toEqual([]);
    expect(h.engine.clientsCount).toBe(1);
  });

  test("are given up when the peer leaves meanwhile", async () => {
    await using h = await Harness.start();
    let go: (() => void) | undefined;
    h.engine.use((_req, _res, next) => (go = next));
    const socket = await h.tcp();
    let isClosed = false;
    h.server.once("upgrade", (_req, raw) => raw.once("close", () => (isClosed = true)));
    socket.write(
      "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    await until(() => go !== undefined);
    socket.resetAndDestroy();
    // Nobody reads from the connection yet, so it is the write of the answer that finds it broken.
    go?.();
    await until(() => isClosed || h.engine.clientsCount === 0);
    expect(h.engine.clientsCount).toBe(0);
  });
});
