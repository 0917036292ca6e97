/**
 * Hostile peers against a live server, in memory: whatever they send, nothing may be thrown or left behind, they get no
 * answers but those of the protocol, and well-behaved clients are served. `FUZZ_STREAMS` sets how many there are,
 * `FUZZ_SEED` the seed of the first; a failure names the seeds that reproduce it.
 */
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { GoodPollingClient, GoodWebSocketClient } from "./server-good-client.ts";
import { HostilePeer } from "./server-peer.ts";
import { describe, World, WORLDS } from "./server-world.ts";

const STREAMS = Number(process.env["FUZZ_STREAMS"] ?? 3000);
const SEED = Number(process.env["FUZZ_SEED"] ?? 1);
/** Peers that are there at the same time; each such group begins at a multiple of it. */
const BATCH = 100;
/** So many batches share a server. */
const BATCHES_PER_WORLD = 30;
/** The longest anything here waits: more than the heartbeat, the close timeout and the upgrade timeout together. */
const FOREVER_MS = 200_000;
/** What may come and go with compiled code and caches. */
const HEAP_NOISE_BYTES = 12_000_000;

test(`server withstands ${STREAMS} hostile peers from seed ${SEED}`, async () => {
  const accidents = watchProcess();
  const seen = new Map<string, number>();
  const worlds = new Map<number, World>();
  let heapBytes: number | undefined = undefined;
  let inputs = 0;
  for (let seed = SEED, batches = 0; seed < SEED + STREAMS; batches++) {
    const last = Math.min(SEED + STREAMS, (Math.floor(seed / BATCH) + 1) * BATCH);
    const seeds = Array.from({ length: last - seed }, (_, index) => seed + index);
    const kind = Math.floor(seed / BATCH) % WORLDS.length;
    const world = worlds.get(kind) ?? new World(WORLDS[kind] ?? "plain");
    worlds.set(kind, world);
    try {
      inputs += await runBatch(world, seeds);
      const [accident] = [...accidents, ...world.faults];
      if (accident !== undefined) throw new Error(accident);
    } catch (error) {
      if (error instanceof SeedError) throw error;
      throw new Error(`FUZZ_SEED=${seed} FUZZ_STREAMS=${seeds.length} reproduces: ${describe(error)}`, {
        cause: error,
      });
    }
    seed = last;
    if (batches % (BATCHES_PER_WORLD * WORLDS.length) === BATCHES_PER_WORLD * WORLDS.length - 1) {
      for (const old of worlds.values()) await retire(old, seen);
      worlds.clear();
    }
    if (batches === Math.ceil(STREAMS / BATCH / 3)) heapBytes = heapInUse();
  }
  for (const world of worlds.values()) await retire(world, seen);
  worlds.clear();
  if (process.env["FUZZ_REPORT"] !== undefined) {
    console.log(
      inputs,
      "inputs",
      Object.fromEntries([...seen].toSorted(([a], [b]) => a.localeCompare(b))),
      heapBytes,
      heapInUse(),
    );
  }
  expect(accidents).toEqual([]);
  if (STREAMS < 1000) return;
  if (heapBytes !== undefined) expect(heapInUse()).toBeLessThan(heapBytes + HEAP_NOISE_BYTES);
  // A generator that stops reaching some ending would make the suite say less than it seems to.
  for (const ending of EXPECTED_ENDINGS) expect(seen.get(ending) ?? 0, ending).toBeGreaterThan(0);
});

const EXPECTED_ENDINGS: readonly string[] = [
  ...[0, 1, 2, 3, 4, 5].map((code) => `connection_error ${code}`),
  ...[101, 200, 204, 400, 403, 404, 413, 503].map((status) => `status ${status}`),
  ...[1002, 1007, 1009].map((code) => `close ${code}`),
  ...["transport error", "transport close", "forced close", "ping timeout", "parse error"].map(
    (reason) => `session: ${reason}`,
  ),
  "socket: client namespace disconnect",
  "socket: server namespace disconnect",
  "socket: forced server close",
  "socket error",
  "answered",
  "upgraded",
];

/** Lets the peers at the world, and throws if it is not as before when they have gone. */
async function runBatch(world: World, seeds: readonly number[]): Promise<number> {
  const good = [new GoodWebSocketClient(world), new GoodPollingClient(world)];
  const round = async (): Promise<void> => {
    await turn();
    for (const client of good) client.tick();
    await turn();
  };
  const serve = async (when: string): Promise<void> => {
    const answered = good.map((client) => client.ask());
    await until(
      () => answered.every((isAnswered) => isAnswered()),
      round,
      `good clients to be served ${when}`,
    );
  };
  // With the turns a poll, its answer and a push take to get through slow middlewares.
  const pass = async (ms: number): Promise<void> => {
    world.clock.advance(ms);
    for (let rounds = 0; rounds < 4; rounds++) await round();
  };
  await until(() => good.every((client) => client.hasJoined), round, "good clients to join");
  const peers = seeds.map((seed) => new HostilePeer(world, seed));
  for (let active = peers; active.length > 0; active = active.filter((peer) => !peer.isDone)) {
    for (const peer of active) attempt(peer, () => peer.step());
    await round();
    const wishedMs = Math.max(...active.map((peer) => peer.wishedMs));
    if (wishedMs > 0) await pass(wishedMs);
  }
  // What is kept for those who may come back is kept for a time.
  const forget = async (): Promise<void> => {
    await turn();
    world.clock.advance(FOREVER_MS);
  };
  await serve("among hostile peers");
  for (const peer of peers) attempt(peer, () => peer.leave());
  await serve("while they leave");
  // The silent are found out: time passes, in steps that leave the good clients time to answer pings.
  for (let passedMs = 0; passedMs < FOREVER_MS; passedMs += 10_000) {
    await pass(10_000);
  }
  await until(
    () => world.leftovers(good.length).length === 0,
    round,
    () => world.leftovers(good.length).join("; "),
  );
  for (const peer of peers) {
    attempt(peer, () => {
      peer.check();
      expect(peer.lingering, "WebSockets kept for nobody").toBe(0);
    });
  }
  await serve("alone");
  for (const peer of peers) peer.cut();
  for (const client of good) client.leave();
  await until(
    () => world.leftovers(0).length === 0,
    world.name === "recovering" ? forget : turn,
    () => world.leftovers(0).join("; "),
  );
  expect(Object.keys(Object.prototype), "Object.prototype").toEqual([]);
  return peers.reduce((sum, peer) => sum + peer.inputs, 0);
}

/** A server is closed in the middle of it all, and refuses who comes later. */
async function retire(world: World, seen: Map<string, number>): Promise<void> {
  const peers = Array.from({ length: 20 }, (_, index) => new HostilePeer(world, index));
  for (let step = 0; step < 3; step++) {
    for (const peer of peers) peer.step();
    await turn();
  }
  world.isClosed = true;
  await world.io.close();
  for (const peer of peers) if (!peer.isDone) peer.step();
  for (let turns = 0; turns < 5; turns++) await turn();
  for (const peer of peers) {
    attempt(peer, () => peer.check());
    peer.leave();
  }
  world.clock.advance(FOREVER_MS);
  for (const peer of peers) peer.cut();
  await until(
    () => world.leftovers(0).length === 0,
    turn,
    () => `after the close: ${world.leftovers(0).join("; ")}`,
  );
  expect(world.faults).toEqual([]);
  for (const [what, count] of world.seen) seen.set(what, (seen.get(what) ?? 0) + count);
}

/** A fault of one peer: its seed alone reproduces it. */
class SeedError extends Error {}

function attempt(peer: HostilePeer, run: () => void): void {
  try {
    run();
  } catch (error) {
    throw new SeedError(`FUZZ_SEED=${peer.seed} FUZZ_STREAMS=1 reproduces: ${describe(error)}`, {
      cause: error,
    });
  }
}

async function until(
  condition: () => boolean,
  round: () => Promise<unknown>,
  what: string | (() => string),
): Promise<void> {
  // Zlib works in threads, so turns alone do not tell.
  const deadlineMs = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadlineMs)
      throw new Error(`in vain: ${typeof what === "string" ? what : what()}`);
    await round();
  }
}

function watchProcess(): string[] {
  const accidents: string[] = [];
  const add = (kind: string) => (error: unknown) => accidents.push(`${kind}: ${describe(error)}`);
  process.on("uncaughtException", add("uncaughtException"));
  process.on("unhandledRejection", add("unhandledRejection"));
  process.on("warning", add("warning"));
  return accidents;
}

function heapInUse(): number {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  for (let pass = 0; pass < 3; pass++) collect();
  return process.memoryUsage().heapUsed;
}
