// What applications' and vendors' own adapters can count on, on both sides: the classes they extend, what those call, and what
// happens on the other nodes.
import { describe, expect, test } from "vitest";
import type { AdapterKind } from "./bus.ts";
import { startCluster, startNode, until } from "./cluster.ts";
import type { Cluster } from "./cluster.ts";
import { SIDES } from "./sides.ts";
import type { AdapterLibrary } from "./sides.ts";

const KINDS: readonly AdapterKind[] = ["ClusterAdapter", "ClusterAdapterWithHeartbeat"];

const [published, ours] = [SIDES[0]!, SIDES[1]!];
let settlings = 0;

/** Everything that was sent before has arrived when this has: the bus and the connections keep the order. */
async function settled({ nodes, counts }: Cluster): Promise<void> {
  const event = `settled ${++settlings}`;
  nodes[0].io.emit(event);
  await until(() => counts(event).every((count) => count > 0), event);
}

function recordingAdapter({ Adapter }: AdapterLibrary): {
  RecordingAdapter: AdapterLibrary["Adapter"];
  calls: unknown[][];
} {
  const calls: unknown[][] = [];
  class RecordingAdapter extends Adapter {
    constructor(nsp: any) {
      super(nsp);
      calls.push(["new", this.nsp.name, this.rooms.size, this.sids.size]);
    }
    override init(): void {
      calls.push(["init"]);
    }
    override close(): void {
      calls.push(["close"]);
    }
    override addAll(id: string, rooms: Set<string>): void {
      calls.push(["addAll", [...rooms].map((room) => (room === id ? "own" : room))]);
      void super.addAll(id, rooms);
    }
    override del(id: string, room: string): void {
      calls.push(["del", room]);
      void super.del(id, room);
    }
    override broadcast(packet: any, opts: any): void {
      calls.push(["broadcast", packet.type, packet.data, [...opts.rooms], [...opts.except], opts.flags]);
      super.broadcast({ ...packet, data: [...packet.data, "stamped"] }, opts);
    }
    override broadcastWithAck(packet: any, opts: any, count: (count: number) => void, ack: () => void): void {
      calls.push(["broadcastWithAck", packet.data, opts.flags]);
      super.broadcastWithAck(packet, opts, count, ack);
    }
    override serverSideEmit(packet: any[]): void {
      calls.push(["serverSideEmit", packet.slice(0, 2)]);
      const ack = packet.at(-1);
      if (typeof ack === "function") ack(new Error("nobody"), ["partial"]);
      else this.nsp._onServerSideEmit(packet);
    }
  }
  return { RecordingAdapter, calls };
}

describe.each(SIDES)("$name: a class that extends Adapter", (side) => {
  test("is made with new, and its methods are the ones that are called", async () => {
    const { RecordingAdapter, calls } = recordingAdapter(side.library);
    const node = await startNode(side, RecordingAdapter);
    const { io, socket, received } = node;
    expect(calls).toEqual([["new", "/", 0, 0], ["init"], ["addAll", ["own"]]]);
    calls.length = 0;
    await socket.join(["r", "s"]);
    await socket.leave("s");
    io.in("r").socketsJoin("t");
    io.in("r").socketsLeave("t");
    io.to("r").except("s").volatile.emit("hi", 1);
    const answers = await io.timeout(5000).emitWithAck("ask");
    expect(answers).toEqual([`answer of ${socket.id}`]);
    await until(() => received.length === 2);
    expect(received).toEqual([["hi", 1, "stamped"], ["ask"]]);
    expect(calls).toEqual([
      ["addAll", ["r", "s"]],
      ["del", "s"],
      ["addAll", ["t"]],
      ["del", "t"],
      ["broadcast", 2, ["hi", 1], ["r"], ["s"], { volatile: true }],
      ["broadcastWithAck", ["ask"], { timeout: 5000 }],
    ]);
    const { adapter } = io.of("/");
    expect(adapter).toBeInstanceOf(RecordingAdapter);
    expect(adapter).toBeInstanceOf(side.library.Adapter);
    expect([...(adapter.rooms.get("r") ?? [])]).toEqual([socket.id]);
    expect([...(adapter.socketRooms(socket.id) ?? [])]).toEqual([socket.id, "r"]);
    await node.close();
    expect(calls.at(-1)).toEqual(["close"]);
  });

  test("may answer for other servers", async () => {
    const { RecordingAdapter, calls } = recordingAdapter(side.library);
    const node = await startNode(side, RecordingAdapter);
    const told: unknown[][] = [];
    node.io.on("told", (...args: unknown[]) => void told.push(args));
    node.io.serverSideEmit("told", 1, "two");
    expect(told).toEqual([[1, "two"]]);
    expect(calls.at(-1)).toEqual(["serverSideEmit", ["told", 1]]);
    const failure = await node.io.serverSideEmitWithAck("told", 1).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: "nobody", responses: ["partial"] });
    await node.close();
  });

  test("may be set later, as a class or as a function", async () => {
    const { RecordingAdapter, calls } = recordingAdapter(side.library);
    const { Adapter } = side.library;
    const node = await startNode(side, function create(nsp: unknown) {
      return new Adapter(nsp);
    });
    expect(node.io.of("/").adapter).not.toBeInstanceOf(RecordingAdapter);
    node.io.adapter(RecordingAdapter);
    expect(node.io.of("/").adapter).toBeInstanceOf(RecordingAdapter);
    expect(calls.slice(0, 2)).toEqual([["new", "/", 0, 0], ["init"]]);
    await node.close();
  });

  test("gets room events in their order", async () => {
    const node = await startNode(side, side.library.Adapter);
    const { adapter } = node.io.of("/");
    const told: unknown[][] = [];
    for (const event of ["create-room", "join-room", "leave-room", "delete-room"] as const) {
      adapter.on(event, (...args: unknown[]) => void told.push([event, args[0]]));
    }
    await node.socket.join("r");
    await node.socket.leave("r");
    expect(told).toEqual([
      ["create-room", "r"],
      ["join-room", "r"],
      ["leave-room", "r"],
      ["delete-room", "r"],
    ]);
    await node.close();
  });
});

test("Sockeye takes arrow functions too, which cannot be called with new", async () => {
  const node = await startNode(ours, (nsp: unknown) => new ours.library.Adapter(nsp));
  expect(node.io.of("/").adapter).toBeInstanceOf(ours.library.Adapter);
  await node.close();
});

test("Sockeye waits for no other node where only its own are asked", async () => {
  await using cluster = await startCluster(ours, "ClusterAdapter");
  const [{ io, socket }] = cluster.nodes;
  expect(await io.local.timeout(5000).emitWithAck("ask")).toEqual([`answer of ${socket.id}`]);
});

const MIXTURES = [
  { name: "published", side: published, others: published },
  { name: "Sockeye", side: ours, others: ours },
  { name: "Sockeye among published", side: ours, others: published },
  { name: "published among Sockeye", side: published, others: ours },
];
const STAGES = MIXTURES.flatMap((mixture) => KINDS.map((kind) => ({ ...mixture, kind })));

describe.each(STAGES)("$name: three nodes with a $kind", { concurrent: true }, ({ side, others, kind }) => {
  test("broadcast to everybody, to rooms, without some, and to their own", async () => {
    await using cluster = await startCluster(side, kind, others);
    const [a, b, c] = cluster.nodes;
    await Promise.all([b.socket.join("r"), c.socket.join(["r", "quiet"])]);
    a.io.emit("all", 1, { two: [2] }, Buffer.from([3]));
    a.io.to("r").emit("room");
    a.io.to("r").except("quiet").emit("some");
    a.io.except(b.socket.id).emit("others");
    a.socket.broadcast.emit("broadcast");
    a.socket.to("r").emit("from socket");
    a.io.local.emit("local");
    a.io.to(c.socket.id).emit("one");
    await settled(cluster);
    expect(cluster.counts("all")).toEqual([1, 1, 1]);
    expect(cluster.counts("room")).toEqual([0, 1, 1]);
    expect(cluster.counts("some")).toEqual([0, 1, 0]);
    expect(cluster.counts("others")).toEqual([1, 0, 1]);
    expect(cluster.counts("broadcast")).toEqual([0, 1, 1]);
    expect(cluster.counts("from socket")).toEqual([0, 1, 1]);
    expect(cluster.counts("local")).toEqual([1, 0, 0]);
    expect(cluster.counts("one")).toEqual([0, 0, 1]);
    const [, one, two, three] = b.received.find(([event]) => event === "all") ?? [];
    expect([one, two, [...(three as Buffer)]]).toEqual([1, { two: [2] }, [3]]);
  });

  test("keep namespaces apart", async () => {
    await using cluster = await startCluster(side, kind, others);
    const [a, b] = cluster.nodes;
    b.io.of("/other");
    a.io.of("/other").emit("elsewhere");
    await settled(cluster);
    expect(cluster.counts("elsewhere")).toEqual([0, 0, 0]);
  });

  test("publish first and apply then", async () => {
    await using cluster = await startCluster(side, kind, others);
    const { nodes, bus } = cluster;
    let open = (): void => {};
    bus.gate = new Promise((resolve) => (open = resolve));
    nodes[0].socket.onAnyOutgoing((event) => void bus.log.push(`deliver ${event}`));
    nodes[0].io.emit("hi");
    nodes[0].io.local.emit("at once");
    nodes[0].io.emit("ho");
    open();
    await until(() => cluster.counts("ho").every((count) => count === 1));
    expect(bus.log.filter((entry) => !/^publish [12]$/.test(entry))).toEqual([
      "publish 3",
      "deliver at once",
      "publish 3",
      "deliver hi",
      "deliver ho",
    ]);
  });

  test("hear the last word before they are disconnected", async () => {
    await using cluster = await startCluster(side, kind, others);
    const { nodes, counts } = cluster;
    nodes[0].io.emit("bye");
    nodes[0].io.disconnectSockets();
    await until(() => nodes.every(({ client }) => client.disconnected));
    expect(counts("bye")).toEqual([1, 1, 1]);
  });

  test("deliver to their own when publishing fails", async () => {
    await using cluster = await startCluster(side, kind, others);
    const { nodes, bus, counts, errors } = cluster;
    bus.failure = new Error("the bus is down");
    nodes[0].io.emit("hi");
    nodes[0].io.socketsJoin("r");
    await until(() => counts("hi")[0] === 1);
    await until(() => nodes[0].socket.rooms.has("r"));
    if (side.reports) expect(errors).toContain(bus.failure);
    bus.failure = undefined;
    await settled(cluster);
    expect(counts("hi")).toEqual([1, 0, 0]);
  });

  test("gather acknowledgements", async () => {
    await using cluster = await startCluster(side, kind, others);
    const { nodes } = cluster;
    const expected = nodes.map(({ socket }) => `answer of ${socket.id}`).toSorted();
    const answers: string[] = await nodes[0].io.timeout(5000).emitWithAck("ask");
    expect(answers.toSorted()).toEqual(expected);
    const rest: string[] = await nodes[1].socket.broadcast.timeout(5000).emitWithAck("ask");
    expect(rest.toSorted()).toEqual(expected.filter((answer) => !answer.includes(nodes[1].socket.id)));
    expect(await nodes[0].io.to("empty").timeout(5000).emitWithAck("ask")).toEqual([]);
  });

  test("give the acknowledgements that came when time is up", async () => {
    await using cluster = await startCluster(side, kind, others);
    const { nodes } = cluster;
    nodes[1].client.removeAllListeners("ask");
    const failure = await nodes[0].io
      .timeout(300)
      .emitWithAck("ask")
      .catch((error: { responses: string[] }) => error);
    expect(failure).toMatchObject({ message: "operation has timed out" });
    expect(failure.responses.toSorted()).toEqual(
      [nodes[0], nodes[2]].map(({ socket }) => `answer of ${socket.id}`).toSorted(),
    );
  });

  test("fetch the sockets of all", async () => {
    await using cluster = await startCluster(side, kind, others);
    const [a, b, c] = cluster.nodes;
    b.socket.data = { name: "b" };
    await b.socket.join("r");
    const all = await a.io.fetchSockets();
    expect(all.map(({ id }) => id).toSorted()).toEqual([a, b, c].map(({ socket }) => socket.id).toSorted());
    expect(all.find(({ id }) => id === a.socket.id)).toBe(a.socket);
    const [remote] = await a.io.in("r").fetchSockets();
    expect(remote?.id).toBe(b.socket.id);
    expect(remote?.data).toEqual({ name: "b" });
    expect(remote?.rooms).toEqual(new Set([b.socket.id, "r"]));
    expect(remote?.handshake.auth).toEqual({ token: "t" });
    expect(remote?.handshake.headers).toEqual(b.socket.handshake.headers);
    expect(await a.io.local.fetchSockets()).toEqual([a.socket]);
    expect(await a.io.in("nobody").fetchSockets()).toEqual([]);
  });

  test("reach a socket of another node", async () => {
    await using cluster = await startCluster(side, kind, others);
    const [a, b] = cluster.nodes;
    const [remote] = await a.io.in(b.socket.id).fetchSockets();
    if (remote === undefined) throw new Error("not found");
    expect(remote.emit("hi", 1)).toBe(true);
    expect(await remote.timeout(5000).emitWithAck("ask")).toBe(`answer of ${b.socket.id}`);
    const asked = new Promise((resolve) => {
      remote.timeout(5000).emit("ask", (error: unknown, answer: unknown) => resolve([error, answer]));
    });
    expect(await asked).toEqual([null, `answer of ${b.socket.id}`]);
    b.client.removeAllListeners("ask");
    const unanswered = new Promise((resolve) => {
      remote.timeout(100).emit("ask", (error: Error, answer: unknown) => resolve([error.message, answer]));
    });
    expect(await unanswered).toEqual(["operation has timed out", null]);
    remote.join(["r", "s"]);
    await until(() => b.socket.rooms.has("s"));
    remote.leave("s");
    await until(() => !b.socket.rooms.has("s"));
    expect(b.socket.rooms.has("r")).toBe(true);
    await settled(cluster);
    expect(cluster.counts("hi")).toEqual([0, 1, 0]);
    remote.disconnect(true);
    await until(() => b.client.disconnected);
    expect(a.client.connected).toBe(true);
  });

  test("move and disconnect the sockets of all", async () => {
    await using cluster = await startCluster(side, kind, others);
    const [a, b, c] = cluster.nodes;
    const inRoom = (room: string): boolean[] => cluster.nodes.map(({ socket }) => socket.rooms.has(room));
    a.io.socketsJoin(["r", "s"]);
    await settled(cluster);
    expect(inRoom("r")).toEqual([true, true, true]);
    a.io.except(b.socket.id).socketsLeave("s");
    await settled(cluster);
    expect(inRoom("s")).toEqual([false, true, false]);
    a.io.local.socketsLeave("r");
    await settled(cluster);
    expect(inRoom("r")).toEqual([false, true, true]);
    a.io.in("s").disconnectSockets(true);
    await until(() => b.client.disconnected);
    await settled({ ...cluster, counts: (event) => [0, 2].map((at) => cluster.counts(event)[at] ?? 0) });
    expect([a.client.connected, c.client.connected]).toEqual([true, true]);
  });

  test("raise events on one another", async () => {
    await using cluster = await startCluster(side, kind, others);
    const [a, b, c] = cluster.nodes;
    const told: unknown[][] = [];
    for (const [at, { io }] of cluster.nodes.entries()) {
      io.on("told", (...args: unknown[]) => void told.push([at, ...args]));
    }
    expect(a.io.serverSideEmit("told", 1, { two: 2 })).toBe(true);
    await settled(cluster);
    expect(told.toSorted(([one], [other]) => Number(one) - Number(other))).toEqual([
      [1, 1, { two: 2 }],
      [2, 1, { two: 2 }],
    ]);
    for (const [at, { io }] of [b, c].entries()) {
      io.on("asked", (text: string, answer: (...args: unknown[]) => void) => {
        answer(`${text} ${at}`, "ignored");
        answer("ignored");
      });
    }
    a.io.on("asked", () => void told.push(["never"]));
    const answers: string[] = await a.io.serverSideEmitWithAck("asked", "hi");
    expect(answers.toSorted()).toEqual(["hi 0", "hi 1"]);
    expect(told).toHaveLength(2);
  });

  test("say who has not answered", async () => {
    await using cluster = await startCluster(side, kind, others);
    const [a, b] = cluster.nodes;
    b.io.on("asked", (answer: (text: string) => void) => answer("b"));
    const [error, answers] = await new Promise<[Error, unknown]>((resolve) => {
      a.io.serverSideEmit("asked", (...result: [Error, unknown]) => resolve(result));
    });
    expect(answers).toEqual(["b"]);
    expect(error.message).toBe(
      kind === "ClusterAdapter"
        ? "timeout reached: only 1 responses received out of 2"
        : "timeout reached: missing 1 responses",
    );
  });

  test("do not wait longer for sockets than they are told to", async () => {
    await using cluster = await startCluster(side, kind, others);
    const { nodes, bus } = cluster;
    const uid = (nodes[2].io.of("/").adapter as unknown as { uid: string }).uid;
    expect(uid).toMatch(/^[0-9a-f]{16}$/);
    bus.cut(uid);
    await expect(nodes[0].io.timeout(100).fetchSockets()).rejects.toThrow(
      kind === "ClusterAdapter"
        ? "timeout reached: only 1 responses received out of 2"
        : "timeout reached: missing 1 responses",
    );
  });

  test("are alone when the others have gone", async () => {
    await using cluster = await startCluster(side, kind, others);
    const [a, b, c] = cluster.nodes;
    for (const { io } of [b, c]) await io.of("/").adapter.close();
    await until(async () => (await a.io.of("/").adapter.serverCount()) === 1);
    expect(await a.io.fetchSockets()).toEqual([a.socket]);
    expect(await a.io.serverSideEmitWithAck("asked")).toEqual([]);
    expect(await a.io.timeout(5000).emitWithAck("ask")).toEqual([`answer of ${a.socket.id}`]);
  });
});

describe.each(SIDES)("$name: nodes that tell of themselves", { concurrent: true }, (side) => {
  test("are waited for no longer once they have left", async () => {
    await using cluster = await startCluster(side, "ClusterAdapterWithHeartbeat");
    const [a, b, c] = cluster.nodes;
    b.io.on("asked", (answer: (text: string) => void) => answer("b"));
    const asked = new Promise<void>((resolve) => c.io.on("asked", () => resolve()));
    const answers = a.io.serverSideEmitWithAck("asked");
    await asked;
    await c.io.of("/").adapter.close();
    expect(await answers).toEqual(["b"]);
  });

  test("are waited for no longer once they have fallen silent", async () => {
    await using cluster = await startCluster(side, "ClusterAdapterWithHeartbeat");
    const [a, b, c] = cluster.nodes;
    cluster.bus.cut((c.io.of("/").adapter as unknown as { uid: string }).uid);
    const found = await a.io.fetchSockets();
    expect(found.map(({ id }) => id).toSorted()).toEqual([a.socket.id, b.socket.id].toSorted());
    expect(await a.io.of("/").adapter.serverCount()).toBe(2);
  });

  test("do not count emitters, but do what they say", async () => {
    await using cluster = await startCluster(side, "ClusterAdapterWithHeartbeat");
    const { nodes, bus, counts } = cluster;
    const { MessageType } = side.library;
    const packet = { type: 2, data: ["from afar"], nsp: "/" };
    const opts = { rooms: [nodes[1].socket.id], except: [] };
    const message = { uid: "emitter", nsp: "/", type: MessageType.BROADCAST, data: { opts, packet } };
    await bus.publish(message as never);
    await settled(cluster);
    expect(counts("from afar")).toEqual([0, 1, 0]);
    expect(await nodes[0].io.of("/").adapter.serverCount()).toBe(3);
  });
});
