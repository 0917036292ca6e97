// Joining namespaces: CONNECT and its answers, auth, handshakes, middlewares, dynamic namespaces and their cleanup.
import type { Socket } from "socket.io";
import { conformance, next, turn, until } from "./harness/index.ts";
import type { IoHost, Trace } from "./harness/index.ts";

type Go = (error?: Error & { data?: unknown }) => void;

conformance(
  "joins the main namespace, and raises connect and connection in this order",
  { trap: 87 },
  async (server, trace) => {
    for (const event of ["connection", "connect"] as const) {
      server.io.on(event, (socket) => trace("events", event, socket.connected, [...socket.rooms]));
    }
    trace("wire", await (await server.webSocket()).join());
  },
);

conformance(
  "answers CONNECT before what the connection handler emits",
  { trap: 87 },
  async (server, trace) => {
    server.io.on("connection", (socket) => {
      socket.emit("first");
      server.io.to(socket.id).emit("second");
      server.io.emit("third");
    });
    const peer = await server.webSocket();
    trace("wire", await peer.join(), ...(await peer.take(3)));
  },
);

conformance(
  "refuses a namespace that does not exist, and keeps the connection",
  {},
  async (server, trace) => {
    const peer = await server.webSocket();
    trace("wire", await peer.join("/nowhere"), await peer.join("/nowhere?a=b"), await peer.join());
  },
);

conformance("tells a published client that a namespace does not exist", {}, async (server, trace) => {
  const client = server.client("/nowhere");
  const [error] = await next(client, "connect_error");
  trace("client", error, client.active);
});

conformance("joins several namespaces over one connection, with an id each", {}, async (server, trace) => {
  server.io.of("/a");
  server.io.of("/b");
  const peer = await server.webSocket();
  trace("wire", await peer.join("/a"), await peer.join("/b"), await peer.join());
  trace(
    "sids",
    new Set([...server.io.of("/a").sockets.keys(), ...server.io.of("/b").sockets.keys(), peer.sid]).size,
  );
});

conformance("does not mind a missing comma behind the namespace", {}, async (server, trace) => {
  server.io.of("/a");
  const peer = await server.webSocket();
  await peer.send("40/a");
  trace("wire", await peer.next());
});

// Violations of the order

for (const [what, packet, joins] of [
  ["an event before CONNECT", '42["a"]', false],
  ["an acknowledgement before CONNECT", '430["a"]', false],
  ["a DISCONNECT before CONNECT", "41", false],
  ["a CONNECT_ERROR", '44{"message":"x"}', true],
  ["a second CONNECT", "40", true],
  ["an event in a namespace that was not joined", '42/a,["x"]', true],
] as const) {
  conformance(`closes the connection on ${what}`, { trap: 80 }, async (server, trace) => {
    server.io.of("/a");
    server.io.on("connection", (socket) => {
      trace("order", "connection");
      socket.on("disconnecting", (reason) => trace("order", "disconnecting", reason, socket.rooms.size));
      socket.on("disconnect", (reason) => trace("order", "disconnect", reason, socket.rooms.size));
    });
    const peer = await server.webSocket();
    if (joins) trace("wire", await peer.join());
    await peer.send(packet, '42["after"]');
    const { packets: wire, ended } = await peer.rest();
    trace("wire", wire, ended.code);
  });
}

conformance(
  "takes an event that comes right behind CONNECT",
  { trap: 80, difference: "event-behind-connect", ours: { events: [["a", 1]], wire: ["40"] } },
  async (server, trace) => {
    server.io.on(
      "connection",
      (socket) => void socket.onAny((...event: unknown[]) => trace("events", ...event)),
    );
    const peer = await server.webSocket();
    await peer.send("40", '42["a",1]');
    trace(
      "wire",
      await peer.barrier().then(
        ([reply]) => String(reply).slice(0, 2),
        () => "closed",
      ),
    );
  },
);

conformance(
  "closes the connection on a second CONNECT right behind the first",
  { trap: 80, difference: "double-connect", ours: { connections: [1], wire: ["closed"] } },
  async (server, trace) => {
    let connections = 0;
    server.io.on("connection", () => (connections += 1));
    const peer = await server.webSocket();
    await peer.send("40", "40");
    trace(
      "wire",
      await peer.barrier().then(
        (packets) => packets.length,
        () => "closed",
      ),
    );
    trace("connections", connections);
  },
);

conformance(
  "answers the poll with a goodbye after an event before CONNECT",
  { trap: [79, 80] },
  async (server, trace) => {
    const peer = await server.polling();
    await peer.push('42["a"]').catch(() => {});
    trace("wire", (await peer.poll()).body);
  },
);

conformance(
  "closes a connection that joins nothing in time",
  { trap: 81, options: { connectTimeout: 400 } },
  async (server, trace) => {
    const peer = await server.webSocket();
    const closed = next(server.session(peer), "close");
    trace("wire", (await peer.rest()).ended.code);
    trace("reason", (await closed)[0]);
  },
);

conformance(
  "closes a polling connection that joins nothing in time",
  { trap: 81, options: { connectTimeout: 400 } },
  async (server, trace) => {
    const peer = await server.polling();
    trace("wire", (await peer.poll()).body, (await peer.poll()).status);
  },
);

conformance(
  "lets a connection that has joined alone",
  { trap: 81, options: { connectTimeout: 400 } },
  async (server, trace) => {
    const [joined, socket] = await server.joined();
    const idle = await server.webSocket();
    await idle.closed;
    socket.emit("still here");
    trace("wire", await joined.next());
  },
);

conformance(
  "closes a connection that was refused everywhere",
  { trap: 81, options: { connectTimeout: 400 } },
  async (server, trace) => {
    server.io.use((_socket, go) => go(new Error("no")));
    const peer = await server.webSocket();
    trace("wire", await peer.join(), await peer.join("/nowhere"));
    trace("code", (await peer.closed).code);
  },
);

// auth and handshake

for (const [what, auth] of [
  ["nothing", undefined],
  ["an empty object", {}],
  ["an object", { token: "abc", deep: { a: [1] } }],
] as const) {
  conformance(`gives as auth what the client sent: ${what}`, { trap: 103 }, async (server, trace) => {
    const [, socket] = await server.joined("/", auth);
    trace("auth", socket.handshake.auth);
  });
}

conformance("describes the handshake", { trap: 103 }, async (server, trace) => {
  const peer = await server.webSocket("&a=1&b=%20x&__proto__=2", {
    headers: { "x-own": "yes" },
    origin: "http://o.example",
  });
  const { handshake, request, conn } = server.socketFor(await peer.join());
  trace("query", { ...handshake.query, sid: undefined });
  for (const name of ["address", "xdomain", "secure", "url"] as const)
    trace("handshake", name, handshake[name]);
  trace(
    "kinds",
    typeof handshake.issued,
    typeof handshake.time,
    Math.abs(Date.now() - handshake.issued) < 60_000,
  );
  trace("headers", handshake.headers["x-own"], handshake.headers["origin"], handshake.headers["upgrade"]);
  trace("request", request.url, request.method, request.headers["x-own"]);
  trace("conn", (conn as any).id === peer.sid, conn.transport.name, conn.readyState);
});

conformance(
  "shows the same query in every namespace, and auth in its own",
  { trap: 103 },
  async (server, trace) => {
    server.io.of("/a");
    const peer = await server.webSocket("&q=1");
    const main = server.socketFor(await peer.join("/", { main: 1 }));
    const other = server.socketFor(await peer.join("/a", { other: 1 }), "/a");
    trace("main", main.handshake.query["q"], main.handshake.auth);
    trace("other", other.handshake.query["q"], other.handshake.auth);
  },
);

conformance("is not cross-domain without an Origin", {}, async (server, trace) => {
  const [, socket] = await server.joinedPolling();
  trace("handshake", socket.handshake.xdomain, socket.handshake.url, socket.handshake.query["transport"]);
});

// Middlewares

conformance(
  "runs middlewares in order before connection, and the socket is not connected in them",
  { trap: [82, 88] },
  async (server, trace) => {
    for (const name of ["first", "second"]) {
      server.io.use((socket, go) => {
        trace("order", name, socket.connected, socket.disconnected, [...socket.rooms]);
        setImmediate(go);
      });
    }
    server.io.on("connection", (socket) => trace("order", "connection", socket.connected));
    await server.joined();
  },
);

for (const [what, error] of [
  ["an error", () => new Error("not allowed")],
  ["an error with data", () => Object.assign(new Error("not allowed"), { data: { code: 42, nested: [1] } })],
  ["an error with falsy data", () => Object.assign(new Error("not allowed"), { data: 0 })],
  ["an error without a message", () => new Error()],
  ["something that is no error", () => ({ message: "plain", data: "text" })],
] as const) {
  conformance(`tells the client that a middleware passed ${what}`, { trap: 88 }, async (server, trace) => {
    server.io.on("connection", () => trace("events", "connection"));
    server.io.use((_socket, go) => {
      trace("events", "first");
      (go as Go)(error() as Error);
    });
    server.io.use((_socket, go) => {
      trace("events", "never");
      go();
    });
    const peer = await server.webSocket();
    trace("wire", await peer.join());
    await turn();
    trace("sockets", server.io.sockets.sockets.size, server.io.of("/").adapter.sids.size);
  });
}

conformance("tells a published client what a middleware passed", { trap: 88 }, async (server, trace) => {
  server.io.use((_socket, go) => go(Object.assign(new Error("not allowed"), { data: { a: 1 } })));
  const [error] = await next(server.client(), "connect_error");
  trace("client", error);
});

conformance("lets a client try again after a middleware refused it", { trap: 82 }, async (server, trace) => {
  let tries = 0;
  server.io.use((_socket, go) => (++tries === 1 ? go(new Error("once")) : go()));
  const peer = await server.webSocket();
  trace("wire", await peer.join(), await peer.join());
});

conformance(
  "does not run a middleware that is added while others run",
  { trap: 88 },
  async (server, trace) => {
    server.io.use((_socket, go) => {
      server.io.use((_other, goOn) => {
        trace("events", "late");
        goOn();
      });
      go();
    });
    trace("wire", await (await server.webSocket()).join());
    trace("events", "joined");
  },
);

conformance("keeps middlewares of namespaces apart", {}, async (server, trace) => {
  server.io.of("/a").use((_socket, go) => go(new Error("not here")));
  const peer = await server.webSocket();
  trace("wire", await peer.join(), await peer.join("/a"));
});

conformance("keeps rooms and data a middleware gave the socket", { trap: 83 }, async (server, trace) => {
  server.io.use((socket, go) => {
    socket.data = { user: 1 };
    void socket.join("early");
    go();
  });
  const [, socket] = await server.joined();
  trace("socket", [...socket.rooms], socket.data);
});

conformance("takes a refused socket out of the rooms it joined", { trap: 83 }, async (server, trace) => {
  server.io.use((socket, go) => {
    void socket.join("early");
    trace("before", server.io.of("/").adapter.rooms.size);
    go(new Error("no"));
  });
  trace("wire", await (await server.webSocket()).join());
  await turn();
  trace("rooms", server.io.of("/").adapter.rooms.size);
});

conformance(
  "does not send broadcasts to a socket the middlewares have not decided about",
  { trap: [82, 93] },
  async (server, trace) => {
    let go: (() => void) | undefined;
    server.io.use((socket, next_) => {
      void socket.join("room");
      go = next_;
    });
    const peer = await server.webSocket();
    await peer.send("40");
    await until(() => go !== undefined);
    server.io.emit("lost");
    server.io.to("room").emit("lost, too");
    go?.();
    trace("wire", await peer.next());
    server.io.to("room").emit("heard");
    trace("wire", await peer.next());
  },
);

conformance("cleans up when the client leaves while middlewares run", { trap: 82 }, async (server, trace) => {
  let go: (() => void) | undefined;
  server.io.on("connection", () => trace("events", "connection"));
  server.io.use((socket, next_) => {
    void socket.join("room");
    socket.on("disconnect", (reason) => trace("events", "disconnect", reason));
    go = next_;
  });
  const peer = await server.webSocket();
  await peer.send("40");
  await until(() => go !== undefined);
  peer.ws.terminate();
  await until(() => server.engine.clientsCount === 0);
  go?.();
  await turn();
  trace(
    "left",
    server.io.sockets.sockets.size,
    server.io.of("/").adapter.rooms.size,
    server.io.of("/").adapter.sids.size,
  );
});

conformance(
  "decides once about a socket whose middleware calls next after the server closed it",
  { trap: 82 },
  async (server, trace) => {
    let socket: Socket | undefined;
    let go: (() => void) | undefined;
    server.io.use((candidate, next_) => {
      socket = candidate;
      go = next_;
    });
    const peer = await server.webSocket();
    await peer.send("40");
    await until(() => go !== undefined);
    socket?.conn.close();
    trace("wire", (await peer.rest()).packets);
    go?.();
    await turn();
    trace("socket", socket?.connected, server.io.sockets.sockets.size);
  },
);

// Names of namespaces

conformance("takes chat, /chat and the namespace for the same", { trap: 91 }, (server, trace) => {
  const { io } = server;
  trace(
    "same",
    io.of("chat") === io.of("/chat"),
    io.of("/chat").name,
    io.of("/") === io.sockets,
    io.of("") === io.of("/"),
  );
});

conformance("raises new_namespace for every namespace but the main one, once", {}, (server, trace) => {
  server.io.on("new_namespace", (nsp) => trace("events", nsp.name));
  for (const name of ["/", "/a", "b", "/a"]) server.io.of(name);
});

conformance("takes a connection listener with of()", {}, async (server, trace) => {
  server.io.of("/a", (socket) => trace("events", socket.nsp.name));
  server.io.of("/a", () => trace("events", "second"));
  await server.joined("/a");
});

// Dynamic namespaces

async function tryNames(server: IoHost, trace: Trace, ...names: string[]): Promise<void> {
  const peer = await server.webSocket();
  for (const name of names) trace("wire", await peer.join(name));
}

conformance("makes namespaces that match a pattern", { trap: 89 }, async (server, trace) => {
  const parent = server.io.of(/^\/dynamic-\d+$/);
  parent.on("connection", (socket) => trace("events", "connection", socket.nsp.name));
  parent.use((socket, go) => {
    trace("events", "middleware", socket.nsp.name);
    go();
  });
  server.io.on("new_namespace", (nsp) => trace("events", "new", nsp.name));
  await tryNames(server, trace, "/dynamic-101", "/dynamic-x", "/dynamic-102");
  trace(
    "parent",
    parent.name,
    [...(parent as any).children].map((child: { name: string }) => child.name),
  );
});

conformance("makes namespaces a function agrees with", {}, async (server, trace) => {
  server.io.of((name, auth, decide) => {
    trace("asked", name, auth);
    setImmediate(() => decide(name === "/broken" ? new Error("x") : null, name.startsWith("/ok")));
  });
  const peer = await server.webSocket();
  trace("wire", await peer.join("/ok-1", { a: 1 }), await peer.join("/no"), await peer.join("/broken"));
});

conformance(
  "asks patterns and functions in the order in which they were added",
  {},
  async (server, trace) => {
    server.io.of(/^\/a/).on("connection", () => trace("events", "pattern a"));
    server.io
      .of((_name, _auth, decide) => decide(null, true))
      .on("connection", (socket) => trace("events", "function", socket.nsp.name));
    server.io.of(/^\/b/).on("connection", () => trace("events", "pattern b"));
    await tryNames(server, trace, "/a1", "/b1", "/c1");
  },
);

conformance("prefers a namespace that exists", {}, async (server, trace) => {
  server.io.of("/abc").on("connection", () => trace("events", "static"));
  server.io.of(/^\/abc$/).on("connection", () => trace("events", "dynamic"));
  await tryNames(server, trace, "/abc");
});

conformance("makes one namespace when two clients ask at once", { trap: 89 }, async (server, trace) => {
  const created: unknown[] = [];
  server.io.on("new_namespace", (nsp) => created.push(nsp));
  server.io.of((_name, _auth, decide) => setImmediate(() => decide(null, true)));
  const [one, two] = [await server.webSocket(), await server.webSocket()];
  await Promise.all([one.send("40/x,"), two.send("40/x,")]);
  await Promise.all([one.next(), two.next()]);
  server.io.of("/x").emit("both");
  trace("wire", await one.next(), await two.next(), created.length, server.io.of("/x").sockets.size);
});

conformance(
  "takes a namespace made by hand for a child if its name matches",
  { trap: 89 },
  async (server, trace) => {
    const parent = server.io.of(/^\/dynamic-\d+$/);
    parent.on("connection", (socket) => trace("events", socket.nsp.name));
    const child = server.io.of("/dynamic-1");
    trace("child", (parent as any).children.has(child));
    await tryNames(server, trace, "/dynamic-1");
  },
);

conformance(
  "does not copy to children what is added to the parent later",
  { trap: 88 },
  async (server, trace) => {
    const parent = server.io.of(/^\/d/);
    await tryNames(server, trace, "/d1");
    parent.use((_socket, go) => go(new Error("late")));
    await tryNames(server, trace, "/d1", "/d2");
  },
);

conformance("sends what a parent emits to every child", {}, async (server, trace) => {
  const parent = server.io.of(/^\/d/);
  const peer = await server.webSocket();
  const sockets = [
    server.socketFor(await peer.join("/d1"), "/d1"),
    server.socketFor(await peer.join("/d2"), "/d2"),
  ];
  void sockets[0]?.join("room");
  parent.emit("all", 1);
  parent.to("room").emit("some");
  parent.except("room").emit("others");
  parent.send("message");
  trace("wire", await peer.take(6));
});

conformance("cannot fetch the sockets of a parent", {}, async (server, trace) => {
  const parent = server.io.of(/^\/d/);
  const fetched = Promise.resolve().then(() => parent.fetchSockets());
  trace("fetch", await fetched.catch((error: Error) => error.message));
});

conformance(
  "cannot fetch the sockets of a parent's rooms either",
  {
    difference: "parent-fetch-sockets",
    ours: { fetch: ["fetchSockets() is not supported on parent namespaces"] },
  },
  async (server, trace) => {
    const parent = server.io.of(/^\/d/);
    const fetched = Promise.resolve().then(() => parent.in("a").fetchSockets());
    trace("fetch", await fetched.catch((error: Error) => error.message));
  },
);

conformance("leaves the names of parents to count", {}, (server, trace) => {
  trace("names", server.io.of(/a/).name.replace(/\d+/, "n"), server.io.of(/b/).name.replace(/\d+/, "n"));
});

const CLEANUP = { trap: 90, options: { cleanupEmptyChildNamespaces: true } };

conformance("removes an empty child namespace", CLEANUP, async (server, trace) => {
  server.io.on("new_namespace", (nsp) => trace("events", "new", nsp.name));
  const parent = server.io.of(/^\/d/) as any;
  const [peer] = await server.joined("/d1");
  trace("children", parent.children.size);
  await peer.send("41/d1,");
  await until(() => parent.children.size === 0);
  trace("wire", await peer.join("/d1"), parent.children.size);
});

conformance("removes a child namespace that let nobody in", CLEANUP, async (server, trace) => {
  const parent = server.io.of(/^\/d/) as any;
  parent.use((_socket: unknown, go: Go) => go(new Error("no")));
  const peer = await server.webSocket();
  trace("wire", await peer.join("/d1"));
  await until(() => parent.children.size === 0);
  trace("children", parent.children.size);
});

conformance("keeps a child namespace that others are in", CLEANUP, async (server, trace) => {
  const parent = server.io.of(/^\/d/) as any;
  const [one] = await server.joined("/d1");
  const [two] = await server.joined("/d1");
  await one.send("41/d1,");
  await until(() => server.io.of("/d1").sockets.size === 1);
  parent.emit("still");
  trace("wire", await two.next(), parent.children.size);
});

conformance("keeps a child namespace when one is let in and one is not", CLEANUP, async (server, trace) => {
  const parent = server.io.of(/^\/d/) as any;
  parent.use((socket: Socket, go: Go) => (socket.handshake.auth["ok"] ? go() : go(new Error("no"))));
  const [peer] = await server.joined("/d1", { ok: true });
  trace("wire", await (await server.webSocket()).join("/d1", {}));
  await turn();
  parent.emit("still");
  trace("wire", await peer.next(), parent.children.size);
});

conformance("keeps static namespaces, empty or not", CLEANUP, async (server, trace) => {
  const nsp = server.io.of("/static");
  const [peer] = await server.joined("/static");
  await peer.send("41/static,");
  await until(() => nsp.sockets.size === 0);
  await turn();
  trace("same", server.io.of("/static") === nsp);
});

conformance("keeps empty child namespaces unless told otherwise", { trap: 90 }, async (server, trace) => {
  const parent = server.io.of(/^\/d/) as any;
  const [peer] = await server.joined("/d1");
  await peer.send("41/d1,");
  await until(() => server.io.of("/d1").sockets.size === 0);
  await turn();
  trace("children", parent.children.size);
});

conformance("lets a connection handler disconnect everybody", {}, async (server, trace) => {
  server.io.on("connection", () => server.io.disconnectSockets());
  const peer = await server.webSocket();
  trace("wire", await peer.join(), await peer.next());
});

conformance("takes no notice of a disconnect in a middleware", { trap: 82 }, async (server, trace) => {
  server.io.use((socket, go) => {
    trace("returns", socket.disconnect() === socket);
    go();
  });
  trace("wire", await (await server.webSocket()).join());
});

conformance("lets a middleware broadcast to others", { trap: 82 }, async (server, trace) => {
  const [peer] = await server.joined();
  server.io.use((socket, go) => {
    socket.broadcast.emit("somebody comes");
    go();
  });
  await server.joined();
  trace("wire", await peer.next());
});

conformance(
  "takes the last of several parameters of a name into the query",
  { trap: 103 },
  async (server, trace) => {
    const peer = await server.webSocket("&a=1&a=2&b=&c");
    const { query } = server.socketFor(await peer.join()).handshake;
    trace("query", query["a"], query["b"], query["c"], query["d"]);
  },
);
