import { describe, expect, test, vi } from "vitest";
import { AdapterError, isAdapterError } from "../errors.ts";
import { LocalAdapter } from "../local-adapter.ts";
import { adapterSuite, ManualClock, MemoryHost, targetOf } from "../testing/index.ts";
import type { MemoryMember } from "../testing/index.ts";
import { MemoryBus, MemoryClusterAdapter } from "../testing/memory-bus.ts";
import { MessageType } from "./messages.ts";
import type { ClusterMessage } from "./messages.ts";

/** For what takes a few turns of the event loop, on a machine that may be busy. */
const PATIENCE = { timeout: 10_000, interval: 1 };

/** Nodes with one member each, named a, b, …, in a room of its own. */
class Stage {
  readonly bus = new MemoryBus();
  readonly clock = new ManualClock();
  readonly hosts: MemoryHost[] = [];
  readonly adapters: MemoryClusterAdapter[] = [];
  readonly members: MemoryMember[] = [];

  constructor(...ids: string[]) {
    for (const id of ids) {
      const host = new MemoryHost();
      host.clock = this.clock;
      const adapter = new MemoryClusterAdapter(host, this.bus);
      this.hosts.push(host);
      this.adapters.push(adapter);
      this.members.push(...host.connect(id));
      void adapter.addAll(id, new Set([id]));
    }
  }

  get events(): unknown[][] {
    return this.members.map((member) => member.events.map(([name]) => name));
  }
}

function ab(): Stage & { a: MemoryClusterAdapter } {
  const stage = new Stage("a", "b");
  return Object.assign(stage, { a: stage.adapters[0]! });
}

const HI = { type: 2 as const, nsp: "/", data: ["hi"] as [string] };

describe("a cluster of one node", () => {
  for (const { name, run } of adapterSuite((host) => new MemoryClusterAdapter(host, new MemoryBus()))) {
    test(name, run);
  }
});

describe("broadcasts", () => {
  test("say where they come from, whom they mean and what", async () => {
    const { a, bus } = ab();
    await a.broadcast(HI, targetOf(["b"], ["c"], { volatile: true }));
    expect(bus.messages).toEqual([
      {
        uid: expect.stringMatching(/^[0-9a-f]{16}$/),
        nsp: "/",
        type: 3,
        data: { packet: HI, opts: { rooms: ["b"], except: ["c"], flags: { volatile: true } } },
      },
    ]);
  });

  test("go to the others first, and here even if that fails, which is reported", async () => {
    const { a, bus, hosts, events: none, members } = ab();
    expect(none).toEqual([[], []]);
    const pending = a.broadcast(HI, targetOf());
    expect(members.map(({ received }) => received.length)).toEqual([0, 1]);
    await pending;
    expect(members.map(({ received }) => received.length)).toEqual([1, 1]);
    bus.failure = new Error("down");
    await a.broadcast(HI, targetOf());
    await a.addSockets(targetOf(), ["r"]);
    await a.delSockets(targetOf(), ["a"]);
    await a.disconnectSockets(targetOf(), true);
    expect(members.map(({ received }) => received.length)).toEqual([2, 1]);
    expect([...members[0]!.rooms]).toEqual(["r"]);
    expect(members[0]!.disconnects).toEqual([true]);
    expect(hosts[0]!.errors).toEqual([bus.failure, bus.failure, bus.failure, bus.failure]);
  });

  test("that are local are told to nobody", async () => {
    const { a, bus, members } = ab();
    const local = targetOf([], [], { local: true });
    await a.broadcast(HI, local);
    await a.addSockets(local, ["r"]);
    await a.delSockets(local, ["r"]);
    await a.disconnectSockets(local, false);
    a.broadcastWithAck(HI, local, vi.fn(), () => {});
    expect(await a.fetchSockets(local)).toEqual([members[0]]);
    expect(bus.messages).toEqual([]);
  });

  test("from this node, from other namespaces and of unknown kinds are ignored", () => {
    const { bus, members } = ab();
    const message = { uid: "x", nsp: "/", type: 3 as const, data: { packet: HI, opts: undefined as never } };
    for (const station of bus.stations) {
      station.take({ ...message, uid: station.uid });
      station.take({ ...message, nsp: "/other" });
      station.take({ ...message, type: 99 as never });
      station.take({ uid: "x", nsp: "/", type: MessageType.HEARTBEAT });
    }
    expect(members.map(({ received }) => received.length)).toEqual([0, 0]);
    // Emitters leave out what they have nothing to say about.
    for (const station of bus.stations) station.take(message);
    expect(members.map(({ received }) => received.length)).toEqual([1, 1]);
  });

  test("carry their offset where clients may come back", async () => {
    const { a, hosts, members } = ab();
    for (const host of hosts) host.recoversState = true;
    await a.broadcast(HI, targetOf());
    await a.broadcast(HI, targetOf([], [], { volatile: true }));
    expect(members.map(({ events }) => events)).toEqual([
      [["hi", "offset-1"], ["hi"]],
      [["hi", "offset-1"], ["hi"]],
    ]);
    expect(HI.data).toEqual(["hi"]);
  });
});

describe("acknowledgements", () => {
  test("come from all nodes, until nobody waits", () => {
    const { a, members, clock } = ab();
    const [onCount, answers] = [vi.fn(), vi.fn()];
    let settle = (): void => {};
    const ack = Object.assign((...answer: unknown[]) => void answers(...answer), {
      whenSettled: (run: () => void) => {
        const before = settle;
        settle = () => (before(), run());
      },
    });
    a.broadcastWithAck(HI, targetOf([], [], { timeout: 500 }), onCount, ack);
    expect(onCount.mock.calls).toEqual([[1], [1]]);
    members[0]!.answer("a", "more");
    members[1]!.answer("b", "ignored");
    expect(answers.mock.calls).toEqual([["a", "more"], ["b"]]);
    a.broadcastWithAck(HI, targetOf([], [], { timeout: 500 }), onCount, ack);
    settle();
    members[1]!.answer("too late");
    expect(answers).toHaveBeenCalledTimes(2);
    clock.advance(500);
    expect(members.map(({ owed }) => owed)).toEqual([0, 0]);
    expect(clock.pending).toBe(0);
  });

  test("are not waited for longer than said where the callback cannot say", () => {
    const { a, members, clock } = ab();
    const ack = vi.fn();
    a.broadcastWithAck(HI, targetOf([], [], { timeout: 500 }), vi.fn(), ack);
    clock.advance(500);
    expect(members[1]!.owed).toBe(0);
    expect(clock.pending).toBe(0);
  });
});

describe("fetched sockets", () => {
  test("of other nodes are plain values, without what refers to itself", async () => {
    const { a, members } = ab();
    members[1]!.data = { name: "b" };
    members[1]!.handshake["sessionStore"] = members;
    expect(await a.fetchSockets(targetOf())).toEqual([
      members[0],
      { id: "b", handshake: { address: "127.0.0.1" }, rooms: ["b"], data: { name: "b" } },
    ]);
  });

  test("reject when a node does not answer in time", async () => {
    const { a, bus, clock } = ab();
    bus.stations.add({ uid: "silent", take() {} });
    const found = a.fetchSockets(targetOf([], [], { timeout: 100 }));
    await vi.waitUntil(() => clock.pending > 0, PATIENCE);
    clock.advance(100);
    const error = await found.catch((failure: unknown) => failure);
    expect(isAdapterError(error)).toBe(true);
    expect(error).toEqual(
      new AdapterError("ERR_TIMEOUT", "timeout reached: only 1 responses received out of 2"),
    );
    for (const station of bus.stations) {
      station.take({ uid: "silent", nsp: "/", type: 8, data: { requestId: "ended", sockets: [] } });
    }
  });
});

describe("events between servers", () => {
  test("are raised on the others, and the first argument of each first answer comes back", async () => {
    const { a, hosts } = ab();
    hosts[1]!.onServerSideEmit = ([event, ...args]) => {
      const answer = args.at(-1);
      if (typeof answer !== "function") return;
      answer(`${event} ${args[0]}`, "ignored");
      answer("ignored");
    };
    const heard = vi.spyOn(hosts[1]!, "onServerSideEmit");
    await a.serverSideEmit(["tell", 1]);
    expect(heard).toHaveBeenCalledWith(["tell", 1]);
    const ack = vi.fn();
    const packet = ["ask", 1, ack];
    await a.serverSideEmit(packet);
    expect(ack.mock.calls).toEqual([[null, ["ask 1"]]]);
    expect(packet).toHaveLength(3);
  });

  test("have no answers where there is nobody else", async () => {
    const stage = new Stage("a");
    const ack = vi.fn();
    await stage.adapters[0]!.serverSideEmit(["ask", ack]);
    expect(ack.mock.calls).toEqual([[null, []]]);
    expect(stage.bus.messages).toEqual([]);
  });

  test("give the answers that came after 5 s, with an error", async () => {
    const { a, bus, hosts, clock } = ab();
    hosts[1]!.onServerSideEmit = ([, answer]) => answer("b");
    bus.stations.add({ uid: "silent", take() {} });
    const ack = vi.fn();
    await a.serverSideEmit(["ask", ack]);
    clock.advance(4_999);
    expect(ack).not.toHaveBeenCalled();
    clock.advance(1);
    expect(ack.mock.calls).toEqual([[expect.objectContaining({ code: "ERR_TIMEOUT" }), ["b"]]]);
  });

  test("that cannot be published, or answered, are reported", async () => {
    const { a, bus, hosts } = ab();
    hosts[1]!.onServerSideEmit = ([, answer]) => {
      bus.failure = new Error("down");
      answer("b");
    };
    await a.serverSideEmit(["ask", vi.fn()]);
    await a.serverSideEmit(["tell"]);
    await vi.waitUntil(() => hosts[0]!.errors.length > 0, PATIENCE);
    expect(hosts.map(({ errors }) => errors)).toEqual([[bus.failure], [bus.failure]]);
  });
});

test("names are those of Socket.IO", () => {
  expect(MessageType).toMatchObject({ INITIAL_HEARTBEAT: 1, BROADCAST: 3, ADAPTER_CLOSE: 13 });
  expect(new MemoryClusterAdapter(new MemoryHost(), new MemoryBus())).toBeInstanceOf(LocalAdapter);
  expect({ type: MessageType.HEARTBEAT, uid: "x", nsp: "/" } satisfies ClusterMessage).toBeTruthy();
});
