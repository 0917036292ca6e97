import { expect, test } from "vitest";
import { RoomIndex } from "./room-index.ts";
import { MemoryMember, targetOf } from "./testing/index.ts";

const observer = { onCreateRoom() {}, onJoinRoom() {}, onLeaveRoom() {}, onDeleteRoom() {} };

function crowd(...ids: string[]): { index: RoomIndex<MemoryMember>; members: Map<string, MemoryMember> } {
  return { index: new RoomIndex(observer), members: new Map(ids.map((id) => [id, new MemoryMember(id)])) };
}

test("keeps no set for a member that is in one room", () => {
  const { index, members } = crowd("a");
  const a = members.get("a")!;
  index.join(a, "a");
  expect(a.joinedRooms).toBe("a");
  index.join(a, "r");
  expect(a.joinedRooms).toEqual(new Set(["a", "r"]));
});

test("visits nested broadcasts to several rooms completely", () => {
  const { index, members } = crowd("a", "b", "c");
  for (const member of members.values()) for (const room of ["r", "s"]) index.join(member, room);
  const outer: string[] = [];
  const inner: string[] = [];
  const target = targetOf(["r", "s"]);
  index.forEachMember(target, members, ({ id }) => {
    outer.push(id);
    if (id === "b") index.forEachMember(target, members, (member) => inner.push(member.id));
  });
  expect(outer).toEqual(["a", "b", "c"]);
  expect(inner).toEqual(["a", "b", "c"]);
});

test("ends although members leave and join again while they are visited", () => {
  const { index, members } = crowd("a", "b");
  for (const member of members.values()) index.join(member, "r");
  let visits = 0;
  index.forEachMember(targetOf(["r"]), members, (member) => {
    visits++;
    index.leave(member, "r");
    index.join(member, "r");
  });
  expect(visits).toBe(2);
});

test("passes over members that leave before their turn, in several rooms as in one", () => {
  const { index, members } = crowd("a", "b");
  for (const member of members.values()) for (const room of ["r", "s"]) index.join(member, room);
  const visited: string[] = [];
  index.forEachMember(targetOf(["r", "s"]), members, ({ id }) => {
    visited.push(id);
    members.get("b")!.connected = false;
  });
  expect(visited).toEqual(["a"]);
});

test("takes numbers for rooms, as callers without types pass them, and keeps them apart from strings", () => {
  const { index, members } = crowd("a");
  const member = members.get("a")!;
  const [five, six] = [5, 6] as unknown as [string, string];
  index.join(member, five);
  index.join(member, six);
  index.join(member, "5");
  expect([...(member.joinedRooms as Set<unknown>)]).toEqual([5, 6, "5"]);
  index.leave(member, five);
  expect(index.has(five, member)).toBe(false);
  expect(index.has("5", member)).toBe(true);
  index.leaveAll(member);
  index.join(member, five);
  index.leaveAll(member);
  expect(index.roomCount).toBe(0);
});
