import { describe, expect, test } from "vitest";
import { Harness, turn, until } from "./testing/harness.ts";
import type { Peer } from "./testing/harness.ts";
import { mayUpgradeMove, UPGRADE_STATES } from "./upgrade.ts";

test("the upgrade's table allows these moves and no others", () => {
  const allowed = UPGRADE_STATES.flatMap((from) =>
    UPGRADE_STATES.filter((to) => mayUpgradeMove(from, to)).map((to) => `${from} → ${to}`),
  );
  expect(allowed).toEqual([
    "probing → switching",
    "probing → done",
    "probing → failed",
    "switching → done",
    "switching → failed",
  ]);
});

/** A polling session with a candidate that has been probed. */
async function probed(h: Harness): Promise<{ sid: string; peer: Peer }> {
  const sid = await h.handshake();
  const peer = h.webSocket(`&sid=${sid}`);
  await peer.isOpen();
  expect(h.session.upgrading).toBe(true);
  peer.socket.send("2probe");
  await peer.has(1);
  expect(peer.received).toEqual(["3probe"]);
  return { sid, peer };
}

describe("an upgrade from polling to WebSocket", () => {
  test("answers the probe on the candidate only, and moves on the upgrade packet", async () => {
    await using h = await Harness.start();
    const { peer } = await probed(h);
    const events: unknown[] = [];
    h.session.on("upgrade", (transport) => events.push(transport.name));
    peer.socket.send("5");
    await until(() => h.session.upgraded);
    expect(events).toEqual(["websocket"]);
    expect(h.session).toMatchObject({ upgraded: true, upgrading: false, readyState: "open" });
    expect(h.session.transport.name).toBe("websocket");
    const got: unknown[] = [];
    h.session.on("message", (data) => got.push(data));
    peer.socket.send("4a");
    await until(() => got.length === 1);
    h.session.send("b");
    await peer.has(2);
    expect(peer.received).toEqual(["3probe", "4b"]);
    expect(h.clock.pending).toBe(1);
  });

  test("tells listeners that it has begun", async () => {
    await using h = await Harness.start();
    const names: string[] = [];
    h.engine.on("connection", (session) =>
      session.on("upgrading", (transport) => names.push(transport.name)),
    );
    await probed(h);
    expect(names).toEqual(["websocket"]);
  });

  test("answers pending polls with a noop every 100 ms, once probed", async () => {
    await using h = await Harness.start();
    const sid = await h.handshake();
    const peer = h.webSocket(`&sid=${sid}`);
    await peer.isOpen();
    const { answer } = await h.pendingPoll(sid);
    h.clock.advance(500);
    await turn();
    expect(h.session.transport.writable).toBe(true);
    peer.socket.send("2probe");
    await peer.has(1);
    h.clock.advance(100);
    expect((await answer).body).toBe("6");
    h.clock.advance(100);
    const second = await h.pendingPoll(sid);
    h.clock.advance(100);
    expect((await second.answer).body).toBe("6");
  });

  test("leaves messages on polling until the upgrade packet, then sends the rest in order", async () => {
    await using h = await Harness.start();
    const { sid, peer } = await probed(h);
    const sent: string[] = [];
    const send = (data: string) => h.session.send(data, () => sent.push(data));
    send("a");
    send("b");
    expect((await h.polling(sid)).body).toBe("4a\x1e4b");
    expect(sent).toEqual(["a", "b"]);
    send("c");
    h.session.send(Buffer.from([1]));
    send("d");
    await turn();
    expect(peer.received).toEqual(["3probe"]);
    peer.socket.send("5");
    await peer.has(4);
    send("e");
    await peer.has(5);
    expect(peer.received).toEqual(["3probe", "4c", Buffer.from([1]), "4d", "4e"]);
    expect(sent).toEqual(["a", "b", "c", "d", "e"]);
  });

  test("forgives an unanswered ping, and the heartbeat goes on", async () => {
    await using h = await Harness.start({ upgradeTimeout: 100_000 });
    const { peer } = await probed(h);
    h.clock.advance(25_200);
    peer.socket.send("5");
    await until(() => h.session.upgraded);
    h.clock.advance(20_000);
    expect(h.closes).toEqual([]);
    expect(peer.received).toEqual(["3probe"]);
    h.clock.advance(5_200);
    await peer.has(2);
    expect(peer.received[1]).toBe("2");
    h.clock.advance(20_000);
    expect(h.closes).toEqual([["ping timeout", undefined]]);
  });

  test("answers a poll that is still pending when it is done", async () => {
    await using h = await Harness.start();
    const { sid, peer } = await probed(h);
    const { answer } = await h.pendingPoll(sid);
    peer.socket.send("5");
    expect((await answer).body).toBe("6");
    await turn();
    expect(h.closes).toEqual([]);
  });

  test("leaves later polls of the session refused, and later sockets accepted and closed", async () => {
    await using h = await Harness.start();
    const { sid, peer } = await probed(h);
    peer.socket.send("5");
    await until(() => h.session.upgraded);
    expect(await h.polling(sid)).toMatchObject({ status: 400, body: '{"code":3,"message":"Bad request"}' });
    expect(h.errors.at(-1)?.context).toEqual({
      name: "TRANSPORT_MISMATCH",
      transport: "polling",
      previousTransport: "websocket",
    });
    const late = h.webSocket(`&sid=${sid}`);
    await late.isClosed();
    expect(late.closed).toEqual({ code: 1005 });
    h.session.send("still here");
    await peer.has(2);
  });

  test("accepts and closes a second candidate, and the first goes on", async () => {
    await using h = await Harness.start();
    const { sid, peer } = await probed(h);
    const second = h.webSocket(`&sid=${sid}`);
    await second.isClosed();
    peer.socket.send("5");
    await until(() => h.session.upgraded);
  });

  test.each([
    ["a message", "4a"],
    ["a ping without the word", "2"],
    ["nothing", ""],
    ["binary", Buffer.from([1])],
  ])("ends the candidate only on %s", async (_name, data) => {
    await using h = await Harness.start();
    const { sid, peer } = await probed(h);
    peer.socket.send(data);
    await peer.isClosed();
    expect(h.session).toMatchObject({ upgrading: false, upgraded: false, readyState: "open" });
    expect(h.closes).toEqual([]);
    await until(() => h.clock.pending === 1, "the upgrade's timers to be released");
    h.session.send("on polling");
    expect((await h.polling(sid)).body).toBe("4on polling");
    const again = h.webSocket(`&sid=${sid}`);
    await again.isOpen();
    again.socket.send("2probe");
    await again.has(1);
    again.socket.send("5");
    await until(() => h.session.upgraded);
  });

  test("is given up after upgradeTimeout, and the session stays on polling", async () => {
    await using h = await Harness.start({ upgradeTimeout: 300 });
    const { sid, peer } = await probed(h);
    h.clock.advance(299);
    expect(h.session.upgrading).toBe(true);
    h.clock.advance(1);
    expect(h.session.upgrading).toBe(false);
    await peer.isClosed();
    h.session.send("a");
    expect((await h.polling(sid)).body).toBe("4a");
    expect(h.clock.pending).toBeLessThanOrEqual(2);
  });

  test("ends with the candidate's connection, and the session stays", async () => {
    await using h = await Harness.start();
    const { peer } = await probed(h);
    peer.socket.terminate();
    await until(() => !h.session.upgrading);
    expect(h.closes).toEqual([]);
    await until(() => h.clock.pending === 1, "the upgrade's timers to be released");
  });

  test("ends with the session", async () => {
    await using h = await Harness.start();
    const { sid, peer } = await probed(h);
    expect((await h.push(sid, "1")).body).toBe("ok");
    await peer.isClosed();
    expect(h.closes).toEqual([["transport close", undefined]]);
    await until(() => h.clock.pending === 0);
  });

  test("of a closing session ends in a forced close, and loses nothing", async () => {
    await using h = await Harness.start();
    const { peer } = await probed(h);
    h.session.send("last words").close();
    expect(h.session.readyState).toBe("closing");
    peer.socket.send("5");
    await peer.isClosed();
    expect(peer.received).toEqual(["3probe", "4last words"]);
    expect(h.closes).toEqual([["forced close", undefined]]);
    await until(() => h.clock.pending === 0);
  });

  test.each([["allowUpgrades is false", { allowUpgrades: false }]] as const)(
    "does not happen if %s",
    async (_n, options) => {
      await using h = await Harness.start(options);
      const sid = await h.handshake();
      const peer = h.webSocket(`&sid=${sid}`);
      await peer.isClosed();
      expect(h.session.readyState).toBe("open");
    },
  );

  test("does not happen to a session that began on WebSocket", async () => {
    await using h = await Harness.start();
    const first = h.webSocket();
    await first.has(1);
    const thief = h.webSocket(`&sid=${h.session.id}`);
    await thief.isClosed();
    h.session.send("still mine");
    await first.has(2);
  });

  test("to a session that is unknown is refused", async () => {
    await using h = await Harness.start();
    const peer = h.webSocket("&sid=AAAAAAAAAAAAAAAAAAAA");
    await peer.isClosed();
    expect(h.errors).toEqual([
      { code: 1, message: "Session ID unknown", context: { sid: "AAAAAAAAAAAAAAAAAAAA" } },
    ]);
  });

  test("survives a candidate that sends garbage", async () => {
    await using h = await Harness.start();
    const { sid, peer } = await probed(h);
    Reflect.get(peer.socket, "_socket").write("garbage".repeat(100));
    await until(() => !h.session.upgrading);
    h.session.send("a");
    expect((await h.polling(sid)).body).toBe("4a");
  });
});
