// What the game's parts say to one another. One contract per namespace.

export type Direction = "up" | "down" | "left" | "right";

export interface Player {
  id: string;
  name: string;
  x: number;
  y: number;
}

export interface LobbyClient {
  create: (options: { size: number; isPrivate?: boolean }, ack: (gameId: string) => void) => void;
  join: (gameId: string, ack: (error: string | null, players: Player[]) => void) => void;
  list: (ack: (games: string[]) => void) => void;
}

export interface LobbyServer {
  games: (games: string[]) => void;
  started: (gameId: string, startsIn: number) => void;
}

export interface ArenaClient {
  move: (direction: Direction) => void;
  shoot: (angle: number, ack: (hit: boolean) => void) => void;
  chat: (text: string) => void;
  state: (snapshot: Uint8Array) => void;
}

export interface ArenaServer {
  tick: (frame: number, players: readonly Player[], delta: Uint8Array) => void;
  died: (playerId: string, by?: string) => void;
  over: (scores: Map<string, number> | Record<string, number>) => void;
  sync: (frame: number, ack: (checksum: string) => void) => void;
}

export interface PlayerData {
  player: Player;
  lives: number;
}
