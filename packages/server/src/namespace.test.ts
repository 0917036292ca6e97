import { LocalAdapter } from "@sockeye/adapter";
import { describe, expect, test, vi } from "vitest";
import type { Next } from "./middlewares.ts";
import { Stage } from "./testing/fake-session.ts";

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("connection", () => {
  test("is told after the client, and after the socket has joined its own room", () => {
    const stage = new Stage();
    const calls: unknown[] = [];
    const session = stage.connect();
    for (const event of ["connection", "connect"]) {
      stage.io.on(event, (socket: any) =>
        calls.push([event, session.sent.length, socket.connected, [...socket.rooms].length]),
      );
    }
    session.receive("0");
    expect(calls).toEqual([
      ["connect", 1, true, 1],
      ["connection", 1, true, 1],
    ]);
  });

  test("is told to the listener given to of()", () => {
    const stage = new Stage();
    const listener = vi.fn();
    stage.io.of("/a", listener);
    const { socket } = stage.join("/a");
    expect(listener).toHaveBeenCalledWith(socket);
  });
});

describe("middlewares", () => {
  test("run in order before the socket is connected", () => {
    const stage = new Stage();
    const calls: unknown[] = [];
    stage.io.use((socket, next) => {
      calls.push([socket.connected, socket.handshake.auth["token"], stage.io.sockets.sockets.size]);
      socket.data.user = "u";
      void socket.join("early");
      next();
    });
    const { socket } = stage.join("/", '{"token":"t"}');
    expect(calls).toEqual([[false, "t", 0]]);
    expect(socket.data).toEqual({ user: "u" });
    expect([...socket.rooms]).toEqual(["early", socket.id]);
  });

  test("refuse with a message and data", () => {
    const stage = new Stage();
    stage.io.use((_socket, next) => next(Object.assign(new Error("not you"), { data: { code: 7 } })));
    const onConnection = vi.fn();
    stage.io.on("connection", onConnection);
    const session = stage.connect().receive("0");
    expect(session.sent).toEqual(['4{"message":"not you","data":{"code":7}}']);
    expect(session.readyState).toBe("open");
    expect(onConnection).not.toHaveBeenCalled();
    expect(stage.io.sockets.adapter.rooms.size).toBe(0);
    session.receive("0");
    expect(session.sent).toHaveLength(2);
  });

  test("that fail let nobody in, tell the client nothing about it, and are reported", async () => {
    const stage = new Stage();
    const failures = [
      () => {
        throw new Error("thrown secret");
      },
      async () => Promise.reject(new Error("rejected secret")),
    ];
    stage.io.use(async (_socket, _next) => failures.shift()?.());
    const sessions = [stage.connect().receive("0"), stage.connect().receive("0")];
    await turn();
    for (const session of sessions) expect(session.sent).toEqual(['4{"message":"Internal error"}']);
    expect(stage.errors.map(([error, { in: where, nsp }]) => [(error as Error).message, where, nsp])).toEqual(
      [
        ["thrown secret", "middleware", "/"],
        ["rejected secret", "middleware", "/"],
      ],
    );
  });

  test("that fail after they have let a socket in do not throw it out", async () => {
    const stage = new Stage();
    stage.io.use(async (_socket, next) => {
      next();
      throw new Error("late");
    });
    const { session, socket } = stage.join();
    await turn();
    expect(socket.connected).toBe(true);
    expect(session.sent).toEqual([]);
    expect(stage.errors).toHaveLength(1);
  });

  test("are those there were when the client asked", () => {
    const stage = new Stage();
    const waiting: Next[] = [];
    const late = vi.fn();
    stage.io.use((_socket, next) => void waiting.push(next));
    stage.connect().receive("0");
    stage.io.use(late);
    waiting[0]?.();
    expect(late).not.toHaveBeenCalled();
    expect(stage.io.sockets.sockets.size).toBe(1);
  });

  test("that let in a client that has left change nothing", () => {
    const stage = new Stage();
    const waiting: Next[] = [];
    const onConnection = vi.fn();
    stage.io.use((socket, next) => {
      void socket.join("r");
      waiting.push(next);
    });
    stage.io.on("connection", onConnection);
    const session = stage.connect().receive("0");
    session.end("transport close");
    waiting[0]?.();
    expect(onConnection).not.toHaveBeenCalled();
    expect(session.sent).toEqual([]);
    expect(stage.io.sockets.adapter.rooms.size).toBe(0);
    expect(stage.io.sockets.joiningCount).toBe(0);
  });

  test("keep broadcasts from a socket they have not let in, but may emit to it", () => {
    const stage = new Stage();
    const waiting: Next[] = [];
    stage.io.use((socket, next) => {
      socket.emit("hello");
      waiting.push(next);
    });
    const session = stage.connect().receive("0");
    stage.io.emit("all");
    expect(session.sent).toEqual(['2["hello"]']);
    waiting[0]?.();
    stage.io.emit("all");
    expect(session.sent.slice(1)).toEqual([expect.stringMatching(/^0/), '2["all"]']);
  });

  test("have to be functions", () => {
    expect(() => new Stage().io.use("x" as never)).toThrow("a middleware must be a function");
  });

  test("of one namespace are no concern of another", () => {
    const stage = new Stage();
    stage.io.use((_socket, next) => next(new Error("no")));
    stage.io.of("/open");
    expect(stage.join("/open").socket.connected).toBe(true);
  });
});

describe("of", () => {
  test("gives the same namespace with and without slash, and makes it once", () => {
    const { io } = new Stage();
    const made: string[] = [];
    io.on("new_namespace", (nsp: { name: string }) => made.push(nsp.name));
    expect(io.of("chat")).toBe(io.of("/chat"));
    expect(io.of("/")).toBe(io.sockets);
    expect(made).toEqual(["/chat"]);
  });

  test("takes names, patterns and functions alone", () => {
    expect(() => new Stage().io.of(1 as never)).toThrow(
      "a namespace is named by a string, a RegExp or a function, got number",
    );
  });
});

describe("dynamic namespaces", () => {
  test("are made for names that match a pattern, with its middlewares and listeners", () => {
    const stage = new Stage();
    const onConnection = vi.fn();
    const middleware = vi.fn((_socket: unknown, next: Next) => next());
    const parent = stage.io.of(/^\/room-\d+$/g);
    parent.use(middleware).on("connection", onConnection);
    for (const name of ["/room-1", "/room-1", "/room-2"]) {
      const session = stage.connect().receive(`0${name},`);
      expect(session.sent[0]).toMatch(`0${name},{"sid"`);
    }
    expect([...parent.children].map(({ name }) => name)).toEqual(["/room-1", "/room-2"]);
    expect(onConnection).toHaveBeenCalledTimes(3);
    expect(middleware).toHaveBeenCalledTimes(3);
    expect(stage.connect().receive("0/room-x,").sent).toEqual(['4/room-x,{"message":"Invalid namespace"}']);
  });

  test("made by name become children of the pattern they match", () => {
    const stage = new Stage();
    const parent = stage.io.of(/^\/room-/);
    const child = stage.io.of("/room-1");
    expect([...parent.children]).toContain(child);
  });

  test("are decided about by a function that knows the auth payload, in order", () => {
    const stage = new Stage();
    const asked: unknown[] = [];
    stage.io.of((name, auth, next) => {
      asked.push(["first", name, auth]);
      next(null, false);
    });
    stage.io.of((_name, _auth, next) => next(new Error("no"), true));
    const third = stage.io.of((_name, auth, next) => next(null, auth["token"] === "t"));
    expect(stage.connect().receive("0/a,").sent[0]).toContain("Invalid namespace");
    stage.connect().receive('0/a,{"token":"t"}');
    expect([...third.children].map(({ name }) => name)).toEqual(["/a"]);
    expect(asked).toEqual([
      ["first", "/a", {}],
      ["first", "/a", { token: "t" }],
    ]);
  });

  test("are made once for clients that ask at the same time", () => {
    const stage = new Stage();
    const waiting: (() => void)[] = [];
    const made = vi.fn();
    stage.io.on("new_namespace", made);
    const parent = stage.io.of((_name, _auth, next) => void waiting.push(() => next(null, true)));
    const sessions = [stage.connect().receive("0/a,"), stage.connect().receive("0/a,")];
    for (const decide of waiting) decide();
    expect(parent.children.size).toBe(1);
    expect(made).toHaveBeenCalledOnce();
    expect([...parent.children][0]?.sockets.size).toBe(2);
    for (const session of sessions) expect(session.sent).toHaveLength(1);
  });

  test("are not made by a function that fails, which is reported", async () => {
    const stage = new Stage();
    stage.io.of(() => {
      throw new Error("thrown");
    });
    stage.io.of(async () => Promise.reject(new Error("rejected")));
    const session = stage.connect().receive("0/a,");
    await turn();
    expect(session.sent).toEqual(['4/a,{"message":"Invalid namespace"}']);
    expect(stage.errors.map(([error, context]) => [(error as Error).message, context])).toEqual([
      ["thrown", { in: "namespace matcher", nsp: "/a" }],
      ["rejected", { in: "namespace matcher", nsp: "/a" }],
    ]);
  });

  test("all get what is sent through their parent", () => {
    const stage = new Stage();
    const parent = stage.io.of(/^\/room-/);
    const [a, b] = ["/room-1", "/room-2"].map((name) => {
      stage.io.of(name);
      return stage.join(name);
    });
    parent.emit("all");
    void a!.socket.join("r");
    parent.to("r").emit("some");
    expect(a!.session.sent).toEqual(['2/room-1,["all"]', '2/room-1,["some"]']);
    expect(b!.session.sent).toEqual(['2/room-2,["all"]']);
    parent.socketsJoin("s");
    expect([...b!.socket.rooms]).toEqual([b!.socket.id, "s"]);
    parent.socketsLeave("s");
    parent.in("r").disconnectSockets();
    expect([a!.socket.connected, b!.socket.connected]).toEqual([false, true]);
    expect(() => parent.fetchSockets()).toThrow("fetchSockets() is not supported on parent namespaces");
  });

  test("answer a broadcast of their parent", async () => {
    const stage = new Stage();
    const parent = stage.io.of(/^\/room-/);
    const peers = ["/room-1", "/room-2"].map((name) => {
      stage.io.of(name);
      return stage.join(name);
    });
    const answers = parent.timeout(100).emitWithAck("ask");
    await turn();
    for (const [i, { session, socket }] of peers.entries()) session.receive(`3${socket.nsp.name},0["${i}"]`);
    expect(await answers).toEqual(["0", "1"]);
  });

  test("do not use the adapter of the application for their parent", () => {
    const factory = vi.fn(function (host) {
      return new LocalAdapter(host);
    });
    const { io } = new Stage({ adapter: factory });
    io.of(/x/);
    expect(factory).toHaveBeenCalledOnce();
  });
});

describe("cleanupEmptyChildNamespaces", () => {
  function stageWithChild(): { stage: Stage; isThere: () => boolean } {
    const stage = new Stage({ cleanupEmptyChildNamespaces: true });
    const parent = stage.io.of(/^\/room-/);
    return { stage, isThere: () => [...parent.children].some(({ name }) => name === "/room-1") };
  }

  test("takes a child away with its last socket, and makes it again", () => {
    const { stage, isThere } = stageWithChild();
    const [a, b] = [stage.connect().receive("0/room-1,"), stage.connect().receive("0/room-1,")];
    a.receive("1/room-1,");
    expect(isThere()).toBe(true);
    b.end("transport close");
    expect(isThere()).toBe(false);
    a.receive("0/room-1,");
    expect(isThere()).toBe(true);
  });

  test("takes it away if a middleware refused its only candidate, not while others wait", () => {
    const { stage, isThere } = stageWithChild();
    const waiting: Next[] = [];
    stage.io.of(/^\/room-/).use((_socket, next) => next());
    const child = stage.io.of("/room-1");
    child.use((_socket, next) => void waiting.push(next));
    stage.connect().receive("0/room-1,");
    stage.connect().receive("0/room-1,");
    waiting[0]?.(new Error("no"));
    expect(isThere()).toBe(true);
    waiting[1]?.(new Error("no"));
    expect(isThere()).toBe(false);
  });

  test("takes it away if its only candidate left while it was being made", () => {
    const stage = new Stage({ cleanupEmptyChildNamespaces: true });
    const waiting: (() => void)[] = [];
    const parent = stage.io.of((_name, _auth, next) => void waiting.push(() => next(null, true)));
    const session = stage.connect().receive("0/a,");
    session.end("transport close");
    waiting[0]?.();
    expect(parent.children.size).toBe(0);
  });

  test("closes its adapter, and reports if that fails", async () => {
    const close = vi.fn(() => Promise.reject(new Error("stuck")));
    const stage = new Stage({
      cleanupEmptyChildNamespaces: true,
      adapter: (host) => Object.assign(new LocalAdapter(host), { close }),
    });
    stage.io.of(/^\/room-/);
    stage.connect().receive("0/room-1,").end("transport close");
    await turn();
    expect(close).toHaveBeenCalledOnce();
    expect(stage.errors).toEqual([
      [new Error("stuck"), expect.objectContaining({ in: "adapter", nsp: "/room-1" })],
    ]);
  });

  test("leaves namespaces alone that were made by name, or without the option", () => {
    const { stage } = stageWithChild();
    const fixed = stage.io.of("/fixed");
    stage.connect().receive("0/fixed,").end("transport close");
    expect(stage.io.of("/fixed")).toBe(fixed);
    const other = new Stage();
    const parent = other.io.of(/^\/room-/);
    other.connect().receive("0/room-1,").end("transport close");
    expect(parent.children.size).toBe(1);
  });
});

describe("adapters", () => {
  test("may fail to begin, which is reported", async () => {
    const stage = new Stage({
      adapter: (host) =>
        Object.assign(new LocalAdapter(host), { init: () => Promise.reject(new Error("no")) }),
    });
    await turn();
    expect(stage.errors).toEqual([[new Error("no"), expect.objectContaining({ in: "adapter", nsp: "/" })]]);
  });

  test("may be changed while there are sockets, who keep their rooms", () => {
    const stage = new Stage();
    stage.io.of("/other");
    const { session, socket } = stage.join();
    void socket.join("r");
    const before = stage.io.sockets.adapter;
    const factory = vi.fn(function (host) {
      return new LocalAdapter(host);
    });
    expect(stage.io.adapter(factory)).toBe(stage.io);
    expect(stage.io.adapter()).toBe(factory);
    expect(factory).toHaveBeenCalledTimes(2);
    expect(stage.io.sockets.adapter).not.toBe(before);
    expect([...socket.rooms]).toEqual([socket.id, "r"]);
    stage.io.to("r").emit("hi");
    expect(session.sent).toEqual(['2["hi"]']);
  });
});

describe("events between servers", () => {
  test("go to the adapter, by all names but the reserved", () => {
    const { io } = new Stage();
    const serverSideEmit = vi.spyOn(io.sockets.adapter, "serverSideEmit").mockImplementation(() => {});
    expect(io.serverSideEmit("hi", 1)).toBe(true);
    expect(serverSideEmit).toHaveBeenCalledWith(["hi", 1]);
    for (const event of ["connect", "connection", "new_namespace"]) {
      expect(() => io.serverSideEmit(event)).toThrow(`"${event}" is a reserved event name`);
    }
  });

  test("bring answers, or an error", async () => {
    const { io } = new Stage();
    vi.spyOn(io.sockets.adapter, "serverSideEmit").mockImplementation((args) => {
      const answer = args.at(-1) as (error: unknown, answers: unknown) => void;
      if (args[0] === "ok") answer(null, [1, 2]);
      else answer(new Error("timeout reached"), []);
    });
    expect(await io.serverSideEmitWithAck("ok")).toEqual([1, 2]);
    await expect(io.serverSideEmitWithAck("ko")).rejects.toThrow("timeout reached");
  });

  test("warn on a single node", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    new Stage().io.serverSideEmit("hi");
    expect(warn).toHaveBeenCalledWith(
      "the adapter cannot do what was asked of it: this adapter does not support the serverSideEmit() functionality",
      { type: "SockeyeWarning", code: "SKW202" },
    );
    warn.mockRestore();
  });
});
