// The game's server: namespaces typed one by one, classes around Server, helper types, partial maps.

import { createServer, type Server as HttpServer } from "http";
import type { Http2SecureServer } from "http2";
import type { Server as HttpsServer } from "https";
import {
  Namespace,
  Server,
  Socket,
  type BroadcastOperator,
  type DefaultEventsMap,
  type ServerOptions,
} from "socket.io";
import type { ArenaClient, ArenaServer, LobbyClient, LobbyServer, Player, PlayerData } from "./protocol.js";

type EventsOf<S> = S extends Socket<infer Listen, any, any, any> ? Listen : never;
type SentBy<N> = N extends Namespace<any, infer Emit, any, any> ? Emit : never;
type DataOf<S extends { data: unknown }> = S["data"];
type Handler<S, Ev extends keyof EventsOf<S>> = EventsOf<S>[Ev];
type SocketOf<N> = N extends Namespace<infer L, infer E, infer I, infer D> ? Socket<L, E, I, D> : never;
type Middleware = Parameters<Server["use"]>[0];
type ConnectionListener = (socket: Socket) => void;

type LobbyNamespace = Namespace<LobbyClient, LobbyServer, DefaultEventsMap, PlayerData>;
type ArenaNamespace = Namespace<ArenaClient, ArenaServer, DefaultEventsMap, PlayerData>;
type ArenaSocket = SocketOf<ArenaNamespace>;
type LobbySocket = Socket<LobbyClient, LobbyServer, DefaultEventsMap, PlayerData>;

const shoot: Handler<ArenaSocket, "shoot"> = (angle, ack) => ack(angle > 0);
const firstTick: Parameters<SentBy<ArenaNamespace>["tick"]> = [0, [], new Uint8Array()];
const noData: DataOf<ArenaSocket> = { player: { id: "", name: "", x: 0, y: 0 }, lives: 3 };

/** Holds a server. */
export class GameServer {
  readonly io: Server;
  private readonly lobby: LobbyNamespace;
  private readonly arena: ArenaNamespace;
  private readonly games = new Map<string, Game>();

  constructor(httpServer: HttpServer | HttpsServer | Http2SecureServer, options?: Partial<ServerOptions>) {
    this.io = new Server(httpServer, { transports: ["websocket"], ...options });
    this.lobby = this.io.of("/lobby");
    this.arena = this.io.of("/arena");
    this.lobby.use((socket, next) => this.admit(socket, next));
    this.lobby.on("connection", (socket) => this.onLobby(socket));
    this.arena.on("connection", this.onArena);
  }

  private admit(socket: LobbySocket, next: (err?: Error) => void): void {
    const { name } = socket.handshake.auth as { name?: string };
    if (!name) return next(new Error("name?"));
    socket.data = { player: { id: socket.id, name, x: 0, y: 0 }, lives: 3 };
    next();
  }

  private onLobby(socket: LobbySocket): void {
    socket.on("list", (ack) => ack([...this.games.keys()]));
    socket.on("create", ({ size, isPrivate = false }, ack) => {
      const game = new Game(this.arena, size);
      this.games.set(game.id, game);
      if (!isPrivate) this.lobby.emit("games", [...this.games.keys()]);
      ack(game.id);
    });
    socket.on("join", (gameId, ack) => {
      const game = this.games.get(gameId);
      if (!game) return ack("no such game", []);
      game.add(socket.data.player);
      void socket.join(gameId);
      ack(null, game.players);
      this.lobby.to(gameId).emit("started", gameId, 3000);
    });
  }

  private onArena = (socket: ArenaSocket): void => {
    socket.data = { ...noData };
    socket.on("move", (direction) => {
      const { player } = socket.data;
      player.x += direction === "left" ? -1 : direction === "right" ? 1 : 0;
    });
    socket.on("shoot", shoot);
    socket.on("chat", function (text) {
      socket.broadcast.emit("died", text);
    });
    socket.on("state", (snapshot) => console.log(snapshot.byteLength));
    socket.on("disconnect", () => this.forget(socket));
  };

  private forget(socket: Socket<any, any, any, PlayerData>): void {
    for (const game of this.games.values()) game.remove(socket.data.player.id);
  }

  async close(): Promise<void> {
    await this.io.close();
  }
}

class Game {
  readonly id = Math.random().toString(36).slice(2);
  readonly players: Player[] = [];
  private frame = 0;
  private readonly room: BroadcastOperator<ArenaServer, PlayerData>;

  constructor(
    private readonly arena: ArenaNamespace,
    readonly size: number,
  ) {
    this.room = arena.to(this.id) as unknown as BroadcastOperator<ArenaServer, PlayerData>;
  }

  add(player: Player): void {
    this.players.push(player);
    this.arena.in(this.id).emit("tick", ...firstTick);
  }

  remove(id: string): void {
    const at = this.players.findIndex((player) => player.id === id);
    if (at >= 0) this.players.splice(at, 1);
    this.room.emit("died", id);
  }

  async tick(): Promise<void> {
    this.arena.volatile.to(this.id).emit("tick", ++this.frame, this.players, new Uint8Array(8));
    this.arena
      .to(this.id)
      .timeout(50)
      .emit("sync", this.frame, (err, checksums) => {
        if (err || new Set(checksums).size > 1) this.arena.in(this.id).emit("over", {});
      });
    const checksums = await this.arena.in(this.id).timeout(50).emitWithAck("sync", this.frame);
    if (checksums.some((each) => each.length === 0)) this.arena.in(this.id).disconnectSockets();
  }
}

/** Is a server. */
export class ScoredServer extends Server<
  ArenaClient,
  ArenaServer,
  { score: (id: string) => void },
  PlayerData
> {
  readonly scores = new Map<string, number>();

  constructor(port: number) {
    super(port, { pingInterval: 5000 });
    this.on("score", (id) => this.scores.set(id, (this.scores.get(id) ?? 0) + 1));
    this.on("connection", (socket) => {
      socket.on("shoot", (_angle, ack) => {
        this.serverSideEmit("score", socket.id);
        ack(true);
      });
    });
  }

  override close(done?: (err?: Error) => void): Promise<void> {
    this.emit("over", Object.fromEntries(this.scores));
    return super.close(done);
  }
}

/** A plug-in that any server takes. */
export function countConnections(io: Server<any, any, any, any>): () => number {
  let count = 0;
  io.on("connection", (socket: Socket) => {
    count += 1;
    socket.on("disconnect", () => (count -= 1));
  });
  return () => count;
}

/** Generic over the events: a rate limit for any socket. */
export function limit<L extends DefaultEventsMap, E extends DefaultEventsMap>(
  socket: Socket<L, E>,
  perSecond: number,
): void {
  let left = perSecond;
  socket.use((_event, next) => (left-- > 0 ? next() : next(new Error("slow down"))));
  setInterval(() => (left = perSecond), 1000).unref();
}

// Only what clients send is declared: what the server sends defaults to the same map.
const echo = new Server<{ echo: (text: string) => void }>(4000);
echo.on("connection", (socket) => socket.on("echo", (text) => socket.emit("echo", text.trim())));

// Only what the server sends: anything may come.
const feed = new Server<DefaultEventsMap, { item: (title: string) => void }>();
feed.on("connection", (socket) => {
  socket.on("anything", (a, b) => console.log(a, b));
  socket.emit("item", "first");
});

// Data alone.
const dataOnly = new Server<DefaultEventsMap, DefaultEventsMap, DefaultEventsMap, { score: number }>();
dataOnly.use((socket, next) => {
  socket.data.score = 0;
  next();
});

// Nothing comes.
const oneWay = new Server<{}, { item: (title: string) => void }>();
oneWay.of("/news").emit("item", "hello");
oneWay.on("connection", (socket) => socket.on("disconnect", (reason) => console.log(reason.length)));

const log: Middleware = (socket, next) => {
  console.log(socket.id);
  next();
};
const greet: ConnectionListener = (socket) => socket.emit("hello");

const game = new GameServer(createServer(), { adapter: undefined });
game.io.use(log);
game.io.on("connection", greet);
game.io.on("connection", (socket) => limit(socket, 10));
const count = countConnections(game.io);
countConnections(echo);
countConnections(new ScoredServer(4001));
console.log(count());

declare module "socket.io" {
  interface Socket {
    nickname?: string;
  }
}
game.io.on("connection", (socket) => {
  socket.nickname = "someone";
});
