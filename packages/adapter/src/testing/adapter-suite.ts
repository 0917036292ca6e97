// What every adapter promises within one node, as cases any test runner can run. Knows no runner: a case throws.
//
//   for (const { name, run } of adapterSuite((host) => new MyAdapter(host))) test(name, run);

import type { AdapterContract } from "../adapter.ts";
import type { BroadcastAck, Room } from "../target.ts";
import { MemoryHost, targetOf } from "./memory-host.ts";
import type { MemoryAdapterFactory, MemoryMember } from "./memory-host.ts";

export interface AdapterCase {
  readonly name: string;
  run(): Promise<void>;
}

interface Stage {
  readonly host: MemoryHost;
  readonly adapter: AdapterContract<MemoryMember>;
  readonly a: MemoryMember;
  readonly b: MemoryMember;
  readonly c: MemoryMember;
}

/** @param skip names of cases that do not apply, each with the reason */
export function adapterSuite(
  create: MemoryAdapterFactory,
  skip: readonly { readonly test: string; readonly reason: string }[] = [],
): readonly AdapterCase[] {
  const skipped = new Set(skip.map(({ test }) => test));
  return Object.entries(CASES)
    .filter(([name]) => !skipped.has(name))
    .map(([name, act]) => ({ name, run: async () => act(await prepare(create)) }));
}

/** Three members, each in a room of its own, in the order a, b, c. */
async function prepare(create: MemoryAdapterFactory): Promise<Stage> {
  const host = new MemoryHost();
  const adapter = create(host);
  await adapter.init();
  const [a, b, c] = host.connect("a", "b", "c");
  if (a === undefined || b === undefined || c === undefined) throw new Error("no members");
  for (const { id } of [a, b, c]) await adapter.addAll(id, new Set([id]));
  return { host, adapter, a, b, c };
}

const CASES: Readonly<Record<string, (stage: Stage) => void | Promise<void>>> = {
  async "shows rooms and members as they come and go"({ adapter }) {
    await adapter.addAll("a", new Set(["r", "s"]));
    await adapter.addAll("b", new Set(["r"]));
    expectEqual(
      [...adapter.rooms].map(([room, ids]) => [room, [...ids]]),
      [
        ["a", ["a"]],
        ["b", ["b"]],
        ["c", ["c"]],
        ["r", ["a", "b"]],
        ["s", ["a"]],
      ],
    );
    expectEqual([...(adapter.sids.get("a") ?? [])], ["a", "r", "s"]);
    expectEqual(adapter.rooms.get("r")?.size, 2);
    await adapter.del("a", "r");
    expectEqual([...(adapter.socketRooms("a") ?? [])], ["a", "s"]);
    await adapter.delAll("a");
    expectEqual([...adapter.rooms.keys()], ["b", "c", "r"]);
    expectEqual(adapter.sids.has("a"), false);
  },

  async "tells of rooms in their natural order, and of nothing twice"({ adapter }) {
    const told: string[] = [];
    adapter.on("create-room", (room) => told.push(`create ${room}`));
    adapter.on("join-room", (room, id) => told.push(`join ${room} ${id}`));
    adapter.on("leave-room", (room, id) => told.push(`leave ${room} ${id}`));
    adapter.on("delete-room", (room) => told.push(`delete ${room}`));
    await adapter.addAll("a", new Set(["r"]));
    await adapter.addAll("a", new Set(["r"]));
    await adapter.addAll("b", new Set(["r"]));
    await adapter.del("c", "r");
    await adapter.del("a", "r");
    await adapter.del("a", "r");
    await adapter.delAll("b");
    expectEqual(told, [
      ...["create r", "join r a", "join r b", "leave r a"],
      ...["leave b b", "delete b", "leave r b", "delete r"],
    ]);
  },

  async "ignores unknown members and rooms"({ adapter }) {
    await adapter.addAll("nobody", new Set(["r"]));
    await adapter.del("nobody", "r");
    await adapter.del("a", "r");
    await adapter.delAll("nobody");
    expectEqual([...adapter.rooms.keys()], ["a", "b", "c"]);
  },

  async "broadcasts to everybody, encoding once"({ host, adapter, a, b, c }) {
    await adapter.broadcast(event("hi"), targetOf());
    expectEqual([a, b, c].map(countOf), [1, 1, 1]);
    expectEqual(host.encoded, 1);
  },

  async "broadcasts once to each member of several rooms"({ adapter, a, b, c }) {
    await adapter.addAll("a", new Set(["r", "s"]));
    await adapter.addAll("b", new Set(["s"]));
    await adapter.broadcast(event("hi"), targetOf(["r", "s", "a", "no such room"]));
    expectEqual([a, b, c].map(countOf), [1, 1, 0]);
  },

  async "spares the members of excepted rooms"({ adapter, a, b, c }) {
    await adapter.addAll("a", new Set(["r", "quiet"]));
    await adapter.addAll("b", new Set(["r"]));
    await adapter.broadcast(event("one"), targetOf(["r"], ["quiet"]));
    await adapter.broadcast(event("two"), targetOf([], ["b"]));
    await adapter.broadcast(event("three"), targetOf(["r", "c"], ["a", "no such room"]));
    expectEqual(
      [a, b, c].map((member) => member.events.map(([name]) => name)),
      [["two"], ["one", "three"], ["two", "three"]],
    );
  },

  async "delivers nothing to members that are not connected"({ adapter, a, b, c }) {
    await adapter.addAll("a", new Set(["r"]));
    a.connected = false;
    await adapter.broadcast(event("hi"), targetOf());
    await adapter.broadcast(event("hi"), targetOf(["a"]));
    await adapter.broadcast(event("hi"), targetOf(["a", "r"]));
    expectEqual([a, b, c].map(countOf), [0, 1, 1]);
  },

  async "gathers answers, and forgets who has not answered"({ adapter, a, b, c }) {
    await adapter.addAll("a", new Set(["r"]));
    await adapter.addAll("b", new Set(["r"]));
    const acks = new Recorder();
    await adapter.broadcastWithAck(event("ask"), targetOf(["r"]), acks.onCount, acks.ack);
    expectEqual(acks.counts, [2]);
    b.answer("from b", "ignored by others");
    expectEqual(acks.answers, [["from b", "ignored by others"]]);
    expectEqual([a, b, c].map(owedBy), [1, 0, 0]);
    acks.settle();
    expectEqual([a, b, c].map(owedBy), [0, 0, 0]);
  },

  async "counts nobody where there is nobody"({ adapter }) {
    const acks = new Recorder();
    await adapter.broadcastWithAck(event("ask"), targetOf(["empty"]), acks.onCount, acks.ack);
    expectEqual(acks.counts, [0]);
  },

  async "gives each broadcast an acknowledgement id of its own"({ adapter, a }) {
    for (let i = 0; i < 2; i++) {
      const { onCount, ack } = new Recorder();
      await adapter.broadcastWithAck(event("ask"), targetOf(["a"]), onCount, ack);
    }
    const [first, second] = a.received.map(({ packet }) => packet.id);
    if (first === second) throw new Error(`the id ${first} was given twice`);
  },

  async "finds, moves and disconnects those meant"({ adapter, a, b, c }) {
    await adapter.addSockets(targetOf([], ["c"]), ["r", "s"]);
    await adapter.delSockets(targetOf(["s"], ["a"]), ["s"]);
    expectEqual(idsOf(await adapter.fetchSockets(targetOf(["r"]))), ["a", "b"]);
    expectEqual(idsOf(await adapter.fetchSockets(targetOf(["s"]))), ["a"]);
    expectEqual([...(await adapter.sockets(new Set<Room>(["r"])))], ["a", "b"]);
    expectEqual([...(await adapter.sockets(new Set()))], ["a", "b", "c"]);
    await adapter.disconnectSockets(targetOf(["s", "c"]), true);
    expectEqual(
      [a, b, c].map(({ disconnects }) => disconnects),
      [[true], [], [true]],
    );
  },

  async "lets members join and leave while they are visited"({ adapter, a, b, c }) {
    for (const { id } of [a, b, c]) await adapter.addAll(id, new Set(["r"]));
    a.onDelivery = () => {
      void adapter.del("b", "r");
      void adapter.del("a", "r");
    };
    await adapter.broadcast(event("hi"), targetOf(["r"]));
    expectEqual([a, b, c].map(countOf), [1, 0, 1]);
  },
};

/** Keeps what an adapter says of a broadcast's answers. */
class Recorder {
  readonly counts: number[] = [];
  readonly answers: unknown[][] = [];
  readonly ack: BroadcastAck = Object.assign((...answer: unknown[]) => void this.answers.push(answer), {
    whenSettled: (run: () => void) => void this.#settled.push(run),
  });
  readonly #settled: (() => void)[] = [];

  readonly onCount = (count: number): void => {
    this.counts.push(count);
  };

  settle(): void {
    for (const run of this.#settled.splice(0)) run();
  }
}

function event(name: string): { type: 2; nsp: string; data: [string] } {
  return { type: 2, nsp: "/", data: [name] };
}

function countOf(member: MemoryMember): number {
  return member.received.length;
}

function owedBy(member: MemoryMember): number {
  return member.owed;
}

function idsOf(members: readonly { readonly id: string }[]): string[] {
  return members.map(({ id }) => id);
}

/** Compares plain values. */
function expectEqual(got: unknown, expected: unknown): void {
  const [left, right] = [got, expected].map((value) => JSON.stringify(value));
  if (left !== right) throw new Error(`expected ${right}, got ${left}`);
}
