// The page's one connection: opens it, says what state it is in, keeps the wished rooms joined across
// reconnections, and turns acknowledgements into outcomes. Knows the contract and no document.
import type {
  ChatMessage,
  ClientToServer,
  JoinAnswer,
  MessageAnswer,
  Presence,
  Refusal,
  Reply,
  RoomCount,
  ServerToClient,
  Typing,
} from "../shared/contract.ts";
import type { Letter, Outcome } from "./outbox.ts";
import { io } from "./realtime.ts";
import type { Socket } from "./realtime.ts";

export type Status =
  | { kind: "connecting" }
  | { kind: "online"; transport: string }
  | { kind: "reconnecting"; attempt: number }
  | { kind: "offline"; reason: string };

export interface ConnectionHandler {
  onStatus(status: Status): void;
  onLatency(ms: number): void;
  onJoined(answer: JoinAnswer): void;
  onJoinRefused(room: string, refusal: Refusal): void;
  onMessage(message: ChatMessage): void;
  onPresence(presence: Presence): void;
  onTyping(typing: Typing): void;
  onRooms(rooms: readonly RoomCount[]): void;
}

/** After this time without an answer a request counts as lost. */
const ANSWER_MS = 10_000;
/** A room that was full may have a place now. */
const REJOIN_MS = 15_000;
const LATENCY_EVERY_MS = 5_000;

export class Connection {
  readonly #socket: Socket<ServerToClient, ClientToServer>;
  readonly #handler: ConnectionHandler;
  readonly #joined = new Set<string>();
  #wished: ReadonlySet<string> = new Set();
  #name = "";

  constructor(key: string, handler: ConnectionHandler) {
    this.#handler = handler;
    this.#socket = io({
      autoConnect: false,
      auth: { key },
      reconnectionDelay: 500,
      reconnectionDelayMax: 5_000,
    });
    this.#watchState();
    this.#socket.on("message", (message) => handler.onMessage(message));
    this.#socket.on("presence", (presence) => handler.onPresence(presence));
    this.#socket.on("typing", (typing) => handler.onTyping(typing));
    this.#socket.on("rooms", (rooms) => handler.onRooms(rooms));
    setInterval(() => void this.#measure(), LATENCY_EVERY_MS);
  }

  isJoined(room: string): boolean {
    return this.#socket.connected && this.#joined.has(room);
  }

  /** Says under which name to be in which rooms, from now on and after every reconnection. */
  wish(name: string, rooms: ReadonlySet<string>): void {
    const isRenamed = name !== this.#name;
    this.#name = name;
    this.#wished = rooms;
    if (!this.#socket.connected) {
      if (!this.#socket.active) this.#socket.connect();
      return;
    }
    for (const room of this.#joined) if (!rooms.has(room)) this.#leave(room);
    for (const room of rooms) if (isRenamed || !this.#joined.has(room)) void this.#join(room);
  }

  /** Skips the rest of the wait before the next attempt. */
  tryNow(): void {
    if (this.#socket.connected || this.#name === "") return;
    this.#socket.disconnect().connect();
    this.#handler.onStatus({ kind: "connecting" });
  }

  async send(letter: Letter): Promise<Outcome> {
    const reply = await this.#ask<MessageAnswer>((answer) =>
      this.#socket.timeout(ANSWER_MS).emit("message", letter, answer),
    );
    if (reply === undefined) return { kind: "unanswered" };
    if (reply.ok) return { kind: "sent", place: reply };
    return { kind: "refused", code: reply.code, message: reply.message, retryAfterMs: reply.retryAfterMs };
  }

  typing(room: string, active: boolean): void {
    if (!this.isJoined(room)) return;
    this.#socket.emit("typing", { room, active }, () => undefined);
  }

  #watchState(): void {
    const { io: manager } = this.#socket;
    this.#socket.on("connect", () => {
      this.#sayOnline();
      // A new engine with every connection; the transport it began with may be replaced by a better one.
      manager.engine?.on("upgrade", () => this.#sayOnline());
      this.#joined.clear();
      for (const room of this.#wished) void this.#join(room);
      void this.#measure();
    });
    this.#socket.on("disconnect", () => {
      this.#joined.clear();
      if (this.#socket.active) this.#sayReconnecting(1);
      else this.#handler.onStatus({ kind: "offline", reason: "The server closed the connection." });
    });
    this.#socket.on("connect_error", () => {
      if (!this.#socket.active) this.#handler.onStatus({ kind: "offline", reason: "The server refused us." });
      else if (!navigator.onLine) this.#sayReconnecting(1);
    });
    manager.on("reconnect_attempt", (attempt) => this.#sayReconnecting(attempt));
    addEventListener("online", () => this.tryNow());
    addEventListener("offline", () => {
      if (!this.#socket.connected) this.#sayReconnecting(1);
    });
  }

  #sayOnline(): void {
    const transport = this.#socket.io.engine?.transport;
    if (!this.#socket.connected || transport === undefined) return;
    this.#handler.onStatus({ kind: "online", transport: transport.name });
  }

  #sayReconnecting(attempt: number): void {
    if (navigator.onLine) this.#handler.onStatus({ kind: "reconnecting", attempt });
    else this.#handler.onStatus({ kind: "offline", reason: "This device is offline." });
  }

  async #join(room: string): Promise<void> {
    const request = { room, name: this.#name };
    const reply = await this.#ask<JoinAnswer>((answer) =>
      this.#socket.timeout(ANSWER_MS).emit("join", request, answer),
    );
    const isStale = !this.#wished.has(room) || request.name !== this.#name;
    if (reply?.ok === true && this.#socket.connected) {
      this.#joined.add(room);
      if (!this.#wished.has(room)) this.#leave(room);
      else this.#handler.onJoined(reply);
    } else if (reply?.ok === false && !isStale) {
      this.#refuseJoin(room, reply);
    } else if (reply === undefined && this.#socket.connected && !isStale) {
      void this.#join(room); // the answer took too long; joining twice does no harm
    }
  }

  #refuseJoin(room: string, refusal: Refusal): void {
    if (refusal.code !== "ERR_RATE_LIMITED") this.#handler.onJoinRefused(room, refusal);
    setTimeout(() => this.wish(this.#name, this.#wished), refusal.retryAfterMs ?? REJOIN_MS);
  }

  #leave(room: string): void {
    this.#joined.delete(room);
    this.#socket.emit("leave", { room }, () => undefined);
  }

  async #measure(): Promise<void> {
    if (!this.#socket.connected || document.hidden) return;
    const start = performance.now();
    const reply = await this.#ask((answer) => this.#socket.timeout(ANSWER_MS).emit("latency", answer));
    if (reply !== undefined) this.#handler.onLatency(performance.now() - start);
  }

  /** One event with an acknowledgement; undefined when none came. */
  #ask<Answer>(
    emit: (answer: (error: Error | null, reply: Reply<Answer>) => void) => void,
  ): Promise<Reply<Answer> | undefined> {
    return new Promise((resolve) => {
      emit((error, reply) => resolve(error === null || error === undefined ? reply : undefined));
    });
  }
}
