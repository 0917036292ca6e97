// The game's client: a class around sockets, and sockets passed around.

import { io, Manager, Socket, type ManagerOptions } from "socket.io-client";
import type { ArenaClient, ArenaServer, Direction, LobbyClient, LobbyServer, Player } from "./protocol.js";

type LobbySocket = Socket<LobbyServer, LobbyClient>;
type ArenaSocket = Socket<ArenaServer, ArenaClient>;
type Reason = Parameters<Parameters<typeof onDisconnect>[0]>[0];

const settings: Partial<ManagerOptions> = {
  reconnectionDelay: 100,
  transports: ["websocket"],
  parser: undefined,
};

function onDisconnect(listener: (reason: Socket.DisconnectReason) => void): void {
  lobby.on("disconnect", listener);
}

const manager: Manager = new Manager("ws://localhost:3000", settings);
const lobby: LobbySocket = manager.socket("/lobby", { auth: { name: "me" } });
const arena: ArenaSocket = io("ws://localhost:3000/arena", { ...settings, multiplex: true });

export class GameClient {
  private readonly socket: ArenaSocket;
  private players: readonly Player[] = [];
  private lastReason: Reason | undefined;
  private readonly listeners: Partial<ArenaServer> = {
    died: (playerId) => console.log(playerId),
  };

  constructor(socket: ArenaSocket) {
    this.socket = socket;
    this.socket.on("tick", this.onTick);
    this.socket.on("sync", (frame, ack) => ack(`${frame}:${this.players.length}`));
    if (this.listeners.died) this.socket.on("died", this.listeners.died);
    onDisconnect((reason) => (this.lastReason = reason));
  }

  private onTick = (frame: number, players: readonly Player[]): void => {
    if (frame % 60 === 0) console.log(this.lastReason);
    this.players = players;
  };

  move(direction: Direction): this {
    this.socket.volatile.emit("move", direction);
    return this;
  }

  async shoot(angle: number): Promise<boolean> {
    try {
      return await this.socket.timeout(100).emitWithAck("shoot", angle);
    } catch {
      return false;
    }
  }

  shootWithCallback(angle: number, done: (hit: boolean) => void): void {
    this.socket.emit("shoot", angle, done);
    this.socket.timeout(100).emit("shoot", angle, (err, hit) => done(!err && hit));
  }

  transport(): string {
    return this.socket.io.engine.transport.name;
  }

  stop(): void {
    this.socket.off("tick", this.onTick);
    this.socket.off();
    this.socket.disconnect();
  }
}

export async function enter(name: string): Promise<Player[]> {
  lobby.auth = { name };
  lobby.connect();
  const games = await lobby.emitWithAck("list");
  const id = games[0] ?? (await lobby.emitWithAck("create", { size: 4 }));
  return new Promise((resolve, reject) => {
    lobby.emit("join", id, (error, players) => (error ? reject(new Error(error)) : resolve(players)));
  });
}

/** Any socket, whatever it says. */
export function whenConnected(socket: Socket<any, any>): Promise<void> {
  return socket.connected ? Promise.resolve() : new Promise((resolve) => socket.once("connect", resolve));
}

export function watch(socket: Socket): void {
  socket.io.on("reconnect_attempt", (attempt) => console.log(attempt));
  socket.on("connect_error", (err) => console.log(err.message));
  socket.onAny((event: string, ...args: any[]) => console.log(event, ...args));
}

const game = new GameClient(arena);
void whenConnected(lobby).then(() => enter("me"));
void whenConnected(arena).then(() => game.move("up").shoot(45));
watch(manager.socket("/news"));

const oneWay: Socket<{ item: (title: string) => void }, {}> = io("/news");
oneWay.on("item", (title) => console.log(title.length));
const untyped: Socket = io();
untyped.emit("whatever", 1, 2, 3);
export const sockets: Socket<any, any>[] = [lobby, arena, oneWay, untyped];
