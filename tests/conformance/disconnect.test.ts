// Ends: for every cause, what the server's socket and the published client say, and in which order.
import type { Socket } from "socket.io";
import type { Socket as Client } from "socket.io-client";
import { conformance, next, turn, until } from "./harness/index.ts";
import type { IoHost, Trace } from "./harness/index.ts";

/** Notes the order of what a socket goes through at its end. */
function traceEnd(socket: Socket, trace: Trace, channel = "server"): Promise<unknown> {
  socket.on("disconnecting", (reason) =>
    trace(channel, "disconnecting", reason, socket.rooms.size, socket.connected),
  );
  socket.on("disconnect", (reason) => {
    trace(
      channel,
      "disconnect",
      reason,
      socket.rooms.size,
      socket.connected,
      socket.nsp.sockets.has(socket.id),
    );
  });
  return next(socket, "disconnect");
}

type Cause = (server: IoHost, pair: { client: Client; socket: Socket; session: any }) => unknown;

const CAUSES: readonly [what: string, cause: Cause, options?: object][] = [
  ["the client disconnects", (_server, { client }) => client.disconnect()],
  ["the client closes its engine", (_server, { client }) => client.io.engine.close()],
  ["the server disconnects the socket", (_server, { socket }) => socket.disconnect()],
  ["the server disconnects the socket and its connection", (_server, { socket }) => socket.disconnect(true)],
  ["the server closes the session", (_server, { session }) => session.close()],
  ["the server closes the session and drops what is queued", (_server, { session }) => session.close(true)],
  ["the server disconnects everybody", ({ io }) => io.disconnectSockets()],
  ["the server disconnects everybody and their connections", ({ io }) => io.disconnectSockets(true)],
  ["the server closes", ({ io }) => io.close()],
  ["the engine closes", ({ io }) => io.engine.close()],
  ["the client sends what is no packet", (_server, { client }) => (client.io.engine as any).write("abc")],
  [
    "the client sends an event in a namespace it is not in",
    (_server, { client }) => (client.io.engine as any).write('2/a,["x"]'),
  ],
  ["the client joins twice", (_server, { client }) => (client.io.engine as any).write("0")],
  [
    "the client sends a ping of its own",
    (_server, { client }) => (client.io.engine as any)._sendPacket("ping"),
  ],
];

for (const transports of [["websocket"], ["polling"]]) {
  const over = transports[0];
  for (const [what, cause] of CAUSES) {
    conformance(`ends when ${what}, over ${over}`, { trap: [79, 84, 85] }, async (server, trace) => {
      server.io.of("/a");
      const [client, socket] = await server.connected("/", { transports });
      const ended = traceEnd(socket, trace);
      client.on("disconnect", (reason) => trace("client", reason, client.active, client.connected));
      const clientEnded = next(client, "disconnect");
      cause(server, { client, socket, session: socket.conn });
      await Promise.all([ended, clientEnded]);
      await turn();
    });
  }
}

conformance("ends when the network breaks, over websocket", { trap: 84 }, async (server, trace) => {
  const [client, socket] = await server.connected();
  const ended = traceEnd(socket, trace);
  const clientEnded = next(client, "disconnect");
  server.cut();
  await ended;
  trace("client", (await clientEnded)[0]);
});

conformance("ends when the network breaks under a poll", { trap: [23, 84] }, async (server, trace) => {
  const [client, socket] = await server.connected("/", { transports: ["polling"] });
  await until(() => socket.conn.transport.writable);
  const ended = traceEnd(socket, trace);
  const clientEnded = next(client, "disconnect");
  server.cut();
  await ended;
  trace("client", (await clientEnded)[0]);
});

conformance(
  "ends when pings are not answered",
  { options: { pingInterval: 500, pingTimeout: 50 } },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    await traceEnd(socket, trace);
    trace("wire", (await peer.rest()).packets);
  },
);

conformance("ends when an engine packet is malformed", { trap: 79 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  const ended = traceEnd(socket, trace);
  await peer.send("abc");
  await ended;
});

conformance("ends when polls overlap", { trap: 22 }, async (server, trace) => {
  const [peer, socket] = await server.joinedPolling();
  const ended = traceEnd(socket, trace);
  const first = peer.poll();
  await until(() => socket.conn.transport.writable);
  await peer.poll();
  await Promise.all([ended, first]);
});

conformance("describes a close of the WebSocket", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  const ended = next(socket, "disconnect");
  peer.ws.close(4000, "because");
  const [reason] = await ended;
  trace("server", reason);
});

conformance("sends DISCONNECT and keeps other namespaces", { trap: 85 }, async (server, trace) => {
  server.io.of("/a");
  const [peer, socket] = await server.joined();
  trace("wire", await peer.join("/a"));
  socket.disconnect();
  server.io.of("/a").emit("still here");
  trace("wire", await peer.take(2));
});

conformance(
  "sends a DISCONNECT per namespace before it closes the connection",
  { trap: 85 },
  async (server, trace) => {
    server.io.of("/a");
    const peer = await server.webSocket();
    const sockets = [server.socketFor(await peer.join()), server.socketFor(await peer.join("/a"), "/a")];
    for (const socket of sockets) void traceEnd(socket, trace, socket.nsp.name);
    sockets[1]?.disconnect(true);
    trace("wire", (await peer.rest()).packets);
  },
);

conformance("lets a client leave a namespace and come back", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  const ended = traceEnd(socket, trace);
  await peer.send("41");
  await ended;
  trace("wire", await peer.join());
  const again = [...server.io.sockets.sockets.values()];
  trace("server", again.length, again[0]?.id !== socket.id);
});

conformance("lets a client come back after the server took it out", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  socket.disconnect();
  trace("wire", await peer.next(), await peer.join());
});

conformance("disconnects once", { trap: 57 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  void traceEnd(socket, trace);
  trace(
    "returns",
    socket.disconnect() === socket,
    socket.disconnect() === socket,
    socket.disconnect(true) === socket,
  );
  trace("wire", await peer.next());
});

conformance(
  "sends nothing after the end",
  {
    difference: "sends-after-end",
    ours: { returns: [[true, false, true]], wire: [["41", []]] },
  },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    socket.disconnect();
    trace("returns", socket.emit("late"), socket.connected, socket.disconnected);
    server.io.to(socket.id).emit("late");
    trace("wire", await peer.next(), await peer.barrier());
  },
);

conformance("lets a disconnecting handler emit, and a disconnect handler not", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  const [other] = await server.joined();
  socket.on("disconnecting", () => socket.broadcast.emit("leaving"));
  socket.on("disconnect", () => server.io.emit("left"));
  await peer.send("41");
  trace("other", await other.take(2));
  trace("peer", await peer.barrier());
});

conformance("is still in its rooms in a disconnecting handler", { trap: 84 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  void socket.join("x");
  socket.on("disconnecting", () =>
    trace("rooms", [...socket.rooms], server.io.of("/").adapter.rooms.has("x")),
  );
  socket.on("disconnect", () => trace("rooms", [...socket.rooms], server.io.of("/").adapter.rooms.has("x")));
  const ended = next(socket, "disconnect");
  peer.ws.close();
  await ended;
});

conformance("lets a connection handler disconnect at once", {}, async (server, trace) => {
  server.io.on("connection", (socket) => {
    void traceEnd(socket, trace);
    socket.disconnect();
  });
  const peer = await server.webSocket();
  await peer.send("40");
  trace("wire", await peer.take(2), await peer.barrier());
});

conformance("lets a connection handler close the connection at once", {}, async (server, trace) => {
  server.io.on("connection", (socket) => socket.disconnect(true));
  const peer = await server.webSocket();
  await peer.send("40");
  trace("wire", (await peer.rest()).packets);
});

conformance("lets an event handler close the connection", { trap: 86 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  const ended = traceEnd(socket, trace);
  socket.on("bye", () => socket.disconnect(true));
  await peer.send('42["bye"]', '42["late"]');
  await ended;
  trace("wire", (await peer.rest()).packets);
});

conformance(
  "delivers what was emitted before a disconnect, over polling, too",
  { trap: 31 },
  async (server, trace) => {
    const [peer, socket] = await server.joinedPolling();
    socket.emit("last words");
    socket.disconnect(true);
    trace("wire", (await peer.poll()).body, (await peer.poll()).body);
  },
);

conformance(
  "does not make a client reconnect that the server took out",
  { trap: 85 },
  async (server, trace) => {
    const [client, socket] = await server.connected("/", { reconnection: true, reconnectionDelay: 10 });
    const ended = next(client, "disconnect");
    socket.disconnect();
    trace("client", (await ended)[0], client.active);
  },
);

conformance(
  "makes a client reconnect when the connection was closed",
  { trap: 102 },
  async (server, trace) => {
    const [client, socket] = await server.connected("/", { reconnection: true, reconnectionDelay: 10 });
    const again = next(client, "disconnect").then(([reason]) => {
      trace("client", reason, client.active);
      return next(client, "connect");
    });
    socket.conn.close();
    await again;
    trace("client", client.connected, server.io.sockets.sockets.size);
  },
);

conformance("frees the connection of a client that has left every namespace", {}, async (server, trace) => {
  const [client, socket] = await server.connected();
  const closed = next(socket.conn as never, "close");
  client.disconnect();
  trace("reason", (await closed)[0]);
  await until(() => server.engine.clientsCount === 0);
  trace("left", server.io.sockets.sockets.size);
});
