// Where sockets meet the rules: every inbound event passes the rate limit and the reader of its request,
// then the hub; every outcome becomes one acknowledgement. Called by chat.ts. Holds no rule of its own.
import { createHash } from "node:crypto";
import type { ClientToServer, Refusal, ServerToClient } from "../shared/contract.ts";
import type { Clock } from "./clock.ts";
import type { Hub, Member, Outlet } from "./hub.ts";
import { RateLimit } from "./rate-limit.ts";
import type { Server, Socket } from "./realtime.ts";
import { Refused } from "./refused.ts";
import { readJoin, readMessage, readRoom, readTyping } from "./requests.ts";

export type ChatServer = Server<ClientToServer, ServerToClient>;
export type ChatSocket = Socket<ClientToServer, ServerToClient>;

/** All events of one connection; enough for a page that sends, types, measures and changes rooms. */
const EVENT_LIMIT = { burst: 60, perSecond: 20 };
/** Its messages. */
const MESSAGE_LIMIT = { burst: 12, perSecond: 2 };
/** After this many refusals for haste the connection is closed: it is not listening. */
const MAX_HASTE = 300;

/** User rooms get a prefix, so that none can carry the name of a socket's own room. */
function wireRoom(room: string): string {
  return `chat:${room}`;
}

export function createOutlet(io: ChatServer): Outlet {
  return {
    message: (message, exceptId) => io.to(wireRoom(message.room)).except(exceptId).emit("message", message),
    presence: (presence) => io.to(wireRoom(presence.room)).emit("presence", presence),
    typing: (typing, exceptId) => io.to(wireRoom(typing.room)).except(exceptId).emit("typing", typing),
    rooms: (rooms) => io.emit("rooms", rooms),
  };
}

/** The public id behind a secret key: the same for all tabs that share the key, and no way back to it. */
export function personOf(socketId: string, key: unknown): string {
  const secret = typeof key === "string" && /^[\w-]{16,128}$/.test(key) ? `key ${key}` : `socket ${socketId}`;
  return createHash("sha256").update(secret).digest("base64url").slice(0, 16);
}

/** Connects one socket to the hub until it disconnects. */
export function admit(socket: ChatSocket, hub: Hub, clock: Clock): void {
  const member: Member = {
    socketId: socket.id,
    person: personOf(socket.id, socket.handshake.auth["key"]),
    name: "",
    rooms: new Set(),
  };
  const gate = new Gate(socket, clock);
  gate.open("join", (payload) => {
    const answer = hub.join(member, readJoin(payload));
    void socket.join(wireRoom(answer.room));
    return answer;
  });
  gate.open("leave", (payload) => {
    const room = readRoom(payload);
    hub.leave(member, room);
    void socket.leave(wireRoom(room));
    return {};
  });
  const messages = new RateLimit(MESSAGE_LIMIT, clock.now());
  gate.open("message", (payload) => {
    const request = readMessage(payload);
    const wait = messages.take(clock.now());
    if (wait > 0) throw new Refused("ERR_RATE_LIMITED", wait);
    return hub.message(member, request);
  });
  gate.open("typing", (payload) => {
    hub.typing(member, readTyping(payload));
    return {};
  });
  gate.open("latency", () => ({}));
  gate.refuseTheRest();
  socket.on("disconnect", () => hub.leaveAll(member));
  socket.emit("rooms", hub.counts());
}

/** The door of one socket: counts events, runs handlers, answers exactly once. */
class Gate {
  readonly #socket: ChatSocket;
  readonly #clock: Clock;
  readonly #limit: RateLimit;
  readonly #known = new Set<string>();
  #haste = 0;

  constructor(socket: ChatSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.#limit = new RateLimit(EVENT_LIMIT, clock.now());
  }

  open(event: keyof ClientToServer, handle: (payload: unknown) => object): void {
    this.#known.add(event);
    this.#socket.on(event, (...args: unknown[]) => this.#pass(event, args, handle));
  }

  refuseTheRest(): void {
    this.#socket.onAny((event: string, ...args: unknown[]) => {
      if (this.#known.has(event)) return;
      this.#pass(event, args, () => {
        throw new Refused("ERR_UNKNOWN_EVENT");
      });
    });
  }

  #pass(event: string, args: readonly unknown[], handle: (payload: unknown) => object): void {
    const last = args.at(-1);
    const reply = typeof last === "function" ? last : undefined;
    try {
      const wait = this.#limit.take(this.#clock.now());
      if (wait > 0) throw new Refused("ERR_RATE_LIMITED", wait);
      this.#haste = 0;
      const answer = handle(args[0] === last && reply !== undefined ? undefined : args[0]);
      reply?.({ ok: true, ...answer });
    } catch (error) {
      this.#refuse(event, asRefusal(error), reply);
    }
  }

  #refuse(event: string, refusal: Refusal, reply: Function | undefined): void {
    if (refusal.code === "ERR_RATE_LIMITED") this.#haste += 1;
    if (this.#haste > MAX_HASTE) this.#socket.disconnect(true);
    else if (reply !== undefined) reply(refusal);
    else {
      const { code, message } = refusal;
      this.#socket.emit("refused", { event: event.slice(0, 64), code, message });
    }
  }
}

function asRefusal(error: unknown): Refusal {
  if (error instanceof Refused) return error.toReply();
  console.error("Sockeye chat: an event handler failed:", error);
  return new Refused("ERR_INTERNAL").toReply();
}
