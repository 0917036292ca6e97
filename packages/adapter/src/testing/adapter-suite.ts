// What every adapter promises within one node, as cases any test runner can run. Knows no runner: a case throws.
//
//   for (const { name, run } of adapterSuite((host) => new MyAdapter(host))) test(name, run);

import type { Adapter, BroadcastAcks } from "../adapter.ts";
import type { Room } from "../target.ts";
import { MemoryHost, targetOf } from "./memory-host.ts";
import type { MemoryAdapterFactory, MemoryMember } from "./memory-host.ts";

export interface AdapterCase {
  readonly name: string;
  run(): Promise<void>;
}

interface Stage {
  readonly host: MemoryHost;
  readonly adapter: Adapter<MemoryMember>;
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
  for (const { id } of [a, b, c]) await adapter.addAll(id, [id]);
  return { host, adapter, a, b, c };
}

const CASES: Readonly<Record<string, (stage: Stage) => void | Promise<void>>> = {
  async "shows rooms and members as they come and go"({ adapter }) {
    await adapter.addAll("a", ["r", "s"]);
    await adapter.addAll("b", ["r"]);
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
    adapter.delAll("a");
    expectEqual([...adapter.rooms.keys()], ["b", "c", "r"]);
    expectEqual(adapter.sids.has("a"), false);
  },

  async "tells of rooms in their natural order, and of nothing twice"({ adapter }) {
    const told: string[] = [];
    adapter.on("create-room", (room) => told.push(`create ${room}`));
    adapter.on("join-room", (room, id) => told.push(`join ${room} ${id}`));
    adapter.on("leave-room", (room, id) => told.push(`leave ${room} ${id}`));
    adapter.on("delete-room", (room) => told.push(`delete ${room}`));
    await adapter.addAll("a", ["r"]);
    await adapter.addAll("a", ["r"]);
    await adapter.addAll("b", ["r"]);
    await adapter.del("c", "r");
    await adapter.del("a", "r");
    await adapter.del("a", "r");
    adapter.delAll("b");
    expectEqual(told, [
      ...["create r", "join r a", "join r b", "leave r a"],
      ...["leave b b", "delete b", "leave r b", "delete r"],
    ]);
  },

  "ignores unknown members and rooms"({ adapter }) {
    void adapter.addAll("nobody", ["r"]);
    void adapter.del("nobody", "r");
    void adapter.del("a", "r");
    adapter.delAll("nobody");
    expectEqual([...adapter.rooms.keys()], ["a", "b", "c"]);
  },

  "broadcasts to everybody, encoding once"({ host, adapter, a, b, c }) {
    adapter.broadcast(event("hi"), targetOf());
    expectEqual([a, b, c].map(countOf), [1, 1, 1]);
    expectEqual(host.encoded, 1);
  },

  async "broadcasts once to each member of several rooms"({ adapter, a, b, c }) {
    await adapter.addAll("a", ["r", "s"]);
    await adapter.addAll("b", ["s"]);
    adapter.broadcast(event("hi"), targetOf(["r", "s", "a", "no such room"]));
    expectEqual([a, b, c].map(countOf), [1, 1, 0]);
  },

  async "spares the members of excepted rooms"({ adapter, a, b, c }) {
    await adapter.addAll("a", ["r", "quiet"]);
    await adapter.addAll("b", ["r"]);
    adapter.broadcast(event("one"), targetOf(["r"], ["quiet"]));
    adapter.broadcast(event("two"), targetOf([], ["b"]));
    adapter.broadcast(event("three"), targetOf(["r", "c"], ["a", "no such room"]));
    expectEqual(
      [a, b, c].map((member) => member.events.map(([name]) => name)),
      [["two"], ["one", "three"], ["two", "three"]],
    );
  },

  async "delivers nothing to members that are not connected"({ adapter, a, b, c }) {
    await adapter.addAll("a", ["r"]);
    a.connected = false;
    adapter.broadcast(event("hi"), targetOf());
    adapter.broadcast(event("hi"), targetOf(["a"]));
    adapter.broadcast(event("hi"), targetOf(["a", "r"]));
    expectEqual([a, b, c].map(countOf), [0, 1, 1]);
  },

  async "gathers answers, and forgets who has not answered"({ adapter, a, b, c }) {
    await adapter.addAll("a", ["r"]);
    await adapter.addAll("b", ["r"]);
    const acks = new Recorder();
    adapter.broadcastWithAck(event("ask"), targetOf(["r"]), acks);
    expectEqual(acks.counts, [2]);
    b.answer("from b", "ignored by others");
    expectEqual(acks.answers, [["from b", "ignored by others"]]);
    expectEqual([a, b, c].map(owedBy), [1, 0, 0]);
    acks.settle();
    expectEqual([a, b, c].map(owedBy), [0, 0, 0]);
  },

  "counts nobody where there is nobody"({ adapter }) {
    const acks = new Recorder();
    adapter.broadcastWithAck(event("ask"), targetOf(["empty"]), acks);
    expectEqual(acks.counts, [0]);
  },

  "gives each broadcast an acknowledgement id of its own"({ adapter, a }) {
    for (let i = 0; i < 2; i++) adapter.broadcastWithAck(event("ask"), targetOf(["a"]), new Recorder());
    const [first, second] = a.received.map(({ packet }) => packet.id);
    if (first === second) throw new Error(`the id ${first} was given twice`);
  },

  async "finds, moves and disconnects those meant"({ adapter, a, b, c }) {
    adapter.addSockets(targetOf([], ["c"]), ["r", "s"]);
    adapter.delSockets(targetOf(["s"], ["a"]), ["s"]);
    expectEqual(idsOf(await adapter.fetchSockets(targetOf(["r"]))), ["a", "b"]);
    expectEqual(idsOf(await adapter.fetchSockets(targetOf(["s"]))), ["a"]);
    expectEqual([...(await adapter.sockets(new Set<Room>(["r"])))], ["a", "b"]);
    expectEqual([...(await adapter.sockets(new Set()))], ["a", "b", "c"]);
    adapter.disconnectSockets(targetOf(["s", "c"]), true);
    expectEqual(
      [a, b, c].map(({ disconnects }) => disconnects),
      [[true], [], [true]],
    );
  },

  async "lets members join and leave while they are visited"({ adapter, a, b, c }) {
    for (const { id } of [a, b, c]) await adapter.addAll(id, ["r"]);
    a.onDelivery = () => {
      void adapter.del("b", "r");
      void adapter.del("a", "r");
    };
    adapter.broadcast(event("hi"), targetOf(["r"]));
    expectEqual([a, b, c].map(countOf), [1, 0, 1]);
  },
};

/** Keeps what an adapter says of a broadcast's answers. */
class Recorder implements BroadcastAcks {
  readonly counts: number[] = [];
  readonly answers: unknown[][] = [];
  #settled: (() => void)[] = [];

  onClientCount(count: number): void {
    this.counts.push(count);
  }

  onAck(...args: unknown[]): void {
    this.answers.push(args);
  }

  whenSettled(run: () => void): void {
    this.#settled.push(run);
  }

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

function idsOf(members: readonly MemoryMember[]): string[] {
  return members.map(({ id }) => id);
}

/** Compares plain values. */
function expectEqual(got: unknown, expected: unknown): void {
  const [left, right] = [got, expected].map((value) => JSON.stringify(value));
  if (left !== right) throw new Error(`expected ${right}, got ${left}`);
}
