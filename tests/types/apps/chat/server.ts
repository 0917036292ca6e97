// A typed chat server: the four generics, acknowledgements, timeouts, broadcast acknowledgements, middlewares.

import { createServer } from "node:http";
import type { IncomingMessage } from "node:http";
import { BroadcastOperator, Namespace, Server, Socket } from "socket.io";
import type {
  DefaultEventsMap,
  DisconnectReason,
  Event,
  ExtendedError,
  RemoteSocket,
  ServerOptions,
} from "socket.io";
import type {
  AdminToServerEvents,
  ClientToServerEvents,
  InterServerEvents,
  Message,
  Result,
  ServerToAdminEvents,
  ServerToClientEvents,
  SocketData,
  User,
} from "./events.js";

type ChatServer = Server<ClientToServerEvents, ServerToClientEvents, InterServerEvents, SocketData>;
type ChatSocket = Socket<ClientToServerEvents, ServerToClientEvents, InterServerEvents, SocketData>;
type ChatNamespace = Namespace<ClientToServerEvents, ServerToClientEvents, InterServerEvents, SocketData>;
type AdminNamespace = Namespace<AdminToServerEvents, ServerToAdminEvents, DefaultEventsMap, any>;

const messages = new Map<string, Message[]>();
let lastId = 0;

const options: Partial<ServerOptions> = {
  cors: { origin: ["https://chat.example", /\.chat\.example$/], credentials: true },
  pingInterval: 10_000,
  pingTimeout: 5_000,
  maxHttpBufferSize: 1e7,
  transports: ["polling", "websocket"],
  perMessageDeflate: { threshold: 2048 },
  httpCompression: true,
  cookie: { name: "io", path: "/", httpOnly: true, sameSite: "lax" },
  connectTimeout: 30_000,
  serveClient: false,
  allowRequest: (req, callback) => {
    const isAllowed = req.headers.origin === undefined;
    callback(null, isAllowed);
  },
};

const httpServer = createServer((req, res) => {
  res.writeHead(404).end();
});

const io: ChatServer = new Server<ClientToServerEvents, ServerToClientEvents, InterServerEvents, SocketData>(
  httpServer,
  options,
);

function authenticate(token: string): Promise<User> {
  return token ? Promise.resolve({ id: token, name: "someone" }) : Promise.reject(new Error("no token"));
}

io.use(async (socket, next) => {
  try {
    socket.data.user = await authenticate(socket.handshake.auth.token);
    socket.data.joinedAt = Date.now();
    next();
  } catch {
    const error: ExtendedError = new Error("not authorized");
    error.data = { content: "Please retry later" };
    next(error);
  }
});

io.use((socket, next) => {
  const version = socket.handshake.query.version;
  if (Array.isArray(version) || Number(version) < 2) next(new Error("outdated client"));
  else next();
});

const wrap =
  (middleware: (req: IncomingMessage, res: unknown, next: (error?: Error) => void) => void) =>
  (socket: ChatSocket, next: (error?: ExtendedError) => void): void =>
    middleware(socket.request, {}, next);

io.use(wrap((_req, _res, next) => next()));

io.on("connection", (socket) => {
  const user: User = socket.data.user;
  console.log(`${user.name} came from ${socket.handshake.address} over ${socket.conn.transport.name}`);
  if (socket.recovered) console.log("welcome back");

  socket.use(([event, ...args], next) => {
    if (event === "message:send" && typeof args[1] !== "string") next(new Error("text expected"));
    else next();
  });

  socket.use((event: Event, next) => {
    if (event[0].length > 100) return next(new Error("name too long"));
    next();
  });

  socket.on("message:send", (room, text, ack) => {
    const result = post(socket, room, text.trim());
    ack(result);
  });

  socket.on("message:edit", (id, text, ack) => {
    const message = [...messages.values()].flat().find((candidate) => candidate.id === id);
    if (message === undefined) return ack?.(new Error("not found"));
    message.text = text;
    ack?.(null, message);
  });

  socket.on("room:join", async (room, callback) => {
    await socket.join(room);
    socket.to(room).emit("user:joined", room, user);
    const members = await io.in(room).fetchSockets();
    callback(members.map((member) => member.data.user));
  });

  socket.on("room:leave", async (room) => {
    await socket.leave(room);
    socket.to(room).emit("user:left", room, socket.data.user);
  });

  socket.on("typing", (room, isTyping) => {
    socket.volatile.to([room, "watchers"]).except("muted").emit("typing", room, user, isTyping);
  });

  socket.on("history", ({ room, before = Infinity, limit }, ack) => {
    ack((messages.get(room) ?? []).filter(({ id }) => id < before).slice(-limit));
  });

  socket.on("ping", (done) => done());

  socket.on("upload", (name, file, progress) => {
    const bytes: number = file.byteLength;
    socket.emit("notice", "info", `${name}: ${bytes} bytes, ${progress.toFixed()} %`);
  });

  socket.once("logout", () => socket.disconnect(true));

  socket.on("error", (error) => console.error(error.message));

  socket.on("disconnecting", (reason) => {
    for (const room of socket.rooms) {
      if (room !== socket.id) socket.to(room).emit("user:left", room, user);
    }
    logLeave(reason);
  });

  socket.on("disconnect", (reason, description) => {
    if (reason === "ping timeout") console.log("lost", description);
    logLeave(reason);
  });

  socket.onAny((event: string, ...args: unknown[]) => console.log(event, args.length));
  socket.prependAny((event, ...args) => console.log(event, args));
  socket.onAnyOutgoing((event, ...args) => console.log(event, args));
  socket.offAny();

  void checkPresence(socket);
});

function logLeave(reason: DisconnectReason): void {
  switch (reason) {
    case "client namespace disconnect":
    case "server namespace disconnect":
      return;
    case "transport close":
    case "transport error":
    case "ping timeout":
    case "parse error":
    case "forced close":
    case "forced server close":
    case "server shutting down":
      console.log(`gone: ${reason}`);
  }
}

function post(socket: ChatSocket, room: string, text: string): Result<Message> {
  if (!socket.rooms.has(room)) return { ok: false, reason: "not a member" };
  if (socket.data.mutedUntil && socket.data.mutedUntil > new Date()) return { ok: false, reason: "muted" };
  const message: Message = { id: ++lastId, room, from: socket.data.user, text, at: new Date() };
  messages.set(room, [...(messages.get(room) ?? []), message]);
  io.to(room).emit("message", message);
  return { ok: true, value: message };
}

async function checkPresence(socket: ChatSocket): Promise<void> {
  // One client, one answer.
  socket.emit("battery", (level) => console.log(level.toFixed()));
  const answer: "here" | "away" = await socket.emitWithAck("presence:check", "still there?");
  const level: number = await socket.timeout(1000).emitWithAck("battery");
  console.log(answer, level);

  // After timeout() the error comes first.
  socket.timeout(5000).emit("presence:check", "hello?", (err, reply, since) => {
    if (err) console.error(err.message);
    else console.log(reply.toUpperCase(), since.toFixed());
  });

  // An event that is error-first by itself.
  socket.timeout(100).emit("are-you-there", (err, isThere) => console.log(err?.message, isThere));

  // Many clients, many answers.
  io.timeout(1000).emit("presence:check", "anybody?", (err, answers) => {
    if (err) return console.error(err);
    console.log(answers.filter((each) => each === "here").length);
  });

  try {
    const levels: number[] = await io.timeout(1000).emitWithAck("battery");
    const inRoom: ("here" | "away")[] = await io
      .to("room")
      .except("bots")
      .timeout(500)
      .emitWithAck("presence:check", "you there?");
    const others: number[] = await socket.broadcast.timeout(500).emitWithAck("battery");
    console.log(levels.length, inRoom.length, others.length);
  } catch (error) {
    console.error(error);
  }
}

function announce(to: BroadcastOperator<ServerToClientEvents, SocketData>, text: string): void {
  to.emit("notice", "warning", text);
}

function muteAll(sockets: RemoteSocket<ServerToClientEvents, SocketData>[]): void {
  for (const remote of sockets) {
    remote.data.mutedUntil = new Date(Date.now() + 60_000);
    remote.join("muted");
    remote.leave("speakers");
    remote.emit("notice", "warning", `${remote.data.user.name}, you are muted`);
    if (remote.rooms.has("banned")) remote.disconnect(true);
  }
}

function isMain(nsp: ChatNamespace): boolean {
  return nsp.name === "/" && nsp === io.sockets;
}

io.on("cache:flush", (key) => messages.delete(key));
io.on("load", (ack) => ack(process.cpuUsage().user));
io.on("members", (room, ack) => ack([...(io.of("/").adapter.rooms.get(room) ?? [])]));
io.on("new_namespace", (namespace) => console.log(namespace.name));

async function gossip(): Promise<void> {
  io.serverSideEmit("cache:flush", "users");
  io.serverSideEmit("load", (err, loads) => {
    if (!err) console.log(Math.max(...loads));
  });
  const loads: number[] = await io.serverSideEmitWithAck("load");
  const members: string[][] = await io.serverSideEmitWithAck("members", "lobby");
  console.log(loads, members.flat());
}

const admins: AdminNamespace = io.of("/admin");
admins.use((socket, next) => {
  socket.data.admin = socket.handshake.headers["x-admin"] as string;
  next(socket.handshake.headers.authorization?.startsWith("Bearer ") ? undefined : new Error("no"));
});
admins.on("connection", (socket) => {
  socket.on("kick", async (userId, callback) => {
    const sockets = await io.fetchSockets();
    const theirs = sockets.filter((each) => each.data.user.id === userId);
    for (const each of theirs) {
      each.emit("kicked");
      each.disconnect();
    }
    callback(theirs.length);
    socket.broadcast.emit("audit", `${socket.data.admin} kicked ${userId}`, (seen) => seen);
  });
  socket.on("broadcast", (text) => announceToAll(text));
});

function announceToAll(text: string): void {
  io.emit("notice", "info", text);
  io.local.compress(false).emit("notice", "info", text);
  io.sockets.emit("notice", "info", text);
  const operator = io.to("everybody");
  operator.emit("kicked");
  announce(io.volatile as unknown as BroadcastOperator<ServerToClientEvents, SocketData>, text);
  setInterval(() => {
    admins.emit("stats", { sockets: io.engine.clientsCount, rooms: io.sockets.adapter.rooms.size });
  }, 1000).unref();
}

io.engine.on("connection_error", (err) => {
  console.log(err.req?.url, err.code, err.message, err.context);
});

async function stop(): Promise<void> {
  muteAll(await io.in("speakers").fetchSockets());
  console.log(isMain(io.of("/")));
  io.socketsJoin("all");
  io.in("lobby").socketsLeave(["lobby", "all"]);
  io.in("guests").disconnectSockets(true);
  await gossip();
  io.disconnectSockets();
  await io.close((err) => {
    if (err) console.error(err.message);
  });
}

process.on("SIGTERM", () => void stop());
httpServer.listen(3000);
