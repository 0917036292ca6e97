// What `io.…` means for the main namespace: one line each, so that `io.on`, `io.emit` and their kin are found by
// go-to-definition. Server adds the rest.

import type { Room, SocketId } from "@sockeye/adapter";
import type {
  AllButLast,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  EventName,
  EventNames,
  EventNamesWithAck,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  Listener,
  ReservedOrUserEventNames,
  ReservedOrUserListener,
} from "@sockeye/emitter";
import type { RemoteSocket } from "./broadcast-operator.ts";
import type { AnyData } from "./compat/any-listener.ts";
import type { Namespace, NamespaceMiddleware, NamespaceReservedEvents } from "./namespace.ts";
import type { BroadcastApi, Everybody, EverybodyInTime } from "./namespace-api.ts";

export abstract class MainNamespaceApi<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> implements BroadcastApi<EmitEvents, SocketData> {
  /** The main namespace, `/`. */
  abstract readonly sockets: Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>;

  /** Adds a listener to the main namespace. */
  on<Ev extends Names<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>(
    event: Ev,
    listener: Handler<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Ev>,
  ): this {
    loose(this.sockets).on(event, listener);
    return this;
  }

  /** The same, called at most once. */
  once<Ev extends Names<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>(
    event: Ev,
    listener: Handler<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Ev>,
  ): this {
    loose(this.sockets).once(event, listener);
    return this;
  }

  /** Removes a listener of the main namespace; without it every listener of `event`; without arguments all. */
  off(...given: [event?: EventName, listener?: Listener]): this {
    this.sockets.off(...given);
    return this;
  }

  /** The same as `on`. */
  addListener<Ev extends Names<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>(
    event: Ev,
    listener: Handler<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Ev>,
  ): this {
    loose(this.sockets).addListener(event, listener);
    return this;
  }

  /** The same as `off`. */
  removeListener(event: EventName, listener: Listener): this {
    return this.off(event, listener);
  }

  /** The same as `on`, in front of those already there. */
  prependListener<Ev extends Names<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>(
    event: Ev,
    listener: Handler<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Ev>,
  ): this {
    loose(this.sockets).prependListener(event, listener);
    return this;
  }

  /** The same as `once`, in front of those already there. */
  prependOnceListener<Ev extends Names<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>(
    event: Ev,
    listener: Handler<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Ev>,
  ): this {
    loose(this.sockets).prependOnceListener(event, listener);
    return this;
  }

  /** Removes every listener of `event`, or of all events. */
  removeAllListeners(event?: EventName): this {
    this.sockets.removeAllListeners(event);
    return this;
  }

  listeners<Ev extends Names<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>(
    event: Ev,
  ): Handler<ListenEvents, EmitEvents, ServerSideEvents, SocketData, Ev>[] {
    return this.sockets.listeners(event);
  }

  rawListeners(event: EventName): Listener[] {
    return this.sockets.rawListeners(event);
  }

  listenerCount(event: EventName): number {
    return this.sockets.listenerCount(event);
  }

  eventNames(): (string | symbol)[] {
    return this.sockets.eventNames();
  }

  /** Accepted and ignored: there is no limit. */
  setMaxListeners(count: number): this {
    this.sockets.setMaxListeners(count);
    return this;
  }

  getMaxListeners(): number {
    return this.sockets.getMaxListeners();
  }

  /** Adds a middleware to the main namespace, see `Namespace.use`. */
  use(middleware: NamespaceMiddleware<ListenEvents, EmitEvents, ServerSideEvents, SocketData>): this {
    this.sockets.use(middleware);
    return this;
  }

  /** Sends an event to everybody in the main namespace, see `Namespace.emit`. */
  emit<Ev extends EventNamesWithoutAck<EmitEvents>>(
    event: Ev,
    ...args: EventParams<EmitEvents, Ev>
  ): boolean {
    return this.sockets.emit(event, ...args);
  }

  /** See `BroadcastOperator.emitWithAck`. */
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    return loose(this.sockets).emitWithAck(event, ...args);
  }

  /** Sends a `message` event to everybody in the main namespace. */
  send(...args: EventParams<EmitEvents, "message">): this {
    this.sockets.send(...args);
    return this;
  }

  /** The same as `send`. */
  write(...args: EventParams<EmitEvents, "message">): this {
    return this.send(...args);
  }

  to(room: Room | Room[]): Everybody<EmitEvents, SocketData> {
    return this.sockets.to(room);
  }

  in(room: Room | Room[]): Everybody<EmitEvents, SocketData> {
    return this.sockets.to(room);
  }

  except(room: Room | Room[]): Everybody<EmitEvents, SocketData> {
    return this.sockets.except(room);
  }

  compress(compress: boolean): Everybody<EmitEvents, SocketData> {
    return this.sockets.compress(compress);
  }

  get volatile(): Everybody<EmitEvents, SocketData> {
    return this.sockets.volatile;
  }

  get local(): Everybody<EmitEvents, SocketData> {
    return this.sockets.local;
  }

  timeout(timeoutMs: number): EverybodyInTime<EmitEvents, SocketData> {
    return this.sockets.timeout(timeoutMs);
  }

  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    return this.sockets.fetchSockets();
  }

  /** The ids of everybody in the main namespace. */
  allSockets(): Promise<Set<SocketId>> {
    return this.sockets.allSockets();
  }

  socketsJoin(room: Room | Room[]): void {
    this.sockets.socketsJoin(room);
  }

  socketsLeave(room: Room | Room[]): void {
    this.sockets.socketsLeave(room);
  }

  disconnectSockets(close = false): void {
    this.sockets.disconnectSockets(close);
  }

  /** See `Namespace.serverSideEmit`. */
  serverSideEmit<Ev extends EventNames<ServerSideEvents>>(
    event: Ev,
    ...args: EventParams<DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>, Ev>
  ): boolean {
    return this.sockets.serverSideEmit(event, ...args);
  }

  /** See `Namespace.serverSideEmitWithAck`. */
  serverSideEmitWithAck<Ev extends EventNamesWithAck<ServerSideEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<ServerSideEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]> {
    return loose(this.sockets).serverSideEmitWithAck(event, ...args);
  }
}

type Names<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
> = ReservedOrUserEventNames<
  NamespaceReservedEvents<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ServerSideEvents
>;

type Handler<
  ListenEvents extends EventsMap,
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  Ev extends Names<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
> = ReservedOrUserListener<
  NamespaceReservedEvents<ListenEvents, EmitEvents, ServerSideEvents, SocketData>,
  ServerSideEvents,
  Ev
>;

/** The compiler cannot follow the same conditional types through two generic classes. */
function loose<A extends EventsMap, B extends EventsMap, C extends EventsMap, D>(
  nsp: Namespace<A, B, C, D>,
): Namespace<AnyData, AnyData, AnyData> {
  return nsp as Namespace<AnyData, AnyData, AnyData>;
}
