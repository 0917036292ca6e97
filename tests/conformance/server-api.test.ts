// The surface of Server, Namespace and Socket: ways to construct and attach, getters and setters, what is thrown, closing.
import { createServer } from "node:http";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Manager } from "socket.io-client";
import type { Server } from "socket.io";
import { conformance, next, turn, until, within } from "./harness/index.ts";
import type { IoHost } from "./harness/index.ts";

/** Another server, which ends with the case. */
function make(server: IoHost, ...args: any[]): Server {
  const io = new server.implementation.Server(...args);
  server.defer(() => io.close());
  return io;
}

async function httpServer(server: IoHost): Promise<HttpServer> {
  const http = createServer((_req, res) => res.writeHead(404).end());
  server.track(http);
  server.defer(() => http.close());
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return http;
}

function portOf(http: unknown): number {
  return ((http as HttpServer).address() as AddressInfo).port;
}

/** Whether a published client gets in. */
async function letsIn(server: IoHost, port: number, options: object = {}): Promise<boolean> {
  const manager = new Manager(`http://127.0.0.1:${port}`, {
    transports: ["websocket"],
    reconnection: false,
    ...options,
  });
  server.defer(() => (manager as unknown as { _close(): void })._close());
  const client = manager.socket("/");
  return within(
    new Promise((resolve) => {
      client.on("connect", () => resolve(true));
      client.on("connect_error", () => resolve(false));
    }),
    "an answer to the client",
  );
}

async function listening(io: Server): Promise<number> {
  const http = (io as any).httpServer as HttpServer;
  if (!http.listening) await next(http, "listening");
  return portOf(http);
}

conformance("is constructed with a server", {}, async (server, trace) => {
  const http = await httpServer(server);
  const io = make(server, http);
  trace("let in", await letsIn(server, portOf(http)), (io as any).httpServer === http);
});

conformance("is constructed with a port", {}, async (server, trace) => {
  const io = make(server, 0);
  const port = await listening(io);
  trace("let in", await letsIn(server, port));
  trace("elsewhere", (await fetch(`http://127.0.0.1:${port}/other`)).status);
});

conformance("is constructed with a port in a text", {}, async (server, trace) => {
  const io = make(server, "0");
  trace("let in", await letsIn(server, await listening(io)));
});

conformance("is constructed with options alone, and attached later", {}, async (server, trace) => {
  const http = await httpServer(server);
  const io = make(server, { path: "/custom" });
  trace("engine", io.engine, io.path());
  trace("returns", io.attach(http) === io, typeof io.engine);
  trace("let in", await letsIn(server, portOf(http), { path: "/custom" }));
});

conformance("is constructed with nothing, and listens later", {}, async (server, trace) => {
  const io = make(server);
  trace("returns", io.listen(0) === io);
  trace("let in", await letsIn(server, await listening(io)));
});

conformance("attaches to a port", {}, async (server, trace) => {
  const io = make(server);
  io.attach(0, { path: "/other" });
  trace("let in", await letsIn(server, await listening(io), { path: "/other" }));
});

conformance("serves several servers", {}, async (server, trace) => {
  const [one, two] = [await httpServer(server), await httpServer(server)];
  const io = make(server, one);
  io.attach(two);
  trace(
    "let in",
    await letsIn(server, portOf(one)),
    await letsIn(server, portOf(two)),
    io.sockets.sockets.size,
  );
});

conformance("does not take a request handler for a server", {}, (server, trace) => {
  for (const attach of [() => make(server, () => {}), () => make(server).attach((() => {}) as never)]) {
    try {
      attach();
      trace("attach", "taken");
    } catch (error) {
      trace("attach", error instanceof Error && /express|http/.test(error.message));
    }
  }
});

conformance("is bound to an engine somebody else feeds", {}, async (server, trace) => {
  const { Engine } = server.implementation;
  const http = await httpServer(server);
  const engine = new Engine();
  engine.attach(http, { path: "/bound/" });
  const io = make(server);
  trace("returns", io.bind(engine as never) === io, io.engine === (engine as unknown));
  trace("let in", await letsIn(server, portOf(http), { path: "/bound" }));
});

// Paths

for (const path of ["/", "/a", "/a/b/", "/socket.io/"]) {
  conformance(`listens below the path ${path}`, { trap: 11 }, async (server, trace) => {
    const http = await httpServer(server);
    const io = make(server, http, { path });
    trace("path", io.path(), await letsIn(server, portOf(http), { path }));
  });
}

conformance("gets and sets path, serveClient and connectTimeout", {}, (server, trace) => {
  const io = make(server);
  trace("defaults", io.path(), io.serveClient(), io.connectTimeout());
  trace("returns", io.path("/x/") === io, io.serveClient(false) === io, io.connectTimeout(10) === io);
  trace("set", io.path(), io.serveClient(), io.connectTimeout());
});

conformance("takes options for path, serveClient and connectTimeout", {}, (server, trace) => {
  const io = make(server, { path: "/y", serveClient: false, connectTimeout: 99 });
  trace("set", io.path(), io.serveClient(), io.connectTimeout());
});

conformance("takes a connectTimeout of 0 for the default", {}, (server, trace) => {
  trace("set", make(server, { connectTimeout: 0 }).connectTimeout());
});

conformance(
  "does not write into the options it is given",
  {
    difference: "options-untouched",
    ours: { options: [{ path: "/z", transports: ["polling"], cors: { origin: "*" } }] },
  },
  async (server, trace) => {
    const options = { path: "/z", transports: ["polling"], cors: { origin: "*" } };
    make(server, await httpServer(server), options);
    trace("options", options);
  },
);

conformance(
  "has the namespace / for sockets, and passes emitter methods on to it",
  {},
  async (server, trace) => {
    const { io } = server;
    const listener = (): void => {};
    io.on("connection", listener);
    trace("sockets", io.sockets === io.of("/"), io.sockets.listenerCount("connection"));
    trace("listeners", io.listeners("connection").length, io.listenerCount("connection"), io.eventNames());
    io.off("connection", listener);
    trace("listeners", io.sockets.listenerCount("connection"));
    io.once("connection", () => trace("events", "once"));
    await server.joined();
    await server.joined();
  },
);

conformance("has operators with all methods", {}, (server, trace) => {
  const { io } = server;
  const methods = [
    "to",
    "in",
    "except",
    "compress",
    "timeout",
    "emit",
    "emitWithAck",
    "allSockets",
    "fetchSockets",
    "socketsJoin",
    "socketsLeave",
    "disconnectSockets",
  ];
  const operators = {
    room: io.to("x"),
    in: io.in("x"),
    except: io.except("x"),
    local: io.local,
    volatile: io.volatile,
    compress: io.compress(true),
    timeout: io.timeout(1),
  };
  for (const [name, operator] of Object.entries(operators)) {
    trace(
      name,
      methods.filter((method) => typeof (operator as any)[method] !== "function"),
      typeof operator.volatile,
      typeof operator.local,
    );
  }
});

conformance("has namespaces with all methods", {}, (server, trace) => {
  const methods =
    "use to in except emit send write serverSideEmit allSockets compress timeout fetchSockets socketsJoin socketsLeave disconnectSockets on once off addListener removeListener removeAllListeners listeners eventNames listenerCount prependListener".split(
      " ",
    );
  for (const [name, nsp] of Object.entries({
    io: server.io,
    main: server.io.of("/"),
    other: server.io.of("/a"),
    parent: server.io.of(/^\/x/),
  })) {
    trace(
      name,
      methods.filter((method) => typeof (nsp as any)[method] !== "function"),
    );
  }
  const nsp = server.io.of("/a");
  trace(
    "nsp",
    nsp.name,
    nsp.sockets.size,
    nsp.sockets instanceof Map,
    nsp.server === server.io,
    typeof nsp.adapter,
  );
});

conformance("has sockets with all methods and properties", {}, async (server, trace) => {
  const [, socket] = await server.joined();
  const methods =
    "emit emitWithAck send write compress timeout to in except join leave disconnect use onAny prependAny offAny listenersAny onAnyOutgoing prependAnyOutgoing offAnyOutgoing listenersAnyOutgoing on once off addListener removeListener removeAllListeners listeners eventNames listenerCount prependListener prependOnceListener rawListeners".split(
      " ",
    );
  trace(
    "missing",
    methods.filter((method) => typeof (socket as any)[method] !== "function"),
  );
  trace("socket", socket.connected, socket.disconnected, socket.recovered, socket.data);
  trace(
    "refs",
    socket.nsp === server.io.of("/"),
    (socket as any).server === server.io,
    socket.client.conn === socket.conn,
    socket.request === socket.conn.request,
  );
  trace(
    "kinds",
    typeof socket.handshake,
    typeof socket.broadcast,
    typeof socket.local,
    typeof (socket as any).adapter,
  );
});

conformance("keeps data of any kind", {}, async (server, trace) => {
  const [, socket] = await server.joined();
  socket.data["a"] = 1;
  trace("data", socket.data);
  socket.data = "text";
  trace("data", socket.data);
});

conformance(
  "refuses a middleware that is no function at once",
  { difference: "middleware-checked", ours: { use: ["refused"] } },
  (server, trace) => {
    try {
      server.io.use(undefined as never);
      trace("use", "taken");
    } catch {
      trace("use", "refused");
    }
  },
);

conformance(
  "gives itself back from the emitter methods",
  { difference: "emitter-methods-return", ours: { returns: ["the server"] } },
  ({ io }, trace) => {
    trace("returns", io.on("connection", () => {}) === io ? "the server" : "its main namespace");
  },
);

conformance(
  "gives views of rooms that are no Set, but look like one",
  { difference: "rooms-are-views", ours: { rooms: [[false, "function", "function", 1, 1]] } },
  async (server, trace) => {
    const [, { rooms }] = await server.joined();
    trace(
      "rooms",
      rooms instanceof Set,
      typeof rooms.has,
      typeof rooms.forEach,
      rooms.size,
      [...rooms].length,
    );
  },
);

// Engine

conformance("has an engine with its events", {}, async (server, trace) => {
  server.io.engine.on("connection_error", ({ code, message }: any) => trace("errors", code, message));
  for (const event of ["initial_headers", "headers"]) {
    server.io.engine.on(event, (headers: Record<string, string>) => (headers[`x-${event}`] = "yes"));
  }
  const answer = await server.ask("?EIO=4&transport=polling");
  trace("headers", answer.headers["x-initial_headers"], answer.headers["x-headers"]);
  await server.ask("?EIO=4&transport=polling&sid=nobody");
  trace("count", server.io.engine.clientsCount);
});

conformance(
  "runs engine middlewares, and shows sockets what they put on the request",
  { trap: 15 },
  async (server, trace) => {
    server.io.engine.use((req: any, _res: unknown, go: () => void) => {
      req.session = { user: "tobi" };
      go();
    });
    const [, socket] = await server.joined();
    trace("request", (socket.request as any).session, (socket.client.request as any).session);
  },
);

conformance("lets ids be made by the application", { trap: 6 }, async (server, trace) => {
  (server.io.engine as any).generateId = () => "my-own-id";
  const [peer, socket] = await server.joined();
  trace("ids", peer.sid, (socket.conn as any).id, socket.id === peer.sid, socket.id.length);
});

conformance(
  "lets allowRequest of the options refuse",
  {
    trap: 7,
    options: {
      allowRequest: (_req: unknown, decide: (error: string, success: boolean) => void) =>
        decide("not you", false),
    },
  },
  async (server, trace) => {
    const answer = await server.ask("?EIO=4&transport=polling");
    trace("wire", answer.status, answer.body);
    const [error] = await next(server.client(), "connect_error");
    trace("client", (error as Error).message);
  },
);

// Closing

conformance(
  "tells sockets that it shuts down, then closes everything",
  { trap: [32, 102] },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    const [polling] = await server.joinedPolling();
    socket.on("disconnect", (reason) => trace("server", reason));
    const poll = polling.poll();
    await until(() => server.session(polling).transport.writable);
    const closed = server.io.close((error?: Error) => trace("callback", error ?? null));
    trace("at once", socket.connected, server.io.sockets.sockets.size);
    trace("wire", (await peer.rest()).packets, (await poll).body);
    trace("returns", await closed, server.http.listening);
  },
);

conformance("drops what is queued when it closes", { trap: 32 }, async (server, trace) => {
  const [peer, socket] = await server.joinedPolling();
  socket.emit("lost");
  await server.io.close();
  trace("state", socket.connected, socket.conn.readyState);
  trace(
    "wire",
    await peer.poll().then(
      ({ status }) => status,
      () => "refused",
    ),
  );
});

conformance("closes though its http server does not run", { trap: 102 }, async (server, trace) => {
  const io = make(server, createServer());
  await io.close((error?: Error & { code?: string }) => trace("callback", error?.code));
  trace("closed", "yes");
});

conformance("closes when the http server was closed before", { trap: 102 }, async (server, trace) => {
  const http = await httpServer(server);
  const io = make(server, http);
  await new Promise((resolve) => http.close(resolve));
  await io.close((error?: Error & { code?: string }) => trace("callback", error?.code));
});

conformance("makes clients reconnect when it closes", { trap: 102 }, async (server, trace) => {
  const [client] = await server.connected("/", { reconnection: true, reconnectionDelay: 10_000 });
  const ended = next(client, "disconnect");
  await server.io.close();
  trace("client", (await ended)[0], client.active);
});

conformance("closes sockets of every namespace", { trap: 102 }, async (server, trace) => {
  server.io.of("/a");
  const peer = await server.webSocket();
  for (const nsp of ["/", "/a"]) {
    server.socketFor(await peer.join(nsp), nsp).on("disconnect", (reason) => trace(nsp, reason));
  }
  await server.io.close();
  trace("wire", (await peer.rest()).packets);
});

conformance("serves again on another server after it was closed", { trap: 14 }, async (server, trace) => {
  const http = await httpServer(server);
  const io = make(server, http);
  trace("let in", await letsIn(server, portOf(http)));
  const closed = io.close();
  server.cut();
  await closed;
  const again = await httpServer(server);
  io.attach(again);
  trace("let in", await letsIn(server, portOf(again)));
});

conformance("frees what it holds when it closes", { trap: 63, isAlone: true }, async (server, trace) => {
  const timers = (): number => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const [, socket] = await server.joined();
  void socket.join("x");
  socket.emit("ask", () => {});
  const [peer] = await server.joinedPolling();
  await peer.send('451-["half",{"_placeholder":true,"num":0}]');
  await server.polling();
  await server.io.close();
  await turn();
  const { adapter, sockets } = server.io.of("/");
  trace("left", sockets.size, adapter.rooms.size, adapter.sids.size, server.engine.clientsCount);
  // The published server forgets one.
  trace("timers", timers() - before <= 1);
});

conformance("waits for adapters to close", { trap: 102 }, async (server, trace) => {
  const { adapter } = server.io.of("/");
  (adapter as { close(): Promise<void> | void }).close = async () => {
    await turn();
    trace("order", "adapter closed");
  };
  await server.io.close(() => trace("order", "closed"));
});

// Http servers

conformance("goes beside another request listener", { trap: 12 }, async (server, trace) => {
  const http = createServer((req, res) => res.end(`theirs ${req.url}`));
  server.track(http);
  server.defer(() => http.close());
  make(server, http);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const port = portOf(http);
  trace("theirs", await (await fetch(`http://127.0.0.1:${port}/x`)).text());
  trace("ours", await letsIn(server, port));
});

conformance(
  "keeps the order of events through the upgrade of a published client",
  { trap: [41, 42] },
  async (server, trace) => {
    const [client, socket] = await server.connected("/", { transports: ["polling", "websocket"] });
    socket.on("n", (value: number) => trace("server", value));
    client.on("n", (value: number) => trace("client", value));
    const moved = socket.conn.upgraded ? undefined : next(socket.conn as never, "upgrade");
    for (let count = 1; count <= 20; count++) {
      client.emit("n", count);
      socket.emit("n", count);
      await turn();
    }
    await moved;
    const over = [next(client, "over"), next(socket, "over")];
    client.emit("over");
    socket.emit("over");
    await Promise.all(over);
    trace("transport", socket.conn.transport.name, client.io.engine.transport.name);
  },
);
