import { expect, test } from "vitest";
import { RecoveryLog } from "./recovery-log.ts";

function logOf(options: { keepMs?: number; maxEntries?: number } = {}): RecoveryLog<string> {
  return new RecoveryLog({ epoch: "e", keepMs: 100, maxEntries: 1000, ...options });
}

const all = { rooms: new Set<string>() };
const to = (...rooms: string[]): { rooms: Set<string> } => ({ rooms: new Set(rooms) });

test("gives what was sent after a position, in order, to who is meant", () => {
  const log = logOf();
  log.append("a", all, 0);
  const { position } = log;
  log.append("b", to("x", "y"), 0);
  log.append("c", to("z"), 0);
  log.append("d", { rooms: new Set(), except: new Set(["x"]) }, 0);
  log.append("e", { rooms: new Set(["x"]), except: new Set(["y"]) }, 0);
  expect(log.since(position, new Set(["x"]))).toEqual(["b", "e"]);
  expect(log.since(position, new Set(["y"]))).toEqual(["b", "d"]);
  expect(log.since(position, new Set(["x", "y"]))).toEqual(["b"]);
  expect(log.since(position, new Set())).toEqual(["d"]);
  expect(log.since(log.position, new Set(["x"]))).toEqual([]);
});

test("announces the position of the next entry", () => {
  const log = logOf();
  expect(log.position).toBe("e:0");
  for (let count = 1; count <= 40; count++) {
    const next = log.nextPosition;
    log.append(`${count}`, all, 0);
    expect(log.position).toBe(next);
  }
  expect(log.position).toBe("e:14");
  expect(log.since("e:13", new Set())).toEqual(["40"]);
});

test.each(["", "e", "e:", "e:2", "e:-1", "e:01", "e:1 ", "e:1.5", "e:NaN", "f:1", "ee:1", "1", "E:1"])(
  "knows no position %j",
  (position) => {
    const log = logOf();
    log.append("a", all, 0);
    expect(log.since(position, new Set())).toBeUndefined();
    expect(log.since("e:1", new Set())).toEqual([]);
  },
);

test("forgets what is too old, and then gives everything or nothing", () => {
  const log = logOf();
  log.append("a", to("x"), 0);
  log.append("b", to("y"), 50);
  log.append("c", all, 101);
  expect(log.size).toBe(2);
  expect(log.since("e:0", new Set(["x"]))).toBeUndefined();
  expect(log.since("e:1", new Set(["x"]))).toEqual(["c"]);
});

test("a quiet connection has missed nothing, however old its position is", () => {
  const log = logOf();
  log.append("a", to("x"), 0);
  log.append("b", to("y"), 1);
  log.append("c", to("x"), 200);
  expect(log.since("e:0", new Set(["z"]))).toEqual([]);
  expect(log.since("e:0", new Set(["z", "x"]))).toBeUndefined();
  expect(log.since("e:1", new Set(["x"]))).toEqual(["c"]);
  expect(log.since("e:1", new Set(["y"]))).toBeUndefined();
  log.append("d", all, 300);
  log.append("e", to("q"), 1000);
  expect(log.since("e:3", new Set(["z"]))).toBeUndefined();
  expect(log.since("e:4", new Set(["z"]))).toEqual([]);
});

test("forgets the oldest when there are too many", () => {
  const log = logOf({ maxEntries: 3, keepMs: Infinity });
  for (const entry of "abcdefgh") log.append(entry, all, 0);
  expect(log.size).toBe(3);
  expect(log.since("e:4", new Set())).toBeUndefined();
  expect(log.since("e:5", new Set())).toEqual(["f", "g", "h"]);
});

test("forgets losses of rooms that nobody can come back to", () => {
  const log = logOf();
  log.append("a", to("x", "y"), 0);
  log.trim(1000);
  expect(log.roomsWithLosses).toBe(2);
  log.forgetRooms((room) => room === "y");
  expect(log.roomsWithLosses).toBe(1);
  expect(log.since("e:0", new Set(["y"]))).toBeUndefined();
});

test("agrees with a list that is searched, whatever is forgotten", () => {
  const log = logOf({ maxEntries: 17, keepMs: 40 });
  const list: { at: number; room: string }[] = [];
  const rooms = ["p", "q", "r"];
  for (let at = 1; at <= 300; at++) {
    const room = rooms[(at * at) % 3] ?? "p";
    list.push({ at, room });
    log.append(`${at}`, to(room), at * (at % 5));
    for (const back of [0, 1, 5, 20]) {
      if (at - back < 1) continue;
      const expected = list.slice(at - back).filter((entry) => entry.room === "p");
      const missed = log.since(`e:${(at - back).toString(36)}`, new Set(["p"]));
      if (missed !== undefined) expect(missed).toEqual(expected.map((entry) => `${entry.at}`));
      else expect(back).toBeGreaterThan(0);
    }
  }
});

test("takes the later of two positions", () => {
  const log = logOf();
  for (const entry of "abc") log.append(entry, all, 0);
  expect(log.later("e:1", "e:2")).toBe("e:2");
  expect(log.later("e:3", "e:2")).toBe("e:3");
  expect(log.later("e:4", "e:2")).toBeUndefined();
});

test("knows no position of before it was cleared, unless nothing was missed since", () => {
  const log = logOf();
  log.append("a", all, 0);
  log.append("b", all, 0);
  log.clear();
  expect(log.size).toBe(0);
  expect(log.since("e:1", new Set())).toBeUndefined();
  expect(log.position).toBe("e:2");
});
