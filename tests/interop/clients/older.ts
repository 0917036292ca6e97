// The published clients of Socket.IO 2 and 3, driven through the API they share with today's. What they have no means for
// (timeouts, in 2 also catch-all listeners and an auth payload) is made up for here, with their own public parts.
import { Inbox } from "../inbox.ts";
import { plain } from "../values.ts";
import { TRANSPORTS } from "./client.ts";
import type { Answer, ClientKind, InteropClient, OpenOptions, TransportPlan } from "./client.ts";

interface OlderPacket {
  readonly id?: number;
  readonly data: readonly unknown[];
}

/** A socket of either version. */
export interface OlderSocket {
  readonly id: string;
  on(event: string, listener: (...args: any[]) => void): unknown;
  once(event: string, listener: (...args: any[]) => void): unknown;
  emit(event: string, ...args: unknown[]): unknown;
  connect(): unknown;
  disconnect(): unknown;
  /** Every event that arrives goes through here, in both versions. */
  onevent(packet: OlderPacket): void;
}

export interface OlderManager {
  readonly engine: {
    readonly transport: { readonly name: string };
    once(event: string, run: () => void): unknown;
    sendPacket(type: string): unknown;
  };
  socket(nsp: string, options: Record<string, unknown>): OlderSocket;
}

export type OlderManagerClass = new (url: string, options: Record<string, unknown>) => OlderManager;

/** What a version calls its things. */
interface Version {
  readonly name: string;
  readonly Manager: OlderManagerClass;
  /** The event a socket that is not let in raises. */
  readonly refused: string;
  /** How a socket says who it is. */
  readonly credentials: "query" | "auth";
}

/** The client of Socket.IO 2, which speaks Engine.IO 3. */
export function socketIo2Clients(Manager: OlderManagerClass): ClientKind {
  const version: Version = { name: "published 2.5", Manager, refused: "error", credentials: "query" };
  return kindOf(version, new Set(["auth"]));
}

/** The client of Socket.IO 3, which speaks Engine.IO 4. */
export function socketIo3Clients(Manager: OlderManagerClass): ClientKind {
  return kindOf({ name: "published 3.1", Manager, refused: "connect_error", credentials: "auth" }, new Set());
}

function kindOf(version: Version, cannot: ClientKind["cannot"]): ClientKind {
  return {
    name: version.name,
    cannot,
    create: (url, plan) => new OlderClient(version, url, plan),
    stop: () => Promise.resolve(),
  };
}

class OlderClient implements InteropClient {
  readonly #version: Version;
  readonly #url: string;
  readonly #plan: TransportPlan;
  readonly #sockets = new Map<string, OlderSocket>();
  readonly #inboxes = new Map<string, Inbox>();
  #manager: OlderManager | undefined;

  constructor(version: Version, url: string, plan: TransportPlan) {
    this.#version = version;
    this.#url = url;
    this.#plan = plan;
  }

  async open(options: OpenOptions = {}): Promise<Readonly<Record<string, Answer>>> {
    const manager = new this.#version.Manager(this.#url, {
      transports: [...TRANSPORTS[this.#plan]],
      reconnection: options.reconnects ?? false,
      reconnectionDelay: 20,
      query: { ...options.query },
    });
    this.#manager = manager;
    const answers = (options.namespaces ?? ["/"]).map((nsp) => this.#join(manager, nsp, options));
    const entries = await Promise.all(answers);
    const { engine } = manager;
    if (this.#plan === "upgrade" && engine.transport.name === "polling")
      await new Promise<void>((resolve) => engine.once("upgrade", resolve));
    return Object.fromEntries(entries);
  }

  emit(event: string, args: readonly unknown[], nsp = "/"): void {
    this.#socket(nsp).emit(event, ...args.map(bufferized));
  }

  call(event: string, args: readonly unknown[], nsp = "/"): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to "${event}"`)), 10_000);
      this.#socket(nsp).emit(event, ...args.map(bufferized), (...answer: unknown[]) => {
        clearTimeout(timer);
        resolve(answer.map(plain));
      });
    });
  }

  inbox(nsp = "/"): Inbox {
    let inbox = this.#inboxes.get(nsp);
    if (inbox === undefined) this.#inboxes.set(nsp, (inbox = new Inbox()));
    return inbox;
  }

  transport(): Promise<string> {
    return Promise.resolve(this.#manager?.engine.transport.name ?? "none");
  }

  disconnect(nsp = "/"): Promise<void> {
    this.#socket(nsp).disconnect();
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const socket of this.#sockets.values()) socket.disconnect();
    return Promise.resolve();
  }

  #socket(nsp: string): OlderSocket {
    const socket = this.#sockets.get(nsp);
    if (socket === undefined) throw new Error(`the client has not opened "${nsp}"`);
    return socket;
  }

  #join(manager: OlderManager, nsp: string, options: OpenOptions): Promise<[string, Answer]> {
    const socket = manager.socket(nsp, { [this.#version.credentials]: options.auth ?? {} });
    const inbox = this.inbox(nsp);
    this.#sockets.set(nsp, socket);
    const { onevent } = socket;
    socket.onevent = (packet) => {
      const [event, ...args] = packet.data;
      inbox.onEvent(String(event), args.map(plain));
      onevent.call(socket, packet);
    };
    socket.on("question", (...args) => args.pop()(...args));
    socket.on("disconnect", (reason) => inbox.onDisconnect(reason));
    return new Promise((resolve) => {
      socket.on("connect", () => {
        inbox.onConnect();
        resolve([nsp, { id: socket.id }]);
      });
      socket.once(this.#version.refused, (error: unknown) => resolve([nsp, { error: errorOf(error) }]));
    });
  }
}

/** In Socket.IO 2 a refusal is a string, or the data of the error. */
function errorOf(error: unknown): { message: string; data?: unknown } {
  if (typeof error === "string") return { message: error };
  if (!(error instanceof Error)) return { message: "", data: error };
  return {
    message: error.message,
    ...("data" in error && error.data !== undefined ? { data: error.data } : {}),
  };
}

/** These clients know binary in Node.js as Buffer. */
function bufferized(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value);
  if (Array.isArray(value)) return value.map(bufferized);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, leaf]) => [key, bufferized(leaf)]));
}
