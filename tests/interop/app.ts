// The application behind every scenario: one small server, written against the API that both Server classes have and run with
// either of them. It keeps what it saw (events, ends) in one inbox per socket for the scenarios to read.
import { createServer } from "node:http";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import type { Server, ServerOptions, Socket } from "socket.io";
import { Inbox } from "./inbox.ts";
import { plain } from "./values.ts";

/** The published Server class; ours has the same face. */
export type ServerClass = typeof Server;

/** Which sockets an event of the application goes to. */
export interface Audience {
  /** Whether the sender's own operator is used, so that the sender is left out. */
  readonly from: "server" | "socket";
  readonly to?: readonly string[];
  readonly except?: readonly string[];
}

export interface App {
  readonly url: string;
  readonly io: Server;
  /** The server's socket with that id. */
  socket(id: string, nsp?: string): Socket;
  /** What the server saw of the socket with that id: its events, and why it ended. */
  seen(id: string): Inbox;
  /** The rooms the socket with that id was in when it began to disconnect. */
  lastRooms(id: string): readonly string[];
  /** Breaks every TCP connection without a word, as a network does. */
  cut(): void;
  close(): Promise<void>;
}

/** Starts the application on a free port of the loopback interface. */
export async function startApp(ServerOf: ServerClass, options: Partial<ServerOptions> = {}): Promise<App> {
  const http = createServer();
  const connections = new Set<NetSocket>();
  http.on("connection", (socket) => {
    connections.add(socket);
    socket.on("close", () => connections.delete(socket));
  });
  const io: Server = new ServerOf(http, { serveClient: false, ...options });
  const inboxes = new Map<string, Inbox>();
  const lastRooms = new Map<string, readonly string[]>();
  const seen = (id: string): Inbox => {
    let inbox = inboxes.get(id);
    if (inbox === undefined) inboxes.set(id, (inbox = new Inbox()));
    return inbox;
  };
  const serve = (socket: Socket): void => {
    serveSocket(socket, seen(socket.id));
    socket.on("disconnecting", () => lastRooms.set(socket.id, [...socket.rooms]));
  };
  for (const nsp of ["/", "/chat", "/guarded"]) io.of(nsp).on("connection", serve);
  io.of("/guarded").use((socket, next) => {
    if (socket.handshake.auth["token"] === "secret") next();
    else next(Object.assign(new Error("not let in"), { data: { code: 401, tried: socket.handshake.auth } }));
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
    io,
    seen,
    socket(id, nsp = "/") {
      const socket = io.of(nsp).sockets.get(id);
      if (socket === undefined) throw new Error(`the server has no socket "${id}" in "${nsp}"`);
      return socket;
    },
    lastRooms: (id) => lastRooms.get(id) ?? [],
    cut() {
      for (const connection of connections) connection.destroy();
    },
    async close() {
      const closed = io.close();
      // A client that does not hang up after the goodbye would hold the port.
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}

/** What the application does for each socket: answers, rooms, broadcasts and ends, on the client's request. */
function serveSocket(socket: Socket, inbox: Inbox): void {
  socket.onAny((event: string, ...args: unknown[]) => {
    const values = args.filter((arg) => typeof arg !== "function");
    inbox.onEvent(event, values.map(plain));
  });
  socket.on("disconnect", (reason) => inbox.onDisconnect(reason));
  socket.on("echo", (...args: unknown[]) => {
    const answer = args.at(-1);
    if (typeof answer === "function") answer(...args.slice(0, -1));
    else socket.emit("echo", ...args);
  });
  socket.on("join", async (room: string, done: () => void) => {
    await socket.join(room);
    done();
  });
  socket.on("leave", async (room: string, done: () => void) => {
    await socket.leave(room);
    done();
  });
  socket.on("tell", (audience: Audience, event: string, ...args: unknown[]) => {
    operatorFor(socket, audience).emit(event, ...args);
  });
  socket.on("leave me", () => socket.disconnect());
  socket.on("drop me", () => socket.disconnect(true));
  socket.on("close me", () => socket.conn.close());
}

function operatorFor(socket: Socket, audience: Audience): ReturnType<Socket["to"]> {
  const start = audience.from === "socket" ? socket.broadcast : socket.nsp.except([]);
  return start.to([...(audience.to ?? [])]).except([...(audience.except ?? [])]);
}
