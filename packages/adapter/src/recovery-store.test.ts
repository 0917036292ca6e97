import { expect, test } from "vitest";
import { RecoveryStore } from "./recovery-store.ts";
import type { RecoverableSession } from "./recovery-store.ts";
import { ManualClock } from "./testing/manual-clock.ts";

const MINUTE = 60_000;

function storeOf(maxDisconnectionMs = 2 * MINUTE): { store: RecoveryStore<string>; clock: ManualClock } {
  const clock = new ManualClock();
  const store = new RecoveryStore<string>({ clock, maxDisconnectionMs, epoch: "e" }, () => false);
  return { store, clock };
}

function session(pid: string, more: Partial<RecoverableSession> = {}): RecoverableSession {
  return { sid: `s-${pid}`, pid, rooms: [`s-${pid}`, "x"], data: {}, ...more };
}

const all = { rooms: new Set<string>() };

test("hands out a session with what it missed, once", () => {
  const { store } = storeOf();
  store.append("a", all);
  const saved = session("p");
  store.save(saved);
  store.append("b", { rooms: new Set(["x"]) });
  store.append("c", { rooms: new Set(["y"]) });
  expect(store.take("q", "e:1")).toBeUndefined();
  expect(store.take("p", "e:1")).toEqual({ session: saved, missed: ["b"] });
  expect(store.take("p", "e:1")).toBeUndefined();
});

test("keeps a session that was asked for with a wrong offset", () => {
  const { store } = storeOf();
  store.save(session("p"));
  expect(store.take("p", "f:0")).toBeUndefined();
  expect(store.take("p", "")).toBeUndefined();
  expect(store.take("p", "e:0")).toBeDefined();
});

test("a client without an offset gets all since its session began", () => {
  const { store } = storeOf();
  store.append("a", all);
  store.save(session("p", { start: store.position }));
  store.append("b", all);
  expect(store.take("p", "")?.missed).toEqual(["b"]);
});

test("an offset of an earlier session does not bring back what came before this one", () => {
  const { store } = storeOf();
  for (const event of "abc") store.append(event, all);
  store.save(session("p", { start: "e:2" }));
  expect(store.take("p", "e:1")?.missed).toEqual(["c"]);
});

test("a session is gone after its time", () => {
  const { store, clock } = storeOf();
  store.save(session("p"));
  store.save(session("q"));
  clock.advance(2 * MINUTE);
  expect(store.take("p", "e:0")).toBeDefined();
  clock.advance(1);
  expect(store.take("q", "e:0")).toBeUndefined();
});

test("its time begins when it is saved, for the last time", () => {
  const { store, clock } = storeOf();
  store.save(session("p"));
  store.save(session("q"));
  clock.advance(MINUTE);
  store.save(session("p"));
  clock.advance(MINUTE + 1);
  expect(store.take("q", "e:0")).toBeUndefined();
  expect(store.take("p", "e:0")).toBeDefined();
});

test("what was sent shortly before the loss was noticed is still there at the end of the time", () => {
  const { store, clock } = storeOf();
  store.append("a", all);
  clock.advance(MINUTE);
  store.save(session("p"));
  clock.advance(2 * MINUTE);
  expect(store.take("p", "e:0")?.missed).toEqual(["a"]);
});

test("forgets everything by itself and then has no timer", () => {
  const { store, clock } = storeOf();
  expect(clock.pending).toBe(0);
  store.append("a", { rooms: new Set(["x"]) });
  store.save(session("p"));
  expect(clock.pending).toBe(1);
  clock.advance(3 * MINUTE + 1);
  expect(store.size).toEqual({ sessions: 0, events: 1 });
  clock.advance(MINUTE);
  expect(store.size).toEqual({ sessions: 0, events: 0 });
  expect(clock.pending).toBe(0);
});

test.each([Infinity, Number.MAX_SAFE_INTEGER, 2 ** 40])("may keep sessions for %d ms", (maxMs) => {
  const { store, clock } = storeOf(maxMs);
  store.append("a", all);
  store.save(session("p"));
  clock.advance(60 * MINUTE);
  expect(store.take("p", "e:0")?.missed).toEqual(["a"]);
  expect(clock.pending).toBe(1);
});

test("leaves nothing behind when it is closed", () => {
  const { store, clock } = storeOf();
  store.append("a", all);
  store.save(session("p"));
  store.close();
  store.append("b", all);
  store.save(session("q"));
  expect(store.size).toEqual({ sessions: 0, events: 0 });
  expect(clock.pending).toBe(0);
  expect(store.take("p", "e:1")).toBeUndefined();
});

test("positions of another run mean nothing", () => {
  const clock = new ManualClock();
  const [one, two] = [1, 2].map(
    () => new RecoveryStore<string>({ clock, maxDisconnectionMs: 1 }, () => true),
  );
  two?.save(session("p"));
  expect(two?.take("p", one?.position ?? "")).toBeUndefined();
  expect(two?.take("p", two.position)).toBeDefined();
});
