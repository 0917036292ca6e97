// What sockets show of their namespace and of the server, as types alone: `socket.nsp.to("room").emit(…)`,
// `socket.nsp.server.of("/other")`. The classes are floors above the socket, so it knows them by these.

import type { AdapterContract, Room, SocketId } from "@sockeye/adapter";
import type {
  AllButLast,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  EventNames,
  EventNamesWithAck,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  NodeEmitter,
  RemoveAcknowledgements,
} from "@sockeye/emitter";
import type { Engine } from "@sockeye/engine";
import type { AnySocket, BroadcastOperator, RemoteSocket } from "./broadcast-operator.ts";
import type { AnyData } from "./compat/any-listener.ts";
import type { Next } from "./middlewares.ts";

/** An operator for a namespace whose events have these types. */
export type Everybody<EmitEvents extends EventsMap, SocketData> = BroadcastOperator<
  DecorateAcknowledgementsWithMultipleResponses<EmitEvents>,
  SocketData
>;

/** The same after `timeout()`. */
export type EverybodyInTime<EmitEvents extends EventsMap, SocketData> = BroadcastOperator<
  DecorateAcknowledgements<DecorateAcknowledgementsWithMultipleResponses<EmitEvents>>,
  SocketData
>;

/** Sending to everybody, or to those one names. Each is documented on BroadcastOperator. */
export interface BroadcastApi<EmitEvents extends EventsMap, SocketData> {
  emit<Ev extends EventNamesWithoutAck<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): boolean;
  send(...args: EventParams<EmitEvents, "message">): this;
  write(...args: EventParams<EmitEvents, "message">): this;
  to(room: Room | Room[]): Everybody<EmitEvents, SocketData>;
  in(room: Room | Room[]): Everybody<EmitEvents, SocketData>;
  except(room: Room | Room[]): Everybody<EmitEvents, SocketData>;
  compress(compress: boolean): Everybody<EmitEvents, SocketData>;
  readonly volatile: Everybody<EmitEvents, SocketData>;
  readonly local: Everybody<EmitEvents, SocketData>;
  timeout(timeoutMs: number): EverybodyInTime<EmitEvents, SocketData>;
  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]>;
  allSockets(): Promise<Set<SocketId>>;
  socketsJoin(room: Room | Room[]): void;
  socketsLeave(room: Room | Room[]): void;
  disconnectSockets(close?: boolean): void;
}

/** What a namespace raises itself. */
export interface NamespaceEvents<Member> {
  connect: (socket: Member) => void;
  connection: (socket: Member) => void;
  /** On the main namespace only: another namespace has been made. */
  new_namespace: (nsp: AnyData) => void;
}

/** A namespace. `Member` is its sockets' class. */
export interface NamespaceApi<
  EmitEvents extends EventsMap,
  ServerSideEvents extends EventsMap,
  SocketData,
  Member,
>
  extends
    NodeEmitter<ServerSideEvents, RemoveAcknowledgements<EmitEvents>, NamespaceEvents<Member>>,
    BroadcastApi<EmitEvents, SocketData> {
  readonly name: string;
  /** The connected sockets by id, in the order in which they connected; not to be written to. */
  readonly sockets: Map<SocketId, Member>;
  readonly adapter: AdapterContract<AnySocket<EventsMap, unknown>>;
  readonly server: ServerApi;
  emit<Ev extends EventNamesWithoutAck<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): boolean;
  use(middleware: (socket: Member, next: Next) => void): this;
  serverSideEmit<Ev extends EventNames<ServerSideEvents>>(
    event: Ev,
    ...args: EventParams<DecorateAcknowledgementsWithTimeoutAndMultipleResponses<ServerSideEvents>, Ev>
  ): boolean;
  serverSideEmitWithAck<Ev extends EventNamesWithAck<ServerSideEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<ServerSideEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<ServerSideEvents, Ev>>>[]>;
}

/** The server. */
export interface ServerApi extends BroadcastApi<AnyData, AnyData> {
  readonly sockets: NamespaceApi<AnyData, AnyData, AnyData, RemoteSocket<AnyData, AnyData>>;
  readonly engine: Engine;
  of(name: string): NamespaceApi<AnyData, AnyData, AnyData, RemoteSocket<AnyData, AnyData>>;
  close(done?: (error?: Error) => void): Promise<void>;
}
