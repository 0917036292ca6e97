// The server: an engine, its connections and the namespaces they join. What concerns the main namespace is in
// MainNamespaceApi; here is attaching, finding namespaces, and closing.

import { createServer } from "node:http";
import type { IncomingMessage, Server as HttpServer, ServerResponse } from "node:http";
import type { DefaultEventsMap, EventsMap } from "@sockeye/emitter";
import { Engine } from "@sockeye/engine";
import type { HttpServerLike, Session } from "@sockeye/engine";
import type { Clock } from "@sockeye/protocol";
import type { SocketCodec } from "@sockeye/protocol/socket";
import type { AuthPayload } from "./broadcast-operator.ts";
import { ClientBundles } from "./client-bundle.ts";
import type { AnyData } from "./compat/any-listener.ts";
import { Connection } from "./connection.ts";
import type { ConnectionServer, JoinableNamespace } from "./connection.ts";
import { ServerError } from "./errors.ts";
import type { OnError } from "./guard.ts";
import { JoinDeadlines } from "./join-deadlines.ts";
import { MainNamespaceApi } from "./main-namespace.ts";
import type { Namespace } from "./namespace.ts";
import type { AdapterFactory, NamespaceServer } from "./namespace.ts";
import { NamespaceTable } from "./namespace-table.ts";
import { pathOption, timerMs } from "./checks.ts";
import { attachOptions, resolveServerOptions } from "./options.ts";
import type { ResolvedServerOptions, ServerOptions } from "./options.ts";
import type { NamespaceMatcher, ParentNamespace } from "./parent-namespace.ts";
import type { Namespace as PublicNamespace } from "./public-namespace.ts";
import type { ResolvedRecoveryOptions } from "./recovery.ts";
import type { Socket } from "./socket.ts";
import { VERSION } from "./version.ts";

/** What a server can be attached to: a server, or a port to make one for. */
export type Attachable = HttpServerLike | number | string;

/** An engine to `bind`: gives sessions, and can be closed. */
export interface EngineLike {
  on(event: "connection", listener: (session: Session) => void): unknown;
  close(): unknown;
}

/**
 * A realtime server with the API of Socket.IO 4.8.
 *
 * The type parameters are maps of event names to signatures, of what clients send, of what is sent to them and of what
 * servers send one another, and the type of `socket.data`.
 *
 * @example
 * const io = new Server(httpServer);
 * io.on("connection", (socket) => socket.on("chat", (text) => io.emit("chat", text)));
 */
export class Server<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = AnyData,
>
  extends MainNamespaceApi<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  implements ConnectionServer, NamespaceServer
{
  readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  readonly codec: SocketCodec;
  readonly clock: Clock;
  readonly onError: OnError;
  readonly recovery: ResolvedRecoveryOptions | undefined;
  /** The http server this one is attached to, or has made. */
  httpServer: HttpServerLike | undefined = undefined;
  readonly #options: ResolvedServerOptions;
  readonly #namespaces: NamespaceTable<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  readonly #bundles = new ClientBundles(VERSION);
  readonly #joinDeadlines: JoinDeadlines;
  readonly #engines: EngineLike[] = [];
  readonly #httpServers: HttpServerLike[] = [];
  #adapterFactory: AdapterFactory | undefined;
  #path: string;
  #servesClient: boolean;
  #connectTimeoutMs: number;
  #isClosing = false;

  /**
   * With a server or a port it is attached at once; otherwise call `attach`, `listen` or `bind`.
   * Throws ServerError and EngineError ERR_INVALID_OPTION, ERR_INVALID_SERVER.
   */
  constructor(options?: ServerOptions);
  constructor(server: Attachable | undefined, options?: ServerOptions);
  constructor(first?: Attachable | ServerOptions, second?: ServerOptions) {
    super();
    const [server, given] = isAttachable(first) ? [first, second] : [undefined, first ?? second];
    const options = resolveServerOptions(given);
    this.#options = options;
    this.codec = options.parser;
    this.clock = options.clock;
    this.onError = options.onError;
    this.recovery = options.connectionStateRecovery;
    this.#adapterFactory = options.adapter;
    this.#path = options.path;
    this.#servesClient = options.serveClient;
    this.#connectTimeoutMs = options.connectTimeout;
    this.#joinDeadlines = new JoinDeadlines(this.clock, options.connectTimeout);
    this.#namespaces = new NamespaceTable(this, (nsp) => this.sockets.onNewNamespace(nsp));
    this.sockets = this.#namespaces.get("/");
    if (server !== undefined) this.attach(server);
  }

  /** The engine attached or bound last: `connection_error`, `headers`, `use`, `clientsCount`. Undefined until then. */
  get engine(): Engine {
    return this.#engines.at(-1) as Engine;
  }

  get adapterFactory(): AdapterFactory | undefined {
    return this.#adapterFactory;
  }

  /** The path in force, or sets it for the next `attach`. */
  path(): string;
  path(path: string): this;
  path(path?: string): string | this {
    if (path === undefined) return this.#path;
    this.#path = pathOption(path);
    return this;
  }

  /** Whether browser bundles are served, or sets it. */
  serveClient(): boolean;
  serveClient(serves: boolean): this;
  serveClient(serves?: boolean): boolean | this {
    if (serves === undefined) return this.#servesClient;
    this.#servesClient = serves;
    return this;
  }

  /** How long a connection may be open without joining a namespace, in ms, or sets it for later connections. */
  connectTimeout(): number;
  connectTimeout(timeoutMs: number): this;
  connectTimeout(timeoutMs?: number): number | this {
    if (timeoutMs === undefined) return this.#connectTimeoutMs;
    this.#connectTimeoutMs = timerMs("connectTimeout", timeoutMs);
    this.#joinDeadlines.timeoutMs = timeoutMs;
    return this;
  }

  /** What makes the adapters, or sets it, also for the namespaces there are. */
  adapter(): AdapterFactory | undefined;
  adapter(factory: AdapterFactory): this;
  adapter(factory?: AdapterFactory): AdapterFactory | undefined | this {
    if (factory === undefined) return this.#adapterFactory;
    this.#adapterFactory = factory;
    for (const nsp of this.#namespaces.all()) nsp.useAdapter(factory);
    return this;
  }

  /**
   * Serves a server's requests for `path`; others go on as before. A port makes a server that answers 404 elsewhere.
   * Of the options, those of the engine, `path` and `serveClient` count here, and win over those of the constructor; of
   * others a warning is given.
   * Throws ServerError and EngineError ERR_INVALID_OPTION, ERR_INVALID_SERVER.
   */
  attach(server: Attachable, options: ServerOptions = {}): this {
    const resolved = resolveServerOptions({
      ...this.#options.engine,
      path: `${this.#path}/`,
      ...attachOptions(options),
    });
    // Checked first: a port must not be taken for nothing.
    const target = isHttpServer(server) ? server : listenOn(portOf(server));
    this.#path = resolved.path;
    if (options.serveClient !== undefined) this.#servesClient = resolved.serveClient;
    const engine = new Engine(resolved.engine);
    engine.serve((req, res) => this.#serveBundle(resolved.path, req, res));
    engine.attach(target);
    this.httpServer = target;
    if (!this.#httpServers.includes(target)) this.#httpServers.push(target);
    return this.bind(engine);
  }

  /** The same as `attach`. */
  listen(server: Attachable, options?: ServerOptions): this {
    return this.attach(server, options);
  }

  /** Takes the sessions of an engine that somebody else feeds. */
  bind(engine: EngineLike): this {
    this.#engines.push(engine);
    engine.on("connection", (session) => this.onconnection(session));
    return this;
  }

  /** Takes a session. */
  onconnection(session: Session): this {
    const connection = new Connection(this, session);
    session.start(connection);
    this.#joinDeadlines.add(connection);
    connection.begin();
    return this;
  }

  /**
   * The namespace of this name, made if need be; or the model for all namespaces whose names match. `listener` is told of
   * each connection.
   */
  of(
    name: string,
    listener?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void,
  ): PublicNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  of(
    name: RegExp | NamespaceMatcher,
    listener?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void,
  ): ParentNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;
  of(
    name: string | RegExp | NamespaceMatcher,
    listener?: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void,
  ): PublicNamespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const nsp = typeof name === "string" ? this.#namespaces.get(name) : this.#namespaces.addParent(name);
    if (listener !== undefined) nsp.onConnection(listener);
    return nsp;
  }

  /**
   * Ends every socket ("server shutting down"), closes adapters, engines and http servers. Resolves when all are closed;
   * `done` gets the error of an http server that was not running. Never rejects.
   */
  async close(done?: (error?: Error) => void): Promise<void> {
    const namespaces = this.#namespaces.all();
    this.#isClosing = true;
    for (const nsp of namespaces) nsp.closeSockets();
    this.#isClosing = false;
    await Promise.allSettled(namespaces.map(async (nsp) => nsp.adapter.close()));
    for (const engine of this.#engines) engine.close();
    const errors = await Promise.all(this.#httpServers.map(closeHttpServer));
    done?.(errors.find((error) => error !== undefined));
  }

  /** The same as `close`: `await using io = new Server(3000)`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // For connections.

  findNamespace(name: string, auth: AuthPayload, found: (nsp: JoinableNamespace | undefined) => void): void {
    this.#namespaces.find(name, auth, found);
  }

  onConnectionJoined(connection: Connection): void {
    this.#joinDeadlines.remove(connection);
  }

  onConnectionClosed(connection: Connection): void {
    this.#joinDeadlines.remove(connection);
  }

  // For namespaces.

  onNamespaceEmpty(nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    // Then all adapters are closed anyway.
    if (this.#isClosing) return;
    if (!this.#options.cleanupEmptyChildNamespaces || !this.#namespaces.removeChild(nsp)) return;
    Promise.resolve(nsp.adapter.close()).catch((error: unknown) => nsp.onHandlerError(error, "adapter"));
  }

  #serveBundle(path: string, req: IncomingMessage, res: ServerResponse): boolean {
    return this.#servesClient && this.#bundles.handle(path, req, res);
  }
}

function isAttachable(value: unknown): value is Attachable {
  return typeof value === "number" || typeof value === "string" || isHttpServer(value);
}

function isHttpServer(value: unknown): value is HttpServerLike {
  if (typeof value === "function") {
    throw new ServerError(
      "ERR_INVALID_SERVER",
      "cannot attach to a request handler function such as an express app: pass it to http.createServer() and attach to " +
        "the server that returns",
    );
  }
  return typeof value === "object" && value !== null && "listen" in value;
}

function portOf(given: unknown): number {
  const port = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
  if (typeof port === "number" && Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new ServerError(
    "ERR_INVALID_SERVER",
    typeof given === "number" || typeof given === "string"
      ? `a port must be a number from 0 to 65535, got ${JSON.stringify(given)}`
      : `expected an http server or a port, got ${String(given)} (${typeof given})`,
  );
}

function listenOn(port: number): HttpServer {
  const server = createServer((_req, res) => {
    res.writeHead(404);
    res.end();
  });
  return server.listen(port);
}

function closeHttpServer(server: HttpServerLike): Promise<Error | undefined> {
  return new Promise((resolve) => {
    if ("close" in server && typeof server.close === "function") {
      server.close((error?: Error) => resolve(error));
    } else resolve(undefined);
  });
}
