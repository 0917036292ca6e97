import { describe, expect, test } from "vitest";
import { SharedMessage } from "../shared-message.ts";
import { Harness, turn, until } from "../testing/harness.ts";

describe("a session on WebSocket", () => {
  test("begins with the open packet, which offers no upgrade", async () => {
    await using h = await Harness.start({ initialPacket: "first" });
    h.engine.on("connection", (session) => session.send("second"));
    const peer = h.webSocket();
    await peer.has(3);
    expect(peer.received[0]).toMatch(/^0\{"sid":"[\w-]{20}","upgrades":\[\],"pingInterval":25000,/);
    expect(peer.received.slice(1)).toEqual(["4first", "4second"]);
    expect(h.session).toMatchObject({ readyState: "open", protocol: 4, upgraded: false, upgrading: false });
    expect(h.session.transport.name).toBe("websocket");
    expect(h.session.remoteAddress).toBe("127.0.0.1");
  });

  test("exchanges text and binary messages, one frame each, in order", async () => {
    await using h = await Harness.start();
    const got: unknown[] = [];
    h.engine.on("connection", (session) => session.on("message", (data) => got.push(data)));
    const peer = h.webSocket();
    await peer.has(1);
    for (const data of ["4a", Buffer.from([1, 2]), "4", "4€😀", "bAQID"]) peer.socket.send(data);
    await until(() => got.length === 5);
    expect(got).toEqual(["a", Buffer.from([1, 2]), "", "€😀", Buffer.from([1, 2, 3])]);
    h.session
      .send("a")
      .send(new Uint8Array([1, 2]))
      .send("")
      .send(new Int16Array([1, 2, 3]).subarray(1));
    h.session.send(new Uint8Array([9]).buffer);
    await peer.has(6);
    expect(peer.received.slice(1)).toEqual([
      "4a",
      Buffer.from([1, 2]),
      "4",
      Buffer.from([2, 0, 3, 0]),
      Buffer.from([9]),
    ]);
  });

  test("sends binary as base64 text to clients that cannot take frames of it", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket("&b64=1");
    await peer.has(1);
    h.session.send(Buffer.from([1, 2, 3])).send("text");
    await peer.has(3);
    expect(peer.received.slice(1)).toEqual(["bAQID", "4text"]);
  });

  test("pings after the interval and closes the silent within interval + timeout", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    h.clock.advance(25_200);
    await peer.has(2);
    expect(peer.received[1]).toBe("2");
    let beats = 0;
    h.session.on("heartbeat", () => beats++);
    peer.socket.send("3");
    await until(() => beats === 1);
    h.clock.advance(25_200);
    await peer.has(3);
    h.clock.advance(19_000);
    expect(h.closes).toEqual([]);
    h.clock.advance(1000);
    expect(h.closes).toEqual([["ping timeout", undefined]]);
    await peer.isClosed();
  });

  test("is not kept alive by packets other than pongs", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    h.clock.advance(25_200);
    await peer.has(2);
    let got = 0;
    h.session.on("message", () => got++);
    peer.socket.send("4chatter");
    await until(() => got === 1);
    h.clock.advance(20_000);
    expect(h.closes).toEqual([["ping timeout", undefined]]);
  });

  test("reports a close by the peer as transport close", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    peer.socket.close();
    await until(() => h.closes.length === 1);
    expect(h.closes).toEqual([["transport close", { code: 1005, reason: "" }]]);
    expect(h.engine.clientsCount).toBe(0);
  });

  test("reports a connection that breaks as transport close", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    peer.socket.terminate();
    await until(() => h.closes.length === 1);
    expect(h.closes[0]?.[0]).toBe("transport close");
    await until(() => h.clock.pending === 0, "every timer to be released");
  });

  test("closes with 1009 on a message above the limit, for the reason transport error", async () => {
    await using h = await Harness.start({ maxHttpBufferSize: 5 });
    const peer = h.webSocket();
    await peer.has(1);
    peer.socket.send("412345");
    await peer.isClosed();
    expect(peer.closed).toEqual({ code: 1009 });
    expect(h.closes).toEqual([["transport error", expect.objectContaining({ closeCode: 1009 })]]);
    const other = h.webSocket();
    await other.has(1);
  });

  test.each([
    ["", "parse error"],
    ["x", "parse error"],
    ["b*", "parse error"],
    ["2", "transport error"],
  ])("closes on the packet %j with %s", async (packet, reason) => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    peer.socket.send(packet);
    await peer.isClosed();
    expect(h.closes.map(([given]) => given)).toEqual([reason]);
  });

  test("survives a close packet, and ends", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    peer.socket.send("1");
    await peer.isClosed();
    expect(h.closes.map(([reason]) => reason)).toEqual(["transport close"]);
  });

  test("survives bytes that are no frames", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    Reflect.get(peer.socket, "_socket").write("GET / HTTP/1.1\r\n\r\n");
    await until(() => h.closes.length === 1);
    expect(h.closes[0]?.[0]).toBe("transport error");
  });

  test("delivers what is queued and closes without a code when it is closed", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    h.session.send("a").send("b").close();
    expect(h.closes).toEqual([["forced close", undefined]]);
    expect(h.session.readyState).toBe("closed");
    h.session.send("late");
    await peer.isClosed();
    expect(peer.received.slice(1)).toEqual(["4a", "4b"]);
    expect(peer.closed).toEqual({ code: 1005 });
  });

  test("takes nothing in after it is closed", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    const got: unknown[] = [];
    h.session.on("message", (data) => {
      got.push(data);
      h.session.close();
    });
    peer.socket.send("4a");
    peer.socket.send("4b");
    await peer.isClosed();
    expect(got).toEqual(["a"]);
  });
});

describe("volatile messages, callbacks and drain", () => {
  test("a volatile message behind a regular one of the same turn is dropped whole", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    await until(() => h.session.transport.writable);
    const volatile = () => new SharedMessage(["v", Buffer.from([1])], { volatile: true });
    expect(h.session.sendMessage(volatile())).toBe(true);
    expect(h.session.sendMessage(volatile())).toBe(false);
    expect(h.session.sendMessage(new SharedMessage(["r"]))).toBe(true);
    await turn();
    expect(h.session.sendMessage(volatile())).toBe(true);
    await peer.has(6);
    expect(peer.received.slice(1)).toEqual(["4v", Buffer.from([1]), "4r", "4v", Buffer.from([1])]);
  });

  test("a message to a session that is not open is not taken", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    h.session.close();
    expect(h.session.sendMessage(new SharedMessage(["a"]))).toBe(false);
  });

  test("callbacks run in the order of sending, once each, with the transport", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    const calls: unknown[] = [];
    h.session.send("a", (transport) => calls.push(["a", transport.name]));
    h.session.send("b");
    h.session.send("c", { compress: false }, () => calls.push("c"));
    h.session.write("d", null, () => calls.push("d"));
    expect(calls).toEqual([]);
    await peer.has(5);
    expect(calls).toEqual([["a", "websocket"], "c", "d"]);
    h.session.send("e");
    await peer.has(6);
    expect(calls).toHaveLength(3);
  });

  test("callbacks of a session that closes before are never called", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    let calls = 0;
    h.session.send("a", () => calls++);
    h.session.close(true);
    await peer.isClosed();
    expect(calls).toBe(0);
  });

  test("flush and drain are raised on the session and the engine", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    const events: unknown[] = [];
    h.engine.on("flush", (session, packets) =>
      events.push(["engine flush", session === h.session, packets.length]),
    );
    h.engine.on("drain", (session) => events.push(["engine drain", session === h.session]));
    h.session.on("flush", (packets) => events.push(["flush", Array.isArray(packets)]));
    h.session.on("drain", () => events.push(["drain"]));
    h.session.send("a");
    await until(() => events.length === 4);
    expect(events).toEqual([["flush", true], ["engine flush", true, 0], ["drain"], ["engine drain", true]]);
  });

  test("packets can be listened to, both ways", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket();
    await peer.has(1);
    const seen: unknown[] = [];
    h.session.on("packet", (packet) => seen.push(packet));
    h.session.on("packetCreate", (packet) => seen.push(packet));
    h.session.send("out");
    peer.socket.send("4in");
    peer.socket.send(Buffer.from([1]));
    peer.socket.send("3");
    await until(() => seen.length === 4);
    expect(seen).toEqual([
      { type: "message", data: "out", options: { compress: true } },
      { type: "message", data: "in" },
      { type: "message", data: Buffer.from([1]) },
      { type: "pong" },
    ]);
  });

  test("a handler gets messages by direct call, and the close once and last", async () => {
    await using h = await Harness.start();
    const calls: unknown[] = [];
    h.engine.on("connection", (session) =>
      session.start({
        onMessage: (payload) => calls.push(payload),
        onDrain: () => calls.push("drain"),
        onClose: (reason) => calls.push(reason),
      }),
    );
    const peer = h.webSocket();
    await peer.has(1);
    peer.socket.send("4a");
    peer.socket.send(Buffer.from([7]));
    await until(() => calls.length >= 3);
    peer.socket.close();
    await until(() => calls.includes("transport close"));
    expect(calls).toEqual(["drain", "a", Buffer.from([7]), "transport close"]);
  });

  test("a frame reaches the handler through two functions of this library", async () => {
    await using h = await Harness.start();
    let stack = "";
    h.engine.on("connection", (session) =>
      session.start({ onMessage: () => (stack = new Error("where").stack ?? ""), onClose: () => {} }),
    );
    const peer = h.webSocket();
    await peer.has(1);
    peer.socket.send("4a");
    await until(() => stack !== "");
    const ours = stack
      .split("\n")
      .filter((line) => /packages\/(engine|websocket)\/src\/(?!.*\.test)/.test(line));
    expect(ours).toHaveLength(2);
  });
});

describe("compression on WebSocket", () => {
  test("is off unless asked for", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket("", {}, true);
    await peer.has(1);
    expect(peer.responseHeaders["sec-websocket-extensions"]).toBeUndefined();
  });

  test("compresses messages from the threshold on, unless told not to", async () => {
    await using h = await Harness.start({ perMessageDeflate: { threshold: 10 } });
    const peer = h.webSocket("", {}, true);
    await peer.has(1);
    const socket: { bytesRead: number } = Reflect.get(peer.socket, "_socket");
    const text = "x".repeat(1000);
    const sizeOf = async (send: () => void): Promise<number> => {
      const [before, count] = [socket.bytesRead, peer.received.length];
      send();
      await peer.has(count + 1);
      expect(peer.received.at(-1)).toBe(`4${text}`);
      return socket.bytesRead - before;
    };
    expect(await sizeOf(() => h.session.send(text))).toBeLessThan(100);
    expect(await sizeOf(() => h.session.send(text, { compress: false }))).toBeGreaterThan(1000);
    peer.socket.send(`4${"y".repeat(5000)}`);
    const got: unknown[] = [];
    h.session.on("message", (data) => got.push(data));
    await until(() => got.length === 1);
    expect(got).toEqual(["y".repeat(5000)]);
  });
});
