import fc from "fast-check";
import { expect, test } from "vitest";
import { RoomIndex } from "./room-index.ts";
import { MemoryMember, targetOf } from "./testing/index.ts";

const IDS = ["a", "b", "c", "d", "e"];
// Members' own rooms among them, as on a server.
const ROOMS = [...IDS, "r", "s", "t"];

const id = fc.constantFrom(...IDS);
const room = fc.constantFrom(...ROOMS);
const rooms = fc.uniqueArray(room, { maxLength: 4 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("join" as const), id, room }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave" as const), id, room }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("leaveAll" as const), id }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("broadcast" as const), rooms, except: rooms }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("toggle" as const), id }) },
);

/** The same by the obvious means: a Map of Sets of ids. */
class Model {
  readonly rooms = new Map<string, Set<string>>();
  readonly log: string[] = [];

  join(member: string, name: string): void {
    const ids = this.rooms.get(name);
    if (ids?.has(member)) return;
    if (ids === undefined) {
      this.rooms.set(name, new Set([member]));
      this.log.push(`create ${name}`);
    } else ids.add(member);
    this.log.push(`join ${name} ${member}`);
  }

  leave(member: string, name: string): void {
    const ids = this.rooms.get(name);
    if (!ids?.delete(member)) return;
    this.log.push(`leave ${name} ${member}`);
    if (ids.size > 0) return;
    this.rooms.delete(name);
    this.log.push(`delete ${name}`);
  }

  meant(named: readonly string[], except: readonly string[]): string[] {
    const candidates = named.length === 0 ? IDS : named.flatMap((name) => [...(this.rooms.get(name) ?? [])]);
    return [...new Set(candidates)].filter(
      (member) => !except.some((name) => this.rooms.get(name)?.has(member)),
    );
  }
}

test("the index is a Map of Sets, whatever happens", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const members = new Map(IDS.map((name) => [name, new MemoryMember(name)]));
      const log: string[] = [];
      const index = new RoomIndex<MemoryMember>({
        onCreateRoom: (name) => log.push(`create ${name}`),
        onJoinRoom: (name, member) => log.push(`join ${name} ${member}`),
        onLeaveRoom: (name, member) => log.push(`leave ${name} ${member}`),
        onDeleteRoom: (name) => log.push(`delete ${name}`),
      });
      const model = new Model();
      const joinOrder = new Map(IDS.map((name) => [name, new Set<string>()]));
      for (const action of steps) {
        if (action.do === "broadcast") {
          const visited: string[] = [];
          index.forEachMember(targetOf(action.rooms, action.except), members, (member) =>
            visited.push(member.id),
          );
          const connected = model
            .meant(action.rooms, action.except)
            .filter((name) => members.get(name)!.connected);
          expect(visited).toEqual(connected);
          continue;
        }
        const member = members.get(action.id)!;
        if (action.do === "join") {
          index.join(member, action.room);
          model.join(action.id, action.room);
          joinOrder.get(action.id)!.add(action.room);
        } else if (action.do === "leave") {
          index.leave(member, action.room);
          model.leave(action.id, action.room);
          joinOrder.get(action.id)!.delete(action.room);
        } else if (action.do === "leaveAll") {
          index.leaveAll(member);
          for (const name of joinOrder.get(action.id)!) model.leave(action.id, name);
          joinOrder.get(action.id)!.clear();
        } else member.connected = !member.connected;
      }
      expect(log).toEqual(model.log);
      expect(
        [...index.roomNames()].map((name) => [name, [...index.membersOf(name)].map((member) => member.id)]),
      ).toEqual([...model.rooms].map(([name, ids]) => [name, [...ids]]));
      for (const name of ROOMS) expect(index.sizeOf(name)).toBe(model.rooms.get(name)?.size ?? 0);
    }),
  );
});
