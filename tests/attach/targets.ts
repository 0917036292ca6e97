// Everything a server can be attached to, as a table: the tests of this folder run each row, in this process and in one
// of its own.
import { createServer as createHttp } from "node:http";
import { createServer as createHttp2, createSecureServer } from "node:http2";
import { createServer as createHttps } from "node:https";
import type { AddressInfo, Server as NetServer } from "node:net";
import { Engine } from "@sockeye/engine";
import type { Session } from "@sockeye/engine";
import { Server } from "@sockeye/server";

export interface Attached {
  readonly io: Server;
  /** A port for every server it is attached to. */
  readonly ports: readonly number[];
}

export interface Target {
  readonly scheme: "http" | "https";
  /** HTTP/2 only: its clients cannot use WebSocket, nor anything else of HTTP/1. */
  readonly isHttp2Only?: boolean;
  /** `pem` holds a key and its certificate. */
  start(pem: string): Promise<Attached>;
}

/** An engine that somebody else made, and that has a server of its own: all that is asked of one is `on` and `close`. */
class OtherEngine {
  readonly http: NetServer = createHttp();
  readonly #engine = new Engine({ path: "/socket.io" }).attach(this.http);

  on(event: "connection", listener: (session: Session) => void): this {
    this.#engine.on(event, listener);
    return this;
  }

  close(): void {
    this.#engine.close();
    this.http.close();
  }
}

const over =
  (create: (pem: string) => NetServer) =>
  async (pem: string): Promise<Attached> => {
    const server = create(pem);
    const io = new Server(server);
    return { io, ports: [await listening(server.listen(0, "127.0.0.1"))] };
  };

const own = (make: () => Server) => async (): Promise<Attached> => {
  const io = make();
  return { io, ports: [await listening(io.httpServer as NetServer)] };
};

export const TARGETS: Readonly<Record<string, Target>> = {
  "an http server": { scheme: "http", start: over(() => createHttp()) },
  "an https server": { scheme: "https", start: over((pem) => createHttps({ key: pem, cert: pem })) },
  "a secure http2 server that allows HTTP/1": {
    scheme: "https",
    start: over((pem) => createSecureServer({ key: pem, cert: pem, allowHTTP1: true })),
  },
  "a secure http2 server": {
    scheme: "https",
    isHttp2Only: true,
    start: over((pem) => createSecureServer({ key: pem, cert: pem })),
  },
  "an http2 server in the clear": { scheme: "http", isHttp2Only: true, start: over(() => createHttp2()) },
  "a port": { scheme: "http", start: own(() => new Server(0)) },
  "a port as a string, by listen": { scheme: "http", start: own(() => new Server().listen("0")) },
  "several servers": {
    scheme: "http",
    async start() {
      const servers: NetServer[] = [createHttp(), createHttp()];
      const io = new Server();
      for (const server of servers) io.attach(server);
      return {
        io,
        ports: await Promise.all(servers.map((server) => listening(server.listen(0, "127.0.0.1")))),
      };
    },
  },
  "an engine by bind": {
    scheme: "http",
    async start() {
      const engine = new OtherEngine();
      return { io: new Server().bind(engine), ports: [await listening(engine.http.listen(0, "127.0.0.1"))] };
    },
  },
};

/** What every test says to its clients. */
export function greet(io: Server): void {
  io.on("connection", (socket) => {
    socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
  });
}

export function listening(server: NetServer): Promise<number> {
  const port = (): number => (server.address() as AddressInfo).port;
  if (server.listening) return Promise.resolve(port());
  return new Promise((resolve) => server.once("listening", () => resolve(port())));
}
