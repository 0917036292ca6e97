/**
 * The server the hostile peers are let loose on: a real `http.Server` without a network, time in the suite's hands, an
 * application that does a little of everything, and a list of what went wrong.
 */
import { createServer } from "node:http";
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import { Server } from "@sockeye/server";
import type { ServerOptions } from "@sockeye/server";
import { FakeClock } from "../../packages/engine/src/testing/fake-clock.ts";

/** What the application throws on purpose. */
class Intended extends Error {}

const ERROR_MESSAGES = [
  "Transport unknown",
  "Session ID unknown",
  "Bad handshake method",
  "Bad request",
  "Forbidden",
  "Unsupported protocol version",
];

/** One server per kind of configuration. */
export const WORLDS = ["plain", "busy", "strict", "recovering"] as const;
export type WorldName = (typeof WORLDS)[number];

const OPTIONS: Readonly<Record<WorldName, ServerOptions>> = {
  plain: { allowEIO3: true, maxHttpBufferSize: 20_000, httpCompression: false },
  busy: {
    allowEIO3: true,
    maxHttpBufferSize: 4000,
    perMessageDeflate: { threshold: 8 },
    httpCompression: { threshold: 200 },
    cors: { origin: true, credentials: true },
    cookie: true,
    connectTimeout: 20_000,
    allowRequest: (req, decide) => {
      const isForbidden = req.url?.includes("forbid") === true;
      setImmediate(() => decide(isForbidden ? "not you" : null, !isForbidden));
    },
  },
  recovering: { allowEIO3: true, connectionStateRecovery: { maxDisconnectionDuration: 20_000 } },
  strict: { maxHttpBufferSize: 1000, serveClient: false, initialPacket: "hello", destroyUpgradeTimeout: 500 },
};

export class World {
  readonly name: WorldName;
  readonly clock = new FakeClock();
  readonly http: HttpServer;
  readonly io: Server<any, any, any>;
  /** What must not happen and did. */
  readonly faults: string[] = [];
  /** How often each way to be refused or to end was seen, so that a generator that has gone blind shows. */
  readonly seen = new Map<string, number>();
  /** Questions with a time limit, and how many of them have had their one answer. */
  asked = 0;
  settled = 0;
  /** Upgrades are requests like any other from then on. */
  isClosed = false;
  readonly #children: readonly { readonly children: ReadonlySet<unknown> }[];

  constructor(name: WorldName) {
    this.name = name;
    // Where nobody else answers, a closed server has to.
    this.http = name === "strict" ? createServer() : createServer(answerElse);
    this.io = new Server({
      ...OPTIONS[name],
      clock: this.clock,
      cleanupEmptyChildNamespaces: true,
      onError: (error, context) => {
        if (error instanceof Intended) this.note(`handler failed in ${context.in}`);
        // Of the application: it wants to say again what is nested too deeply to be said.
        else if (error instanceof RangeError && context.in === "event handler") this.note("too deep to echo");
        else this.faults.push(`onError in ${context.in}: ${describe(error)}`);
      },
    });
    this.io.attach(this.http);
    this.#watchEngine();
    const matched = this.io.of(/^\/dyn-\w{1,8}$/);
    const asked = this.io.of((nsp, _auth, next) => {
      setImmediate(() => next(nsp.startsWith("/throw") ? new Error("no") : null, nsp.startsWith("/ask")));
    });
    this.#children = [matched, asked];
    const admin = this.io.of("/admin");
    admin.use((socket, next) => {
      const { token } = socket.handshake.auth;
      if (token === "throw") throw new Intended("middleware");
      setImmediate(() =>
        next(token === "x" ? undefined : Object.assign(new Error("no"), { data: { token } })),
      );
    });
    for (const nsp of [this.io.of("/"), admin, matched, asked])
      nsp.on("connection", (socket) => this.#serve(socket));
  }

  note(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  /** What is still there; empty if every peer has left without a trace. `peers` of them have not left. */
  leftovers(peers: number): string[] {
    const { io, clock } = this;
    const left: string[] = [];
    const check = (what: string, count: number, expected: number): void => {
      if (count !== expected) left.push(`${what}: ${count} instead of ${expected}`);
    };
    check("sessions", io.engine.clientsCount, peers);
    check("sessions in the table", Object.keys(io.engine.clients).length, peers);
    for (const name of ["/", "/admin"]) {
      const nsp: any = io.of(name);
      const count = name === "/" ? peers : 0;
      check(`sockets of ${name}`, nsp.sockets.size, count);
      check(`joining ${name}`, nsp.joiningCount, 0);
      check(`members of ${name}`, nsp.adapter.sids.size, count);
      // Each in its own room, and all in one.
      check(`rooms of ${name}`, nsp.adapter.rooms.size, count === 0 ? 0 : count + 1);
    }
    for (const { children } of this.#children) check("dynamic namespaces", children.size, 0);
    check("questions without an answer", this.asked - this.settled, 0);
    if (peers === 0) check("timers", clock.pending, 0);
    return left;
  }

  #watchEngine(): void {
    const { engine } = this.io;
    engine.on("connection_error", ({ code, message }) => {
      if (ERROR_MESSAGES[code] === message) this.note(`connection_error ${code}`);
      else this.faults.push(`connection_error ${code} ${message}`);
    });
    engine.on("connection", (session) => {
      session.on("upgrade", () => this.note("upgraded"));
      session.on("close", (reason) => this.note(`session: ${reason}`));
    });
    if (this.name === "busy") engine.use((_req, _res, next) => setImmediate(next));
    if (this.name !== "strict") return;
    let ids = 0;
    engine.generateId = async (req) => {
      if (req.url?.includes("no-id")) throw new Error("no id");
      return `session-${String(++ids).padStart(12, "0")}`;
    };
  }

  #serve(socket: any): void {
    if (socket.recovered) this.note("recovered");
    socket.join("all");
    socket.on("disconnect", (reason: string) => this.note(`socket: ${reason}`));
    socket.on("error", () => this.note("socket error"));
    socket.on("echo", (...args: unknown[]) => {
      const answer = args.at(-1);
      if (typeof answer === "function") answer(...args.slice(0, -1));
      else socket.emit("echo", ...args);
    });
    socket.on("join", (...rooms: unknown[]) => socket.join(rooms.map(String)));
    socket.on("leave", (room: unknown) => socket.leave(String(room)));
    socket.on("shout", (...args: unknown[]) => socket.nsp.to(socket.id).emit("shouted", ...args));
    socket.on("ask", () => socket.emit("question", () => this.note("answered")));
    socket.on("ask in time", () => {
      this.asked++;
      socket.timeout(3000).emit("question", Buffer.from("?"), () => this.settled++);
    });
    socket.on("ask the room", () => {
      this.asked++;
      socket.nsp
        .to(socket.id)
        .timeout(3000)
        .emit("question", () => this.settled++);
    });
    socket.on("throw", () => {
      throw new Intended("handler");
    });
    socket.on("reject", () => Promise.reject(new Intended("handler")));
    socket.on("out", (close: unknown) => socket.disconnect(close === true));
    socket.on("bye", () => socket.conn.close(true));
    if (this.name !== "busy") return;
    socket.onAny(() => {});
    socket.use((_event: unknown, next: (error?: Error) => void) => setImmediate(next));
  }
}

function answerElse(_req: IncomingMessage, res: ServerResponse): void {
  res.writeHead(404);
  res.end("none of ours");
}

export function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
