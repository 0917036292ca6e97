// The contract of a typed chat, shared by its server and its client.

export interface User {
  id: string;
  name: string;
  color?: string;
}

export interface Message {
  id: number;
  room: string;
  from: User;
  text: string;
  at: Date;
  attachments?: Uint8Array[];
}

export type Result<T> = { ok: true; value: T } | { ok: false; reason: string };

export interface ClientToServerEvents {
  "message:send": (room: string, text: string, ack: (result: Result<Message>) => void) => void;
  "message:edit": (id: number, text: string, ack?: (error: Error | null, message?: Message) => void) => void;
  "room:join": (room: string, callback: (members: User[]) => void) => void;
  "room:leave": (room: string) => void;
  typing: (room: string, isTyping: boolean) => void;
  history: (query: { room: string; before?: number; limit: number }, ack: (page: Message[]) => void) => void;
  ping: (done: () => void) => void;
  upload: (name: string, file: ArrayBuffer, progress: number) => void;
  logout: () => void;
}

export interface ServerToClientEvents {
  message: (message: Message) => void;
  "user:joined": (room: string, user: User) => void;
  "user:left": (room: string, user: User) => void;
  typing: (room: string, user: User, isTyping: boolean) => void;
  notice: (level: "info" | "warning", text: string) => void;
  "presence:check": (question: string, ack: (answer: "here" | "away", since: number) => void) => void;
  battery: (ack: (level: number) => void) => void;
  "are-you-there": (ack: (err: Error, isThere: boolean) => void) => void;
  kicked: () => void;
}

export interface InterServerEvents {
  "cache:flush": (key: string) => void;
  load: (ack: (load: number) => void) => void;
  members: (room: string, ack: (ids: string[]) => void) => void;
}

export interface SocketData {
  user: User;
  joinedAt: number;
  mutedUntil?: Date;
}

export interface AdminToServerEvents {
  kick: (userId: string, callback: (kicked: number) => void) => void;
  broadcast: (text: string) => void;
}

export interface ServerToAdminEvents {
  stats: (stats: { sockets: number; rooms: number }) => void;
  audit: (entry: string, ack: (seen: boolean) => void) => void;
}
