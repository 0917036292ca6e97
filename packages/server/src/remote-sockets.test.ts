import { ClusterAdapter } from "@sockeye/adapter";
import type { ClusterMessage, ClusterResponse } from "@sockeye/adapter";
import { describe, expect, test, vi } from "vitest";
import { Stage } from "./testing/fake-session.ts";

/** For what takes a few turns of the event loop, on a machine that may be busy. */
const PATIENCE = { timeout: 10_000, interval: 1 };

/** Two servers on one bus, which delivers at once. */
class Pair {
  readonly near: Stage;
  readonly far: Stage;
  readonly #adapters = new Set<PairAdapter>();

  constructor() {
    const adapter = (nsp: any): PairAdapter => {
      const made = new PairAdapter(nsp, this.#adapters);
      this.#adapters.add(made);
      return made;
    };
    this.near = new Stage({ adapter });
    this.far = new Stage({ adapter });
  }
}

class PairAdapter extends ClusterAdapter {
  readonly #all: ReadonlySet<PairAdapter>;

  constructor(nsp: any, all: ReadonlySet<PairAdapter>) {
    super(nsp);
    this.#all = all;
  }

  override async serverCount(): Promise<number> {
    return 2;
  }

  override async doPublish(message: ClusterMessage): Promise<string> {
    for (const adapter of this.#all) adapter.onMessage(structuredClone(message));
    return "";
  }

  override async doPublishResponse(requester: string, response: ClusterResponse): Promise<void> {
    for (const adapter of this.#all)
      if (adapter.uid === requester) adapter.onResponse(structuredClone(response));
  }
}

async function fetchFar(): Promise<{
  pair: Pair;
  far: ReturnType<Stage["join"]>;
  remote: any;
}> {
  const pair = new Pair();
  const far = pair.far.join("/", '{"token":"t"}');
  far.socket.data.name = "far";
  const [remote] = await pair.near.io.fetchSockets();
  return { pair, far, remote };
}

describe("a socket of another node", () => {
  test("is a copy of what it was", async () => {
    const { far, remote } = await fetchFar();
    expect(remote.id).toBe(far.socket.id);
    expect(remote.data).toEqual({ name: "far" });
    expect(remote.rooms).toEqual(new Set([far.socket.id]));
    expect(remote.handshake).toMatchObject({ auth: { token: "t" }, address: "127.0.0.1", issued: 0 });
  });

  test("gets events, and answers with one value", async () => {
    const { far, remote } = await fetchFar();
    expect(remote.emit("hi", 1)).toBe(true);
    await vi.waitUntil(() => far.session.sent.length === 1, PATIENCE);
    expect(far.session.take()).toEqual(['2["hi",1]']);
    const answer = remote.timeout(100).emitWithAck("ask");
    await vi.waitUntil(() => far.session.sent.length === 1, PATIENCE);
    expect(far.session.take()).toEqual(['20["ask"]']);
    far.session.receive('30["yes","ignored"]');
    expect(await answer).toBe("yes");
  });

  test("that does not answer in time leaves an error and null", async () => {
    const { pair, remote } = await fetchFar();
    const onAnswer = vi.fn();
    remote.timeout(100).emit("ask", onAnswer);
    pair.near.clock.advance(100);
    expect(onAnswer.mock.calls).toEqual([[expect.objectContaining({ code: "ERR_ACK_TIMEOUT" }), null]]);
  });

  test("joins, leaves and is disconnected from afar", async () => {
    const { far, remote } = await fetchFar();
    remote.join(["r", "s"]);
    remote.leave("s");
    await vi.waitUntil(() => far.socket.rooms.has("r"), PATIENCE);
    expect([...far.socket.rooms]).toEqual([far.socket.id, "r"]);
    expect(remote.disconnect(true)).toBe(remote);
    await vi.waitUntil(() => far.session.readyState === "closed", PATIENCE);
  });

  test("cannot be sent reserved events", async () => {
    const { remote } = await fetchFar();
    expect(() => remote.emit("disconnect")).toThrow('"disconnect" is a reserved event name');
  });
});

describe("events between servers", () => {
  test("reach the listeners of the namespace, behind the wall", async () => {
    const pair = new Pair();
    const failure = new Error("oops");
    const heard = vi.fn();
    pair.far.io.on("told", () => {
      throw failure;
    });
    pair.far.io.on("told", heard);
    pair.near.io.serverSideEmit("told", 1);
    await vi.waitUntil(() => heard.mock.calls.length === 1, PATIENCE);
    expect(heard).toHaveBeenCalledWith(1);
    expect(pair.far.errors).toEqual([
      [failure, { in: "namespace listener", nsp: "/", event: "told", socketId: undefined }],
    ]);
  });

  test("reject with the answers that came", async () => {
    const { near } = new Pair();
    const answers = near.io.serverSideEmitWithAck("ask");
    await vi.waitUntil(() => near.clock.pending > 0, PATIENCE);
    near.clock.advance(5_000);
    await expect(answers).rejects.toMatchObject({ code: "ERR_TIMEOUT", responses: [] });
  });
});

test("what an adapter fails to do later is reported", async () => {
  const stage = new Stage();
  const failure = new Error("down");
  const { socket } = stage.join();
  const { adapter } = stage.io.sockets;
  for (const method of ["broadcast", "addSockets", "delSockets", "disconnectSockets", "delAll"] as const) {
    vi.spyOn(adapter, method).mockRejectedValue(failure as never);
  }
  vi.spyOn(adapter, "serverSideEmit").mockReturnValue(Promise.reject(failure));
  stage.io.emit("hi");
  stage.io.socketsJoin("r");
  stage.io.socketsLeave("r");
  stage.io.disconnectSockets();
  stage.io.serverSideEmit("told");
  socket.disconnect();
  await vi.waitUntil(() => stage.errors.length === 6, PATIENCE);
  expect(new Set(stage.errors.map(([error]) => error))).toEqual(new Set([failure]));
});

test("a broadcast of a parent asks the nodes of all its children", async () => {
  const pair = new Pair();
  const parent = pair.near.io.of(/^\/room-/);
  pair.near.join("/room-1");
  pair.near.join("/room-2");
  expect(await parent.adapter.serverCount()).toBe(4);
});

test("an adapter cannot make one broadcast's rooms those of all", () => {
  const stage = new Stage();
  const { adapter } = stage.io.sockets;
  vi.spyOn(adapter, "broadcast").mockImplementation((_packet, { except }) => void except?.add("r"));
  expect(() => stage.io.emit("hi")).toThrow(expect.objectContaining({ code: "ERR_READ_ONLY" }));
});
