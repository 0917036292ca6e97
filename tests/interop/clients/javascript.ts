// The JavaScript clients: the published one and ours, driven through the API they share.
import type { Manager as PublishedManager, Socket as PublishedSocket } from "socket.io-client";
import { Inbox } from "../inbox.ts";
import { plain } from "../values.ts";
import { TRANSPORTS } from "./client.ts";
import type { Answer, ClientKind, InteropClient, OpenOptions, TransportPlan } from "./client.ts";

/** The published Manager class; ours has the same face. */
export type ManagerClass = typeof PublishedManager;

/** A kind of client from a Manager class with the published API. */
export function javaScriptClients(name: string, Manager: ManagerClass): ClientKind {
  return {
    name,
    cannot: new Set(),
    create: (url, plan) => new JavaScriptClient(Manager, url, plan),
    stop: () => Promise.resolve(),
  };
}

class JavaScriptClient implements InteropClient {
  readonly #Manager: ManagerClass;
  readonly #url: string;
  readonly #plan: TransportPlan;
  readonly #sockets = new Map<string, PublishedSocket>();
  readonly #inboxes = new Map<string, Inbox>();
  #manager: PublishedManager | undefined;

  constructor(Manager: ManagerClass, url: string, plan: TransportPlan) {
    this.#Manager = Manager;
    this.#url = url;
    this.#plan = plan;
  }

  async open(options: OpenOptions = {}): Promise<Readonly<Record<string, Answer>>> {
    const manager = new this.#Manager(this.#url, {
      transports: [...TRANSPORTS[this.#plan]],
      reconnection: options.reconnects ?? false,
      reconnectionDelay: 20,
      query: { ...options.query },
    });
    this.#manager = manager;
    const answers = (options.namespaces ?? ["/"]).map((nsp) => this.#join(manager, nsp, options));
    const entries = await Promise.all(answers);
    if (this.#plan === "upgrade") await upgraded(manager);
    return Object.fromEntries(entries);
  }

  emit(event: string, args: readonly unknown[], nsp = "/"): void {
    this.#socket(nsp).emit(event, ...args);
  }

  call(event: string, args: readonly unknown[], nsp = "/"): Promise<readonly unknown[]> {
    return new Promise((resolve, reject) => {
      this.#socket(nsp)
        .timeout(10_000)
        .emit(event, ...args, (error: Error | null, ...answer: unknown[]) => {
          if (error === null) resolve(answer.map(plain));
          else reject(error);
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

  #socket(nsp: string): PublishedSocket {
    const socket = this.#sockets.get(nsp);
    if (socket === undefined) throw new Error(`the client has not opened "${nsp}"`);
    return socket;
  }

  #join(manager: PublishedManager, nsp: string, options: OpenOptions): Promise<[string, Answer]> {
    const socket = manager.socket(nsp, options.auth === undefined ? {} : { auth: options.auth });
    const inbox = this.inbox(nsp);
    this.#sockets.set(nsp, socket);
    socket.onAny((event: string, ...args: unknown[]) => {
      const answer = args.at(-1);
      if (typeof answer === "function") args.pop();
      inbox.onEvent(event, args.map(plain));
      if (event === "question" && typeof answer === "function") answer(...args);
    });
    socket.on("disconnect", (reason) => inbox.onDisconnect(reason));
    return new Promise((resolve) => {
      socket.on("connect", () => {
        inbox.onConnect();
        resolve([nsp, { id: socket.id ?? "" }]);
      });
      socket.once("connect_error", (error: Error & { data?: unknown }) => {
        const data = error.data === undefined ? {} : { data: error.data };
        resolve([nsp, { error: { message: error.message, ...data } }]);
      });
    });
  }
}

function upgraded(manager: PublishedManager): Promise<void> {
  const { engine } = manager;
  if (engine.transport.name !== "polling") return Promise.resolve();
  return new Promise((resolve) => engine.once("upgrade", () => resolve()));
}
