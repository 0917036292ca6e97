// A channel of its own over the same connections: its sockets, its middlewares, its adapter. Lets clients in on behalf
// of Connection, broadcasts through its adapter, and knows nothing of sessions.

import { LocalAdapter } from "@sockeye/adapter";
import type {
  AdapterContract,
  AdapterNamespace,
  BroadcastFlags,
  BroadcastPacket,
  Room,
  SocketId,
} from "@sockeye/adapter";
import { NodeEmitter } from "@sockeye/emitter";
import type {
  AllButLast,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  RemoveAcknowledgements,
} from "@sockeye/emitter";
import type { Clock } from "@sockeye/protocol";
import type { SocketCodec, SocketPacket } from "@sockeye/protocol/socket";
import { BroadcastOperator } from "./broadcast-operator.ts";
import type { AuthPayload, RemoteSocket } from "./broadcast-operator.ts";
import { createAdapter } from "./compat/adapter-factory.ts";
import { addAdapterNames } from "./compat/adapter-names.ts";
import type { AnyData } from "./compat/any-listener.ts";
import type { Connection, JoinableNamespace } from "./connection.ts";
import { ServerError } from "./errors.ts";
import { callAllGuarded, isThenable } from "./guard.ts";
import type { ErrorContext, Guarded, OnError } from "./guard.ts";
import { runMiddlewares } from "./middlewares.ts";
import type { ExtendedError, Next } from "./middlewares.ts";
import type { Everybody, EverybodyInTime, ServerApi } from "./namespace-api.ts";
import { OutgoingMessage } from "./outgoing-message.ts";
import { NamespaceRecovery } from "./recovery.ts";
import type { Lease, ResolvedRecoveryOptions } from "./recovery.ts";
import { refuseServerSideReserved } from "./reserved.ts";
import { Socket } from "./socket.ts";
import type { SocketNamespace } from "./socket.ts";
import { warnOnce } from "./warnings.ts";

/** What the adapter of a namespace works with. */
export type NamespaceForAdapter = AdapterNamespace<Socket, OutgoingMessage>;

/** Makes the adapter of a namespace: a function, or a class. Whatever can be called with `new` is. */
export type AdapterFactory =
  | ((nsp: NamespaceForAdapter) => AdapterContract<Socket>)
  | (new (nsp: NamespaceForAdapter) => AdapterContract<Socket>);

/** What namespaces need of the server. */
export interface NamespaceServer {
  readonly codec: SocketCodec;
  readonly clock: Clock;
  readonly onError: OnError;
  readonly adapterFactory: AdapterFactory | undefined;
  /** Undefined if clients may not come back to what they missed. */
  readonly recovery: ResolvedRecoveryOptions | undefined;
  /** A dynamic namespace has lost its last socket, or let nobody in. */
  onNamespaceEmpty(nsp: unknown): void;
}

export interface NamespaceReservedEvents<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> {
  connect: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void;
  connection: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void;
  /** On the main namespace only: another namespace has been made. */
  new_namespace: (nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void;
}

/** Decides whether a socket is let in: calls `next()`, or `next(error)` to refuse it. */
export type NamespaceMiddleware<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> = (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>, next: Next) => void;

export class Namespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = AnyData,
>
  extends NodeEmitter<
    ServerSideEvents,
    RemoveAcknowledgements<EmitEvents>,
    NamespaceReservedEvents<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >
  implements
    SocketNamespace<
      EmitEvents,
      ServerSideEvents,
      SocketData,
      Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
    >,
    JoinableNamespace,
    Guarded,
    NamespaceForAdapter
{
  readonly name: string;
  /** The connected sockets by id, in the order in which they connected. */
  readonly sockets: Map<SocketId, Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>;
  readonly #sockets = new Map<SocketId, Socket>();
  /** Sockets the middlewares have not decided about. */
  #joining: Map<SocketId, Socket> | undefined = undefined;
  readonly #server: NamespaceServer;
  #middlewares: readonly NamespaceMiddleware<ListenEvents, EmitEvents, ServerSideEvents, SocketData>[] = [];
  #adapter: AdapterContract<Socket>;
  readonly #recovery: NamespaceRecovery | undefined;
  #ackIds = 0;

  constructor(server: NamespaceServer, name: string, adapterFactory?: AdapterFactory) {
    super();
    this.#server = server;
    this.name = name;
    this.sockets = this.#sockets as Map<SocketId, Socket<AnyData, AnyData, AnyData>> as Map<
      SocketId,
      Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
    >;
    if (server.recovery !== undefined) this.#recovery = new NamespaceRecovery(this, server.recovery);
    this.#adapter = this.#createAdapter(adapterFactory ?? server.adapterFactory);
  }

  get server(): ServerApi {
    // The compiler cannot compare the overloads of a typed server with those of an untyped one.
    return this.#server as NamespaceServer & ServerApi;
  }

  get adapter(): AdapterContract<Socket> {
    return this.#adapter;
  }

  get codec(): SocketCodec {
    return this.#server.codec;
  }

  get clock(): Clock {
    return this.#server.clock;
  }

  /** Whether clients may come back to what they missed. */
  get recoversState(): boolean {
    return this.#recovery !== undefined;
  }

  get onError(): OnError {
    return this.#server.onError;
  }

  /** Sockets that are still being admitted. */
  get joiningCount(): number {
    return this.#joining?.size ?? 0;
  }

  /** The same, by id. */
  get joining(): ReadonlyMap<SocketId, Socket> {
    return (this.#joining ??= new Map());
  }

  /** Adds a middleware, run for every socket that wants to join from now on. */
  use(middleware: NamespaceMiddleware<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): this {
    if (typeof middleware !== "function") throw new ServerError("ERR_INVALID_MIDDLEWARE");
    this.#middlewares = [...this.#middlewares, middleware];
    return this;
  }

  /** See `BroadcastOperator.emit`; meant is everybody in the namespace. For answers use `timeout()` first. */
  override emit<Ev extends EventNamesWithoutAck<EmitEvents>>(
    event: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean {
    return new BroadcastOperator<EmitEvents, SocketData>(this).emit(event, ...args);
  }

  /** See `BroadcastOperator.emitWithAck`. */
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    return new BroadcastOperator<AnyData, SocketData>(this).emitWithAck(event, ...args);
  }

  /** Sends a `message` event to everybody. */
  send(...args: EventParams<EmitEvents, "message">): this {
    new BroadcastOperator<EmitEvents, SocketData>(this).emit("message", ...args);
    return this;
  }

  /** The same as `send`. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  to(room: Room | Room[]): Everybody<EmitEvents, SocketData> {
    return this.#everybody().to(room);
  }

  in(room: Room | Room[]): Everybody<EmitEvents, SocketData> {
    return this.#everybody().to(room);
  }

  except(room: Room | Room[]): Everybody<EmitEvents, SocketData> {
    return this.#everybody().except(room);
  }

  compress(compress: boolean): Everybody<EmitEvents, SocketData> {
    return this.#everybody().compress(compress);
  }

  get volatile(): Everybody<EmitEvents, SocketData> {
    return this.#everybody().volatile;
  }

  get local(): Everybody<EmitEvents, SocketData> {
    return this.#everybody().local;
  }

  timeout(timeoutMs: number): EverybodyInTime<EmitEvents, SocketData> {
    return this.#everybody().timeout(timeoutMs);
  }

  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    return new BroadcastOperator<EmitEvents, SocketData>(this).fetchSockets();
  }

  /** The ids of everybody in the namespace. */
  allSockets(): Promise<Set<SocketId>> {
    return this.#everybody().allSockets();
  }

  socketsJoin(room: Room | Room[]): void {
    this.#everybody().socketsJoin(room);
  }

  socketsLeave(room: Room | Room[]): void {
    this.#everybody().socketsLeave(room);
  }

  disconnectSockets(close = false): void {
    this.#everybody().disconnectSockets(close);
  }

  /** Raises an event on the namespace of this name of the other nodes. Throws ServerError ERR_RESERVED_EVENT. */
  serverSideEmit<Ev extends EventNames<ServerSideEvents>>(
    event: Ev,
    ...args: EventParams<DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>, Ev>
  ): boolean {
    refuseServerSideReserved(event);
    this.watchAdapter(this.#adapter.serverSideEmit([event, ...args]));
    return true;
  }

  /** The same, and resolves to the first argument of each node's answer. */
  serverSideEmitWithAck<Ev extends EventNamesWithAck<ServerSideEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<ServerSideEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]> {
    return new Promise((resolve, reject) => {
      refuseServerSideReserved(event);
      const onAnswers = (error: Error | null, answers: unknown[]): void => {
        if (error === null) resolve(answers as FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]);
        else reject(Object.assign(error, { responses: answers }));
      };
      this.watchAdapter(this.#adapter.serverSideEmit([event, ...args, onAnswers]));
    });
  }

  // For the adapter.

  memberOf(id: SocketId): Socket | undefined {
    return this.#sockets.get(id) ?? this.#joining?.get(id);
  }

  encode(packet: BroadcastPacket, flags: Readonly<BroadcastFlags>): OutgoingMessage {
    const { name } = this;
    // What comes from other nodes need not say it; what comes from our own operators does.
    const named = isOf(packet, name) ? packet : { ...packet, nsp: name };
    return new OutgoingMessage(this.#server.codec, named, flags);
  }

  keep({ packet, parts, compress }: OutgoingMessage): OutgoingMessage {
    return new OutgoingMessage(this.#server.codec, packet, { compress }, parts);
  }

  nextAckId(): number {
    return this.#ackIds++;
  }

  onServerSideEmit([event, ...args]: readonly AnyData[]): void {
    callAllGuarded(this, "namespace listener", this.listenersOf(event), args, event);
  }

  onAdapterError(error: unknown): void {
    this.onHandlerError(error, "adapter");
  }

  warn(message: string): void {
    warnOnce("SKW202", message);
  }

  // For operators and sockets.

  watchAdapter(pending: void | Promise<void>): void {
    if (isThenable(pending)) pending.then(undefined, (error: unknown) => this.onAdapterError(error));
  }

  message(packet: SocketPacket, flags?: Readonly<BroadcastFlags>): OutgoingMessage {
    return new OutgoingMessage(this.#server.codec, packet, flags);
  }

  onSocketGone(id: SocketId): void {
    this.#joining?.delete(id);
    this.#sockets.delete(id);
    this.onNobodyCame();
  }

  onNobodyCame(): void {
    if (this.#sockets.size === 0 && this.joiningCount === 0) this.#server.onNamespaceEmpty(this);
  }

  onHandlerError(error: unknown, where: ErrorContext["in"], event?: string): void {
    this.#server.onError(error, { in: where, nsp: this.name, event });
  }

  // For Connection.

  /** Runs the middlewares, and lets the client in or tells it why not. */
  admit(connection: Connection, auth: AuthPayload | undefined): void {
    if (this.#recovery === undefined || !connection.comesBack) return this.#admit(connection, auth);
    this.#recovery.find(connection, auth, (lease) => {
      if (connection.conn.readyState === "open" && !connection.nsps.has(this.name)) {
        return this.#admit(connection, auth, lease);
      }
      lease.giveBack();
      this.onNobodyCame();
    });
  }

  // For the server.

  onConnection(
    listener: (socket: Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>) => void,
  ): void {
    this.addRaw("connection", listener);
  }

  /** Moves everybody, with their rooms, to another adapter. */
  useAdapter(factory: AdapterFactory | undefined): void {
    const previous = this.#adapter;
    this.#adapter = this.#createAdapter(factory);
    for (const socket of [...this.#sockets.values(), ...(this.#joining?.values() ?? [])]) {
      const rooms = [...socket.rooms];
      socket.joinedRooms = undefined;
      this.watchAdapter(this.#adapter.addAll(socket.id, new Set(rooms)));
    }
    this.watchAdapter(previous.close());
  }

  /** The middlewares and connection listeners, for a namespace that is made after this one's model. */
  copyTo(other: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    other.#middlewares = this.#middlewares;
    for (const event of ["connect", "connection"] as const) {
      for (const listener of this.listeners(event)) other.on(event, listener);
    }
  }

  /** Another namespace has been made; told to the main one. */
  onNewNamespace(nsp: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): void {
    callAllGuarded(this, "namespace listener", this.listenersOf("new_namespace"), [nsp], "new_namespace");
  }

  /** Ends every socket without a word to the clients: the server is shutting down. */
  closeSockets(): void {
    for (const socket of [...this.#sockets.values()]) socket.onClose("server shutting down");
  }

  #admit(connection: Connection, auth: AuthPayload | undefined, lease?: Lease): void {
    const session = lease?.session;
    const id = session?.sid ?? connection.newSocketId(this.name);
    const socket = new Socket(this, connection, id, auth, lease);
    connection.onSocketCreated(socket);
    const middlewares = this.#middlewares;
    if (middlewares.length === 0 && session === undefined) return this.#onAdmitted(connection, socket);
    (this.#joining ??= new Map()).set(socket.id, socket);
    if (session !== undefined) this.watchAdapter(this.#adapter.addAll(id, new Set(session.rooms)));
    if (lease?.skipsMiddlewares) return this.#onAdmitted(connection, socket);
    const done = (error?: ExtendedError): void => {
      if (error) this.#onRefused(connection, socket, error);
      else this.#onAdmitted(connection, socket);
    };
    runMiddlewares(middlewares, this.#typed(socket), done, (error, hadDecided) => {
      socket.onHandlerError(error, "middleware");
      if (!hadDecided) this.#onRefused(connection, socket, new ServerError("ERR_MIDDLEWARE_FAILED"));
    });
  }

  #onAdmitted(connection: Connection, socket: Socket): void {
    this.#joining?.delete(socket.id);
    // The client, or a server that shuts down, may have gone while the middlewares made up their minds.
    if (connection.conn.readyState !== "open") return socket.onClose("transport close");
    this.#sockets.set(socket.id, socket);
    if (!socket.onAdmitted()) return;
    connection.onSocketAdmitted();
    const args = [socket];
    callAllGuarded(this, "connection handler", this.listenersOf("connect"), args, "connect");
    callAllGuarded(this, "connection handler", this.listenersOf("connection"), args, "connection");
  }

  #onRefused(connection: Connection, socket: Socket, error: ExtendedError): void {
    socket.onClose("transport close");
    if (connection.conn.readyState === "open") {
      connection.sendConnectError(this.name, { message: error.message, data: error.data });
    }
  }

  #everybody(): Everybody<EmitEvents, SocketData> {
    return new BroadcastOperator(this);
  }

  #createAdapter(factory: AdapterFactory | undefined): AdapterContract<Socket> {
    const adapter =
      factory === undefined && this.#recovery !== undefined
        ? this.#recovery.createAdapter(this)
        : createAdapter(factory ?? LocalAdapter<OutgoingMessage, Socket>, this);
    this.watchAdapter(adapter.init());
    return adapter;
  }

  #typed(socket: Socket): Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    return socket as Socket<AnyData, AnyData, AnyData>;
  }

  static {
    addAdapterNames(this.prototype);
  }
}

function isOf(packet: BroadcastPacket, name: string): packet is BroadcastPacket & { readonly nsp: string } {
  return packet.nsp === name;
}
