// An untyped dashboard, as people write it who come from JavaScript: dynamic namespaces, the engine, the adapter.

import * as http from "node:http";
import express, { sessionOf } from "./express.js";
import { Server, Namespace, Socket } from "socket.io";
import type {
  BroadcastOperator,
  DisconnectReason,
  ExtendedError,
  RemoteSocket,
  ServerOptions,
} from "socket.io";

const app = express();
const server = http.createServer(app);
const opts: Partial<ServerOptions> = {
  path: "/live",
  cors: {
    origin: (origin, callback) => callback(null, origin === "https://dash.example"),
    methods: ["GET", "POST"],
    allowedHeaders: ["x-dash"],
  },
  allowEIO3: false,
  allowUpgrades: true,
  upgradeTimeout: 5000,
  cleanupEmptyChildNamespaces: true,
  connectionStateRecovery: {
    maxDisconnectionDuration: 2 * 60 * 1000,
    skipMiddlewares: true,
  },
};
if (process.env.ORIGIN) opts.cors = { origin: process.env.ORIGIN };

const io = new Server(server, opts);
const started = Date.now();
const history: Record<string, any[]> = {};
const bySocket: { [id: string]: Socket } = {};

io.engine.use((req: any, res: any, next: any) => {
  req.session = { user: "someone" };
  res.setHeader("x-live", "1");
  next();
});
io.engine.use(app.session());
io.engine.generateId = (req) => `${Date.now()}-${req.url?.length ?? 0}`;
io.engine.on("initial_headers", (headers, req) => {
  headers["set-cookie"] = `seen=${encodeURIComponent(req.url ?? "")}`;
});
io.engine.on("headers", (headers, req) => {
  headers["x-user"] = req.headers["x-dash"] || "nobody";
});
io.engine.on("connection_error", (err) => {
  console.log(err.req); // the request
  console.log(err.code); // 0 to 5
  console.log(err.message);
  console.log(err.context);
});
io.engine.on("connection", (rawSocket) => {
  rawSocket.request = null;
});
console.log(io.engine.clientsCount, io.httpServer === server, io.path());

io.use((socket, next) => {
  const token = socket.handshake.auth.token || socket.handshake.query.token;
  if (token) {
    socket.data.token = token;
    return next();
  }
  const err: ExtendedError = new Error("unauthorized");
  err.data = { code: 401 };
  next(err);
});

io.use((socket, next) => {
  const session = sessionOf(socket.request);
  socket.data.user = session?.user ?? "guest";
  const ip = socket.handshake.headers["x-forwarded-for"] || socket.request.socket.remoteAddress;
  const agent = socket.request.headers["user-agent"];
  console.log(ip, agent, socket.handshake.headers.cookie?.split(";").length);
  next();
});

io.on("connection", (socket) => {
  bySocket[socket.id] = socket;
  console.log(
    socket.handshake.time,
    socket.handshake.issued,
    socket.handshake.secure,
    socket.handshake.xdomain,
  );
  console.log("transport", socket.conn.transport.name);
  socket.conn.once("upgrade", (transport) => {
    console.log("upgraded to", socket.conn.transport.name, transport.name);
  });
  socket.conn.on("upgrade", (transport) => console.log(transport.name));
  socket.conn.on("packet", ({ type, data }) => console.log(type, data));
  socket.conn.on("packetCreate", ({ type, data }) => console.log(type, data));
  socket.conn.on("drain", () => console.log("drained"));
  socket.conn.on("close", (reason) => console.log(reason));
  console.log(socket.conn.protocol, socket.conn.remoteAddress, socket.conn.readyState);

  socket.join("everybody");
  socket.join(["a", "b"]);
  socket.leave("b");
  console.log([...socket.rooms], socket.rooms.size, socket.nsp.name);

  socket.on("subscribe", async (topic, callback) => {
    await socket.join(`topic:${topic}`);
    callback({ status: "ok", history: history[topic] ?? [] });
  });

  socket.on("publish", (topic, value) => {
    (history[topic] ||= []).push(value);
    socket.to(`topic:${topic}`).emit("value", topic, value, Date.now());
    socket.broadcast.emit("activity", topic);
    socket.nsp.to("watchers").emit("publish", topic);
    socket.nsp.emit("tick");
  });

  socket.on("who", (callback) => {
    const ids = [...io.sockets.sockets.keys()];
    const first = io.sockets.sockets.get(ids[0]);
    callback(ids, first?.data.user, io.of("/").sockets.size);
  });

  socket.on("message", (...args) => {
    socket.send("echo", ...args);
    io.send("hello");
  });

  socket.emit("hello", { name: "dash", uptime: Date.now() - started }, (answer: any) => console.log(answer));
  socket.timeout(500).emit("ask", 42, (err: Error, answer: any) => console.log(err, answer));
  socket.emitWithAck("ask", 1, "2", { three: 3 }).then((answer) => console.log(answer.value));

  socket.on("disconnect", (reason: DisconnectReason) => {
    delete bySocket[socket.id];
    console.log(reason, socket.disconnected, socket.connected);
  });
  socket.removeAllListeners("subscribe");
  const listener = (...args: any[]) => console.log(args);
  socket.on("noise", listener);
  socket.off("noise", listener);
  socket.removeListener("noise", listener);
  socket.eventNames().forEach((name) => console.log(String(name), socket.listenerCount(name as string)));
});

// Dynamic namespaces.
const tenants = io.of(/^\/tenant-\d+$/);
tenants.use((socket, next) => {
  if (!socket.nsp.name.startsWith("/tenant-")) return next(new Error("what?"));
  next();
});
tenants.on("connection", (socket) => {
  const tenant: Namespace = socket.nsp;
  tenant.emit("joined", socket.id);
  tenant.to("staff").except(socket.id).emit("joined", socket.id);
  tenant.server.of("/admin").emit("tenant", tenant.name);
  console.log(socket.nsp.server === io);
  watch(tenant);
  watch(io.of(tenant.name));
});
tenants.emit("maintenance", 5);
tenants.to("staff").emit("maintenance", 5);

io.of((name, auth, next) => {
  next(null, name === "/private" && auth.token === "secret");
}).on("connection", (socket) => socket.emit("welcome"));

const admin = io.of("/admin", (socket) => socket.emit("config", { readonly: true }));
admin.use(async (socket, next) => {
  await new Promise((resolve) => setTimeout(resolve, 10));
  next();
});

// The adapter.
function watch(nsp: Namespace): void {
  nsp.adapter.on("create-room", (room) => console.log(`room ${room} was created`));
  nsp.adapter.on("join-room", (room, id) => console.log(`socket ${id} has joined room ${room}`));
  nsp.adapter.on("leave-room", (room, id) => console.log(`socket ${id} has left room ${room}`));
  nsp.adapter.on("delete-room", (room) => console.log(`room ${room} is gone`));
}
watch(io.of("/"));
watch(io.sockets);
watch(admin);

function roomSizes(): Record<string, number> {
  const { rooms, sids } = io.of("/").adapter;
  const sizes: Record<string, number> = {};
  for (const [room, members] of rooms) if (!sids.has(room)) sizes[room] = members.size;
  rooms.forEach((members, room) => console.log(room, Array.from(members)));
  return sizes;
}

function members(room: string): Set<string> | undefined {
  return io.of("/").adapter.rooms.get(room);
}

function isAlone(socket: Socket): boolean {
  const mine = io.sockets.adapter.sids.get(socket.id);
  return (mine?.size ?? 0) <= 1 && (members("everybody")?.size ?? 0) === 1;
}

async function report(): Promise<void> {
  const sockets = await io.fetchSockets();
  const remote = await io.in("everybody").fetchSockets();
  const nearby = await io.local.fetchSockets();
  for (const socket of [...sockets, ...remote, ...nearby]) describe(socket);
  const ids: Set<string> = await io.allSockets();
  const inRoom = await io.of("/admin").in("staff").allSockets();
  console.log(ids.size, inRoom.has("x"), roomSizes());
  const nodes = await io.of("/").adapter.serverCount();
  console.log(nodes, await io.of("/").adapter.sockets(new Set(["everybody"])));
  const alone = Object.values(bySocket).filter(isAlone);
  notify(io.to("everybody"), alone.length);
}

function describe(socket: RemoteSocket<any, any>): void {
  console.log(socket.id, socket.handshake.address, socket.data.user, [...socket.rooms]);
  console.log(socket.handshake.headers.host, socket.handshake.query.EIO, socket.handshake.url);
  socket.emit("seen");
  socket.timeout(100).emit("seen", (err: Error) => console.log(err));
  socket.join("seen");
}

function notify(target: BroadcastOperator<any, any>, value: number): void {
  target.emit("alone", value);
  target.timeout(500).emit("ask", "?", (err: any, responses: any) => console.log(err, responses));
}

io.serverSideEmit("hello", "world");
io.serverSideEmit("ping", (err: any, responses: any[]) => console.log(err, responses));
io.on("hello", (arg1) => console.log(arg1));
io.of("/").serverSideEmit("hello", 1);

const second = new Server({ path: "/other", transports: ["websocket"] });
second.attach(server);
second.listen(3001, { cors: { origin: "*" } });
const third = new Server();
third.on("connection", (socket: Socket) => socket.disconnect());
third.listen(http.createServer());
new Server(3002).close();

setInterval(report, 10_000);
process.once("SIGINT", () => io.close());
export { io, admin };
