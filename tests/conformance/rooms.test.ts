// Rooms: joining and leaving, the adapter's view and events, who gets a broadcast, and the utilities for many sockets.
import type { Socket } from "socket.io";
import { conformance, next, turn, until } from "./harness/index.ts";
import type { IoHost, Trace, WebSocketPeer } from "./harness/index.ts";

/** What each of the peers has received, by its place in the crowd. */
async function received(trace: Trace, peers: readonly WebSocketPeer[]): Promise<void> {
  for (const [index, peer] of peers.entries()) trace("wire", index, await peer.barrier());
}

/** The rooms of the adapter, with the places of their members. */
function traceRooms(server: IoHost, trace: Trace, sockets: readonly Socket[]): void {
  const place = (id: string): number => sockets.findIndex((socket) => socket.id === id);
  const { rooms, sids } = server.io.of("/").adapter;
  const named = [...rooms].filter(([room]) => place(room) < 0);
  trace(
    "rooms",
    named.map(([room, ids]) => [room, [...ids].map(place)]),
    rooms.size,
  );
  trace(
    "sids",
    [...sids].map(([id, of]) => [place(id), [...of].filter((room) => room !== id)]),
  );
}

conformance("puts a socket into a room of its own", { trap: 87 }, async (server, trace) => {
  const [, socket] = await server.joined();
  trace("rooms", [...socket.rooms], socket.rooms.has(socket.id), socket.rooms.size);
});

conformance("joins and leaves rooms", {}, async (server, trace) => {
  const [, [a, b]] = (await server.crowd(2)) as [WebSocketPeer[], [Socket, Socket]];
  trace("returns", a.join("one"), a.join(["two", "three"]), a.leave("never"));
  void b.join("one");
  traceRooms(server, trace, [a, b]);
  trace("returns", a.leave("one"));
  void a.join("two");
  traceRooms(server, trace, [a, b]);
  void b.leave("one");
  traceRooms(server, trace, [a, b]);
  trace("socket", [...a.rooms].slice(1), [...b.rooms].slice(1));
});

conformance("gives a live view of a socket's rooms", {}, async (server, trace) => {
  const [, socket] = await server.joined();
  const { rooms } = socket;
  void socket.join("a");
  trace("rooms", rooms.has("a"), [...rooms].length);
  void socket.leave("a");
  trace("rooms", rooms.has("a"), [...rooms].length);
});

conformance("lets a socket leave its own room", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  void socket.leave(socket.id);
  server.io.to(socket.id).emit("lost");
  server.io.emit("all");
  trace("wire", await peer.barrier(), [...socket.rooms]);
});

conformance("does not join after the end", { trap: 83 }, async (server, trace) => {
  const [, socket] = await server.joined();
  socket.disconnect();
  void socket.join("late");
  trace(
    "rooms",
    [...socket.rooms],
    server.io.of("/").adapter.rooms.size,
    server.io.of("/").adapter.sids.size,
  );
});

conformance("does not join in a disconnect handler", { trap: 83 }, async (server, trace) => {
  const [, socket] = await server.joined();
  socket.on("disconnect", () => void socket.join("late"));
  socket.disconnect();
  trace("rooms", [...socket.rooms], server.io.of("/").adapter.rooms.size);
});

conformance("empties rooms when their members go", { trap: 84 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  void socket.join(["a", "b"]);
  peer.ws.terminate();
  await server.empty();
  await turn();
  trace("rooms", server.io.of("/").adapter.rooms.size, server.io.of("/").adapter.sids.size);
});

conformance(
  "raises create-room, join-room, leave-room and delete-room, each once",
  {},
  async (server, trace) => {
    const { adapter } = server.io.of("/");
    for (const event of ["create-room", "join-room", "leave-room", "delete-room"]) {
      adapter.on(event, (room: string, id?: string) => trace("events", event, room, id));
    }
    const [, socket] = await server.joined();
    void socket.join("a");
    void socket.join("a");
    void socket.leave("a");
    void socket.leave("a");
    void socket.join(["b", "c"]);
    socket.disconnect();
  },
);

conformance("tells rooms of namespaces apart", {}, async (server, trace) => {
  const [one, a] = await server.joined("/");
  server.io.of("/other");
  const [two, b] = await server.joined("/other");
  void a.join("room");
  void b.join("room");
  server.io.to("room").emit("main");
  server.io.of("/other").to("room").emit("other");
  trace("wire", await one.barrier(), await two.barrier());
});

conformance("takes names of Object.prototype for rooms", { trap: 62 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  void socket.join(["__proto__", "constructor"]);
  server.io.to("__proto__").emit("a");
  server.io.to("constructor").emit("b");
  server.io.to("toString").emit("never");
  trace("wire", await peer.barrier(), [...socket.rooms].slice(1));
});

conformance("takes numbers for rooms, and knows them from texts", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  void socket.join(1 as never);
  server.io.to(1 as never).emit("number");
  server.io.to("1").emit("text");
  trace("wire", await peer.barrier());
});

// Targets: three sockets, a in x, b in x and y, c in none

type Three = [Socket, Socket, Socket];
const TARGETS: readonly [what: string, send: (server: IoHost, sockets: Three) => unknown][] = [
  ["everybody", ({ io }) => io.emit("ev", 1)],
  ["everybody in the namespace", ({ io }) => io.of("/").emit("ev", 1)],
  ["everybody, by send", ({ io }) => io.send("hi")],
  ["everybody, by write of the namespace", ({ io }) => io.of("/").write("hi")],
  ["a room", ({ io }) => io.to("x").emit("ev")],
  ["a room, with in", ({ io }) => io.in("y").emit("ev")],
  ["a room that nobody is in", ({ io }) => io.to("nobody").emit("ev")],
  ["no rooms at all", ({ io }) => io.to([]).emit("ev")],
  ["two rooms, one copy each", ({ io }) => io.to("x").to("y").emit("ev")],
  ["a list of rooms", ({ io }) => io.to(["y", "x"]).emit("ev")],
  ["all but a room", ({ io }) => io.except("y").emit("ev")],
  ["all but a list of rooms", ({ io }) => io.except(["x", "y"]).emit("ev")],
  ["a room but another", ({ io }) => io.to("x").except("y").emit("ev")],
  ["a room but itself", ({ io }) => io.to("x").except("x").emit("ev")],
  ["all but one socket, by its own room", ({ io }, [a]) => io.except(a.id).emit("ev")],
  ["one socket, by its own room", ({ io }, [, b]) => io.to(b.id).emit("ev")],
  ["two sockets and a room", ({ io }, [a, , c]) => io.to([a.id, c.id, "y"]).emit("ev")],
  ["everybody else", (_server, [a]) => a.broadcast.emit("ev")],
  ["everybody else in a room", (_server, [a]) => a.to("x").emit("ev")],
  ["everybody else in a room the socket is not in", (_server, [, , c]) => c.to("x").emit("ev")],
  ["everybody else but a room", (_server, [a]) => a.except("y").emit("ev")],
  ["everybody else in a room but another", (_server, [, , c]) => c.in("x").except("y").emit("ev")],
  ["everybody else on this node", (_server, [a]) => a.local.emit("ev")],
  ["everybody on this node", ({ io }) => io.local.emit("ev")],
  ["the broadcast of a broadcast", (_server, [a]) => a.broadcast.to("x").emit("ev")],
  ["itself only by its own room", (_server, [a]) => a.to(a.id).emit("ev")],
  ["a room, with attachments", ({ io }) => io.to("x").emit("ev", Buffer.from([1]), { b: Buffer.from([2]) })],
  ["a room, uncompressed", ({ io }) => io.compress(false).to("x").emit("ev")],
];
for (const [what, send] of TARGETS) {
  conformance(`broadcasts to ${what}`, { trap: 93 }, async (server, trace) => {
    const [peers, sockets] = await server.crowd(3);
    void sockets[0]?.join("x");
    void sockets[1]?.join(["x", "y"]);
    send(server, sockets as Three);
    await received(trace, peers);
  });
}

conformance(
  "keeps operators as they were when others are made from them",
  { trap: 93 },
  async (server, trace) => {
    const [peers, sockets] = await server.crowd(2);
    void sockets[0]?.join("x");
    void sockets[1]?.join("y");
    const x = server.io.to("x");
    const both = x.to("y");
    const none = x.except("x");
    x.emit("x");
    both.emit("both");
    none.emit("none");
    x.emit("x again");
    await received(trace, peers);
  },
);

conformance("forgets the flags of a socket after one use", { trap: 98 }, async (server, trace) => {
  const [peers, sockets] = await server.crowd(2);
  const [a] = sockets as [Socket];
  a.broadcast.emit("others");
  a.emit("self");
  await received(trace, peers);
});

conformance("delivers a broadcast to polling and WebSocket alike", {}, async (server, trace) => {
  const [socket] = await server.joined();
  const [polling] = await server.joinedPolling();
  server.io.emit("ev", Buffer.from([1]), "é");
  trace("socket", await socket.take(2));
  trace("polling", await polling.take(2));
});

conformance("sends a broadcast to those who are in the room when it is sent", {}, async (server, trace) => {
  const [peers, sockets] = await server.crowd(2);
  void sockets[0]?.join("x");
  server.io.to("x").emit("first");
  void sockets[0]?.leave("x");
  void sockets[1]?.join("x");
  server.io.to("x").emit("second");
  await received(trace, peers);
});

conformance("keeps broadcasts and emits in order", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  for (let count = 0; count < 5; count++) {
    socket.emit("own", count);
    server.io.emit("all", count);
    server.io.to(socket.id).emit("room", count);
  }
  trace("wire", await peer.take(15));
});

conformance("does not send a broadcast to a socket that goes in the same turn", {}, async (server, trace) => {
  const [peers, sockets] = await server.crowd(2);
  sockets[0]?.disconnect();
  server.io.emit("ev");
  trace("wire", await peers[0]?.barrier(), await peers[1]?.barrier());
});

// Utilities

conformance("fetches the sockets meant, as they are", {}, async (server, trace) => {
  const [, sockets] = await server.crowd(3);
  void sockets[0]?.join("x");
  sockets[0]!.data = { user: 1 };
  const ids = async (fetched: Promise<{ id: string }[]>): Promise<number[]> =>
    (await fetched).map(({ id }) => sockets.findIndex((socket) => socket.id === id));
  trace("all", await ids(server.io.fetchSockets()), await ids(server.io.of("/").fetchSockets()));
  trace("room", await ids(server.io.in("x").fetchSockets()), await ids(server.io.except("x").fetchSockets()));
  trace("others", await ids(sockets[1]!.broadcast.fetchSockets()), await ids(server.io.local.fetchSockets()));
  const [one] = await server.io.in("x").fetchSockets();
  trace("one", one?.data, [...(one?.rooms ?? [])].slice(1), typeof one?.handshake.issued);
});

conformance("fetches sockets that can be talked to", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  const [fetched] = await server.io.fetchSockets();
  fetched?.emit("hi");
  fetched?.join("x");
  trace("wire", await peer.next(), [...socket.rooms].slice(1));
  fetched?.leave("x");
  fetched?.disconnect();
  trace("wire", await peer.next(), socket.connected);
});

conformance("gives the ids of all sockets", {}, async (server, trace) => {
  const [, sockets] = await server.crowd(2);
  void sockets[0]?.join("x");
  const all = await server.io.allSockets();
  const some = await server.io.in("x").allSockets();
  trace("ids", all.size, all instanceof Set, some.size, some.has(sockets[0]!.id));
});

conformance("makes sockets join and leave", {}, async (server, trace) => {
  const [, sockets] = await server.crowd(3);
  server.io.socketsJoin("a");
  server.io.in("a").socketsJoin(["b", "c"]);
  server.io.in(sockets[0]!.id).socketsLeave("a");
  server.io.of("/").except("a").socketsLeave(["b"]);
  sockets[2]!.broadcast.socketsJoin("d");
  traceRooms(server, trace, sockets);
});

conformance(
  "disconnects sockets of a namespace, and leaves the connection open",
  {},
  async (server, trace) => {
    const [peers, sockets] = await server.crowd(2);
    void sockets[0]?.join("x");
    for (const [index, socket] of sockets.entries())
      socket.on("disconnect", (reason) => trace("ended", index, reason));
    server.io.in("x").disconnectSockets();
    trace("wire", await peers[0]?.barrier(), await peers[1]?.barrier());
  },
);

conformance("disconnects sockets with their connections", { trap: 85 }, async (server, trace) => {
  const [peers, sockets] = await server.crowd(2);
  for (const [index, socket] of sockets.entries())
    socket.on("disconnect", (reason) => trace(`ended ${index}`, reason));
  server.io.disconnectSockets(true);
  for (const peer of peers) trace("wire", (await peer.rest()).packets);
});

// The adapter

conformance(
  "makes adapters anew for every namespace when another kind is set",
  { trap: 92 },
  async (server, trace) => {
    const { io } = server;
    const { Adapter } = server.implementation;
    const made: string[] = [];
    const before = [io.of("/").adapter, io.of("/a").adapter];
    // Called with `new`, and not: both work.
    function counting(nsp: { name: string }): unknown {
      made.push(nsp.name);
      return Adapter(nsp);
    }
    trace("returns", io.adapter(counting as never) === io, io.adapter() === (counting as unknown));
    io.of("/b");
    trace(
      "made",
      made,
      [io.of("/").adapter, io.of("/a").adapter].some((adapter) => before.includes(adapter)),
    );
    const [peer, socket] = await server.joined();
    void socket.join("x");
    io.to("x").emit("ev");
    trace("wire", await peer.next());
  },
);

conformance(
  "has no kind of adapter to name until one is set",
  { difference: "default-adapter", ours: { adapter: ["undefined"] } },
  ({ io }, trace) => {
    trace("adapter", typeof io.adapter());
  },
);

conformance(
  "takes events between servers, and never answers them",
  { trap: 101, isAlone: true },
  async (server, trace) => {
    const { warn } = console;
    console.warn = () => {};
    server.defer(() => (console.warn = warn));
    const emit = server.io.serverSideEmit.bind(server.io) as (...args: unknown[]) => boolean;
    server.io.on("hello" as never, (() => trace("events", "never")) as never);
    trace("returns", emit("hello"), server.io.of("/").serverSideEmit("hello" as never));
    trace(
      "returns",
      emit("hello", () => trace("events", "never")),
    );
    await turn();
  },
);

conformance(
  "warns of events between servers that nobody can hear, as a process warning",
  { trap: 101, isAlone: true, difference: "server-side-emit-warning", ours: { returns: [true] } },
  (server, trace) => {
    const { warn } = console;
    console.warn = (...args: unknown[]) => trace("console", ...args);
    server.defer(() => (console.warn = warn));
    trace("returns", server.io.serverSideEmit("hello" as never));
    console.warn = warn;
  },
);

for (const name of ["connect", "connection", "new_namespace"]) {
  conformance(`refuses to emit ${name} between servers`, { trap: 101 }, (server, trace) => {
    try {
      trace("emit", server.io.serverSideEmit(name as never));
    } catch (error) {
      trace("emit", error);
    }
  });
}

conformance("joins rooms while a broadcast is being written without harm", {}, async (server, trace) => {
  const [peers, sockets] = await server.crowd(3);
  for (const socket of sockets) {
    void socket.join("x");
    socket.onAnyOutgoing(() => void socket.join("y"));
  }
  server.io.to(["x", "y"]).emit("ev");
  await received(trace, peers);
  trace(
    "rooms",
    sockets.map((socket) => [...socket.rooms].slice(1)),
  );
});

conformance("reaches many sockets in the order in which they came", {}, async (server, trace) => {
  const [, sockets] = await server.crowd(4);
  const order: number[] = [];
  for (const [index, socket] of sockets.entries()) socket.onAnyOutgoing(() => order.push(index));
  server.io.emit("ev");
  server.io.of("/").emit("ev");
  await until(() => order.length === 8);
  trace("order", order);
});

conformance("tells published clients in rooms", {}, async (server, trace) => {
  const [client, socket] = await server.connected();
  void socket.join("x");
  const heard = next(client, "ev");
  server.io.to("x").emit("ev", { a: Buffer.from([1]) });
  trace("client", await heard);
});

conformance(
  "goes on when an adapter fails to begin",
  { trap: 92, options: { onError: () => {} } },
  async (server, trace) => {
    const { Adapter } = server.implementation;
    server.io.adapter(function (nsp: { name: string }) {
      const adapter = Adapter(nsp) as { init(): unknown };
      adapter.init = () => Promise.reject(new Error("not today"));
      return adapter;
    } as never);
    const [peer] = await server.joined();
    server.io.emit("ev");
    trace("wire", await peer.next());
  },
);

conformance(
  "keeps going when Object.prototype is messed with",
  { trap: 62, isAlone: true },
  async (server, trace) => {
    Reflect.defineProperty(Object.prototype, "mess", { value: "x", enumerable: true, configurable: true });
    server.defer(() => Reflect.deleteProperty(Object.prototype, "mess"));
    const [peer, socket] = await server.joined("/", { a: 1 });
    void socket.join("mess");
    server.io.to("mess").emit("ev", { a: Buffer.from([1]) });
    trace("wire", await peer.take(2));
    const asked = next(socket, "ev");
    await peer.send('451-["ev",{"a":{"_placeholder":true,"num":0}}]', Buffer.from([2]));
    trace("events", await asked);
  },
);

for (const [what, room] of [
  ["undefined", undefined],
  ["null", null],
  ["an empty text", ""],
  ["a list of undefined", [undefined]],
  ["NaN", Number.NaN],
] as const) {
  conformance(
    `reaches nobody in the room ${what}, and leaves nobody out for it`,
    { trap: 93 },
    async (server, trace) => {
      const [peer, socket] = await server.joined();
      for (const method of ["to", "in"] as const) {
        server.io[method](room as never).emit(method);
        server.io
          .of("/")
          .local[method](room as never)
          .emit(method);
      }
      server.io.except(room as never).emit("all");
      trace("fetched", (await server.io.in(room as never).fetchSockets()).length);
      trace("wire", await peer.barrier(), socket.rooms.size);
    },
  );
}

conformance(
  "does not disconnect everybody for a room that is undefined",
  { trap: 93 },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    server.io.in(undefined as never).disconnectSockets();
    server.io.in(undefined as never).socketsJoin("x");
    trace("wire", await peer.barrier(), socket.connected, socket.rooms.has("x"));
  },
);

conformance("joins a room with an empty name", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  void socket.join("");
  server.io.to("").emit("ev");
  trace("wire", await peer.barrier(), socket.rooms.has(""));
});

conformance("takes the flags of a socket along to its operators", {}, async (server, trace) => {
  const [peers, sockets] = await server.crowd(2);
  sockets[0]!.conn.on("packetCreate", (packet: any) => trace("self", packet.data, packet.options?.compress));
  sockets[1]!.conn.on("packetCreate", (packet: any) => trace("other", packet.data, packet.options?.compress));
  sockets[0]!.compress(false).broadcast.emit("a");
  sockets[0]!.broadcast.emit("b");
  sockets[0]!.emit("c");
  trace("wire", await peers[1]!.take(2));
});
