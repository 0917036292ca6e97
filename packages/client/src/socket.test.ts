import { describe, expect, test, vi } from "vitest";
import type { SocketOptions } from "./options.ts";
import { bench } from "./testing/fake-engine.ts";

/** A socket whose manager's engine is opening. */
function setUp(options: SocketOptions = {}, managerOptions = {}) {
  const parts = bench(managerOptions);
  const socket = parts.manager.socket("/", options);
  const seen: unknown[][] = [];
  socket.on("connect", () => seen.push(["connect"]));
  socket.on("connect_error", (error) => seen.push(["connect_error", error.message, error.data]));
  socket.on("disconnect", (reason) => seen.push(["disconnect", reason]));
  socket.onAny((...args) => seen.push(args));
  return { ...parts, socket, seen, engine: parts.engines[0]! };
}

function connected(options: SocketOptions = {}, reply = '0{"sid":"id1"}') {
  const parts = setUp(options);
  parts.engine.open();
  parts.engine.receive(reply);
  parts.engine.take();
  parts.seen.length = 0;
  /** Loses the connection and gets it back. */
  const reconnect = (again = '0{"sid":"id2"}') => {
    parts.engines.at(-1)!.drop();
    parts.clock.advance(1000);
    const engine = parts.engines.at(-1)!;
    engine.open();
    const request = engine.take();
    engine.receive(again);
    return { engine, request };
  };
  return { ...parts, reconnect };
}

describe("connecting", () => {
  test("asks to join when the connection opens, and is connected when that was confirmed", () => {
    const { socket, engine, seen } = setUp();
    expect(socket).toMatchObject({ connected: false, disconnected: true, active: true, id: undefined });
    engine.open();
    expect(engine.take()).toEqual(["0"]);
    engine.receive('0{"sid":"id1"}');
    expect(seen).toEqual([["connect"]]);
    expect(socket).toMatchObject({ connected: true, active: true, id: "id1", recovered: false });
  });

  test("asks at once when the connection is open already, and once only", () => {
    const { manager, engine } = setUp();
    engine.open();
    engine.take();
    const other = manager.socket("/other", { auth: { token: 1 } });
    other.connect();
    manager.socket("/other");
    expect(engine.take()).toEqual(['0/other,{"token":1}']);
  });

  test("sends auth, asked anew at each connect when it is a function", () => {
    let n = 0;
    const { reconnect, socket } = connected({ auth: (callback) => callback({ n: ++n }) });
    expect(reconnect().request).toEqual(['0{"n":2}']);
    socket.auth = { fixed: true };
    expect(reconnect().request).toEqual(['0{"fixed":true}']);
  });

  test("delivers what came early, sends what was emitted early, then says connect", () => {
    const { socket, engine, seen } = setUp();
    socket.on("connect", () => socket.emit("at connect"));
    socket.on("first", () => socket.emit("in early handler"));
    socket.onAnyOutgoing((...args) => seen.push(["out", ...args]));
    socket.emit("early", 1);
    engine.open();
    engine.receive('2["first"]', '2["second",{"a":1}]');
    expect(seen).toEqual([]);
    expect(socket.receiveBuffer).toHaveLength(2);
    expect(Object.isFrozen(socket.receiveBuffer[0])).toBe(true);
    engine.take();
    engine.receive('0{"sid":"x"}');
    expect(seen).toEqual([
      ["first"],
      ["out", "in early handler"],
      ["second", { a: 1 }],
      ["out", "early", 1],
      ["connect"],
      ["out", "at connect"],
    ]);
    expect(engine.take()).toEqual(['2["in early handler"]', '2["early",1]', '2["at connect"]']);
    expect([socket.sendBuffer, socket.receiveBuffer]).toEqual([[], []]);
  });

  test("reports a refusal, becomes inactive, and lets the connection go if nobody else needs it", () => {
    const { socket, engine, seen, clock } = setUp();
    engine.open();
    engine.receive('4{"message":"go away","data":{"code":1}}');
    expect(seen).toEqual([["connect_error", "go away", { code: 1 }]]);
    expect(socket.active).toBe(false);
    expect([engine.isClosed, clock.pending]).toEqual([true, 0]);
    socket.connect();
    expect(socket.active).toBe(true);
  });

  test("reports failures of the connection while not connected, and stays active", () => {
    const { socket, engine, seen } = setUp();
    engine.fail("no route");
    expect(seen).toEqual([["connect_error", "no route", undefined]]);
    expect(socket.active).toBe(true);
    const { engine: open, seen: none } = connected();
    open.fail();
    expect(none).toEqual([["disconnect", "transport error"]]);
  });

  test("reports a reply without id, as old servers give it", () => {
    const { engine, seen, socket } = setUp();
    engine.open();
    engine.receive("0");
    expect(seen).toMatchObject([["connect_error", expect.stringContaining("v2 server"), undefined]]);
    expect(socket.connected).toBe(false);
  });
});

describe("disconnecting", () => {
  test("by the application: says so to the server and stays away", () => {
    const { socket, engine, seen, clock } = connected();
    expect(socket.disconnect()).toBe(socket);
    expect(engine.take()).toEqual(["1"]);
    expect(seen).toEqual([["disconnect", "io client disconnect"]]);
    expect(socket).toMatchObject({ connected: false, active: false, id: undefined });
    expect([engine.isClosed, clock.pending]).toEqual([true, 0]);
  });

  test("by the server: stays away until asked", () => {
    const { socket, engine, engines, seen, clock } = connected();
    engine.receive("1");
    expect(seen).toEqual([["disconnect", "io server disconnect"]]);
    expect([socket.active, clock.pending]).toEqual([false, 0]);
    socket.connect();
    engines.at(-1)!.open();
    engines.at(-1)!.receive('0{"sid":"again"}');
    expect(socket.id).toBe("again");
  });

  test("leaves the connection to the other namespaces", () => {
    const { manager, engine, socket } = connected();
    const other = manager.socket("/other");
    engine.receive('0/other,{"sid":"o"}');
    socket.disconnect();
    expect(engine.isClosed).toBe(false);
    expect(other.connected).toBe(true);
    engine.receive('2["lost"]');
    other.close();
    expect(engine.isClosed).toBe(true);
  });

  test("does not reach a socket that has left when the connection is lost later", () => {
    const { manager, engine, socket, seen } = connected();
    manager.socket("/other");
    socket.disconnect();
    engine.drop();
    expect(seen).toEqual([["disconnect", "io client disconnect"]]);
  });
});

describe("sending", () => {
  test("refuses the names of its own events", () => {
    const { socket } = connected();
    for (const name of [
      "connect",
      "connect_error",
      "disconnect",
      "disconnecting",
      "newListener",
      "removeListener",
    ]) {
      expect(() => socket.emit(name)).toThrow(
        expect.objectContaining({
          code: "ERR_RESERVED_EVENT",
          message: `"${name}" is a reserved event name`,
        }),
      );
    }
    expect(() => socket.emit("error")).not.toThrow();
  });

  test("keeps events while away, but not volatile ones; with the connection stalled these are dropped too", () => {
    const { socket, engine, reconnect } = connected();
    engine.drop();
    socket.emit("kept").volatile.emit("dropped");
    const { engine: again } = reconnect();
    expect(again.take()).toEqual(['2["kept"]']);
    again.transport.writable = false;
    socket.volatile.emit("dropped too");
    socket.emit("queued by the connection");
    expect(again.take()).toEqual(['2["queued by the connection"]']);
  });

  test("keeps an event when the server turns out to be dead already", () => {
    const { socket, engine } = connected();
    engine.isExpired = true;
    socket.emit("later");
    expect([engine.take(), socket.sendBuffer.length]).toEqual([[], 1]);
  });

  test("sends attachments after their packet and passes compress on, for one event", () => {
    const { socket, engine } = connected();
    socket.compress(false).emit("a", new Uint8Array([1]));
    socket.send("b");
    expect(engine.compressed.slice(1)).toEqual([false, false, true]);
    expect(engine.take()).toEqual([
      '51-["a",{"_placeholder":true,"num":0}]',
      new Uint8Array([1]),
      '2["message","b"]',
    ]);
  });
});

describe("acknowledgements", () => {
  test("of the server reach the callback once, with ids from 0", () => {
    const { socket, engine } = connected();
    const ack = vi.fn();
    socket.emit("a", ack);
    socket.emit("b", 1, ack);
    expect(engine.take()).toEqual(['20["a"]', '21["b",1]']);
    engine.receive('31["second",2]', '30["first"]', '30["again"]', '399["unknown"]');
    expect(ack.mock.calls).toEqual([["second", 2], ["first"]]);
  });

  test("to the server are sent once, id 0 included", () => {
    const { socket, engine } = connected();
    socket.on("q", (...args) => {
      args.at(-1)("yes", 1);
      args.at(-1)("no");
    });
    engine.receive('20["q","x"]');
    expect(engine.take()).toEqual(['30["yes",1]']);
  });

  test("time out with an error, and take the event along if it was not sent yet", () => {
    const { socket, clock, engine } = setUp();
    const results: unknown[] = [];
    socket
      .timeout(50)
      .emit("a", (error: any, value: unknown) => results.push([error?.code, error?.message, value]));
    expect(socket.sendBuffer).toHaveLength(1);
    clock.advance(50);
    expect(results).toEqual([["ERR_ACK_TIMEOUT", "operation has timed out", undefined]]);
    expect(socket.sendBuffer).toHaveLength(0);
    engine.open();
    engine.receive('0{"sid":"x"}');
    socket.timeout(50).emit("b", (error: any, value: unknown) => results.push([error, value]));
    engine.receive('31["ok"]');
    expect(results.at(-1)).toEqual([null, "ok"]);
    expect(clock.pending).toBe(0);
  });

  test("with ackTimeout are error-first everywhere", () => {
    const { socket, clock } = connected({ ackTimeout: 10 });
    const ack = vi.fn();
    socket.emit("a", ack);
    clock.advance(10);
    expect(ack.mock.calls).toMatchObject([[{ code: "ERR_ACK_TIMEOUT" }]]);
  });

  test("of what was sent fail with the connection; of what was not they are kept", async () => {
    const { socket, engine, reconnect } = connected();
    const plain = vi.fn();
    const timed = vi.fn();
    socket.emit("plain", plain);
    socket.timeout(60_000).emit("timed", timed);
    const promised = socket.emitWithAck("promised");
    engine.drop();
    const kept = socket.emitWithAck("kept");
    expect(timed.mock.calls).toMatchObject([
      [{ message: "socket has been disconnected", code: "ERR_ACK_DISCONNECTED" }],
    ]);
    await expect(promised).rejects.toThrow("socket has been disconnected");
    const { engine: again } = reconnect();
    expect(again.take()).toEqual(['23["kept"]']);
    again.receive('33["at last"]');
    expect(await kept).toBe("at last");
    expect(plain).not.toHaveBeenCalled();
  });

  test("as promises reject on timeout", async () => {
    const { socket, clock } = connected();
    const answer = socket.timeout(5).emitWithAck("a");
    clock.advance(5);
    await expect(answer).rejects.toMatchObject({ code: "ERR_ACK_TIMEOUT" });
  });
});

describe("retries", () => {
  test("send one event at a time, with a new id each try, until acknowledged", () => {
    const { socket, engine, clock } = connected({ retries: 2, ackTimeout: 10 });
    const done = vi.fn();
    socket.emit("a", done);
    socket.emit("b");
    expect(engine.take()).toEqual(['20["a"]']);
    clock.advance(10);
    expect(engine.take()).toEqual(['21["a"]']);
    engine.receive('31["ok"]');
    expect(done.mock.calls).toEqual([[null, "ok"]]);
    expect(engine.take()).toEqual(['22["b"]']);
  });

  test("give up after the last try and go on with the next event", () => {
    const { socket, engine, clock } = connected({ retries: 1, ackTimeout: 10 });
    const done = vi.fn();
    socket.emit("a", done);
    socket.emit("b");
    clock.advance(10);
    expect(done).not.toHaveBeenCalled();
    clock.advance(10);
    expect(done.mock.calls).toMatchObject([[{ code: "ERR_ACK_TIMEOUT" }]]);
    expect(engine.take()).toEqual(['20["a"]', '21["a"]', '22["b"]']);
  });

  test("send the first event again after a reconnect, before connect is raised", () => {
    const { socket, engine, reconnect, seen } = connected({ retries: 5, ackTimeout: 60_000 });
    socket.emit("a");
    socket.emit("b");
    engine.take();
    engine.drop();
    socket.emit("c");
    expect(socket.sendBuffer).toEqual([]);
    socket.onAnyOutgoing((event) => seen.push(["out", event]));
    seen.length = 0;
    const { engine: again } = reconnect();
    expect(seen).toEqual([["out", "a"], ["connect"]]);
    expect(again.take()).toEqual(['21["a"]']);
    again.receive("31[]");
    expect(again.take()).toEqual(['22["b"]']);
  });

  test("do not hold back volatile events", () => {
    const { socket, engine } = connected({ retries: 1, ackTimeout: 10 });
    socket.emit("a");
    socket.volatile.emit("v");
    expect(engine.take()).toEqual(['20["a"]', '2["v"]']);
  });
});

describe("recovery", () => {
  test("offers the session and the last offset, and knows whether it was taken up", () => {
    const { socket, engine, reconnect } = connected({ auth: { token: 1 } }, '0{"sid":"id1","pid":"p1"}');
    expect(socket.recovered).toBe(false);
    engine.receive('2["news",1,"offset-1"]', '2["news",2]');
    const first = reconnect('0{"sid":"id1","pid":"p1"}');
    expect(first.request).toEqual(['0{"pid":"p1","offset":"offset-1","token":1}']);
    expect(socket).toMatchObject({ recovered: true, id: "id1" });
    reconnect('0{"sid":"id2","pid":"p2"}');
    expect(socket).toMatchObject({ recovered: false, id: "id2" });
    expect(reconnect().request).toEqual(['0{"pid":"p2","token":1}']);
  });

  test("offers nothing to a server that gave no session", () => {
    const { engine, reconnect } = connected();
    engine.receive('2["news","looks like an offset"]');
    expect(reconnect().request).toEqual(["0"]);
  });
});

describe("listening", () => {
  test("catch-all listeners come first, in their order, and can be removed", () => {
    const { socket, engine } = connected();
    const calls: unknown[] = [];
    const a = (...args: unknown[]) => calls.push(["a", ...args]);
    socket.onAny(a).prependAny((...args) => calls.push(["b", ...args]));
    socket.on("e", (...args) => calls.push(["listener", ...args]));
    engine.receive('2["e",1]');
    expect(calls).toEqual([
      ["b", "e", 1],
      ["a", "e", 1],
      ["listener", 1],
    ]);
    socket.offAny(a);
    expect(socket.listenersAny()).toHaveLength(2);
    socket.offAny();
    expect(socket.listenersAny()).toEqual([]);
    const out = vi.fn();
    socket.onAnyOutgoing(out);
    socket.emit("x", 1, () => {});
    socket.offAnyOutgoing(out).emit("y");
    expect(out.mock.calls).toEqual([["x", 1]]);
    expect(socket.prependAnyOutgoing(out).listenersAnyOutgoing()).toEqual([out]);
  });

  test("numbers are event names, and names of Object.prototype are nothing special", () => {
    const { socket, engine } = connected();
    const got = vi.fn();
    socket.on("1", got).on("__proto__", got).on("constructor", got);
    engine.receive('2[1,"n"]', '2["__proto__","p"]', '2["constructor","c"]', '2["toString"]');
    expect(got.mock.calls).toEqual([["n"], ["p"], ["c"]]);
  });
});
