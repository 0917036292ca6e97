// Events between a server and one client: order, acknowledgements, timeouts, volatile, compress, middlewares, catch-alls, names.
import type { Socket } from "socket.io";
import type { Socket as Client } from "socket.io-client";
import { conformance, next, turn, until } from "./harness/index.ts";
import type { Trace } from "./harness/index.ts";

const TRANSPORTS = [["websocket"], ["polling"]];

/** All that a client hears, until it hears the event "over". */
function heard(client: Client, trace: Trace): Promise<unknown> {
  client.onAny((...event: unknown[]) => trace("client", ...event));
  return next(client, "over");
}

for (const transports of TRANSPORTS) {
  const over = transports[0];
  conformance(`delivers events in order, both ways, over ${over}`, {}, async (server, trace) => {
    const [client, socket] = await server.connected("/", { transports });
    socket.onAny((...event: unknown[]) => trace("server", ...event));
    const atClient = heard(client, trace);
    const atServer = next(socket, "over");
    for (let count = 0; count < 20; count++) {
      client.emit("up", count, count % 3 === 0 ? Buffer.from([count]) : "text");
      socket.emit("down", count, count % 3 === 0 ? Buffer.from([count]) : "text");
    }
    client.emit("over");
    socket.emit("over");
    await Promise.all([atClient, atServer]);
  });

  conformance(`carries values of all kinds there and back over ${over}`, {}, async (server, trace) => {
    const [client, socket] = await server.connected("/", { transports });
    socket.on("echo", (...args: any[]) => args.pop()(...args));
    const values = [
      1,
      -1.5,
      "é€😀\u2028",
      "",
      null,
      true,
      [[]],
      { a: { b: [1] } },
      Buffer.from([1, 2]),
      new Date(0),
    ];
    for (const value of values) trace("echo", await client.emitWithAck("echo", value));
    trace("many", await client.emitWithAck("echo", [Buffer.from([1]), { a: Buffer.from([2]) }]));
  });

  conformance(`answers events, both ways, over ${over}`, {}, async (server, trace) => {
    const [client, socket] = await server.connected("/", { transports });
    socket.on("ask", (value: number, answer: (...args: unknown[]) => void) =>
      answer("server", value, Buffer.from([1])),
    );
    client.on("ask", (value: number, answer: (...args: unknown[]) => void) =>
      answer("client", value, Buffer.from([2])),
    );
    trace(
      "answers",
      await new Promise((resolve) => client.emit("ask", 1, (...args: unknown[]) => resolve(args))),
    );
    trace(
      "answers",
      await new Promise((resolve) => socket.emit("ask", 2, (...args: unknown[]) => resolve(args))),
    );
    trace("answers", await client.emitWithAck("ask", 3), await socket.emitWithAck("ask", 4));
  });
}

conformance("keeps the order of events with and without attachments", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  socket.emit("a", Buffer.from([1]));
  socket.emit("b");
  socket.emit("c", Buffer.from([2]), Buffer.from([3]));
  socket.send("d");
  socket.write("e");
  trace("wire", await peer.take(8));
});

conformance("emits for itself what its methods return", {}, async (server, trace) => {
  const [, socket] = await server.joined();
  trace("returns", socket.emit("a"), socket.send("b") === socket, socket.write("c") === socket);
  trace(
    "returns",
    socket.compress(true) === socket,
    socket.volatile === socket,
    socket.timeout(10) === (socket as unknown),
  );
  trace(
    "returns",
    socket.use((_event, go) => go()) === socket,
    socket.onAny(() => {}) === socket,
    socket.offAny() === socket,
  );
  trace("returns", server.io.emit("x"), server.io.of("/").emit("y"), server.io.to("r").emit("z"));
  trace("returns", server.io.send("x") === server.io, server.io.of("/").send("y") === server.io.of("/"));
});

// Names

const RESERVED = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
for (const name of RESERVED) {
  conformance(`refuses to emit the reserved event ${name}`, { trap: 100 }, async (server, trace) => {
    const [, socket] = await server.joined();
    const emitters = {
      io: server.io,
      nsp: server.io.of("/"),
      room: server.io.to("r"),
      socket,
      broadcast: socket.broadcast,
    };
    for (const [who, emitter] of Object.entries(emitters)) {
      try {
        trace(who, (emitter as Socket).emit(name));
      } catch (error) {
        trace(who, error);
      }
    }
    trace(
      "withAck",
      await Promise.resolve()
        .then(() => socket.timeout(50).emitWithAck(name))
        .catch((error: Error) => error.message),
    );
  });
}

conformance("lets events be named error and connection", { trap: [78, 100] }, async (server, trace) => {
  const [client, socket] = await server.connected();
  const over = heard(client, trace);
  for (const name of ["error", "connection", "constructor", "__proto__", "hasOwnProperty", "message"])
    socket.emit(name, 1);
  socket.emit("over");
  await over;
});

conformance("hears an event named error from the client", { trap: 78 }, async (server, trace) => {
  const [client, socket] = await server.connected();
  socket.on("error", (value: unknown) => trace("server", value));
  client.emit("error", "oh");
  const over = next(socket, "over");
  client.emit("over");
  await over;
});

conformance(
  "survives an event named error that nobody listens for",
  { trap: 78, cve: "CVE-2024-38355" },
  async (server, trace) => {
    const [client, socket] = await server.connected();
    client.emit("error", "oh");
    const over = next(socket, "over");
    client.emit("over");
    await over;
    trace("server", socket.connected);
  },
);

conformance("takes names of Object.prototype for ordinary names", { trap: 62 }, async (server, trace) => {
  const [client, socket] = await server.connected();
  for (const name of ["constructor", "toString", "__proto__", "hasOwnProperty"]) {
    socket.on(name, (...args: unknown[]) => trace("server", name, ...args));
    client.emit(name, 1);
  }
  const over = next(socket, "over");
  client.emit("over");
  await over;
});

// Listeners

conformance(
  "calls listeners in order, once listeners once, and with the socket as this",
  {},
  async (server, trace) => {
    const [client, socket] = await server.connected();
    socket.on("a", function (this: unknown) {
      trace("calls", "on", this === socket);
    });
    socket.once("a", () => trace("calls", "once"));
    socket.prependListener("a", () => trace("calls", "prepended"));
    const removed = (): void => trace("calls", "never");
    socket.on("a", removed);
    socket.off("a", removed);
    client.emit("a");
    client.emit("a");
    const over = next(socket, "over");
    client.emit("over");
    await over;
    trace(
      "count",
      socket.listenerCount("a"),
      socket.eventNames().includes("a"),
      socket.listeners("a").length,
    );
    socket.removeAllListeners("a");
    trace("count", socket.listenerCount("a"));
  },
);

conformance(
  "does not call listeners that a listener adds, and calls those it removes",
  {},
  async (server, trace) => {
    const [client, socket] = await server.connected();
    const second = (): void => trace("calls", "second");
    socket.on("a", () => {
      trace("calls", "first");
      socket.on("a", () => trace("calls", "added"));
      socket.off("a", second);
    });
    socket.on("a", second);
    const over = next(socket, "over");
    client.emit("a");
    client.emit("over");
    await over;
  },
);

// Acknowledgements

conformance("sends one answer, however often the function is called", { trap: 96 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  socket.on("ask", (answer: (value: number) => void) => {
    answer(1);
    answer(2);
  });
  await peer.send('425["ask"]');
  trace("wire", await peer.next(), await peer.barrier());
});

conformance("answers with nothing, with undefined, with many values", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  socket.on("none", (answer: () => void) => answer());
  socket.on("undefined", (answer: (value: unknown) => void) => answer(undefined));
  socket.on("many", (answer: (...values: unknown[]) => void) => answer(1, "a", [Buffer.from([1])]));
  await peer.send('421["none"]');
  trace("wire", await peer.next());
  await peer.send('422["undefined"]');
  trace("wire", await peer.next());
  await peer.send('423["many"]');
  trace("wire", await peer.take(2));
});

conformance("answers late, when others have been answered", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  const answers: (() => void)[] = [];
  socket.on("ask", (answer: () => void) => answers.push(answer));
  await peer.send('421["ask"]', '422["ask"]');
  await until(() => answers.length === 2);
  for (const answer of answers.toReversed()) answer();
  trace("wire", await peer.take(2));
});

conformance(
  "does not send an answer after the end",
  { difference: "sends-after-end", ours: { wire: [["41", []]] } },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    const asked = next(socket, "ask");
    await peer.send('421["ask"]');
    const [answer] = await asked;
    socket.disconnect();
    answer("late");
    trace("wire", await peer.next(), await peer.barrier());
  },
);

conformance("takes no notice of answers nobody asked for", { trap: 95 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  socket.emit("ask", (value: string) => trace("answers", value));
  trace("wire", await peer.next());
  await peer.send('4399["x"]', '430["a"]', '430["b"]', '431["c"]');
  trace("wire", await peer.barrier());
});

conformance("fails an acknowledgement that takes too long", { trap: 95 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  const failed = new Promise((resolve) =>
    socket.timeout(20).emit("ask", (...args: unknown[]) => resolve(args)),
  );
  trace("wire", await peer.next());
  trace("answer", await failed);
  await peer.send('430["late"]');
  trace("wire", await peer.barrier());
});

conformance("gives an acknowledgement in time, error-first", {}, async (server, trace) => {
  const [client, socket] = await server.connected();
  client.on("ask", (answer: (...args: unknown[]) => void) => answer("a", "b"));
  trace(
    "answer",
    await new Promise((resolve) => socket.timeout(5000).emit("ask", (...args: unknown[]) => resolve(args))),
  );
  trace("promise", await socket.timeout(5000).emitWithAck("ask"), await socket.emitWithAck("ask"));
});

conformance("rejects emitWithAck that takes too long", {}, async (server, trace) => {
  const [, socket] = await server.joined();
  trace(
    "promise",
    await socket
      .timeout(20)
      .emitWithAck("ask")
      .catch((error: Error) => [error.message, error instanceof Error]),
  );
});

conformance("forgets the timeout after one emit", { trap: 98 }, async (server, trace) => {
  const [client, socket] = await server.connected();
  client.on("ask", (answer: (value: string) => void) => answer("a"));
  socket.timeout(1000);
  for (let count = 0; count < 2; count++) {
    trace(
      "answers",
      await new Promise((resolve) => socket.emit("ask", (...args: unknown[]) => resolve(args))),
    );
  }
});

conformance(
  "does not settle acknowledgements when the socket goes, until their time is up",
  { trap: 95 },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    socket.emit("ask", () => trace("answers", "never"));
    const timed = new Promise((resolve) =>
      socket.timeout(60).emit("ask", (...args: unknown[]) => resolve(args)),
    );
    const gone = next(socket, "disconnect");
    peer.ws.terminate();
    await gone;
    trace("answers", await timed);
  },
);

// Volatile

conformance("sends a volatile event to a client that is ready", { trap: 97 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  await peer.barrier();
  socket.volatile.emit("a", Buffer.from([1]));
  trace("wire", await peer.take(2), await peer.barrier());
});

conformance(
  "drops a volatile event behind another in the same turn, with all its attachments",
  { trap: 97 },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    await peer.barrier();
    socket.emit("kept");
    socket.volatile.emit("dropped", Buffer.from([1]), Buffer.from([2]));
    trace("wire", await peer.next(), await peer.barrier());
  },
);

conformance(
  "drops a volatile event when no poll is pending, and only that",
  { trap: 97 },
  async (server, trace) => {
    const [peer, socket] = await server.joinedPolling();
    socket.volatile.emit("dropped");
    socket.emit("kept");
    trace("wire", (await peer.poll()).body);
  },
);

conformance("sends a volatile event when a poll is pending", { trap: 97 }, async (server, trace) => {
  const [peer, socket] = await server.joinedPolling();
  const poll = peer.poll();
  await until(() => socket.conn.transport.writable);
  socket.volatile.emit("heard");
  trace("wire", (await poll).body);
});

conformance("forgets volatile after one emit", { trap: [97, 98] }, async (server, trace) => {
  const [peer, socket] = await server.joinedPolling();
  socket.volatile.emit("dropped");
  socket.emit("kept");
  socket.volatile.emit("dropped");
  socket.emit("kept, too");
  trace("wire", (await peer.poll()).body);
});

conformance("drops volatile broadcasts for those who are not ready", { trap: 97 }, async (server, trace) => {
  const [ready, readySocket] = await server.joinedPolling();
  const [busy] = await server.joinedPolling();
  const poll = ready.poll();
  await until(() => readySocket.conn.transport.writable);
  server.io.volatile.emit("maybe");
  server.io.emit("all");
  ready.receive(await poll);
  trace("ready", await ready.take(2));
  trace("busy", await busy.next());
});

conformance("counts no acknowledgement id for nothing", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  socket.emit("no ack");
  socket.emit("ack", () => {});
  trace("wire", await peer.take(2));
});

// compress

conformance("says in the packet whether it may be compressed, once", { trap: 98 }, async (server, trace) => {
  const [, socket] = await server.joinedPolling();
  socket.conn.on("packetCreate", (packet: any) => trace("packets", packet.data, packet.options?.compress));
  socket.emit("a");
  socket.compress(false).emit("b");
  socket.emit("c");
  server.io.emit("d");
  server.io.compress(false).emit("e");
  socket.compress(true).emit("f");
});

// Middlewares of a socket

conformance(
  "runs the middlewares of a socket in order before the listeners, with event and arguments",
  {},
  async (server, trace) => {
    const [client, socket] = await server.connected();
    for (const name of ["first", "second"]) {
      socket.use((event, go) => {
        trace("order", name, event);
        setImmediate(go);
      });
    }
    socket.onAny((...event: unknown[]) => trace("order", "any", ...event));
    socket.on("a", (...args: unknown[]) => trace("order", "listener", ...args));
    client.emit("a", 1, "x");
    client.emit("a", 2, () => {});
    const over = next(socket, "over");
    client.emit("over");
    await over;
  },
);

conformance(
  "raises error for what a middleware of a socket refuses, and drops the event",
  { trap: 78 },
  async (server, trace) => {
    const [client, socket] = await server.connected();
    socket.use(([name], go) =>
      name === "bad" ? go(Object.assign(new Error("refused"), { data: 1 })) : go(),
    );
    socket.on("error", (error) => trace("errors", error));
    socket.on("bad", () => trace("events", "never"));
    client.emit("bad");
    const over = next(socket, "over");
    client.emit("over");
    await over;
    trace("state", socket.connected);
  },
);

conformance("drops an event a middleware of the socket never passes on", {}, async (server, trace) => {
  const [client, socket] = await server.connected();
  socket.use(([name], go) => name !== "held" && go());
  socket.on("held", () => trace("events", "never"));
  client.emit("held");
  const over = next(socket, "over");
  client.emit("over");
  trace("events", await over);
});

conformance("lets a middleware of a socket change the event", {}, async (server, trace) => {
  const [client, socket] = await server.connected();
  socket.use((event, go) => {
    event[1] = "changed";
    event.push("more");
    go();
  });
  const arrived = next(socket, "a");
  client.emit("a", "original");
  trace("args", await arrived);
});

conformance(
  "does not dispatch what a slow middleware passes on after the end",
  { trap: 86 },
  async (server, trace) => {
    const [client, socket] = await server.connected();
    let go: (() => void) | undefined;
    socket.use((_event, next_) => (go = next_));
    socket.on("a", () => trace("events", "never"));
    client.emit("a");
    await until(() => go !== undefined);
    socket.disconnect();
    go?.();
    await turn();
    trace("state", socket.connected);
  },
);

conformance(
  "drops events behind the end of the socket in the same batch",
  { trap: 86 },
  async (server, trace) => {
    const [peer, socket] = await server.joinedPolling();
    socket.on("a", (value: number) => {
      trace("events", value);
      socket.disconnect();
    });
    await peer.send('42["a",1]', '42["a",2]', '42["b"]');
    trace("wire", (await peer.poll()).body);
  },
);

conformance(
  "delivers an event before a DISCONNECT of the client in the same batch, and drops one behind it",
  {
    trap: 86,
    difference: "handlers-at-once",
    ours: { events: [1, "client namespace disconnect"], wire: [[[], 1]] },
  },
  async (server, trace) => {
    const [peer, socket] = await server.joinedPolling();
    socket.on("a", (value: number) => trace("events", value));
    socket.on("disconnect", (reason) => trace("events", reason));
    await peer.send('42["a",1]', "41", '42["a",2]');
    trace("wire", await peer.barrier(), server.engine.clientsCount);
  },
);

conformance(
  "drops what a client sends to a namespace it has left, and keeps the connection",
  { trap: 86, difference: "packet-behind-disconnect", ours: { wire: [[]] } },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    const ended = next(socket, "disconnect");
    await peer.send("41");
    await ended;
    await peer.send('42["a",2]', '430["late"]');
    trace("wire", await peer.barrier().catch(() => "closed"));
  },
);

conformance(
  "drops what a client sends to a namespace the server took it out of, and keeps the connection",
  { trap: 86, difference: "packet-behind-disconnect", ours: { wire: ["41", []] } },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    socket.disconnect();
    trace("wire", await peer.next());
    await peer.send('42["a",2]', '430["late"]');
    trace("wire", await peer.barrier().catch(() => "closed"));
  },
);

// Catch-all

function addCatchAlls(socket: Socket, trace: Trace): void {
  socket.onAny((...event: unknown[]) => trace("calls", "second", ...event));
  socket.prependAny((...event: unknown[]) => trace("calls", "first", ...event));
}

conformance(
  "calls catch-all listeners in order, before others, with the acknowledgement",
  {},
  async (server, trace) => {
    const [client, socket] = await server.connected();
    addCatchAlls(socket, trace);
    socket.on("a", () => trace("calls", "listener"));
    const first = next(socket, "a");
    client.emit("a", 1, Buffer.from([1]));
    await first;
    const second = next(socket, "a");
    client.emit("a", () => {});
    await second;
    const over = next(socket, "over");
    client.emit("over");
    await over;
    trace("listeners", socket.listenersAny().length);
  },
);

conformance(
  "runs the listeners of an event before the next packet is read",
  {
    difference: "handlers-at-once",
    ours: {
      calls: [
        ["any", 1],
        ["listener", 1],
        ["any", 2],
        ["listener", 2],
      ],
    },
  },
  async (server, trace) => {
    const [peer, socket] = await server.joinedPolling();
    socket.onAny((_event: string, value: number) => trace("calls", "any", value));
    socket.on("a", (value: number) => trace("calls", "listener", value));
    await peer.send('42["a",1]', '42["a",2]');
    await peer.barrier();
  },
);

conformance("removes one catch-all listener, or all", {}, async (server, trace) => {
  const [client, socket] = await server.connected();
  const removed = (): void => trace("calls", "never");
  socket.onAny(removed);
  addCatchAlls(socket, trace);
  socket.offAny(removed);
  trace("listeners", socket.listenersAny().length);
  const once = next(socket, "a");
  client.emit("a");
  await once;
  socket.offAny();
  trace("listeners", socket.listenersAny().length);
  const over = next(socket, "over");
  client.emit("over");
  await over;
});

conformance(
  "calls outgoing catch-all listeners for emits and broadcasts, without the acknowledgement",
  { trap: 99 },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    socket.onAnyOutgoing((...event: unknown[]) => trace("calls", "second", ...event));
    socket.prependAnyOutgoing((...event: unknown[]) => trace("calls", "first", ...event));
    socket.emit("a", 1, Buffer.from([1]));
    socket.emit("b", () => {});
    server.io.emit("c", Buffer.from([2]), { x: Buffer.from([3]) });
    server.io.to("nobody").emit("never");
    server.io.timeout(50).emit("d", () => {});
    socket.broadcast.emit("never");
    trace("wire", await peer.take(7));
    trace("listeners", socket.listenersAnyOutgoing().length);
    socket.offAnyOutgoing();
    socket.emit("e");
    trace("listeners", socket.listenersAnyOutgoing().length);
  },
);

conformance("does not call outgoing catch-all listeners for answers", { trap: 99 }, async (server, trace) => {
  const [client, socket] = await server.connected();
  socket.onAnyOutgoing((...event: unknown[]) => trace("calls", ...event));
  socket.on("ask", (answer: (value: string) => void) => answer("yes"));
  trace("answer", await client.emitWithAck("ask"));
});

conformance(
  "does not call outgoing catch-all listeners of a socket that has gone",
  { difference: "outgoing-after-end", ours: { calls: ["before"], returns: [true] } },
  async (server, trace) => {
    const [, socket] = await server.joined();
    socket.onAnyOutgoing((...event: unknown[]) => trace("calls", ...event));
    socket.emit("before");
    socket.disconnect();
    trace("returns", socket.emit("after"));
  },
);

conformance("can be used for many sockets at once", {}, async (server, trace) => {
  const [peers, sockets] = await server.crowd(5);
  for (const [index, socket] of sockets.entries()) socket.emit("you are", index);
  for (const peer of peers) trace("wire", await peer.next());
});

conformance("sends numbers as event names", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  socket.emit(1 as never, "a");
  server.io.emit(2 as never, "b");
  trace("wire", await peer.take(2));
});

for (const timeout of [0, -1, 0.5, 20.5]) {
  conformance(`waits as good as it can for ${timeout} ms`, {}, async (server, trace) => {
    const [, socket] = await server.joined();
    trace(
      "one",
      await socket
        .timeout(timeout)
        .emitWithAck("ask")
        .catch((error: Error) => error.message),
    );
    trace(
      "all",
      await server.io
        .timeout(timeout)
        .emitWithAck("ask")
        .catch((error: Error) => error.message),
    );
  });
}

for (const [what, value] of [
  ["a circular value", () => Object.assign([], { 0: {} }).map((entry: any) => (entry.self = entry))[0]],
  ["a BigInt", () => 1n],
  [
    "a value whose toJSON throws",
    () => ({
      toJSON: () => {
        throw new Error("no");
      },
    }),
  ],
] as const) {
  conformance(`throws at the emitter for ${what}, and goes on`, {}, async (server, trace) => {
    const [peer, socket] = await server.joined();
    for (const emitter of [socket, server.io]) {
      try {
        trace("emit", emitter.emit("ev", value()));
      } catch (error) {
        trace("emit", error instanceof Error);
      }
    }
    socket.emit("after");
    trace("wire", await peer.barrier());
  });
}

conformance(
  "lets a middleware of a namespace emit to its socket before it is connected",
  { trap: 82 },
  async (server, trace) => {
    server.io.use((socket, go) => {
      socket.emit("early", 1);
      go();
    });
    const client = server.client();
    const early = next(client, "early");
    await next(client, "connect");
    trace("client", await early);
  },
);

conformance(
  "counts a middleware of a socket once, however often it calls next",
  { difference: "next-counts-once", ours: { events: ["a"], wire: [[]] } },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    socket.use((_event, go) => {
      go();
      go(new Error("late"));
    });
    socket.on("error", () => trace("events", "error"));
    socket.on("a", () => trace("events", "a"));
    await peer.send('42["a"]');
    trace("wire", await peer.barrier());
  },
);
