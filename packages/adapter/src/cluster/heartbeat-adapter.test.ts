import { describe, expect, test, vi } from "vitest";
import { ManualClock, MemoryHost, targetOf } from "../testing/index.ts";
import { MemoryBus, MemoryHeartbeatAdapter } from "../testing/memory-bus.ts";
import { CLUSTER_ADAPTER_DEFAULTS, resolveClusterAdapterOptions } from "./options.ts";
import type { ClusterAdapterOptions } from "./options.ts";

/** For what takes a few turns of the event loop, on a machine that may be busy. */
const PATIENCE = { timeout: 10_000, interval: 1 };

class Stage {
  readonly bus = new MemoryBus();
  readonly clock = new ManualClock();

  add(options?: ClusterAdapterOptions): { host: MemoryHost; adapter: MemoryHeartbeatAdapter } {
    const host = new MemoryHost();
    host.clock = this.clock;
    const adapter = new MemoryHeartbeatAdapter(host, this.bus, options);
    adapter.init();
    return { host, adapter };
  }

  /** The kinds of what was said since the last call. */
  said(): number[] {
    return this.bus.messages.splice(0).map(({ type }) => type);
  }

  /** Another node that says this and nothing else. */
  say(uid: string, type: 1 | 2 | 13): void {
    for (const station of this.bus.stations) station.take({ uid, nsp: "/", type });
  }
}

describe("nodes", () => {
  test("learn of one another when one comes, and when one goes", async () => {
    const stage = new Stage();
    const [a, b] = [stage.add(), stage.add()];
    expect(await a.adapter.serverCount()).toBe(2);
    expect(await b.adapter.serverCount()).toBe(2);
    expect(stage.said()).toEqual([1, 1, 2]);
    b.adapter.close();
    expect(stage.said()).toEqual([13]);
    expect(await a.adapter.serverCount()).toBe(1);
    a.adapter.close();
    expect(stage.clock.pending).toBe(0);
  });

  test("say that they are there an interval after their last word", () => {
    const stage = new Stage();
    const { adapter } = stage.add({ heartbeatInterval: 100 });
    stage.said();
    stage.clock.advance(99);
    adapter.publish({ type: 9, data: { packet: ["told"] } });
    stage.clock.advance(99);
    expect(stage.said()).toEqual([9]);
    stage.clock.advance(101);
    expect(stage.said()).toEqual([2, 2]);
  });

  test("are gone when they have been silent for too long", async () => {
    const stage = new Stage();
    const { adapter } = stage.add({ heartbeatTimeout: 2_500 });
    stage.say("other", 1);
    stage.clock.advance(2_000);
    expect(await adapter.serverCount()).toBe(2);
    stage.clock.advance(1_000);
    expect(await adapter.serverCount()).toBe(1);
  });

  test("are not those who only emit", async () => {
    const stage = new Stage();
    const { adapter } = stage.add();
    stage.say("emitter", 2);
    stage.say("", 2);
    expect(await adapter.serverCount()).toBe(1);
  });

  test("that go, or fall silent, are waited for no longer", async () => {
    const stage = new Stage();
    const { adapter, host } = stage.add();
    host.connect("a");
    stage.say("first", 2);
    stage.say("second", 2);
    const ack = vi.fn();
    await adapter.serverSideEmit(["ask", ack]);
    const found = adapter.fetchSockets(targetOf([], [], { timeout: 60_000 }));
    await vi.waitUntil(() => stage.said().includes(7), PATIENCE);
    stage.say("first", 13);
    expect(ack).not.toHaveBeenCalled();
    stage.say("second", 13);
    expect(ack.mock.calls).toEqual([[null, []]]);
    expect((await found).map(({ id }) => id)).toEqual(["a"]);
  });

  test("that have not answered are counted in the error", async () => {
    const stage = new Stage();
    const { adapter } = stage.add();
    stage.say("other", 2);
    const ack = vi.fn();
    await adapter.serverSideEmit(["ask", ack]);
    stage.clock.advance(5_000);
    expect(ack.mock.calls[0]?.[0]).toMatchObject({
      code: "ERR_TIMEOUT",
      message: "timeout reached: missing 1 responses",
    });
  });
});

describe("options", () => {
  test("have defaults, and leave those of others alone", () => {
    expect(resolveClusterAdapterOptions()).toEqual(CLUSTER_ADAPTER_DEFAULTS);
    expect(resolveClusterAdapterOptions({ heartbeatInterval: 1, key: "x" } as never)).toEqual({
      heartbeatInterval: 1,
      heartbeatTimeout: 10_000,
    });
  });

  test.each([
    [{ heartbeatInterval: 0 }, "heartbeatInterval must be a positive integer of ms, got 0 (number)"],
    [{ heartbeatTimeout: "1" }, 'heartbeatTimeout must be a positive integer of ms, got "1" (string)'],
  ])("refuse %o", (options, message) => {
    expect(() => resolveClusterAdapterOptions(options as never)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_OPTION", message }),
    );
  });
});
