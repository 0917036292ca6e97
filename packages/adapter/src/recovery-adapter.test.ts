import { expect, test } from "vitest";
import { RecoveryAdapter } from "./recovery-adapter.ts";
import { adapterSuite, MemoryHost } from "./testing/index.ts";
import type { MemoryMember, MemoryMessage } from "./testing/memory-host.ts";
import { ManualClock } from "./testing/manual-clock.ts";

type Adapter = RecoveryAdapter<MemoryMessage, MemoryMember>;

function adapterOf(host: MemoryHost): Adapter {
  return new RecoveryAdapter(host, { clock: new ManualClock(), maxDisconnectionMs: 1000, epoch: "e" });
}

const everybody = { rooms: new Set<string>(), except: new Set<string>() };
const session = { sid: "s", pid: "p", rooms: ["s", "x"], data: 1 };

/** Records events, and sends them as the suite expects them: without their position. */
class Discreet extends RecoveryAdapter<MemoryMessage, MemoryMember> {
  override record(...args: Parameters<Adapter["record"]>): MemoryMessage {
    const [packet, opts] = args;
    super.record(packet, opts);
    return this.nsp.encode(packet, opts.flags ?? {});
  }
}

for (const { name, run } of adapterSuite(
  (host) => new Discreet(host, { clock: new ManualClock(), maxDisconnectionMs: 1000 }),
  [{ test: "broadcasts to everybody, encoding once", reason: "encodes for the suite and for the log" }],
)) {
  test(name, run);
}

test("sends events with their position, and does not change the packet", () => {
  const host = new MemoryHost();
  const [member] = host.connect("a");
  const adapter = adapterOf(host);
  const packet = Object.freeze({ type: 2 as const, nsp: "/", data: Object.freeze(["hi", 1]) as never });
  adapter.broadcast(packet, everybody);
  adapter.broadcast(packet, { ...everybody, flags: { volatile: true } });
  adapter.broadcast(packet, everybody);
  expect(member?.events).toEqual([
    ["hi", 1, "e:1"],
    ["hi", 1],
    ["hi", 1, "e:2"],
  ]);
  expect(adapter.position).toBe("e:2");
  expect(host.encoded).toBe(3);
});

test("gives back a session with the data of what it missed", async () => {
  const adapter = adapterOf(new MemoryHost());
  adapter.broadcast({ type: 2, data: ["one"] }, everybody);
  adapter.persistSession(session);
  adapter.broadcast({ type: 2, data: ["two"] }, { ...everybody, rooms: new Set(["x"]) });
  adapter.broadcast({ type: 2, data: ["three"] }, { ...everybody, except: new Set(["s"]) });
  expect(adapter.restoreSession("q", "e:1")).toBeNull();
  expect(await adapter.restoreSession("p", "e:1")).toEqual({ ...session, missedPackets: [["two", "e:2"]] });
  expect(adapter.restoreSession("p", "e:1")).toBeNull();
});

test("keeps nothing that asks for an answer", () => {
  const adapter = adapterOf(new MemoryHost());
  adapter.broadcastWithAck(
    { type: 2, data: ["one"] },
    everybody,
    () => {},
    Object.assign(() => {}),
  );
  expect(adapter.position).toBe("e:0");
});

test("keeps what the namespace makes of a message to be kept", () => {
  const host = new MemoryHost();
  const kept = { packet: { type: 2 as const, nsp: "/", data: ["kept"] as [string] }, flags: {} };
  const adapter = adapterOf(Object.assign(host, { keep: () => kept }));
  adapter.broadcast({ type: 2, data: ["one"] }, everybody);
  expect(adapter.since("e:0", new Set())).toEqual([{ data: ["one", "e:1"], message: kept }]);
});
