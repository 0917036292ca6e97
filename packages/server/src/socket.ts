// One client in one namespace: what applications hold. Gets packets from its Connection by direct call, hands messages to
// the session, and is the member its namespace's adapter delivers to. What a socket needs only at times is made then.

import { JoinedRoomsView } from "@sockeye/adapter";
import type { BroadcastFlags, JoinedRooms, Room, RoomMember, SocketId } from "@sockeye/adapter";
import { NodeEmitter } from "@sockeye/emitter";
import type {
  AllButLast,
  DecorateAcknowledgements,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
} from "@sockeye/emitter";
import type { Session } from "@sockeye/engine";
import type { Clock, CloseReason } from "@sockeye/protocol";
import { PacketType } from "@sockeye/protocol/socket";
import type { EventPacket, SocketPacket } from "@sockeye/protocol/socket";
import { AckTable, isAck } from "./acks.ts";
import type { AckCallback } from "./acks.ts";
import { BroadcastOperator } from "./broadcast-operator.ts";
import type { AnySocket, AuthPayload, Handshake } from "./broadcast-operator.ts";
import { CatchAll } from "./catch-all.ts";
import type { AnyData, AnyListener } from "./compat/any-listener.ts";
import { dialectOf } from "./dialect.ts";
import { callAllGuarded, callGuarded, isThenable } from "./guard.ts";
import type { ErrorContext, Guarded, OnError } from "./guard.ts";
import { runMiddlewares } from "./middlewares.ts";
import type { Next } from "./middlewares.ts";
import type { Everybody, NamespaceApi } from "./namespace-api.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import { timeoutMs as checkedTimeout } from "./checks.ts";
import type { Lease } from "./recovery.ts";
import { refuseReserved, wireName } from "./reserved.ts";
import { canExchange, canJoin, mayMove } from "./socket-state.ts";
import type { SocketState } from "./socket-state.ts";

/** Why a socket was disconnected. */
export type DisconnectReason = CloseReason;

/** Raised by the library. */
export interface SocketReservedEvents {
  /** About to leave: its rooms are still there. */
  disconnecting: (reason: DisconnectReason, description?: AnyData) => void;
  disconnect: (reason: DisconnectReason, description?: AnyData) => void;
  /** A middleware of this socket refused an event, or the client sent something malformed. */
  error: (error: Error) => void;
}

/** `[event, ...args]`, as middlewares of a socket see it; the acknowledgement function, if any, comes last. */
export type Event = [event: string, ...args: AnyData[]];

/** The namespace a socket is in, with what is for sockets alone. */
export interface SocketNamespace<
  EmitEvents extends EventsMap = AnyData,
  ServerSideEvents extends EventsMap = AnyData,
  SocketData = AnyData,
  Member = AnyData,
>
  extends NamespaceApi<EmitEvents, ServerSideEvents, SocketData, Member>, Guarded {
  readonly onError: OnError;
  readonly clock: Clock;
  nextAckId(): number;
  message(packet: SocketPacket, flags?: Readonly<BroadcastFlags>): OutgoingMessage;
  onSocketGone(id: SocketId): void;
  /** Reports it if what the adapter was asked to do fails later. */
  watchAdapter(pending: void | Promise<void>): void;
}

/** The connection a socket came over. */
export interface SocketConnection {
  readonly id: string;
  /** The client's sockets by id. */
  readonly sockets: ReadonlyMap<SocketId, unknown>;
  /** The client's sockets by namespace. */
  readonly nsps: ReadonlyMap<string, unknown>;
  readonly conn: Session;
  readonly request: Session["request"];
  /** The server has told the client that it is out of this namespace. */
  onSocketLeft(nsp: string): void;
  /** Takes the socket out of the connection. */
  onSocketGone(nsp: string): void;
  /** Disconnects every socket of the connection and closes it. */
  disconnect(): void;
}

type AckFunction = (...args: unknown[]) => void;

export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = AnyData,
>
  extends NodeEmitter<ListenEvents, EmitEvents, SocketReservedEvents>
  implements RoomMember<OutgoingMessage>, Guarded, AnySocket<EmitEvents, SocketData>
{
  /** 20 characters, different for each socket; no secret. */
  readonly id: SocketId;
  readonly nsp: SocketNamespace<
    EmitEvents,
    ServerSideEvents,
    SocketData,
    Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
  >;
  /** The connection, shared by the client's sockets in all namespaces. */
  readonly client: SocketConnection;
  /** Written by the adapter alone. */
  joinedRooms: JoinedRooms = undefined;
  /** Written by the adapter alone. */
  gatheredIn = 0;
  #state: SocketState = "joining";
  #auth: AuthPayload | undefined;
  /** Only with connection state recovery. */
  readonly #lease: Lease | undefined;
  #handshake: Handshake | undefined = undefined;
  #data: SocketData | undefined = undefined;
  #acks: AckTable | undefined = undefined;
  #flags: BroadcastFlags | undefined = undefined;
  #middlewares: readonly ((event: Event, next: Next) => unknown)[] | undefined = undefined;
  #incoming: CatchAll | undefined = undefined;
  #outgoing: CatchAll | undefined = undefined;

  constructor(
    nsp: SocketNamespace<
      EmitEvents,
      ServerSideEvents,
      SocketData,
      Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
    >,
    client: SocketConnection,
    id: SocketId,
    auth: AuthPayload | undefined,
    lease?: Lease,
  ) {
    super();
    this.nsp = nsp;
    this.client = client;
    this.id = id;
    this.#auth = auth;
    this.#lease = lease;
    if (lease?.session !== undefined) this.#data = lease.session.data as SocketData;
  }

  /** Whether it goes on where a connection that was lost left off: same id, rooms and data, and nothing missed. */
  get recovered(): boolean {
    return this.#lease?.recovered ?? false;
  }

  get connected(): boolean {
    return canExchange(this.#state);
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** The server, as `socket.nsp.server`. */
  get server(): this["nsp"]["server"] {
    return this.nsp.server;
  }

  /** The adapter, as `socket.nsp.adapter`. */
  get adapter(): this["nsp"]["adapter"] {
    return this.nsp.adapter;
  }

  /** The engine's session: transport, readyState, id of the connection. */
  get conn(): Session {
    return this.client.conn;
  }

  /** The HTTP request that opened the connection. */
  get request(): Session["request"] {
    return this.client.request;
  }

  /** Whatever the application wants to keep with the socket. */
  get data(): SocketData {
    return (this.#data ??= {} as SocketData);
  }

  set data(data: SocketData) {
    this.#data = data;
  }

  /** The rooms the socket is in: a live view, not to be written to. */
  get rooms(): Set<Room> {
    return new JoinedRoomsView(this);
  }

  /** What the client said when it came. */
  get handshake(): Handshake {
    if (this.#handshake === undefined) {
      const { headers, time, address = "", xdomain, secure, issued, url, query } = this.conn.handshake;
      const auth = this.#auth ?? {};
      this.#handshake = { headers, time, address, xdomain, secure, issued, url, query, auth };
      this.#auth = undefined;
    }
    return this.#handshake;
  }

  /**
   * Sends an event to the client. A function as last argument is called with the client's answer; after `timeout()` it
   * is error-first. Always true. Throws ServerError ERR_RESERVED_EVENT.
   */
  override emit<Ev extends EventNames<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): boolean {
    refuseReserved(event);
    const flags = this.#takeFlags();
    const data: EventPacket["data"] = [wireName(event), ...args];
    const last: unknown = data[data.length - 1];
    const { nsp } = this;
    if (isAck(last)) {
      data.pop();
      const id = nsp.nextAckId();
      // First, since it throws if there is no way to say this: then nobody must wait for an answer.
      const message = nsp.message({ type: PacketType.EVENT, nsp: nsp.name, data, id }, flags);
      this.#expectAnswer(id, last, flags?.timeout);
      this.deliver(message);
    } else {
      const packet: EventPacket = { type: PacketType.EVENT, nsp: nsp.name, data };
      if (this.#lease === undefined || flags?.volatile === true) this.deliver(nsp.message(packet, flags));
      else this.#lease.send(this, packet, flags);
    }
    return true;
  }

  /** Sends an event and resolves to the first argument of the client's answer. Rejects after `timeout()`, if given. */
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    const hasTimeout = this.#flags?.timeout !== undefined;
    return new Promise((resolve, reject) => {
      const onAnswer = (...answer: unknown[]): void => {
        const [error, value] = hasTimeout ? answer : [null, ...answer];
        if (error === null || error === undefined)
          resolve(value as FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>);
        else reject(error);
      };
      this.emit(event, ...([...args, onAnswer] as EventParams<EmitEvents, Ev>));
    });
  }

  /** Sends a `message` event. */
  send(...args: EventParams<EmitEvents, "message">): this {
    this.emit("message", ...args);
    return this;
  }

  /** The same as `send`. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  /** For the next emit: whether it may be compressed. */
  compress(compress: boolean): this {
    this.#flags = { ...this.#flags, compress };
    return this;
  }

  /** For the next emit: dropped if the client cannot take it at once. */
  get volatile(): this {
    this.#flags = { ...this.#flags, volatile: true };
    return this;
  }

  /** For the next emit: how long to wait for the answer, in ms. Its callback becomes error-first. */
  timeout(
    timeoutMs: number,
  ): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, ServerSideEvents, SocketData> {
    this.#flags = { ...this.#flags, timeout: checkedTimeout("timeout", timeoutMs) };
    return this as unknown as Socket<
      ListenEvents,
      DecorateAcknowledgements<EmitEvents>,
      ServerSideEvents,
      SocketData
    >;
  }

  /** Everybody in the namespace but this socket. */
  get broadcast(): Everybody<EmitEvents, SocketData> {
    return new BroadcastOperator(this.nsp, undefined, new Set([this.id]), this.#takeFlags());
  }

  /** The same, on this node only. */
  get local(): Everybody<EmitEvents, SocketData> {
    return this.broadcast.local;
  }

  /** The members of a room or rooms but this socket. */
  to(room: Room | Room[]): Everybody<EmitEvents, SocketData> {
    return this.broadcast.to(room);
  }

  /** The same as `to`. */
  in(room: Room | Room[]): Everybody<EmitEvents, SocketData> {
    return this.broadcast.to(room);
  }

  /** Everybody in the namespace but this socket and the members of a room or rooms. */
  except(room: Room | Room[]): Everybody<EmitEvents, SocketData> {
    return this.broadcast.except(room);
  }

  /** Joins a room or rooms. Does nothing once disconnected. */
  join(rooms: Room | Room[]): void | Promise<void> {
    if (!canJoin(this.#state)) return undefined;
    return this.nsp.adapter.addAll(this.id, new Set(Array.isArray(rooms) ? rooms : [rooms]));
  }

  /** Leaves a room. */
  leave(room: Room): void | Promise<void> {
    return this.nsp.adapter.del(this.id, room);
  }

  /** Takes the socket out of its namespace; with `close`, closes the whole connection. The client does not come back. */
  disconnect(close = false): this {
    if (this.#state !== "connected") return this;
    if (close) {
      this.client.disconnect();
    } else {
      const { nsp } = this;
      this.conn.sendMessage(nsp.message({ type: PacketType.DISCONNECT, nsp: nsp.name }));
      this.client.onSocketLeft(nsp.name);
      this.onClose("server namespace disconnect");
    }
    return this;
  }

  /** Adds a middleware for every event that arrives; passing an error to `next` drops the event and raises `error`. */
  use(middleware: (event: Event, next: Next) => void): this {
    this.#middlewares = [...(this.#middlewares ?? []), middleware];
    return this;
  }

  /** Adds a listener for every event that arrives. */
  onAny(listener: AnyListener): this {
    (this.#incoming ??= new CatchAll()).add(listener);
    return this;
  }

  /** The same, in front of those already there. */
  prependAny(listener: AnyListener): this {
    (this.#incoming ??= new CatchAll()).addInFront(listener);
    return this;
  }

  /** Removes a catch-all listener, or all of them. */
  offAny(listener?: AnyListener): this {
    this.#incoming?.remove(listener);
    return this;
  }

  listenersAny(): AnyListener[] {
    return this.#incoming?.list() ?? [];
  }

  /** Adds a listener for every event that is sent to this client, broadcasts included. */
  onAnyOutgoing(listener: AnyListener): this {
    (this.#outgoing ??= new CatchAll()).add(listener);
    return this;
  }

  /** The same, in front of those already there. */
  prependAnyOutgoing(listener: AnyListener): this {
    (this.#outgoing ??= new CatchAll()).addInFront(listener);
    return this;
  }

  /** Removes an outgoing catch-all listener, or all of them. */
  offAnyOutgoing(listener?: AnyListener): this {
    this.#outgoing?.remove(listener);
    return this;
  }

  listenersAnyOutgoing(): AnyListener[] {
    return this.#outgoing?.list() ?? [];
  }

  /**
   * Hands a message to the session. Called for this socket's own emits and, per recipient, for broadcasts. A middleware
   * may emit to a socket that is still joining: its client keeps such events until it is let in.
   */
  deliver(message: OutgoingMessage): void {
    if (this.#state === "gone") return;
    if (this.#outgoing !== undefined && message.data !== undefined) this.#outgoing.call(this, message.data);
    this.client.conn.sendMessage(message);
  }

  /** Waits for the answer to a broadcast. */
  expectAck(id: number, onAck: AckCallback): void {
    (this.#acks ??= new AckTable(this.nsp.clock)).expect(id, onAck);
  }

  forgetAck(id: number): void {
    this.#acks?.take(id);
  }

  /** A packet of this namespace has arrived. Called by Connection, which has seen to it that the socket has joined. */
  onPacket(packet: SocketPacket): void {
    if (packet.type === PacketType.EVENT) {
      const { data, id } = packet;
      if (id !== undefined) data.push(this.#answer(id));
      if (this.#incoming !== undefined) {
        this.#incoming.call(this, data);
        // One of them may have disconnected the socket.
        if (!canExchange(this.#state)) return;
      }
      if (this.#middlewares !== undefined) return this.#filter(data);
      const event = String(data[0]);
      const listeners = this.listenersOf(event);
      if (listeners === undefined) return;
      const args = data.slice(1);
      if (typeof listeners === "function") callGuarded(this, "event handler", listeners, args, event);
      else for (const listener of listeners) callGuarded(this, "event handler", listener, args, event);
    } else if (packet.type === PacketType.ACK) {
      const callback = this.#acks?.take(packet.id);
      if (callback !== undefined) callGuarded(this, "acknowledgement", callback, packet.data);
    } else if (packet.type === PacketType.DISCONNECT) {
      this.onClose("client namespace disconnect");
    }
  }

  /** The namespace has let the socket in: tells the client, before any listener can emit. */
  onAdmitted(): boolean {
    if (!this.#become("connected")) return false;
    const { nsp } = this;
    const joined = this.join(this.id);
    if (isThenable(joined)) joined.then(undefined, (error: unknown) => this.onHandlerError(error, "adapter"));
    // The client must not believe that it has missed nothing: it comes again, and gets a fresh socket.
    if (this.#lease?.onAdmitted(this) === false) {
      this.conn.close(true);
      return false;
    }
    const data = dialectOf(this.conn.protocol).greeting(this.id, this.#lease?.pid);
    const packet: SocketPacket = { type: PacketType.CONNECT, nsp: nsp.name, data };
    this.conn.sendMessage(nsp.message(packet));
    return true;
  }

  /** Ends the socket, whatever the cause; the connection itself is not touched. */
  onClose(reason: DisconnectReason, description?: unknown): void {
    if (this.#state === "joining") {
      this.#lease?.giveBack();
      return this.#release();
    }
    if (!this.#become("leaving")) return;
    callAllGuarded(
      this,
      "disconnect handler",
      this.listenersOf("disconnecting"),
      [reason, description],
      "disconnecting",
    );
    this.#lease?.onClose(this, reason);
    this.#release();
    callAllGuarded(
      this,
      "disconnect handler",
      this.listenersOf("disconnect"),
      [reason, description],
      "disconnect",
    );
  }

  /** The client sent something malformed; the connection is about to end. */
  onMalformed(error: Error): void {
    callAllGuarded(this, "event handler", this.listenersOf("error"), [error], "error");
  }

  onHandlerError(error: unknown, where: ErrorContext["in"], event?: string): void {
    this.nsp.onError(error, { in: where, nsp: this.nsp.name, event, socketId: this.id });
  }

  #filter(data: EventPacket["data"]): void {
    const event: Event = [String(data[0]), ...data.slice(1)];
    const done = (error?: Error): void => {
      // A middleware may take its time.
      if (!this.connected) return;
      const name = event[0];
      if (error) this.onMalformed(error);
      else callAllGuarded(this, "event handler", this.listenersOf(name), event.slice(1), name);
    };
    runMiddlewares(this.#middlewares ?? [], event, done, (error) =>
      this.onHandlerError(error, "middleware", event[0]),
    );
  }

  /** The function handlers answer an event with. The first call counts. */
  #answer(id: number): AckFunction {
    let isAnswered = false;
    return (...args) => {
      if (isAnswered) return;
      isAnswered = true;
      const { nsp } = this;
      this.deliver(nsp.message({ type: PacketType.ACK, nsp: nsp.name, id, data: args }));
    };
  }

  #expectAnswer(id: number, callback: AckCallback, timeoutMs: number | undefined): void {
    const acks = (this.#acks ??= new AckTable(this.nsp.clock));
    if (timeoutMs === undefined) acks.expect(id, callback);
    else {
      acks.expectWithin(id, timeoutMs, (...args) => callGuarded(this, "acknowledgement", callback, args));
    }
  }

  #takeFlags(): BroadcastFlags | undefined {
    const flags = this.#flags;
    this.#flags = undefined;
    return flags;
  }

  #become(next: SocketState): boolean {
    if (!mayMove(this.#state, next)) return false;
    this.#state = next;
    return true;
  }

  #release(): void {
    this.nsp.watchAdapter(this.nsp.adapter.delAll(this.id));
    this.#become("gone");
    this.nsp.onSocketGone(this.id);
    this.client.onSocketGone(this.nsp.name);
  }
}
