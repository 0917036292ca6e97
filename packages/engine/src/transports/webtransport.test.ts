// Sessions over WebTransport, from the first packet to the last byte, on an in-memory session of it.
import { StreamFrameDecoder, encodeStreamFrame } from "@sockeye/protocol/engine";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Engine } from "../engine.ts";
import type { EngineOptions } from "../options.ts";
import { SharedMessage } from "../shared-message.ts";
import { Harness, turn, until } from "../testing/harness.ts";
import { createMemoryWebTransport, StreamPeer } from "../testing/memory-webtransport.ts";
import type { MemoryWebTransport } from "../testing/memory-webtransport.ts";
import type { WebTransportSessionLike } from "./webtransport-session.ts";

const OFFERED: EngineOptions = { transports: ["polling", "websocket", "webtransport"] };
const unhandled: unknown[] = [];
const note = (error: unknown): number => unhandled.push(error);

beforeEach(() => {
  unhandled.length = 0;
  process.on("unhandledRejection", note);
});
afterEach(async () => {
  await turn();
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

const frames = (...packets: (string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(packets.map(encodeStreamFrame));

function packetsOf(peer: StreamPeer): unknown[] {
  const decoder = new StreamFrameDecoder(Number.MAX_SAFE_INTEGER);
  const packets: unknown[] = [];
  for (const chunk of peer.chunks) {
    decoder.push(chunk);
    for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) packets.push(packet);
  }
  return packets;
}

async function has(peer: StreamPeer, count: number): Promise<unknown[]> {
  await until(() => packetsOf(peer).length >= count, `${count} packets, have ${String(packetsOf(peer))}`);
  return packetsOf(peer);
}

/** A session whose stream has begun with these bytes. */
async function visit(
  h: Harness,
  first: Uint8Array | undefined,
): Promise<{ peer: StreamPeer; done: Promise<void> }> {
  const { client, server } = createMemoryWebTransport();
  const done = h.engine.onWebTransportSession(server);
  const peer = await StreamPeer.open(client);
  if (first !== undefined) peer.write(first);
  return { peer, done };
}

/** A new session of ours, its open packet read. */
async function opened(h: Harness): Promise<StreamPeer> {
  const { peer, done } = await visit(h, frames("0"));
  await done;
  await has(peer.read(), 1);
  return peer;
}

describe("a WebTransport session", () => {
  test("that begins with an open packet is a new session, without a request", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    const [open] = packetsOf(peer);
    expect(JSON.parse(String(open).slice(1))).toEqual({
      sid: h.session.id,
      upgrades: [],
      pingInterval: 25_000,
      pingTimeout: 20_000,
      maxPayload: 1_000_000,
    });
    expect(h.session).toMatchObject({ protocol: 4, readyState: "open", upgraded: false, request: null });
    expect(h.session.transport).toMatchObject({ name: "webtransport", readyState: "open", writable: true });
    expect(h.session.remoteAddress).toBeUndefined();
    expect(h.session.handshake).toMatchObject({
      url: "",
      headers: {},
      query: {},
      secure: true,
      xdomain: false,
    });
    expect(h.engine.clientsCount).toBe(1);
    expect(h.clock.pending).toBe(1);
  });

  test("does not ask generateId or allowRequest, which expect a request", async () => {
    const asked: unknown[] = [];
    await using h = await Harness.start({ ...OFFERED, allowRequest: (req) => asked.push(req) });
    h.engine.generateId = (req) => String(asked.push(req));
    await opened(h);
    expect(asked).toEqual([]);
    expect(h.session.id).toMatch(/^[\w-]{20}$/);
  });

  test("may send its first packet byte by byte, and more along with it", async () => {
    await using h = await Harness.start(OFFERED);
    const got: unknown[] = [];
    h.engine.on("connection", (session) => session.on("message", (data) => got.push(data)));
    const { peer, done } = await visit(h, undefined);
    const bytes = frames("0", "4a", Uint8Array.of(1, 2), "4b");
    peer.write(bytes.subarray(0, 1));
    await turn();
    peer.write(bytes.subarray(1));
    await done;
    expect(got).toEqual(["a", Buffer.of(1, 2), "b"]);
  });

  test.each([
    ["a message", frames("4hello")],
    ["a probe", frames("2probe")],
    ["binary", frames(Uint8Array.of(0x30))],
    ["an open packet with malformed JSON", frames('0{"sid":')],
    ["an open packet with data that is no object", frames("0null")],
    ["an open packet without a session", frames("0{}")],
    ["a session id that is no string", frames('0{"sid":1}')],
    ["a session id that is inherited", frames('0{"__proto__":{"sid":"x"}}')],
    ["an unknown session", frames('0{"sid":"AAAAAAAAAAAAAAAAAAAA"}')],
    ["a session called __proto__", frames('0{"sid":"__proto__"}')],
    ["an empty frame", Uint8Array.of(0)],
    ["a frame above the limit", Uint8Array.of(127, 0, 0, 0, 0, 0, 0x0f, 0x42, 0x41)],
  ])("that begins with %s is closed, and nothing is kept of it", async (_, bytes) => {
    await using h = await Harness.start(OFFERED);
    const { peer, done } = await visit(h, bytes);
    await done;
    await peer.session.closed;
    peer.read();
    await until(() => peer.isEnded);
    expect(peer.chunks).toEqual([]);
    expect(h.sessions).toEqual([]);
    expect(h.clock.pending).toBe(0);
  });

  test.each([
    ["never opens a stream", false],
    ["opens a stream and says nothing", true],
  ])("that %s is closed after upgradeTimeout", async (_, opensStream) => {
    await using h = await Harness.start({ ...OFFERED, upgradeTimeout: 300 });
    const { client, server } = createMemoryWebTransport();
    const done = h.engine.onWebTransportSession(server);
    if (opensStream) (await StreamPeer.open(client)).write(Uint8Array.of(9, 0x30));
    await turn();
    h.clock.advance(299);
    expect(server.isOver).toBe(false);
    h.clock.advance(1);
    await done;
    await client.closed;
    expect(h.clock.pending).toBe(0);
    expect(server.incomingBidirectionalStreams.locked).toBe(false);
  });

  test("that never becomes ready is given up after upgradeTimeout", async () => {
    await using h = await Harness.start(OFFERED);
    const never = new Promise<never>(() => {});
    const close = vi.fn(() => {
      throw new Error("not connected yet");
    });
    const session: WebTransportSessionLike = {
      ready: never,
      closed: never,
      close,
      incomingBidirectionalStreams: new ReadableStream(),
    };
    const done = h.engine.onWebTransportSession(session);
    h.clock.advance(10_000);
    await done;
    expect(close).toHaveBeenCalledOnce();
  });

  test.each([
    ["fails before it is ready", (session: MemoryWebTransport) => session.lose()],
    ["closes before it has said anything", (session: MemoryWebTransport) => session.close()],
  ])("that %s leaves nothing behind", async (_, leave) => {
    await using h = await Harness.start(OFFERED);
    const { client, server } = createMemoryWebTransport();
    const done = h.engine.onWebTransportSession(server);
    leave(client);
    client.closed.catch(() => {});
    await done;
    expect(h.clock.pending).toBe(0);
  });

  test("that ends its stream before the first packet is closed", async () => {
    await using h = await Harness.start(OFFERED);
    const { peer, done } = await visit(h, Uint8Array.of(1));
    peer.end();
    await done;
    await peer.session.closed;
    expect(h.clock.pending).toBe(0);
  });

  test("that has not said what it wants is closed with the engine", async () => {
    await using h = await Harness.start(OFFERED);
    const { peer, done } = await visit(h, undefined);
    h.engine.close();
    await done;
    await peer.session.closed;
    expect(h.clock.pending).toBe(0);
  });

  test.each([
    ["middlewares", (engine: Engine) => engine.use((_req, _res, next) => next()), {}],
    ["the option cors", () => {}, { cors: { origin: "*" } }],
  ])("is refused with a warning if there are %s, which need a request", async (_, prepare, options) => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    await using h = await Harness.start({ ...OFFERED, ...options });
    prepare(h.engine);
    const { client, server } = createMemoryWebTransport();
    await h.engine.onWebTransportSession(server);
    await client.closed;
    expect(server.closeCalls).toBe(1);
    // Once per process, so the second row gives none.
    for (const [, details] of warn.mock.calls) expect(details).toMatchObject({ code: "SKW105" });
    warn.mockRestore();
    expect(h.sessions).toEqual([]);
    expect(h.clock.started).toBe(0);
  });
});

describe("messages over WebTransport", () => {
  test("arrive as text and as bytes, empty ones too", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    const got: unknown[] = [];
    h.session.on("message", (data) => got.push(data));
    peer.write(frames("4hello", Uint8Array.of(1, 2, 3), "4", "b", "bAQI=", "4€"));
    await until(() => got.length === 6);
    expect(got).toEqual(["hello", Buffer.of(1, 2, 3), "", Buffer.of(), Buffer.of(1, 2), "€"]);
  });

  test("of one turn leave in one write, text and binary in order, handshake and initial packet too", async () => {
    await using h = await Harness.start({ ...OFFERED, initialPacket: "welcome" });
    h.engine.on("connection", (session) => session.send("first"));
    const { peer, done } = await visit(h, frames("0"));
    await done;
    expect(await has(peer.read(), 3)).toEqual([expect.stringMatching(/^0/), "4welcome", "4first"]);
    expect(peer.chunks).toHaveLength(1);
    h.session.send("a").send(Buffer.of(1)).send("b").send(Buffer.alloc(0)).send("");
    expect((await has(peer, 8)).slice(3)).toEqual(["4a", Uint8Array.of(1), "4b", "b", "4"]);
    expect(peer.chunks).toHaveLength(2);
  });

  test("to many sessions are framed once for all of them", async () => {
    await using h = await Harness.start(OFFERED);
    const peers = [await opened(h), await opened(h)];
    const message = new SharedMessage(["hello", Buffer.of(1)]);
    for (const session of h.sessions) session.sendMessage(message);
    await Promise.all(peers.map((peer) => has(peer, 3)));
    const [first, second] = peers.map((peer) => peer.chunks.at(-1));
    expect(first).toBe(second);
    expect(first).toBe(message.streamFrames());
  });

  test("wait for a peer that does not read, and leave together when it does", async () => {
    await using h = await Harness.start(OFFERED);
    const { peer, done } = await visit(h, frames("0"));
    await done;
    await turn();
    const { session } = h;
    const handshake = session.bufferedBytes;
    expect(handshake).toBeGreaterThan(50);
    expect(session.transport.writable).toBe(false);
    const sent: string[] = [];
    session.send("a", () => sent.push("a"));
    await turn();
    session.send("b", () => sent.push("b"));
    expect(session.bufferedBytes).toBe(handshake + 6);
    expect(session.writeBuffer).toMatchObject([{ data: "a" }, { data: "b" }]);
    expect(session.sendMessage(new SharedMessage(["dropped"], { volatile: true }))).toBe(false);
    expect(sent).toEqual([]);
    expect((await has(peer.read(), 3)).slice(1)).toEqual(["4a", "4b"]);
    expect(peer.chunks).toHaveLength(2);
    await until(() => sent.length === 2);
    expect(session).toMatchObject({ bufferedBytes: 0, writeBuffer: [] });
    expect(session.transport.writable).toBe(true);
    expect(session.sendMessage(new SharedMessage(["volatile"], { volatile: true }))).toBe(true);
    expect(session.sendMessage(new SharedMessage(["one too many"], { volatile: true }))).toBe(false);
    expect((await has(peer, 4)).at(-1)).toBe("4volatile");
  });

  test("are sent as they were when they were sent, however long they wait", async () => {
    await using h = await Harness.start(OFFERED);
    const { peer, done } = await visit(h, frames("0"));
    await done;
    await turn();
    const bytes = Buffer.of(1, 2);
    h.session.send(bytes);
    await turn();
    bytes.fill(9);
    expect((await has(peer.read(), 2)).at(-1)).toEqual(Uint8Array.of(1, 2));
  });

  test("raise flush and drain on the session and the engine, and callbacks in between", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    await until(() => h.session.transport.writable);
    const events: unknown[] = [];
    h.engine.on("flush", (_session, packets) => events.push(["flush", packets.map(({ data }) => data)]));
    h.session.on("drain", () => events.push(["drain", h.session.transport.writable]));
    h.engine.on("drain", () => events.push("drain of the engine"));
    h.session.send("a", (transport) => events.push(transport.name)).send("b");
    await has(peer, 3);
    await until(() => events.length === 4);
    expect(events).toEqual([["flush", ["a", "b"]], "webtransport", ["drain", true], "drain of the engine"]);
  });

  test("are heard by the next listener although one throws", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    const uncaught: unknown[] = [];
    const before = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", (error) => uncaught.push(error.message));
    try {
      const got: unknown[] = [];
      h.session.on("message", (data) => {
        got.push(data);
        if (data === "a") throw new Error("of the application");
      });
      peer.write(frames("4a", "4b"));
      peer.write(frames("4c"));
      await until(() => got.length === 3 && uncaught.length === 1);
      expect(uncaught).toEqual(["of the application"]);
      expect(h.session.readyState).toBe("open");
    } finally {
      process.removeAllListeners("uncaughtException");
      for (const listener of before) process.on("uncaughtException", listener);
    }
  });

  test("share the heartbeat of other transports", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    h.clock.advance(25_200);
    expect((await has(peer, 2)).at(-1)).toBe("2");
    peer.write(frames("3"));
    await turn();
    h.clock.advance(25_400);
    expect((await has(peer, 3)).at(-1)).toBe("2");
    h.clock.advance(20_000);
    expect(h.closes).toEqual([["ping timeout", undefined]]);
    await peer.session.closed;
    expect(h.clock.pending).toBe(0);
  });
});

describe("the end of a session over WebTransport", () => {
  test("by the peer's close is a transport close", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    peer.session.close();
    await until(() => h.closes.length > 0);
    expect(h.closes).toEqual([["transport close", expect.anything()]]);
    expect(h.session.transport.readyState).toBe("closed");
    expect(h.engine.clientsCount).toBe(0);
    expect(h.clock.pending).toBe(0);
  });

  test("by a lost connection is a transport close that says why", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    peer.session.closed.catch(() => {});
    h.session.send("in vain");
    peer.session.lose(new Error("the cable"));
    await until(() => h.closes.length > 0);
    expect(h.closes).toEqual([["transport close", expect.any(Error)]]);
    expect(h.clock.pending).toBe(0);
  });

  test("by the end of the peer's stream is a transport close", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    peer.end();
    await peer.session.closed;
    expect(h.closes).toEqual([["transport close", undefined]]);
  });

  test("by a peer that takes no more is a transport close", async () => {
    await using h = await Harness.start(OFFERED);
    const { peer, done } = await visit(h, frames("0"));
    await done;
    peer.refuse();
    await until(() => h.closes.length > 0);
    expect(h.closes).toEqual([["transport close", undefined]]);
  });

  test("by a close packet is a transport close", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    peer.write(frames("4a", "1", "4b"));
    await peer.session.closed;
    expect(h.closes).toEqual([["transport close", undefined]]);
  });

  test.each([
    ["an empty frame", Uint8Array.of(0x80), "ERR_FRAME_LENGTH"],
    ["a frame above maxHttpBufferSize", Uint8Array.of(0x80 | 126, 0, 201), "ERR_FRAME_LENGTH"],
    ["text that is not UTF-8", Uint8Array.of(2, 0x34, 0xff), "ERR_FRAME_TEXT"],
    ["an unknown packet", frames("9"), "ERR_PACKET_INVALID"],
    ["malformed base64", frames("b***"), "ERR_PACKET_INVALID"],
  ])("by %s is a parse error", async (_, bytes, code) => {
    await using h = await Harness.start({ ...OFFERED, maxHttpBufferSize: 200 });
    const peer = await opened(h);
    peer.write(bytes);
    await peer.session.closed;
    expect(h.closes).toEqual([["parse error", expect.objectContaining({ code })]]);
    expect(h.clock.pending).toBe(0);
  });

  test("by close() delivers what is queued, gives the peer a second to read it, and closes the session", async () => {
    await using h = await Harness.start(OFFERED);
    const { peer, done } = await visit(h, frames("0"));
    await done;
    const sent: string[] = [];
    h.session
      .send("last", () => sent.push("last"))
      .send(Buffer.of(1))
      .close();
    expect(h.session.readyState).toBe("closing");
    await turn();
    expect(peer.session.isOver).toBe(false);
    peer.read();
    await until(() => peer.isEnded);
    h.clock.advance(999);
    expect(peer.session.isOver).toBe(false);
    h.clock.advance(1);
    await peer.session.closed;
    expect(packetsOf(peer).slice(1)).toEqual(["4last", Uint8Array.of(1)]);
    expect(sent).toEqual(["last"]);
    expect(h.closes).toEqual([["forced close", undefined]]);
    expect(h.clock.pending).toBe(0);
  });

  test("by close() does not wait longer than 30 s for a peer that does not read", async () => {
    await using h = await Harness.start(OFFERED);
    const { peer, done } = await visit(h, frames("0"));
    await done;
    h.session.send("never read").close();
    await turn();
    h.clock.advance(29_999);
    expect(h.closes).toEqual([]);
    h.clock.advance(1);
    expect(h.closes).toEqual([["forced close", undefined]]);
    await peer.session.closed;
    expect(h.clock.pending).toBe(0);
  });

  test("that comes while it is closing is the one that was asked for", async () => {
    await using h = await Harness.start(OFFERED);
    const { peer, done } = await visit(h, frames("0"));
    await done;
    h.session.send("never read").close();
    await turn();
    peer.session.close();
    await until(() => h.closes.length > 0);
    expect(h.closes).toEqual([["forced close", undefined]]);
    expect(h.clock.pending).toBe(0);
  });

  test("by close(true) and by the engine is immediate, and told once", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    h.session.send("lost").close(true);
    h.session.close();
    h.engine.close();
    expect(h.closes).toEqual([["forced close", undefined]]);
    await peer.session.closed;
    await turn();
    expect(h.closes).toHaveLength(1);
    expect(packetsOf(peer)).toHaveLength(1);
    expect(h.clock.pending).toBe(0);
  });

  test("by a listener of the connection is the end of it", async () => {
    await using h = await Harness.start(OFFERED);
    const got: unknown[] = [];
    h.engine.on("connection", (session) => session.on("message", (data) => got.push(data)).close(true));
    const { peer, done } = await visit(h, frames("0", "4late"));
    await done;
    await peer.session.closed;
    expect(got).toEqual([]);
    expect(h.closes).toEqual([["forced close", undefined]]);
  });
});

describe("an upgrade from polling to WebTransport", () => {
  /** A polling session with a candidate that has been probed. */
  async function probed(h: Harness): Promise<{ sid: string; peer: StreamPeer }> {
    const sid = await h.handshake();
    const { peer, done } = await visit(h, frames(`0{"sid":"${sid}"}`, "2probe"));
    await done;
    expect(await has(peer.read(), 1)).toEqual(["3probe"]);
    return { sid, peer };
  }

  test.each([
    ["advertised where it is offered", OFFERED, ["websocket", "webtransport"]],
    ["not advertised where it is not", {}, ["websocket"]],
    ["not advertised where upgrades are not allowed", { ...OFFERED, allowUpgrades: false }, []],
  ])("is %s", async (_, options, upgrades) => {
    await using h = await Harness.start(options);
    const { body } = await h.polling();
    expect(JSON.parse(body.slice(1))).toMatchObject({ upgrades });
    const sid = h.session.id;
    const { peer, done } = await visit(h, frames(`0{"sid":"${sid}"}`));
    await done;
    expect(h.session.upgrading).toBe(upgrades.includes("webtransport"));
    expect(peer.session.isOver).toBe(!h.session.upgrading);
  });

  test("answers the probe on the candidate, moves on the upgrade packet, and loses nothing", async () => {
    await using h = await Harness.start(OFFERED);
    const { sid, peer } = await probed(h);
    const sent: string[] = [];
    const send = (data: string) => h.session.send(data, () => sent.push(data));
    const { answer } = await h.pendingPoll(sid);
    h.clock.advance(100);
    expect((await answer).body).toBe("6");
    send("a");
    expect((await h.polling(sid)).body).toBe("4a");
    send("b");
    h.session.send(Buffer.of(1));
    const names: unknown[] = [];
    h.session.on("upgrade", (transport) => names.push(transport.name));
    peer.write(frames("5", "4over the stream"));
    const got: unknown[] = [];
    h.session.on("message", (data) => got.push(data));
    await until(() => got.length === 1);
    send("c");
    expect(await has(peer, 4)).toEqual(["3probe", "4b", Uint8Array.of(1), "4c"]);
    await until(() => sent.length === 3);
    expect([sent, names, got]).toEqual([["a", "b", "c"], ["webtransport"], ["over the stream"]]);
    expect(h.session).toMatchObject({ upgraded: true, upgrading: false, readyState: "open" });
    expect(h.clock.pending).toBe(1);
    expect((await h.polling(sid)).body).toContain('"code":3');
  });

  test.each([
    ["a message", frames("4a")],
    ["binary", frames(Uint8Array.of(1))],
    ["an empty frame", Uint8Array.of(0)],
  ])("ends the candidate only on %s", async (_, bytes) => {
    await using h = await Harness.start(OFFERED);
    const { sid, peer } = await probed(h);
    peer.write(bytes);
    await peer.session.closed;
    expect(h.session).toMatchObject({ upgrading: false, upgraded: false, readyState: "open" });
    h.session.send("on polling");
    expect((await h.polling(sid)).body).toBe("4on polling");
    expect(h.closes).toEqual([]);
    await until(() => h.clock.pending === 1);
  });

  test.each([
    ["closed", (peer: StreamPeer) => peer.session.close()],
    ["lost", (peer: StreamPeer) => peer.session.lose()],
    ["ended by its peer", (peer: StreamPeer) => peer.end()],
  ])("ends when the candidate is %s, and the session stays", async (_, leave) => {
    await using h = await Harness.start(OFFERED);
    const { peer } = await probed(h);
    peer.session.closed.catch(() => {});
    leave(peer);
    await until(() => !h.session.upgrading);
    expect(h.closes).toEqual([]);
    await until(() => h.clock.pending === 1);
  });

  test("is given up after upgradeTimeout", async () => {
    await using h = await Harness.start({ ...OFFERED, upgradeTimeout: 300 });
    const { peer } = await probed(h);
    h.clock.advance(300);
    expect(h.session.upgrading).toBe(false);
    await peer.session.closed;
  });

  test("ends with the session", async () => {
    await using h = await Harness.start(OFFERED);
    const { sid, peer } = await probed(h);
    expect((await h.push(sid, "1")).body).toBe("ok");
    await peer.session.closed;
    await until(() => h.clock.pending === 0);
  });

  test("of a closing session ends in a forced close, and loses nothing", async () => {
    await using h = await Harness.start(OFFERED);
    const { peer } = await probed(h);
    h.session.send("last words").close();
    peer.write(frames("5"));
    await until(() => peer.isEnded);
    peer.end();
    await peer.session.closed;
    expect(packetsOf(peer)).toEqual(["3probe", "4last words"]);
    expect(h.closes).toEqual([["forced close", undefined]]);
    await until(() => h.clock.pending === 0);
  });

  test("is refused while another is under way, and afterwards", async () => {
    await using h = await Harness.start(OFFERED);
    const { sid, peer } = await probed(h);
    const refused = async (): Promise<void> => {
      const second = await visit(h, frames(`0{"sid":"${sid}"}`, "2probe", "5"));
      await second.done;
      await second.peer.session.closed;
    };
    await refused();
    peer.write(frames("5"));
    await until(() => h.session.upgraded);
    await refused();
    expect(h.session.transport.readyState).toBe("open");
  });

  test("does not happen to a session of Engine.IO 3, which knows nothing of it", async () => {
    await using h = await Harness.start({ ...OFFERED, allowEIO3: true });
    await h.request("/engine.io/?EIO=3&transport=polling");
    expect(h.session.protocol).toBe(3);
    const { peer, done } = await visit(h, frames(`0{"sid":"${h.session.id}"}`));
    await done;
    await peer.session.closed;
    expect(h.session).toMatchObject({ upgrading: false, readyState: "open" });
  });

  test("does not happen to a session that began on WebTransport", async () => {
    await using h = await Harness.start(OFFERED);
    const peer = await opened(h);
    const thief = await visit(h, frames(`0{"sid":"${h.session.id}"}`));
    await thief.peer.session.closed;
    h.session.send("still mine");
    expect((await has(peer, 2)).at(-1)).toBe("4still mine");
  });
});
