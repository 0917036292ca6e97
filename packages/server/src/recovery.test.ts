// Recovery on a fake engine and a fake clock: what goes over the wire, byte by byte.
import { LocalAdapter, RecoveryAdapter } from "@sockeye/adapter";
import { describe, expect, test, vi } from "vitest";
import { OutgoingMessage } from "./outgoing-message.ts";
import { Server } from "./server.ts";
import type { FakeSession } from "./testing/fake-session.ts";
import { Stage } from "./testing/fake-session.ts";

const recovering = { connectionStateRecovery: {} };
const MINUTE = 60_000;

interface Greeting {
  readonly sid: string;
  readonly pid: string;
}

function greetingIn(packets: readonly unknown[]): Greeting {
  const packet = packets.find((sent) => String(sent).startsWith("0"));
  return JSON.parse(String(packet).slice(1)) as Greeting;
}

/** A client that joins, or comes back, and what it is sent in reply. */
function come(
  stage: Stage,
  auth: object = {},
): { session: FakeSession; sent: unknown[]; greeting: Greeting } {
  const session = stage.connect();
  session.receive(`0${JSON.stringify(auth)}`);
  const sent = session.take();
  return { session, sent, greeting: greetingIn(sent) };
}

/** The event, its arguments and its offset. */
function dataOf(sent: unknown): any[] {
  return JSON.parse(String(sent).slice(1)) as any[];
}

function eventsIn(sent: readonly unknown[]): any[][] {
  return sent.filter((packet) => String(packet).startsWith("2")).map((packet) => dataOf(packet).slice(0, -1));
}

function offsetOf(sent: unknown): string {
  return dataOf(sent).at(-1) as string;
}

test("without the option nothing is different", () => {
  const stage = new Stage();
  const { session, greeting, sent } = come(stage, { pid: "p", offset: "o" });
  expect(sent).toEqual([`0{"sid":"${greeting.sid}"}`]);
  stage.io.emit("a", 1);
  expect(session.take()).toEqual(['2["a",1]']);
  expect(stage.io.of("/").adapter).toBeInstanceOf(LocalAdapter);
  expect(stage.io.of("/").adapter).not.toBeInstanceOf(RecoveryAdapter);
});

test("the adapter is asked for nothing without the option", () => {
  const persistSession = vi.fn();
  const restoreSession = vi.fn();
  class Remembering extends LocalAdapter {
    override persistSession = persistSession;
    override restoreSession = restoreSession;
  }
  const stage = new Stage({ adapter: Remembering as never });
  come(stage, { pid: "p", offset: "o" }).session.end("transport close");
  expect(persistSession).not.toHaveBeenCalled();
  expect(restoreSession).not.toHaveBeenCalled();
});

describe("offsets", () => {
  test("are the last argument of events, and of nothing else", () => {
    const stage = new Stage(recovering);
    const { session, greeting } = come(stage);
    expect(greeting.pid).toMatch(/^[\w-]{20}$/);
    const socket = stage.io.of("/").sockets.get(greeting.sid);
    stage.io.emit("a", 1);
    socket?.emit("b");
    socket?.emit("c", () => {});
    socket?.volatile.emit("d");
    stage.io.volatile.emit("e");
    stage.io.timeout(10).emit("f", () => {});
    session.receive('23["ask"]');
    const sent = session.take().map(String);
    const [epoch] = offsetOf(sent[0]).split(":");
    expect(sent).toEqual([
      `2["a",1,"${epoch}:1"]`,
      `2["b","${epoch}:2"]`,
      '20["c"]',
      '2["d"]',
      '2["e"]',
      '21["f"]',
    ]);
  });

  test("are shown to outgoing listeners", () => {
    const stage = new Stage(recovering);
    const { greeting } = come(stage);
    const seen = vi.fn();
    stage.io.of("/").sockets.get(greeting.sid)?.onAnyOutgoing(seen);
    stage.io.emit("a", 1);
    stage.io.to(greeting.sid).emit("b");
    expect(seen.mock.calls).toEqual([
      ["a", 1, expect.any(String)],
      ["b", expect.any(String)],
    ]);
  });
});

describe("a client that comes back", () => {
  test("gets what it missed before the reply, and is who it was", () => {
    const stage = new Stage(recovering);
    const seen: any[] = [];
    stage.io.on("connection", (socket) => {
      seen.push([socket.id, socket.recovered, [...socket.rooms], socket.data]);
      if (socket.recovered) return;
      void socket.join(["x", "y"]);
      socket.data.name = "Ann";
    });
    const first = come(stage);
    const { sid, pid } = first.greeting;
    stage.io.emit("zero");
    const offset = offsetOf(first.session.take()[0]);
    first.session.end("transport close");
    stage.io.emit("one");
    stage.io.to("x").emit("two");
    stage.io.to("z").emit("three");
    stage.io.except("y").emit("four");
    stage.io.to(["x", "y"]).emit("five");
    stage.io.to(sid).emit("six");
    stage.io.volatile.emit("seven");
    const second = come(stage, { pid, offset });
    expect(eventsIn(second.sent)).toEqual([["one"], ["two"], ["five"], ["six"]]);
    expect(second.sent.at(-1)).toBe(`0{"sid":"${sid}","pid":"${pid}"}`);
    expect(seen).toEqual([
      [sid, false, [sid], { name: "Ann" }],
      [sid, true, [sid, "x", "y"], { name: "Ann" }],
    ]);
    expect(seen[1][3]).toBe(seen[0][3]);
    stage.io.to("x").emit("eight");
    expect(eventsIn(second.session.take())).toEqual([["eight"]]);
  });

  test("may come back again and again", () => {
    const stage = new Stage(recovering);
    let { session, greeting } = come(stage);
    stage.io.emit("zero");
    let offset = offsetOf(session.take()[0]);
    for (let round = 1; round <= 5; round++) {
      session.end("transport error");
      stage.io.emit("missed", round);
      stage.clock.advance(MINUTE);
      const back = come(stage, { pid: greeting.pid, offset });
      expect(back.greeting).toEqual(greeting);
      expect(eventsIn(back.sent)).toEqual([["missed", round]]);
      offset = offsetOf(back.sent[0]);
      session = back.session;
    }
  });

  test("needs no offset if it has received nothing", () => {
    const stage = new Stage(recovering);
    stage.io.emit("before");
    const { session, greeting } = come(stage);
    stage.io.emit("lost on the way");
    session.end("ping timeout");
    stage.io.emit("missed");
    const back = come(stage, { pid: greeting.pid });
    expect(eventsIn(back.sent)).toEqual([["lost on the way"], ["missed"]]);
    expect(back.greeting).toEqual(greeting);
    back.session.end("transport close");
    const again = come(stage, { pid: greeting.pid });
    expect(eventsIn(again.sent)).toEqual([["lost on the way"], ["missed"]]);
  });

  test("has missed nothing although its offset is long forgotten, if it is of a quiet room", () => {
    const stage = new Stage(recovering);
    const { session, greeting } = come(stage);
    stage.io.emit("zero");
    const offset = offsetOf(session.take()[0]);
    for (let minute = 0; minute < 10; minute++) {
      stage.io.to("elsewhere").emit("noise");
      stage.clock.advance(MINUTE);
    }
    session.end("transport close");
    expect(come(stage, { pid: greeting.pid, offset }).greeting).toEqual(greeting);
  });

  test("takes over from its old connection if that is not known to be lost", () => {
    const stage = new Stage(recovering);
    const reasons: string[] = [];
    stage.io.on("connection", (socket) => socket.on("disconnect", (reason) => reasons.push(reason)));
    const { session, greeting } = come(stage);
    stage.io.emit("zero");
    const offset = offsetOf(session.take()[0]);
    stage.io.emit("into the void");
    const back = come(stage, { pid: greeting.pid, offset });
    expect(session.readyState).toBe("closed");
    expect(reasons).toEqual(["forced close"]);
    expect(back.greeting).toEqual(greeting);
    expect(eventsIn(back.sent)).toEqual([["into the void"]]);
    expect(stage.io.of("/").sockets.size).toBe(1);
  });

  test("gets the bytes that were sent, whatever became of the arguments, and all get the same", () => {
    const stage = new Stage(recovering);
    const peers = [come(stage), come(stage)];
    stage.io.emit("zero");
    const offset = offsetOf(peers[0]?.session.take()[0]);
    for (const { session } of peers) session.end("transport close");
    const state = { count: 1 };
    stage.io.emit("state", state, Buffer.from([1]));
    state.count = 2;
    const back = peers.map(({ greeting }) => come(stage, { pid: greeting.pid, offset }));
    for (const { sent } of back) {
      expect(sent[0]).toMatch(/^51-\["state",\{"count":1\},\{"_placeholder":true,"num":0\},"\w+:2"\]$/);
      expect(sent[1]).toEqual(Buffer.from([1]));
    }
    expect(back[0]?.session.messages[0]).toBe(back[1]?.session.messages[0]);
    expect(back[0]?.session.messages[0]).toBeInstanceOf(OutgoingMessage);
  });

  test("gets what is emitted to a socket that is gone", () => {
    const stage = new Stage(recovering);
    const { session, greeting } = come(stage);
    const socket = stage.io.of("/").sockets.get(greeting.sid);
    session.end("transport close");
    socket?.emit("late");
    expect(eventsIn(come(stage, { pid: greeting.pid }).sent)).toEqual([["late"]]);
  });
});

describe("a client gets a fresh socket", () => {
  test.each(["parse error", "client namespace disconnect", "server namespace disconnect"] as const)(
    "after a %s",
    (reason) => {
      const stage = new Stage(recovering);
      const { session, greeting } = come(stage);
      if (reason === "parse error") session.end(reason);
      if (reason === "client namespace disconnect") session.receive("1");
      if (reason === "server namespace disconnect") stage.io.of("/").sockets.get(greeting.sid)?.disconnect();
      const back = come(stage, { pid: greeting.pid });
      expect(back.greeting.sid).not.toBe(greeting.sid);
      expect(back.greeting.pid).not.toBe(greeting.pid);
    },
  );

  test("when the time is up, and nothing is left then", () => {
    const stage = new Stage({ connectionStateRecovery: { maxDisconnectionDuration: 1000 } });
    const { session, greeting } = come(stage);
    session.end("transport close");
    stage.clock.advance(1001);
    expect(come(stage, { pid: greeting.pid }).greeting.sid).not.toBe(greeting.sid);
  });

  test.each([
    ["an unknown pid", { pid: "nobody", offset: "" }],
    ["a pid that is no string", { pid: 1, offset: "" }],
    ["an unknown offset", { offset: "nowhere" }],
    ["an offset that is no string", { offset: 1 }],
    ["an offset of null", { offset: null }],
    ["an offset of the future", { offset: "later" }],
  ])("with %s", (_what, wrong) => {
    const stage = new Stage(recovering);
    const { session, greeting } = come(stage);
    stage.io.emit("zero");
    const offset = offsetOf(session.take()[0]);
    session.end("transport close");
    const auth: Record<string, unknown> = { pid: greeting.pid, ...wrong };
    if (auth["offset"] === "later") auth["offset"] = `${offset}0`;
    const back = come(stage, auth);
    expect(back.sent).toHaveLength(1);
    expect(back.greeting.sid).not.toBe(greeting.sid);
    // The one who knows it all still finds the session.
    expect(come(stage, { pid: greeting.pid, offset }).greeting).toEqual(greeting);
  });

  test("once its session was taken up by another connection that left", () => {
    const stage = new Stage(recovering);
    const { session, greeting } = come(stage);
    session.end("transport close");
    come(stage, { pid: greeting.pid }).session.receive("1");
    expect(come(stage, { pid: greeting.pid }).greeting.sid).not.toBe(greeting.sid);
  });
});

describe("middlewares", () => {
  test("may emit before the client is let in, and the client may come back to that", () => {
    const stage = new Stage(recovering);
    stage.io.use((socket, next) => {
      if (!socket.recovered) socket.emit("welcome", 1);
      next();
    });
    const { session, sent, greeting } = come(stage);
    expect(eventsIn(sent)).toEqual([["welcome", 1]]);
    session.end("transport close");
    stage.io.emit("missed");
    expect(eventsIn(come(stage, { pid: greeting.pid }).sent)).toEqual([["welcome", 1], ["missed"]]);
    expect(greeting.sid).toBeDefined();
  });

  test.each([true, false])("skipMiddlewares: %s", (skipMiddlewares) => {
    const stage = new Stage({ connectionStateRecovery: { skipMiddlewares } });
    const seen: boolean[] = [];
    stage.io.use((socket, next) => {
      seen.push(socket.recovered);
      next();
    });
    const { session, greeting } = come(stage);
    session.end("transport close");
    expect(come(stage, { pid: greeting.pid }).greeting).toEqual(greeting);
    expect(seen).toEqual(skipMiddlewares ? [false] : [false, true]);
  });

  test("that take their time make a client miss nothing, in order", () => {
    const stage = new Stage({ connectionStateRecovery: { skipMiddlewares: false } });
    let pending: (() => void) | undefined;
    stage.io.use((socket, next) => {
      if (!socket.recovered) return next();
      expect([...socket.rooms]).toEqual([socket.id, "x"]);
      socket.emit("from the middleware");
      pending = next;
    });
    stage.io.on("connection", (socket) => void socket.join("x"));
    const { session, greeting } = come(stage);
    session.end("transport close");
    stage.io.emit("before");
    const back = stage.connect();
    back.receive(`0{"pid":"${greeting.pid}"}`);
    expect(back.take()).toEqual([]);
    stage.io.to("x").emit("meanwhile");
    stage.io.to("z").emit("not for it");
    pending?.();
    const sent = back.take();
    expect(eventsIn(sent)).toEqual([["before"], ["from the middleware"], ["meanwhile"]]);
    expect(sent.at(-1)).toBe(`0${JSON.stringify(greeting)}`);
  });

  test("that refuse keep what was missed to the server, and the session for another try", () => {
    const stage = new Stage({ connectionStateRecovery: { skipMiddlewares: false } });
    stage.io.use((socket, next) => next(socket.handshake.auth["token"] === 1 ? undefined : new Error("no")));
    const { session, greeting } = come(stage, { token: 1 });
    session.end("transport close");
    stage.io.emit("secret");
    const stranger = stage.connect();
    stranger.receive(`0{"pid":"${greeting.pid}"}`);
    expect(stranger.take()).toEqual(['4{"message":"no"}']);
    expect(stage.io.of("/").adapter.rooms.size).toBe(0);
    const back = come(stage, { pid: greeting.pid, token: 1 });
    expect(eventsIn(back.sent)).toEqual([["secret"]]);
    expect(back.greeting).toEqual(greeting);
  });

  test("that take so long that what was missed is forgotten make the client come again", () => {
    const stage = new Stage({ connectionStateRecovery: { skipMiddlewares: false } });
    let pending: (() => void) | undefined;
    stage.io.use((socket, next) => {
      if (!socket.recovered) return next();
      pending = next;
    });
    const onConnection = vi.fn();
    stage.io.on("connection", onConnection);
    const { session, greeting } = come(stage);
    session.end("transport close");
    const back = stage.connect();
    back.receive(`0{"pid":"${greeting.pid}"}`);
    stage.io.emit("forgotten");
    stage.clock.advance(10 * MINUTE);
    pending?.();
    expect(back.take()).toEqual([]);
    expect(back.readyState).toBe("closed");
    expect(onConnection).toHaveBeenCalledOnce();
    expect(stage.io.of("/").sockets.size).toBe(0);
    expect(come(stage, { pid: greeting.pid }).greeting.sid).not.toBe(greeting.sid);
  });

  test("keep the session of a client that goes while it waits", () => {
    const stage = new Stage({ connectionStateRecovery: { skipMiddlewares: false } });
    stage.io.use((socket, next) => (socket.handshake.auth["waits"] === true ? undefined : next()));
    const { session, greeting } = come(stage);
    session.end("transport close");
    const waiting = stage.connect();
    waiting.receive(`0{"pid":"${greeting.pid}","waits":true}`);
    waiting.end("transport close");
    expect(come(stage, { pid: greeting.pid }).greeting).toEqual(greeting);
  });
});

describe("an adapter of the application", () => {
  const flush = () => new Promise((resolve) => setImmediate(resolve));

  function adapterWith(methods: object): never {
    return class extends LocalAdapter {
      constructor(nsp: any) {
        super(nsp);
        Object.assign(this, methods);
      }
    } as never;
  }

  test("is given sessions and asked for them", async () => {
    const persistSession = vi.fn();
    const restoreSession = vi.fn(async () => ({
      sid: "s1",
      pid: "p1",
      rooms: ["s1", "x"],
      data: { a: 1 },
      missedPackets: [
        ["one", 1, "o1"],
        ["two", "o2"],
      ],
    }));
    const stage = new Stage({ ...recovering, adapter: adapterWith({ persistSession, restoreSession }) });
    const session = stage.connect();
    session.receive('0{"pid":"p1","offset":"o0"}');
    await flush();
    expect(restoreSession).toHaveBeenCalledExactlyOnceWith("p1", "o0");
    expect(session.take()).toEqual(['2["one",1,"o1"]', '2["two","o2"]', '0{"sid":"s1","pid":"p1"}']);
    const socket = stage.io.of("/").sockets.get("s1");
    expect([socket?.recovered, socket?.data, [...(socket?.rooms ?? [])]]).toEqual([
      true,
      { a: 1 },
      ["s1", "x"],
    ]);
    session.end("transport close");
    expect(persistSession).toHaveBeenCalledExactlyOnceWith({
      sid: "s1",
      pid: "p1",
      rooms: ["s1", "x"],
      data: { a: 1 },
    });
  });

  test("gets what sockets emit, except where it could not deliver it", () => {
    const broadcast = vi.fn();
    const stage = new Stage({ ...recovering, adapter: adapterWith({ broadcast }) });
    stage.io.use((socket, next) => {
      socket.emit("early");
      next();
    });
    const { sent, greeting } = come(stage);
    expect(sent[0]).toBe('2["early"]');
    stage.io.of("/").sockets.get(greeting.sid)?.compress(false).emit("hi", 1);
    expect(broadcast.mock.calls).toEqual([
      [
        { type: 2, nsp: "/", data: ["hi", 1] },
        { rooms: new Set([greeting.sid]), except: new Set(), flags: { compress: false } },
      ],
    ]);
  });

  test.each([
    ["null", () => null],
    ["a promise of null", () => Promise.resolve(null)],
    ["a rejection", () => Promise.reject(new Error("boom"))],
    [
      "an exception",
      () => {
        throw new Error("boom");
      },
    ],
  ])("that answers with %s makes a fresh socket", async (_what, restoreSession) => {
    const stage = new Stage({ ...recovering, adapter: adapterWith({ restoreSession }) });
    const session = stage.connect();
    session.receive('0{"pid":"p1","offset":"o0"}');
    await flush();
    expect(greetingIn(session.take()).pid).toMatch(/^[\w-]{20}$/);
  });

  test("may answer when the client has gone", async () => {
    let answer: (session: null) => void = () => {};
    const restoreSession = () => new Promise((resolve) => (answer = resolve));
    const stage = new Stage({ ...recovering, adapter: adapterWith({ restoreSession }) });
    const session = stage.connect();
    session.receive('0{"pid":"p1","offset":"o0"}');
    await Promise.resolve();
    session.end("transport close");
    answer(null);
    await flush();
    expect(session.take()).toEqual([]);
    expect(stage.io.of("/").sockets.size).toBe(0);
  });

  test("that cannot keep a session is reported", () => {
    const failure = new Error("boom");
    const persistSession = () => {
      throw failure;
    };
    const stage = new Stage({ ...recovering, adapter: adapterWith({ persistSession }) });
    come(stage).session.end("transport close");
    expect(stage.errors).toEqual([[failure, { in: "adapter", nsp: "/" }]]);
  });
});

test("what is kept does not keep the process alive", async () => {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = timers();
  const io = new Server(recovering);
  io.emit("a");
  expect((io.of("/").adapter as RecoveryAdapter).position).toMatch(/:1$/);
  expect(timers()).toBe(before);
  await io.close();
});

test("nothing is left of a server that was closed", async () => {
  const stage = new Stage(recovering);
  come(stage);
  come(stage).session.end("transport close");
  stage.io.emit("a");
  expect(stage.clock.pending).toBeGreaterThan(0);
  await stage.io.close();
  expect(stage.clock.pending).toBe(0);
});
