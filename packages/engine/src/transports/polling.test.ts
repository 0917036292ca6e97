import { gunzipSync, inflateSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { Harness, turn, until } from "../testing/harness.ts";
import { SharedMessage } from "../shared-message.ts";

describe("a poll", () => {
  test("answers the handshake with the open packet alone, keys in the usual order", async () => {
    await using h = await Harness.start();
    h.engine.on("connection", (session) => session.send("early"));
    const { status, body, headers } = await h.polling();
    expect(status).toBe(200);
    expect(body).toMatch(
      /^0\{"sid":"[\w-]{20}","upgrades":\["websocket"\],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000\}$/,
    );
    expect(headers["content-type"]).toBe("text/plain; charset=UTF-8");
    expect(headers["content-length"]).toBe(String(body.length));
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["x-xss-protection"]).toBeUndefined();
    expect((await h.polling(h.session.id)).body).toBe("4early");
  });

  test("offers no upgrades when they are not allowed", async () => {
    await using h = await Harness.start({ allowUpgrades: false });
    expect((await h.polling()).body).toContain('"upgrades":[]');
  });

  test("carries the initial packet behind the open packet", async () => {
    await using h = await Harness.start({ initialPacket: "hello" });
    expect((await h.polling()).body).toMatch(/^0\{.*\}\x1e4hello$/);
  });

  test("is answered at the end of the turn with all that was sent in it", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const { answer } = await h.pendingPoll(sid);
    h.session.send("a");
    h.session.send(Buffer.from([1, 2, 3, 4]));
    h.session.send("€");
    const { body, headers } = await answer;
    expect(body).toBe("4a\x1ebAQIDBA==\x1e4€");
    expect(headers["content-length"]).toBe(String(Buffer.byteLength(body)));
  });

  test("is answered at once with what was queued while there was none", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    h.session.send("a").send("b");
    expect(h.session.writeBuffer).toEqual([
      { type: "message", data: "a", options: { compress: true } },
      { type: "message", data: "b", options: { compress: true } },
    ]);
    expect(h.session.bufferedBytes).toBe(5);
    expect((await h.polling(sid)).body).toBe("4a\x1e4b");
    expect(h.session.bufferedBytes).toBe(0);
  });

  test("makes the transport writable for one batch", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const dropped = new SharedMessage(["lost"], { volatile: true });
    expect(h.session.sendMessage(dropped)).toBe(false);
    const { answer } = await h.pendingPoll(sid);
    expect(h.session.sendMessage(new SharedMessage(["kept"], { volatile: true }))).toBe(true);
    expect(h.session.transport.writable).toBe(false);
    expect(h.session.sendMessage(dropped)).toBe(false);
    expect(h.session.sendMessage(new SharedMessage(["regular"]))).toBe(true);
    expect((await answer).body).toBe("4kept\x1e4regular");
  });

  test("that overlaps another closes the session: the first gets 1, the second 400", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const { answer } = await h.pendingPoll(sid);
    const second = await h.polling(sid);
    expect(second).toMatchObject({ status: 400, body: "" });
    expect(await answer).toMatchObject({ status: 200, body: "1" });
    expect(h.closes).toEqual([
      ["transport error", expect.objectContaining({ message: "overlap from client" })],
    ]);
    expect((await h.polling(sid)).body).toBe('{"code":1,"message":"Session ID unknown"}');
  });

  test("that is aborted closes the session at once", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const socket = await h.tcp();
    socket.write(`GET /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => h.session.transport.writable);
    socket.destroy();
    await until(() => h.closes.length === 1);
    expect(h.closes).toEqual([["transport error", expect.objectContaining({ code: "ERR_POLL_ABORTED" })]]);
    expect(h.engine.clientsCount).toBe(0);
  });

  test("that waits behind another on its connection closes the session as well when that goes", async () => {
    await using h = await Harness.start();
    const sids = [await h.handshake(), await h.handshake()];
    const socket = await h.tcp();
    for (const sid of sids)
      socket.write(`GET /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => h.sessions.every((session) => session.transport.writable));
    socket.destroy();
    await until(() => h.closes.length === 2);
    expect(h.closes.map(([reason]) => reason)).toEqual(["transport error", "transport error"]);
    expect(h.engine.clientsCount).toBe(0);
  });

  test("that is aborted before a middleware lets it through closes the session as well", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    let next: (() => void) | undefined;
    h.engine.use((_req, res, done) => {
      res.once("close", () => (next = done));
    });
    const socket = await h.tcp();
    socket.write(`GET /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await until(() => h.engine.clientsCount === 1);
    await turn();
    socket.destroy();
    await until(() => next !== undefined);
    next?.();
    expect(h.closes).toEqual([["transport error", expect.objectContaining({ code: "ERR_POLL_ABORTED" })]]);
  });

  test("that is answered does not close the session when its connection goes", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const socket = await h.tcp();
    socket.write(
      `GET /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    await until(() => h.session.transport.writable);
    h.session.send("a");
    await new Promise((resolve) => socket.on("data", () => {}).once("close", resolve));
    await turn();
    expect(h.closes).toEqual([]);
  });

  test.each([
    ["Mozilla/5.0 (compatible;MSIE 9.0)", "0"],
    ["Mozilla/5.0 (Windows NT 6.3; Trident/7.0; rv:11.0) like Gecko", "0"],
    ["Mozilla/5.0 Firefox", undefined],
  ])("tells old Internet Explorers not to mangle the answer (%s)", async (agent, expected) => {
    await using h = await Harness.start();
    const { headers } = await h.polling(undefined, { headers: { "user-agent": agent } });
    expect(headers["x-xss-protection"]).toBe(expected);
    const push = await h.polling(h.session.id, {
      method: "POST",
      body: "4a",
      headers: { "user-agent": agent },
    });
    expect(push.headers["x-xss-protection"]).toBe(expected);
  });

  test("keeps the heartbeat waiting until it comes, and the deadline runs on", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    h.clock.advance(25_200);
    expect((await h.polling(sid)).body).toBe("2");
    h.clock.advance(19_900);
    expect(h.closes).toEqual([["ping timeout", undefined]]);
    expect((await h.polling(sid)).status).toBe(400);
  });

  test("another method than GET and POST is answered 500", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    expect(await h.polling(sid, { method: "PUT", body: "4a" })).toMatchObject({ status: 500, body: "" });
  });
});

describe("compression of polls", () => {
  const long = "x".repeat(2000);
  async function answerTo(options: object, encoding: string | undefined, text: string, compress = true) {
    await using h = await Harness.start(options);
    const sid = await h.handshake();
    h.session.send(text, { compress });
    return await h.polling(sid, { headers: encoding === undefined ? {} : { "accept-encoding": encoding } });
  }

  test("uses what the client prefers; on equal terms its order decides", async () => {
    const gzip = await answerTo({}, "gzip, deflate", long);
    expect(gzip.headers["content-encoding"]).toBe("gzip");
    expect(gzip.headers["content-length"]).toBe(String(gzip.bytes.length));
    expect(gunzipSync(gzip.bytes).toString()).toBe(`4${long}`);
    const deflate = await answerTo({}, "deflate, gzip", long);
    expect(deflate.headers["content-encoding"]).toBe("deflate");
    expect(inflateSync(deflate.bytes).toString()).toBe(`4${long}`);
    expect((await answerTo({}, "gzip;q=0.5, deflate;q=0.8", long)).headers["content-encoding"]).toBe(
      "deflate",
    );
  });

  test.each([
    ["below the threshold", {}, "gzip", "short", true],
    ["for clients that accept none", {}, undefined, long, true],
    ["for clients that accept others", {}, "br", long, true],
    ["of messages that must not be", {}, "gzip", long, false],
    ["when switched off", { httpCompression: false }, "gzip", long, true],
  ] as const)("does not happen %s", async (_name, options, encoding, text, compress) => {
    const { headers, body } = await answerTo(options, encoding, text, compress);
    expect(headers["content-encoding"]).toBeUndefined();
    expect(body).toBe(`4${text}`);
  });

  test("happens whatever the size if httpCompression is true", async () => {
    expect((await answerTo({ httpCompression: true }, "gzip", "short")).headers["content-encoding"]).toBe(
      "gzip",
    );
  });

  test("leaves the transport not writable until the answer is out, and calls back then", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const sent: string[] = [];
    const answer = h.polling(sid, { headers: { "accept-encoding": "gzip" } });
    await until(() => h.session.transport.writable);
    h.session.send(long, null, () => sent.push("first"));
    await turn();
    h.session.send("second", () => sent.push("second"));
    expect(h.session.transport.writable).toBe(false);
    expect(gunzipSync((await answer).bytes).toString()).toBe(`4${long}`);
    expect(sent).toEqual(["first"]);
    expect((await h.polling(sid)).body).toBe("4second");
    expect(sent).toEqual(["first", "second"]);
  });

  test("survives a client that hangs up meanwhile", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const socket = await h.tcp();
    socket.write(
      `GET /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n`,
    );
    await until(() => h.session.transport.writable);
    h.session.send("y".repeat(900_000));
    socket.destroy();
    await until(() => h.closes.length === 1);
    await turn();
    expect(h.closes[0]?.[0]).toBe("transport error");
  });
});

describe("a push", () => {
  test("is dispatched first and then answered ok", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const got: unknown[] = [];
    h.session.on("message", (data) => got.push(data));
    const { status, body, headers } = await h.push(sid, "4a\x1ebAQID\x1e4");
    expect(got).toEqual(["a", Buffer.from([1, 2, 3]), ""]);
    expect({ status, body }).toEqual({ status: 200, body: "ok" });
    expect(headers["content-type"]).toBe("text/html");
    expect(headers["content-length"]).toBe("2");
    expect(headers["cache-control"]).toBe("no-store");
  });

  test("may cut characters anywhere", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const got: unknown[] = [];
    h.session.on("message", (data) => got.push(data));
    const socket = await h.tcp();
    const text = Buffer.from("4ä€😀");
    socket.write(
      `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    for (const byte of text) {
      socket.write(Buffer.concat([Buffer.from("1\r\n"), Buffer.from([byte]), Buffer.from("\r\n")]));
      await turn();
    }
    socket.write("0\r\n\r\n");
    await until(() => got.length === 1);
    expect(got).toEqual(["ä€😀"]);
  });

  test("that overlaps another closes the session", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const socket = await h.tcp();
    let isClosed = false;
    socket.on("close", () => (isClosed = true));
    socket.write(
      `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n4a`,
    );
    const poll = await h.pendingPoll(sid);
    expect(await h.push(sid, "4b")).toMatchObject({ status: 400, body: "" });
    expect(h.closes).toEqual([
      ["transport error", expect.objectContaining({ message: "data request overlap from client" })],
    ]);
    expect((await poll.answer).body).toBe("1");
    await until(() => isClosed, "the first push to be cut");
  });

  test("of octets is refused, answered and closes the session", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const headers = { "content-type": "application/octet-stream" };
    expect(await h.polling(sid, { method: "POST", body: "4a", headers })).toMatchObject({
      status: 400,
      body: "",
    });
    expect(h.closes).toEqual([["transport error", expect.objectContaining({ message: "invalid content" })]]);
  });

  test.each([
    ["text/plain;charset=UTF-8"],
    ["application/x-www-form-urlencoded"],
    ["application/octet-stream; x"],
  ])("of type %s is read as text", async (type) => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const answer = await h.polling(sid, { method: "POST", body: "4a", headers: { "content-type": type } });
    expect(answer.body).toBe("ok");
  });

  test("above the limit is refused with 413 and does not close the session", async () => {
    await using h = await Harness.start({ maxHttpBufferSize: 5 });
    const sid = await h.handshake();
    const got: unknown[] = [];
    h.session.on("message", (data) => got.push(data));
    expect(await h.push(sid, "412345")).toMatchObject({ status: 413, body: "" });
    expect(await h.push(sid, "41234")).toMatchObject({ status: 200, body: "ok" });
    expect(got).toEqual(["1234"]);
    expect(h.closes).toEqual([]);
  });

  test("is measured in bytes, also when it does not say how long it is", async () => {
    await using h = await Harness.start({ maxHttpBufferSize: 5 });
    const sid = await h.handshake();
    const headers = { "transfer-encoding": "chunked" };
    expect((await h.polling(sid, { method: "POST", body: "4€€", headers })).status).toBe(413);
    expect((await h.polling(sid, { method: "POST", body: "4€x", headers })).status).toBe(200);
  });

  test("is refused above the limit even if a middleware takes its time before", async () => {
    await using h = await Harness.start({ maxHttpBufferSize: 5 });
    h.engine.use((_req, _res, next) => setImmediate(next));
    const sid = await h.handshake();
    expect((await h.push(sid, "4123456789")).status).toBe(413);
  });

  test("that is aborted closes the session", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const socket = await h.tcp();
    socket.write(
      `POST /engine.io/?EIO=4&transport=polling&sid=${sid} HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n4a`,
    );
    await turn();
    await turn();
    socket.destroy();
    await until(() => h.closes.length === 1);
    expect(h.closes).toEqual([
      ["transport error", expect.objectContaining({ message: "data request connection closed prematurely" })],
    ]);
  });

  test.each([
    ["", 0],
    ["4a\x1e", 1],
    ["abc", 0],
    ["4a\x1e9\x1e4b", 1],
    ["4a\x1eb???", 1],
  ])(
    "with a malformed packet closes the session, behind what came before it (%j)",
    async (body, delivered) => {
      await using h = await Harness.start();
      const sid = await h.handshake();
      const got: unknown[] = [];
      h.session.on("message", (data) => got.push(data));
      const { answer } = await h.pendingPoll(sid);
      expect((await h.push(sid, body)).status).toBe(400);
      expect(h.closes).toEqual([["parse error", expect.objectContaining({ code: "ERR_PACKET_INVALID" })]]);
      expect(got).toHaveLength(delivered);
      expect((await answer).body).toBe("1");
    },
  );

  test("with a ping is a heartbeat in the wrong direction", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    expect((await h.push(sid, "2")).status).toBe(400);
    expect(h.closes).toEqual([
      ["transport error", expect.objectContaining({ message: "invalid heartbeat direction" })],
    ]);
  });

  test("with a pong keeps the session alive, any other packet does not", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    let beats = 0;
    h.session.on("heartbeat", () => beats++);
    h.clock.advance(25_200);
    expect((await h.polling(sid)).body).toBe("2");
    await h.push(sid, "3");
    expect(beats).toBe(1);
    h.clock.advance(25_200);
    expect(h.closes).toEqual([]);
    expect((await h.polling(sid)).body).toBe("2");
    await h.push(sid, "4chatter");
    h.clock.advance(20_000);
    expect(h.closes).toEqual([["ping timeout", undefined]]);
  });

  test("with a close packet ends the session; the poll gets 6, the push ok, and nothing behind it counts", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const got: unknown[] = [];
    h.session.on("message", (data) => got.push(data));
    const { answer } = await h.pendingPoll(sid);
    expect(await h.push(sid, "4a\x1e1\x1e4b")).toMatchObject({ status: 200, body: "ok" });
    expect((await answer).body).toBe("6");
    expect(got).toEqual(["a"]);
    expect(h.closes).toEqual([["transport close", undefined]]);
  });

  test("whose handler closes the session is still answered", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    h.session.on("message", () => h.session.close());
    expect(await h.push(sid, "4a\x1e4b")).toMatchObject({ status: 200, body: "ok" });
    expect((await h.polling(sid)).body).toBe("6\x1e1");
  });
});

describe("closing a polling session", () => {
  test("answers a pending poll with 1 at once", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const { answer } = await h.pendingPoll(sid);
    h.session.close();
    expect(h.closes).toEqual([["forced close", undefined]]);
    expect((await answer).body).toBe("1");
    expect(h.clock.pending).toBe(0);
  });

  test("waits for a poll to answer 6 and 1", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    h.session.close();
    expect(h.session.readyState).toBe("closing");
    expect((await h.polling(sid)).body).toBe("6\x1e1");
    expect(h.closes).toEqual([["forced close", undefined]]);
    expect(h.clock.pending).toBe(0);
  });

  test("delivers what is queued first, alone, and says goodbye to the poll after that", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    h.session.send("a").send("b").close();
    h.session.send("late");
    expect((await h.polling(sid)).body).toBe("4a\x1e4b");
    expect(h.closes).toEqual([]);
    expect((await h.polling(sid)).body).toBe("6\x1e1");
    expect(h.closes).toEqual([["forced close", undefined]]);
  });

  test("delivers what was sent in this turn to the pending poll", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const { answer } = await h.pendingPoll(sid);
    h.session.send("a").close();
    expect((await answer).body).toBe("4a");
    expect((await h.polling(sid)).body).toBe("6\x1e1");
  });

  test("gives up after 30 s without a poll", async () => {
    await using h = await Harness.start();
    await h.handshake();
    h.session.send("a").close();
    h.clock.advance(29_999);
    expect(h.closes).toEqual([]);
    h.clock.advance(1);
    expect(h.closes).toEqual([["forced close", undefined]]);
    expect(h.clock.pending).toBe(0);
  });

  test("still takes the peer's own close, and nothing else", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const got: unknown[] = [];
    h.session.on("message", (data) => got.push(data));
    h.session.close();
    expect((await h.push(sid, "4a")).body).toBe("ok");
    expect(got).toEqual([]);
    expect((await h.push(sid, "1")).body).toBe("ok");
    expect(h.closes).toEqual([["transport close", undefined]]);
  });

  test("with discard ends at once and loses what is queued", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    h.session.send("a").close(true);
    expect(h.closes).toEqual([["forced close", undefined]]);
    expect((await h.polling(sid)).status).toBe(400);
  });

  test("with the engine answers pending polls with 1 and waits for nothing", async () => {
    await using h = await Harness.start();
    const first = await h.handshake();
    const { answer } = await h.pendingPoll(first);
    await h.handshake();
    h.session.send("lost");
    h.engine.close();
    expect(h.closes).toEqual([
      ["forced close", undefined],
      ["forced close", undefined],
    ]);
    expect((await answer).body).toBe("1");
    expect(h.engine.clientsCount).toBe(0);
    expect(h.clock.pending).toBe(0);
  });

  test("shows the handler what was not delivered", async () => {
    await using h = await Harness.start();
    await h.handshake();
    h.session.send("lost");
    const seen: unknown[] = [];
    h.session.on("close", () => seen.push(...h.session.writeBuffer.map(({ data }) => data)));
    h.session.close(true);
    expect(seen).toEqual(["lost"]);
  });

  test("is told to the handler exactly once, however often and from wherever it is asked for", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const { answer } = await h.pendingPoll(sid);
    h.session.on("close", () => h.session.close().close(true));
    h.session.close().close().close(true);
    h.session.onSilence();
    await answer;
    await turn();
    expect(h.closes).toHaveLength(1);
  });
});
