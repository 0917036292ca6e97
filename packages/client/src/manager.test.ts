import { describe, expect, test, vi } from "vitest";
import { Manager } from "./manager.ts";
import { bench } from "./testing/fake-engine.ts";

describe("connecting", () => {
  test("begins at construction unless told otherwise", () => {
    expect(bench().engines).toHaveLength(1);
    const { engines, manager } = bench({ autoConnect: false });
    expect(engines).toHaveLength(0);
    manager.open();
    manager.open();
    manager.connect();
    expect(engines).toHaveLength(1);
  });

  test("ends after the timeout with an error and the engine closed, and is tried again", () => {
    const { clock, engine, log } = bench();
    clock.advance(19_999);
    expect(log).toEqual([]);
    clock.advance(1);
    expect(log).toEqual(["error timeout"]);
    expect(engine).toMatchObject({ isClosed: true, handler: undefined });
    expect(clock.nextDelay).toBe(1000);
  });

  test("may take for ever, or no time at all", () => {
    expect(bench({ timeout: false }).clock.pending).toBe(0);
    expect(bench({ timeout: 0 }).clock.nextDelay).toBe(0);
  });

  test("clears the timeout once open", () => {
    const { clock, engine, log } = bench();
    engine.open();
    expect([clock.pending, log]).toEqual([0, ["open"]]);
  });

  test("with a callback, leaves the outcome to the caller", () => {
    const { clock, engines, manager } = bench({ autoConnect: false });
    const results: unknown[] = [];
    manager.open((error) => results.push(error?.message));
    engines[0]!.fail("no");
    expect([results, clock.pending]).toEqual([["no"], 0]);
    manager.open((error) => results.push(error?.message));
    engines[1]!.open();
    expect(results).toEqual(["no", undefined]);
  });

  test("checks its options and leaves the caller's object alone", () => {
    const given = Object.freeze({ autoConnect: false, query: Object.freeze({ a: 1 }), timeout: undefined });
    const { manager } = bench(given);
    expect(manager.opts).toMatchObject({ path: "/socket.io", query: { a: 1 }, timeout: 20_000 });
    expect(manager.opts.query).not.toBe(given.query);
    for (const wrong of [
      { timeout: "5" },
      { reconnectionDelay: -1 },
      { reconnectionAttempts: NaN },
      { randomizationFactor: 2 },
    ]) {
      expect(() => new Manager("http://h", { ...(wrong as object), autoConnect: false })).toThrow(
        expect.objectContaining({ code: "ERR_INVALID_OPTION" }),
      );
    }
  });
});

describe("reconnecting", () => {
  test("waits longer from attempt to attempt, then starts over after success", () => {
    const { clock, engines, log } = bench();
    engines[0]!.open();
    engines[0]!.drop();
    expect(log.splice(0)).toEqual(["open", "close transport close"]);
    for (const [n, delay] of [1000, 2000, 4000, 5000].entries()) {
      expect(clock.nextDelay).toBe(delay);
      clock.advance(delay);
      engines[n + 1]!.fail();
      expect(log.splice(0)).toEqual([`reconnect_attempt ${n + 1}`, "error boom", "reconnect_error boom"]);
    }
    clock.advance(5000);
    engines[5]!.open();
    expect(log.splice(0)).toEqual(["reconnect_attempt 5", "open", "reconnect 5"]);
    engines[5]!.drop();
    expect(clock.nextDelay).toBe(1000);
  });

  test("plans the next attempt before it tells of the failure", () => {
    const { clock, engines, manager } = bench();
    engines[0]!.fail();
    clock.advance(1000);
    let planned: number | undefined;
    manager.on("reconnect_error", () => (planned = clock.nextDelay));
    engines[1]!.fail();
    expect(planned).toBe(2000);
  });

  test("gives up after the last attempt, once", () => {
    const { clock, engines, log } = bench({ reconnectionAttempts: 1 });
    engines[0]!.fail();
    clock.advance(1000);
    engines[1]!.fail();
    expect(log).toEqual([
      "error boom",
      "reconnect_attempt 1",
      "error boom",
      "reconnect_failed",
      "reconnect_error boom",
    ]);
    expect(clock.pending).toBe(0);
  });

  test("does not happen when switched off, then or at the start", () => {
    const off = bench({ reconnection: false });
    off.engine.fail();
    expect(off.clock.pending).toBe(0);
    const { manager, engine, clock } = bench();
    engine.fail();
    expect(clock.pending).toBe(1);
    manager.reconnection(false);
    expect(clock.pending).toBe(0);
  });

  test("does not happen after disconnect, not even when that was called by a listener of the failure", () => {
    for (const event of ["close", "error"] as const) {
      const { manager, engine, clock } = bench();
      engine.open();
      manager.on(event, () => manager.disconnect());
      engine.fail();
      expect(clock.pending).toBe(0);
    }
    const { manager, engine, clock, log } = bench();
    engine.fail();
    manager.disconnect();
    expect([clock.pending, log]).toEqual([0, ["error boom", "close forced close"]]);
  });

  test("is cut short by open(), which makes one engine, not two", () => {
    const { manager, engines, clock, log } = bench();
    engines[0]!.open();
    engines[0]!.drop();
    manager.open();
    clock.advance(5000);
    expect(engines).toHaveLength(2);
    engines[1]!.open();
    expect(log).toEqual(["open", "close transport close", "open", "reconnect 1"]);
    expect(clock.pending).toBe(0);
  });

  test("can be stopped by the listener of the attempt", () => {
    const { manager, engines, clock } = bench();
    engines[0]!.fail();
    manager.on("reconnect_attempt", () => manager.disconnect());
    clock.advance(1000);
    expect([engines.length, clock.pending]).toEqual([1, 0]);
  });

  test("follows when a listener throws", async () => {
    const { manager, engine, clock } = bench();
    const uncaught = vi.fn();
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.once("uncaughtException", uncaught);
    try {
      engine.open();
      manager.on("close", () => {
        throw new Error("mine");
      });
      engine.drop();
      expect(clock.nextDelay).toBe(1000);
      await vi.waitFor(() => expect(uncaught).toHaveBeenCalledTimes(1));
    } finally {
      process.removeAllListeners("uncaughtException");
      for (const listener of others) process.on("uncaughtException", listener);
    }
  });
});

test("hears no more of an engine it has given up", () => {
  const { manager, engines, clock, log } = bench();
  const { handler } = engines[0]!;
  manager.disconnect();
  manager.open();
  expect(handler).toBeDefined();
  engines[0]!.open();
  engines[0]!.drop();
  expect(log).toEqual(["close forced close"]);
  engines[1]!.open();
  expect(log).toEqual(["close forced close", "open"]);
  expect(clock.pending).toBe(0);
});

test("closes and comes back when the server sends what cannot be decoded", () => {
  const { engine, clock, log } = bench();
  engine.open();
  engine.receive("9");
  expect(log).toEqual(["open", "close parse error"]);
  expect(engine.isClosed).toBe(true);
  expect(clock.nextDelay).toBe(1000);
});

test("forgets half a packet when the connection is lost", () => {
  const { manager, engines, clock } = bench();
  const socket = manager.socket("/");
  const got = vi.fn();
  socket.on("a", got);
  engines[0]!.open();
  engines[0]!.receive('0{"sid":"1"}', '51-["a",{"_placeholder":true,"num":0}]');
  engines[0]!.drop();
  clock.advance(1000);
  engines[1]!.open();
  engines[1]!.receive('0{"sid":"2"}', '2["a",1]');
  expect(got.mock.calls).toEqual([[1]]);
});

test("settings can be read and changed while it runs", () => {
  const { manager } = bench({ autoConnect: false });
  expect(manager.reconnectionAttempts()).toBe(Infinity);
  manager
    .reconnection(false)
    .reconnectionAttempts(3)
    .reconnectionDelay(1)
    .reconnectionDelayMax(2)
    .randomizationFactor(0)
    .timeout(false);
  expect([
    manager.reconnection(),
    manager.reconnectionAttempts(),
    manager.reconnectionDelay(),
    manager.reconnectionDelayMax(),
    manager.randomizationFactor(),
    manager.timeout(),
  ]).toEqual([false, 3, 1, 2, 0, false]);
});

test("passes pings on", () => {
  const { engine, log } = bench();
  engine.open();
  engine.handler!.onPing();
  expect(log).toEqual(["open", "ping"]);
});
