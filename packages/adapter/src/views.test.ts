import { inspect } from "node:util";
import { beforeEach, describe, expect, test } from "vitest";
import { isAdapterError } from "./errors.ts";
import { LocalAdapter } from "./local-adapter.ts";
import { MemoryHost } from "./testing/index.ts";
import { JoinedRoomsView } from "./views.ts";

let host: MemoryHost;
let adapter: LocalAdapter;

beforeEach(() => {
  host = new MemoryHost();
  adapter = new LocalAdapter(host);
  host.connect("a", "b");
  void adapter.addAll("a", new Set(["a", "r"]));
  void adapter.addAll("b", new Set(["b", "r"]));
});

describe("rooms", () => {
  test("reads like a Map of Sets", () => {
    const { rooms } = adapter;
    expect(rooms.size).toBe(3);
    expect([...rooms.keys()]).toEqual(["a", "r", "b"]);
    expect([...rooms.values()].map((ids) => [...ids])).toEqual([["a"], ["a", "b"], ["b"]]);
    expect(rooms.has("r")).toBe(true);
    expect(rooms.has("x")).toBe(false);
    expect(rooms.get("x")).toBeUndefined();
    const visited: unknown[] = [];
    rooms.forEach((ids, room, map) => visited.push([room, ids.size, map === rooms]));
    expect(visited).toEqual([
      ["a", 1, true],
      ["r", 2, true],
      ["b", 1, true],
    ]);
    expect(Object.prototype.toString.call(rooms)).toBe("[object Map]");
  });

  test("prints as what it contains", () => {
    expect(inspect(adapter.rooms, { breakLength: Infinity })).toBe(
      "Map(3) { 'a' => Set(1) { 'a' }, 'r' => Set(2) { 'a', 'b' }, 'b' => Set(1) { 'b' } }",
    );
    expect(inspect(adapter.sids.get("a"))).toBe("Set(2) { 'a', 'r' }");
  });

  test("shows one room as a Set of ids, live", () => {
    const ids = adapter.rooms.get("r")!;
    expect([...ids.entries()]).toEqual([
      ["a", "a"],
      ["b", "b"],
    ]);
    expect(ids.has("a")).toBe(true);
    expect(ids.has("c")).toBe(false);
    void adapter.del("a", "r");
    expect(ids.size).toBe(1);
    expect([...ids.keys()]).toEqual(["b"]);
    void adapter.del("b", "r");
    expect(ids.size).toBe(0);
    expect(Object.prototype.toString.call(ids)).toBe("[object Set]");
  });
});

describe("sids", () => {
  test("reads like a Map of Sets", () => {
    const { sids } = adapter;
    expect(sids.size).toBe(2);
    expect([...sids].map(([id, rooms]) => [id, [...rooms]])).toEqual([
      ["a", ["a", "r"]],
      ["b", ["b", "r"]],
    ]);
    expect(sids.get("a")?.has("r")).toBe(true);
    expect(sids.get("c")).toBeUndefined();
  });

  test("does not know members that are in no room", () => {
    adapter.delAll("a");
    expect(adapter.sids.has("a")).toBe(false);
    expect([...adapter.sids.keys()]).toEqual(["b"]);
  });
});

test("the rooms of a member are a live Set", () => {
  const rooms = new JoinedRoomsView(host.sockets.get("a")!);
  const visited: unknown[] = [];
  rooms.forEach((room, key, set) => visited.push([room, key, set === rooms]));
  expect(visited).toEqual([
    ["a", "a", true],
    ["r", "r", true],
  ]);
  adapter.delAll("a");
  expect(rooms.size).toBe(0);
  expect([...rooms]).toEqual([]);
  void adapter.addAll("a", new Set(["one"]));
  expect(rooms.size).toBe(1);
  expect(rooms.has("one")).toBe(true);
});

test("a view refuses to be changed", () => {
  const { rooms, sids } = adapter;
  const changes = [
    () => rooms.set("x", new Set()),
    () => rooms.delete("r"),
    () => sids.clear(),
    () => rooms.get("r")?.add("c"),
    () => rooms.get("r")?.delete("a"),
    () => sids.get("a")?.clear(),
  ];
  for (const change of changes) {
    expect(change).toThrow(expect.objectContaining({ name: "AdapterError", code: "ERR_READ_ONLY" }));
    expect(change).toThrow(expect.toSatisfy(isAdapterError));
  }
  expect(rooms.get("r")?.size).toBe(2);
});
