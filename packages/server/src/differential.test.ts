// One application, run with the published server and with ours, watched by the same unmodified client: what both sides
// see must be the same. What is meant to differ is in KNOWN_DIFFERENCES.md and tested there.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server as PublishedServer } from "socket.io";
import type { Socket as PublishedSocket } from "socket.io";
import { io as connect } from "socket.io-client";
import type { ManagerOptions, Socket as ClientSocket, SocketOptions } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { Server } from "./index.ts";

type IO = PublishedServer;
type ClientOptions = Partial<ManagerOptions & SocketOptions>;

/** What a scenario works with. Whatever it notes is compared between the servers. */
interface Stage {
  readonly io: IO;
  readonly note: (...what: unknown[]) => void;
  /** A client, not connected unless `autoConnect` says so. */
  client(nsp?: string, options?: ClientOptions): ClientSocket;
  /** The same, once it is connected, with the server's socket. */
  join(nsp?: string, options?: ClientOptions): Promise<[client: ClientSocket, server: PublishedSocket]>;
  /** Resolves when as much was noted. */
  noted(count: number): Promise<void>;
}

type Scenario = (stage: Stage) => Promise<void>;

const PLANS: Readonly<Record<string, ClientOptions>> = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: { transports: ["polling", "websocket"] },
};

async function until(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A volatile event is sent only if nothing stands before it: on polling, if a poll waits. */
function writable(socket: {
  readonly conn: { readonly transport: { readonly writable: boolean } };
}): Promise<void> {
  return until(
    () => socket.conn.transport.writable,
    () => "a transport that can be written to",
  );
}

async function trace(
  ServerClass: typeof PublishedServer,
  plan: ClientOptions,
  scenario: Scenario,
  options: object,
): Promise<unknown[]> {
  const http = createServer();
  const io = new ServerClass(http, { serveClient: false, ...options });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const clients: ClientSocket[] = [];
  const notes: unknown[] = [];
  const note = (...what: unknown[]): void => {
    notes.push(structuredClone(what.map(plain)));
  };
  const stage: Stage = {
    io,
    note,
    client(nsp = "/", more = {}) {
      const client = connect(`${url}${nsp}`, { ...plan, forceNew: true, reconnection: false, ...more });
      clients.push(client);
      return client;
    },
    async join(nsp = "/", more = {}) {
      const client = stage.client(nsp, more);
      await until(
        () => client.connected,
        () => `a connection to ${nsp}`,
      );
      const server = io.of(nsp).sockets.get(client.id ?? "");
      if (server === undefined) throw new Error("no such socket");
      return [client, server];
    },
    noted: (count) =>
      until(
        () => notes.length >= count,
        () => `${count} notes, have ${JSON.stringify(notes)}`,
      ),
  };
  try {
    await scenario(stage);
  } finally {
    for (const client of clients) client.disconnect();
    http.closeAllConnections();
    await io.close();
  }
  return notes;
}

/** Bytes by their content, errors by their text: whatever class carries them. */
function plain(value: unknown): unknown {
  if (value instanceof Error)
    return { error: value.message, ...("data" in value ? { data: value.data } : {}) };
  if (value instanceof Uint8Array) return { bytes: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "function") return "function";
  if (value === undefined) return "undefined";
  return value;
}

function same(
  name: string,
  scenario: Scenario,
  options: object = {},
  plans: readonly string[] = Object.keys(PLANS),
): void {
  describe(name, () => {
    test.each(plans)("over %s", async (plan) => {
      const ours = await trace(
        Server as unknown as typeof PublishedServer,
        PLANS[plan] ?? {},
        scenario,
        options,
      );
      const published = await trace(PublishedServer, PLANS[plan] ?? {}, scenario, options);
      expect(ours).toEqual(published);
      expect(ours.length).toBeGreaterThan(0);
    });
  });
}

same("the order of disconnecting and disconnect, and what each sees", async ({ join, note, noted }) => {
  const [client, server] = await join();
  await server.join(["a", "b"]);
  for (const event of ["disconnecting", "disconnect"] as const) {
    server.on(event, (reason: string) => {
      note(
        event,
        reason,
        [...server.rooms].length,
        server.connected,
        server.nsp.sockets.has(server.id),
        server.disconnected,
      );
    });
  }
  client.disconnect();
  await noted(2);
});

same("a disconnection by the server", async ({ join, note, noted }) => {
  const [client, server] = await join();
  server.on("disconnecting", (reason: string) => note("disconnecting", reason));
  server.on("disconnect", (reason: string) => note("disconnect", reason));
  client.on("disconnect", (reason) => note("client", reason));
  note(server.disconnect() === server);
  note(server.emit("late", 1));
  await server.join("late");
  note(server.rooms.size, server.disconnect() === server);
  await noted(6);
});

same("a disconnection of the whole connection", async ({ io, join, client: dial, note, noted }) => {
  io.of("/b").on("connection", (socket) => {
    socket.on("disconnect", (reason) => note("/b", reason));
  });
  const [client, server] = await join();
  const other = client.io.socket("/b");
  void dial;
  await until(
    () => other.connected,
    () => "the other namespace",
  );
  server.on("disconnect", (reason: string) => note("/", reason));
  const ended = (socket: ClientSocket): Promise<string> =>
    new Promise((resolve) => socket.once("disconnect", resolve));
  const ends = Promise.all([ended(client), ended(other)]);
  server.disconnect(true);
  await noted(2);
  note(await ends);
});

same(
  "an event the server emits in a middleware",
  async ({ io, client: dial, note, noted }) => {
    io.use((socket, next) => {
      note("rooms in a middleware", socket.rooms.size, socket.connected, io.sockets.sockets.size);
      socket.data.seen = true;
      void socket.join("early");
      socket.emit("early", 1);
      next();
    });
    io.on("connection", (socket) => {
      note(socket.data, socket.rooms.has("early"), socket.rooms.has(socket.id), socket.connected);
      io.to("early").emit("room");
    });
    const client = dial();
    client.onAny((...args) => note("client", args));
    client.on("connect", () => note("connect"));
    await noted(5);
  },
  {},
  ["websocket", "polling"],
);

same("connection errors", async ({ io, client: dial, note, noted }) => {
  io.of("/shut").use((_socket, next) =>
    next(Object.assign(new Error("closed today"), { data: { until: 9 } })),
  );
  io.of("/plain").use((_socket, next) => next(new Error("no")));
  io.of("/plain").on("connection", () => note("must not happen"));
  let count = 0;
  for (const nsp of ["/shut", "/plain", "/nowhere", "/shut?x=1"]) {
    const client = dial(nsp);
    client.on("connect_error", (error) =>
      note(nsp, error.message, (error as { data?: unknown }).data, client.active),
    );
    await noted(++count);
  }
  note(io.of("/shut").sockets.size, io.of("/plain").sockets.size);
});

same(
  "middlewares run in order, over a snapshot, and what follows an error is not run",
  async ({ io, client: dial, note, noted }) => {
    io.use((socket, next) => {
      note(
        1,
        socket.handshake.auth,
        socket.handshake.query["q"],
        typeof socket.handshake.issued,
        typeof socket.handshake.time,
        socket.handshake.xdomain,
        socket.handshake.secure,
      );
      io.use((_socket, late) => {
        note("added late");
        late();
      });
      next();
    });
    io.use((_socket, next) => {
      setImmediate(next);
      note(2);
    });
    io.on("connect", () => note("connect"));
    io.on("connection", () => note("connection"));
    dial("/", { auth: { token: "t" }, query: { q: "1" } });
    await noted(4);
    note(io.sockets.sockets.size);
  },
);

same("middlewares of a socket", async ({ join, note, noted }) => {
  const [client, server] = await join();
  // Ours runs the chain as the event is read, the published one later: each event waits for the one before.
  server.use((event, next) => {
    note("first", event.map(plain));
    if (event[0] === "bad") next(Object.assign(new Error("refused"), { data: 7 }));
    else {
      event[1] = "changed";
      next();
    }
  });
  server.use((event, next) => {
    note("second", event[0]);
    setImmediate(next);
  });
  server.onAny((event) => note("any", event));
  server.on("error", (error) => note("error", error));
  server.on("good", (value, done) => {
    note("good", value);
    done(1, 2);
  });
  server.on("bad", () => note("must not happen"));
  client.emit("bad");
  await noted(3);
  client.emit("good", "given", (...answer: unknown[]) => note("answer", answer));
  await noted(8);
});

same("catch-all listeners", async ({ join, note, noted }) => {
  const [client, server] = await join();
  const off = (): void => note("off");
  server.onAny((event, ...args) => note("any", event, args.map(plain)));
  server.prependAny((event) => note("first", event));
  server.onAny(off);
  server.offAny(off);
  server.onAnyOutgoing((event, ...args) => note("out", event, args.map(plain)));
  server.prependAnyOutgoing((event) => note("out first", event));
  note(server.listenersAny().length, server.listenersAnyOutgoing().length);
  client.emit("a", 1, Buffer.from([1, 2]));
  client.emit("b", (value: unknown) => note("answer", value));
  server.on("b", (done) => done(Buffer.from([3])));
  await noted(6);
  server.emit("out", 1, Buffer.from([4]), () => {});
  server.nsp.to(server.id).emit("room", { deep: Buffer.from([5]) });
  server.volatile.emit("v");
  server.broadcast.emit("not to itself");
  await noted(12);
  server.offAny().offAnyOutgoing();
  note(server.listenersAny(), server.listenersAnyOutgoing());
});

same("acknowledgements of the server's events", async ({ join, note, noted }) => {
  const [client, server] = await join();
  client.on("ask", (...args) => args.at(-1)("a", "b"));
  client.on("never", () => {});
  client.on("bytes", (done) => done(Buffer.from([1])));
  client.on("twice", (done) => {
    done(1);
    done(2);
  });
  server.emit("ask", 1, (...answer: unknown[]) => note("plain", answer));
  await noted(1);
  server.timeout(5000).emit("ask", (...answer: unknown[]) => note("timeout", answer));
  await noted(2);
  server.timeout(20).emit("never", (...answer: unknown[]) => note("late", answer));
  await noted(3);
  note(await server.emitWithAck("ask"), await server.timeout(5000).emitWithAck("ask"));
  note(
    await server
      .timeout(10)
      .emitWithAck("never")
      .catch((error: unknown) => error),
  );
  server.emit("twice", (value: unknown) => note("once", value));
  await noted(6);
  note(await server.emitWithAck("bytes").then(plain));
});

same("acknowledgements of the client's events", async ({ join, note, noted }) => {
  const [client, server] = await join();
  server.on("twice", (done) => {
    done(1);
    done(2);
  });
  server.on("bytes", (given, done) => done(given, { deep: [given] }));
  server.on("none", (...args) => note("arguments", args.length));
  client.emit("twice", (value: unknown) => note("once", value));
  await noted(1);
  client.emit("bytes", Buffer.from([7]), (...answer: unknown[]) =>
    note("bytes", answer.map(plain), JSON.stringify(answer[1])),
  );
  await noted(2);
  client.emit("none");
  await noted(3);
});

same("acknowledgements of a broadcast", async ({ io, join, note }) => {
  const [a] = await join();
  const [b] = await join();
  a.on("ask", (done) => done("a", "ignored"));
  b.on("ask", (done) => setTimeout(() => done("b"), 20));
  a.on("half", (done) => done("a"));
  note(await io.timeout(5000).emitWithAck("ask"));
  note(
    await io
      .timeout(100)
      .emitWithAck("half")
      .catch((error: { responses: unknown }) => [error, error.responses]),
  );
  await new Promise<void>((resolve) => {
    io.timeout(100).emit("half", (error: unknown, responses: unknown) => {
      note("callback", error, responses);
      resolve();
    });
  });
  note(await io.to("nobody").timeout(100).emitWithAck("ask"));
  note(await io.to("nobody").emitWithAck("ask"));
  note(
    await io
      .except([a.id ?? "", b.id ?? ""])
      .timeout(100)
      .emitWithAck("ask"),
  );
});

same("acknowledgements of a broadcast without a timeout", async ({ io, join, note }) => {
  const [a] = await join();
  a.on("never", () => {});
  note(await io.local.emitWithAck("never").catch((error: unknown) => error));
  await new Promise<void>((resolve) => {
    io.emit("never", (...answer: unknown[]) => {
      note("callback", answer);
      resolve();
    });
  });
});

same(
  "a broadcast with an acknowledgement keeps its place in the order",
  async ({ io, join, note, noted }) => {
    const [a] = await join();
    a.onAny((event) => note(event));
    io.timeout(1000).emit("1", () => {});
    io.emit("2");
    io.timeout(1000).emit("3", () => {});
    io.local.timeout(1000).emit("4", () => {});
    io.emit("5");
    await noted(5);
  },
);

same("targets", async ({ io, join, note, noted }) => {
  const [a, sa] = await join();
  const [b, sb] = await join();
  const [c, sc] = await join();
  await sa.join(["x", "y"]);
  await sb.join(["y", "z"]);
  await sc.join("z");
  const inbox: Record<string, unknown[]> = { a: [], b: [], c: [] };
  const watch = (name: string, client: ClientSocket): unknown =>
    client.onAny((event) => inbox[name]?.push(event));
  watch("a", a);
  watch("b", b);
  watch("c", c);
  io.to("x").to("y").emit("x or y");
  io.to(["x", "z"]).emit("x or z");
  io.in("y").except("z").emit("y but z");
  io.except("x").emit("all but x");
  io.except([sa.id, sb.id]).emit("all but a, b");
  sa.to("y").emit("y but me");
  sa.broadcast.emit("all but me");
  sa.broadcast.to("x").emit("nobody");
  sa.except("z").emit("all but me and z");
  sb.to(sb.id).emit("to myself, excepted");
  io.local.emit("local");
  io.compress(false).volatile.to("nowhere").emit("nowhere");
  io.emit("end");
  await until(
    () => Object.values(inbox).every((events) => events.includes("end")),
    () => JSON.stringify(inbox),
  );
  note(inbox);
  const names = new Map([
    [sa.id, "a"],
    [sb.id, "b"],
    [sc.id, "c"],
  ]);
  const ids = async (sockets: Promise<{ id: string }[]>): Promise<unknown> =>
    (await sockets).map(({ id }) => String(names.get(id))).toSorted((a, b) => a.localeCompare(b));
  note(
    await ids(io.fetchSockets()),
    await ids(io.in("y").fetchSockets()),
    await ids(io.except("z").fetchSockets()),
  );
  note(
    [...(await io.in("z").allSockets())]
      .map((id) => String(names.get(id)))
      .toSorted((a, b) => a.localeCompare(b)),
  );
  io.in("x").socketsJoin(["p", "q"]);
  io.in("p").socketsLeave("q");
  note(
    [...sa.rooms].map((room) => names.get(room) ?? room),
    io.sockets.adapter.rooms.get("q") === undefined,
    io.sockets.adapter.rooms.get("p")?.size,
  );
  sc.on("disconnect", (reason) => note("c", reason));
  io.in("z").except(sb.id).disconnectSockets();
  await noted(5);
});

same(
  "numbers as rooms and as events",
  async ({ io, join, note, noted }) => {
    const [client, server] = await join();
    const room = 5 as unknown as string;
    await server.join(room);
    await server.join([7 as unknown as string, "7"]);
    note(server.rooms.has(room), io.sockets.adapter.rooms.has(room), server.rooms.size);
    client.onAny((event, ...args) => note(typeof event, event, args));
    io.to(room).emit("to 5");
    server.emit(1 as unknown as string, "number");
    io.emit(2 as unknown as string, "number");
    server.on("3", (value) => note("three", value));
    await noted(4);
    client.emit(3 as unknown as string, "number");
    await noted(5);
    await server.leave(room);
    note(server.rooms.size);
  },
  {},
  ["websocket"],
);

same(
  "reserved events",
  async ({ io, join, note }) => {
    const [client, server] = await join();
    void client;
    for (const event of [
      "connect",
      "connect_error",
      "disconnect",
      "disconnecting",
      "newListener",
      "removeListener",
      "error",
      "connection",
    ]) {
      for (const target of [io, io.of("/x"), server, io.to("room"), server.broadcast]) {
        try {
          note(event, (target as unknown as { emit(event: string): unknown }).emit(event));
        } catch (error) {
          note(event, error);
        }
      }
    }
    for (const event of ["connect", "connection", "new_namespace"]) {
      try {
        note(io.serverSideEmit(event));
      } catch (error) {
        note(event, error);
      }
    }
  },
  {},
  ["websocket"],
);

same("an error event is an event like any other", async ({ join, note, noted }) => {
  const [client, server] = await join();
  client.emit("error", "nobody listens");
  server.on("after", () => server.on("error", (value) => note("server", value)));
  client.emit("after");
  client.emit("error", "x");
  await noted(1);
  client.on("error", (value) => note("client", value));
  server.emit("error", "y");
  await noted(2);
});

same(
  "volatile events: all or nothing, one per turn",
  async ({ join, note, noted }) => {
    const [client, server] = await join();
    client.onAny((event, ...args) => note(event, args.map(plain)));
    await writable(server);
    server.volatile.emit("first");
    server.volatile.emit("second");
    server.volatile.emit("third", Buffer.from([1]));
    server.emit("solid");
    await noted(2);
    await writable(server);
    server.emit("solid");
    server.volatile.emit("after solid", Buffer.from([2]));
    await noted(3);
    await writable(server);
    server.volatile.emit("bytes", Buffer.from([3]), [Buffer.from([4])]);
    await noted(4);
    await writable(server);
    server.nsp.volatile.emit("broadcast");
    server.nsp.volatile.emit("broadcast dropped");
    server.emit("end");
    await noted(6);
  },
  {},
  ["polling", "websocket"],
);

same("dynamic namespaces", async ({ io, client: dial, note, noted }) => {
  const made: string[] = [];
  io.on("new_namespace", (nsp) => made.push(nsp.name));
  const byPattern = io.of(/^\/p-\d+$/);
  byPattern.use((socket, next) => {
    note("parent middleware", socket.nsp.name);
    next();
  });
  byPattern.on("connection", (socket) => note("connection", socket.nsp.name));
  io.of((name, auth, next) => next(null, name === "/f" && auth["ok"] === true));
  io.of((name, _auth, next) => {
    setTimeout(() => next(name === "/fails" ? new Error("no") : null, name === "/slow"), 10);
  });
  const outcome = (client: ClientSocket, name: string): void => {
    client.on("connect", () => note("in", name));
    client.on("connect_error", (error) => note("out", name, error.message));
  };
  let count = 0;
  for (const [name, options, notes] of [
    ["/p-1", {}, 3],
    ["/p-2", {}, 3],
    ["/p-x", {}, 1],
    ["/f", { auth: { ok: true } }, 1],
    ["/f-none", {}, 1],
    ["/slow", {}, 1],
    ["/fails", {}, 1],
  ] as const) {
    outcome(dial(name, options), name);
    await noted((count += notes));
  }
  note(
    made,
    byPattern.name.startsWith("/_"),
    [...(byPattern as unknown as { children: Set<{ name: string }> }).children].map(({ name }) => name),
  );
  note(
    io.of("/p-9") === io.of("p-9"),
    (byPattern as unknown as { children: Set<unknown> }).children.size,
    made.at(-1),
  );
  try {
    await byPattern.fetchSockets();
  } catch (error) {
    note(error);
  }
});

same("a dynamic namespace that two clients ask for at once", async ({ io, client: dial, note }) => {
  let made = 0;
  io.on("new_namespace", () => made++);
  io.of((_name, _auth, next) => {
    setTimeout(() => next(null, true), 10);
  });
  const clients = [dial("/race"), dial("/race"), dial("/race")];
  await until(
    () => clients.every(({ connected }) => connected),
    () => "all clients",
  );
  note(made, io.of("/race").sockets.size);
});

same(
  "empty dynamic namespaces are cleaned up",
  async ({ io, client: dial, note }) => {
    const parent = io.of(/^\/d-/) as unknown as {
      children: Set<unknown>;
      use(fn: (socket: PublishedSocket, next: (error?: Error) => void) => void): void;
    };
    parent.use((socket, next) => next(socket.handshake.auth["ok"] === false ? new Error("no") : undefined));
    const refused = dial("/d-1", { auth: { ok: false } });
    await new Promise((resolve) => refused.once("connect_error", resolve));
    note(parent.children.size);
    const a = dial("/d-1");
    const b = dial("/d-1");
    await until(
      () => a.connected && b.connected,
      () => "both",
    );
    const again = dial("/d-1", { auth: { ok: false } });
    await new Promise((resolve) => again.once("connect_error", resolve));
    note(parent.children.size);
    a.disconnect();
    await until(
      () => io.of("/d-1").sockets.size === 1,
      () => "one to leave",
    );
    note(parent.children.size);
    b.disconnect();
    await until(
      () => parent.children.size === 0,
      () => "the namespace to go",
    );
    const back = dial("/d-1");
    await until(
      () => back.connected,
      () => "one to come back",
    );
    note(parent.children.size);
  },
  { cleanupEmptyChildNamespaces: true },
);

same(
  "what a server says of itself",
  async ({ io, join, note }) => {
    const [client, server] = await join("/", { query: { a: "1" }, auth: { b: 2 } });
    note(
      io.path(),
      io.serveClient(),
      io.connectTimeout(),
      io.sockets.name,
      io.of("x").name,
      io.of("") === io.sockets,
    );
    note(io.of("/") === io.sockets, typeof io.engine, io.engine.clientsCount, io.httpServer !== undefined);
    note(server.nsp === io.sockets, server.nsp.server === io, server.id === client.id);
    note(
      server.handshake.query["a"],
      server.handshake.auth,
      server.handshake.url.startsWith("/socket.io/?a=1"),
      server.handshake.address === server.conn.remoteAddress,
    );
    note(
      typeof server.request.headers["user-agent"],
      server.handshake.headers["host"] === server.request.headers.host,
      server.recovered,
      server.data,
    );
    note(
      server.send("x") === server,
      server.write("x") === server,
      io.send("x") === io,
      io.write("x") === io,
      server.emit("x"),
      io.emit("x"),
      io.to("r").emit("x"),
      io.of("/q").send("y").name,
    );
    note(
      io.use((_socket, next) => next()) === io,
      server.compress(false) === server,
      server.volatile === server,
      server.timeout(1) === server,
    );
    note(
      server.listenerCount("x"),
      server.once("x", () => {}).listenerCount("x"),
      server.prependListener("x", () => {}).listeners("x").length,
    );
  },
  {},
  ["websocket"],
);

same(
  "io.close",
  async ({ io, join, note, noted }) => {
    const [client, server] = await join();
    server.on("disconnecting", (reason: string) => note("disconnecting", reason));
    server.on("disconnect", (reason: string) => note("disconnect", reason));
    const ended = new Promise((resolve) => client.once("disconnect", resolve));
    const closed = io.close((error) => note("callback", error ?? "none"));
    note("called");
    client.io.engine.on("close", () => {});
    note(await ended);
    client.disconnect();
    await closed;
    await noted(5);
    await io.close((error) => note("again", (error as { code?: string } | undefined)?.code));
  },
  {},
  ["polling", "websocket"],
);

describe("raw packets", () => {
  const CASES: readonly [name: string, packets: readonly string[]][] = [
    ["an event before any CONNECT", ['42["a"]']],
    ["a second CONNECT", ["40", "40"]],
    ["an event for a namespace that was not joined", ["40", '42/x,["a"]']],
    ["a CONNECT_ERROR from the client", ["40", '44{"message":"x"}']],
    ["an acknowledgement nobody waits for", ["40", '4399["x"]', '42["a"]']],
    ["a DISCONNECT with data", ["40", '41["x"]']],
    ["a CONNECT with a list", ["40[]"]],
    ["an unknown type", ["40", "4abc"]],
    ["an object as event name", ["40", "42[{}]"]],
    ["a reserved event name", ["40", '42["disconnecting"]']],
    ["malformed JSON", ["40", '42["a"']],
    ["no dash behind the attachments", ["40", '451["a"]']],
    ["too many attachments", ["40", '4511-["a"]']],
    ["text while an attachment is due", ["40", '451-["a",{"_placeholder":true,"num":0}]', '42["a"]']],
    ["a placeholder out of range", ["40", '451-["a",{"_placeholder":true,"num":9}]', "bAQ=="]],
    ["an attachment nobody announced", ["40", "bAQ=="]],
    ["an unknown namespace, and then a known one", ["40/nope,", "40"]],
    ["DISCONNECT, and then CONNECT", ["40", "41", "40"]],
    ["an engine packet of no known type", ["40", "9"]],
    ["an empty message", ["40", "4"]],
  ];

  async function raw(
    ServerClass: typeof PublishedServer,
    transport: "polling" | "websocket",
    packets: readonly string[],
  ): Promise<unknown[]> {
    const http = createServer();
    const io = new ServerClass(http, { serveClient: false });
    const notes: unknown[] = [];
    let isGone = false;
    const hasEnded = (): boolean => isGone;
    io.on("connection", (socket) => {
      notes.push("connection");
      socket.on("a", () => notes.push("event"));
      socket.on("error", () => notes.push("error"));
      socket.on("disconnect", (reason) => notes.push(reason));
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    io.engine.on("connection", (conn: { on(event: string, listener: (reason: string) => void): void }) => {
      conn.on("close", (reason) => {
        isGone = true;
        notes.push(`engine: ${reason}`);
      });
    });
    const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/socket.io/?EIO=4&transport=`;
    const settle = async (): Promise<void> => {
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    };
    try {
      if (transport === "websocket") {
        const { WebSocket } = await import("ws");
        const socket = new WebSocket(`${url.replace("http", "ws")}websocket`);
        socket.on("error", () => {});
        await new Promise((resolve) => socket.once("message", resolve));
        for (const packet of packets) {
          socket.send(packet.startsWith("b") ? Buffer.from(packet.slice(1), "base64") : packet);
          // One by one: what the published server does with a batch differs by design.
          await settle();
        }
        socket.ping();
        await new Promise<void>((resolve) => {
          socket.once("pong", () => resolve());
          if (socket.readyState >= WebSocket.CLOSING) resolve();
          socket.once("close", () => resolve());
        });
        notes.push(isGone ? "closed" : "open");
        socket.terminate();
      } else {
        const open = await (await fetch(`${url}polling`)).text();
        const sid = (JSON.parse(open.slice(1)) as { sid: string }).sid;
        for (const packet of packets) {
          await fetch(`${url}polling&sid=${sid}`, { method: "POST", body: packet }).catch(() => {});
          await settle();
        }
        // An open session answers with this; one that closes, with its goodbye.
        io.emit("end");
        for (let answer = ""; answer !== '42["end"]';) {
          if (hasEnded()) break;
          const polled = await fetch(`${url}polling&sid=${sid}`);
          answer = polled.ok
            ? (await polled.text()).replace(/"sid":"[^"]+"/g, '"sid"')
            : `status ${polled.status}`;
          const [last = ""] = answer.split("\x1e").slice(-1);
          notes.push(answer);
          answer = last;
        }
        await settle();
        notes.push(isGone ? "closed" : "open");
      }
    } finally {
      http.closeAllConnections();
      await io.close();
    }
    return notes.slice(0, notes.findIndex((note) => note === "closed" || note === "open") + 1);
  }

  describe.each(["polling", "websocket"] as const)("over %s", (transport) => {
    test.each(CASES)("%s", async (_name, packets) => {
      const [ours, published] = [
        await raw(Server as unknown as typeof PublishedServer, transport, packets),
        await raw(PublishedServer, transport, packets),
      ];
      expect(ours).toEqual(published);
    });
  });
});
