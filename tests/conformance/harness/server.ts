// One implementation, running on a free port with everything a case needs to drive it. Ends with its case: peers, clients and
// the server itself.
import { once } from "node:events";
import { createServer } from "node:http";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { LocalAdapter } from "@sockeye/adapter";
import { Engine } from "@sockeye/engine";
import { Server as OurServer } from "@sockeye/server";
import { Server as PublishedEngine } from "engine.io";
import type { Server as EngineServer, Socket as EngineSocket } from "engine.io";
import { Server as PublishedServer } from "socket.io";
import { Adapter as PublishedAdapter } from "socket.io-adapter";
import type { Namespace, Server, ServerOptions, Socket } from "socket.io";
import { Manager } from "socket.io-client";
import type { ManagerOptions, Socket as Client, SocketOptions } from "socket.io-client";
import type { ClientOptions } from "ws";
import { ask, exchange } from "./http.ts";
import type { Asked, Pending } from "./http.ts";
import { PollingPeer, WebSocketPeer } from "./peers.ts";
import { next, until } from "./wait.ts";

/** The published classes; ours have the same faces. */
export interface Implementation {
  readonly name: "published" | "ours";
  readonly Server: typeof PublishedServer;
  readonly Engine: typeof PublishedEngine;
  /** Makes an adapter that keeps rooms in memory. */
  readonly Adapter: (nsp: any) => unknown;
}

export const PUBLISHED: Implementation = {
  name: "published",
  Server: PublishedServer,
  Engine: PublishedEngine,
  Adapter: (nsp) => new PublishedAdapter(nsp),
};

export const OURS: Implementation = {
  name: "ours",
  Server: OurServer as unknown as typeof PublishedServer,
  Engine: Engine as unknown as typeof PublishedEngine,
  Adapter: (nsp) => new LocalAdapter(nsp),
};

type Cleanup = () => unknown;

/** A server of one implementation. What both layers have in common: raw requests and peers. */
export class Host {
  readonly implementation: Implementation;
  readonly http: HttpServer;
  readonly path: string;
  readonly #connections = new Set<NetSocket>();
  readonly #cleanups: Cleanup[] = [];

  constructor(implementation: Implementation, path: string) {
    this.implementation = implementation;
    this.path = path;
    this.http = createServer((_req, res) => {
      res.writeHead(404);
      res.end();
    });
    this.track(this.http);
  }

  get port(): number {
    return (this.http.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Sees to it that the connections of this server end with the case. */
  track(http: HttpServer): void {
    http.on("connection", (socket: NetSocket) => {
      this.#connections.add(socket);
      socket.on("close", () => this.#connections.delete(socket));
    });
  }

  async listen(): Promise<void> {
    this.http.listen(0, "127.0.0.1");
    await once(this.http, "listening");
  }

  /** To be done when the case is over, whatever came of it. */
  defer(cleanup: Cleanup): void {
    this.#cleanups.push(cleanup);
  }

  async end(): Promise<void> {
    for (const cleanup of this.#cleanups.toReversed()) {
      await Promise.resolve()
        .then(cleanup)
        .catch(() => {});
    }
    for (const connection of this.#connections) connection.destroy();
    this.http.close();
  }

  /** Breaks every TCP connection without a word, as a network does. */
  cut(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** One raw request. `path` may be a bare query: `?EIO=4&transport=polling`. */
  ask(path: string, asked: Omit<Asked, "path"> = {}): Pending {
    return ask(this.port, { ...asked, path: path.startsWith("?") ? this.path + path : path });
  }

  /** Writes bytes to a connection of its own; gives all that came back when the server has hung up. */
  exchange(bytes: string | Buffer): Promise<string> {
    return exchange(this.port, bytes);
  }

  /** A raw upgrade request, answered as far as it goes. */
  askUpgrade(query: string, ...headers: string[]): Promise<string> {
    const head = [
      `GET ${this.path}${query} HTTP/1.1`,
      "Host: localhost",
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ...headers,
    ];
    return this.exchange(`${head.join("\r\n")}\r\n\r\n`);
  }

  /** Opens a session over polling. */
  async polling(query = "", headers?: Record<string, string>): Promise<PollingPeer> {
    const handshake = await this.ask(`?EIO=4&transport=polling${query}`, { headers });
    if (handshake.status !== 200) throw new Error(`no session: ${handshake.status} ${handshake.body}`);
    return new PollingPeer(this.port, this.path, handshake);
  }

  /** Dials a WebSocket; the first packet is not taken yet. */
  dial(query = "?EIO=4&transport=websocket", options?: ClientOptions, protocols?: string[]): WebSocketPeer {
    const peer = new WebSocketPeer(`ws://127.0.0.1:${this.port}${this.path}${query}`, options, protocols);
    this.defer(() => peer.ws.terminate());
    return peer;
  }

  /** Opens a session over WebSocket; the handshake has been read. */
  async webSocket(query = "", options?: ClientOptions): Promise<WebSocketPeer & { readonly sid: string }> {
    const peer = this.dial(`?EIO=4&transport=websocket${query}`, options);
    const open = String(await peer.next());
    const { sid } = JSON.parse(open.slice(1)) as { sid: string };
    return Object.assign(peer, { sid });
  }

  /** Dials the WebSocket a polling session may move to. */
  candidate({ sid }: { readonly sid: string }): WebSocketPeer {
    return this.dial(`?EIO=4&transport=websocket&sid=${sid}`);
  }
}

/** A server with an engine alone. */
export class EngineHost extends Host {
  readonly engine: EngineServer;

  constructor(implementation: Implementation, options: object) {
    super(implementation, "/engine.io/");
    this.engine = new implementation.Engine(options);
    this.engine.attach(this.http, options);
    this.defer(() => this.engine.close());
  }

  session({ sid }: { readonly sid: string }): EngineSocket {
    return sessionOf(this.engine, sid);
  }
}

export type ClientSetup = Partial<ManagerOptions & SocketOptions>;

/** A whole server. */
export class IoHost extends Host {
  readonly io: Server;

  constructor(implementation: Implementation, options: Partial<ServerOptions>) {
    super(implementation, "/socket.io/");
    this.io = new implementation.Server(this.http, options);
    this.defer(() => this.io.close());
  }

  get engine(): EngineServer {
    return this.io.engine as EngineServer;
  }

  session({ sid }: { readonly sid: string }): EngineSocket {
    return sessionOf(this.engine, sid);
  }

  /** A peer over WebSocket that has joined, and the server's socket for it. */
  async joined(
    nsp = "/",
    auth?: object,
  ): Promise<[peer: WebSocketPeer & { readonly sid: string }, socket: Socket]> {
    const peer = await this.webSocket();
    return [peer, this.socketFor(await peer.join(nsp, auth), nsp)];
  }

  /** The same over polling. */
  async joinedPolling(nsp = "/"): Promise<[peer: PollingPeer, socket: Socket]> {
    const peer = await this.polling();
    return [peer, this.socketFor(await peer.join(nsp), nsp)];
  }

  /** The server's socket for the reply to a CONNECT. */
  socketFor(reply: string, nsp = "/"): Socket {
    const { sid } = JSON.parse(reply.slice(reply.indexOf("{"))) as { sid: string };
    const socket = this.io.of(nsp).sockets.get(sid);
    if (socket === undefined) throw new Error(`the server has no socket for ${reply}`);
    return socket;
  }

  /** The published client, which tries once and over WebSocket unless told otherwise. */
  client(nsp = "/", setup: ClientSetup = {}): Client {
    const manager = new Manager(this.url, { transports: ["websocket"], reconnection: false, ...setup });
    const client = manager.socket(nsp, setup);
    // By the manager: it ends what is still being opened, too.
    this.defer(() => (manager as unknown as { _close(): void })._close());
    return client;
  }

  /** The published client, connected, and the server's socket for it. */
  async connected(nsp = "/", setup: ClientSetup = {}): Promise<[client: Client, socket: Socket]> {
    const client = this.client(nsp, setup);
    if (!client.connected) await next(client, "connect");
    const socket = this.io.of(nsp).sockets.get(client.id ?? "");
    if (socket === undefined) throw new Error("the server has no socket for the client");
    return [client, socket];
  }

  /** As many peers in the namespace, all joined, in order. */
  async crowd(size: number, nsp = "/"): Promise<[peers: WebSocketPeer[], sockets: Socket[]]> {
    const peers: WebSocketPeer[] = [];
    const sockets: Socket[] = [];
    for (let count = 0; count < size; count++) {
      const [peer, socket] = await this.joined(nsp);
      peers.push(peer);
      sockets.push(socket);
    }
    return [peers, sockets];
  }

  /** Resolves when the namespace has no sockets any more. */
  empty(nsp: Namespace = this.io.sockets): Promise<void> {
    return until(() => nsp.sockets.size === 0, `the namespace ${nsp.name} without sockets`);
  }
}

function sessionOf(engine: EngineServer, sid: string): EngineSocket {
  const session = (engine as unknown as { clients: Record<string, EngineSocket> }).clients[sid];
  if (session === undefined) throw new Error(`the engine has no session ${sid}`);
  return session;
}
