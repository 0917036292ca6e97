// Says who gets an event and how, one call at a time: `io.to("a").except("b").volatile.emit(…)`. Immutable: each call
// gives a new operator, so one may be kept and used again. It targets; the adapter delivers.

import type { IncomingHttpHeaders } from "node:http";
import type { ParsedUrlQuery } from "node:querystring";
import { NO_ROOMS } from "@sockeye/adapter";
import type {
  AdapterContract,
  BroadcastFlags,
  BroadcastOptions,
  Room,
  SocketId,
  SocketDetails,
} from "@sockeye/adapter";
import type {
  AllButLast,
  DecorateAcknowledgements,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  TypedEventBroadcaster,
} from "@sockeye/emitter";
import type { Clock } from "@sockeye/protocol";
import { PacketType } from "@sockeye/protocol/socket";
import type { EventPacket } from "@sockeye/protocol/socket";
import { BroadcastCollector, isAck } from "./acks.ts";
import { timeoutMs as checkedTimeout } from "./checks.ts";
import type { AnyData } from "./compat/any-listener.ts";
import { callGuarded } from "./guard.ts";
import type { Guarded } from "./guard.ts";
import { refuseReserved, wireName } from "./reserved.ts";

/** What adapters know sockets by, their own and those of other nodes. */
export interface AnySocket<
  EmitEvents extends EventsMap,
  SocketData,
> extends TypedEventBroadcaster<EmitEvents> {
  readonly id: SocketId;
  readonly handshake: Handshake;
  /** A live view for sockets of this node, a copy for others; not to be written to. */
  readonly rooms: Set<Room>;
  data: SocketData;
  join(rooms: Room | Room[]): void | Promise<void>;
  leave(room: Room): void | Promise<void>;
  disconnect(close?: boolean): this;
}

/** A socket of this node or of another, as `fetchSockets()` gives it. */
export interface RemoteSocket<EmitEvents extends EventsMap, SocketData> extends AnySocket<
  EmitEvents,
  SocketData
> {
  /** For the next event: how long to wait for the answer, in ms. Its callback becomes error-first. */
  timeout(timeoutMs: number): Asking<DecorateAcknowledgements<EmitEvents>>;
}

/** What an event can be sent through that waits for one answer. */
export interface Asking<EmitEvents extends EventsMap> extends TypedEventBroadcaster<EmitEvents> {
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>>;
}

/** What the client said when it came. */
export interface Handshake {
  readonly headers: IncomingHttpHeaders;
  /** When the connection was opened, for people. */
  readonly time: string;
  /** Of the peer, or of the proxy before it. */
  readonly address: string;
  /** Whether the request had an Origin header. */
  readonly xdomain: boolean;
  readonly secure: boolean;
  /** When the connection was opened, in ms since 1970. */
  readonly issued: number;
  readonly url: string;
  readonly query: ParsedUrlQuery;
  /** What the client sent as `auth`; `{}` if nothing. */
  readonly auth: AuthPayload;
}

/** Sent by the client, so of any shape: check it. */
export interface AuthPayload {
  [key: string]: AnyData;
}

/** The namespace a broadcast happens in. */
export interface BroadcastScope extends Guarded {
  readonly name: string;
  readonly adapter: AdapterContract<AnySocket<EventsMap, unknown>>;
  readonly clock: Clock;
  /** Reports it if what an adapter was asked to do fails later. */
  watchAdapter(pending: void | Promise<void>): void;
}

/** Everything is said, though rooms may be none. */
type Target = Required<BroadcastOptions> & { readonly flags: BroadcastFlags; readonly except: Set<Room> };

/** Without `timeout()` a broadcast's answers are hardly waited for (wire.md §3.14): recipients may never answer. */
const HARDLY_ANY_TIME_MS = 1;
const NO_FLAGS: BroadcastFlags = Object.freeze({});

export class BroadcastOperator<EmitEvents extends EventsMap, SocketData> {
  readonly #scope: BroadcastScope;
  readonly #target: Target;

  constructor(
    scope: BroadcastScope,
    rooms: Set<Room> = NO_ROOMS,
    except: Set<Room> = NO_ROOMS,
    flags: BroadcastFlags = NO_FLAGS,
  ) {
    this.#scope = scope;
    this.#target = { rooms, except, flags };
  }

  /** For the members of this room, or of any of these rooms, too. A socket in several of them gets one copy. */
  to(room: Room | Room[]): BroadcastOperator<EmitEvents, SocketData> {
    const { rooms, except, flags } = this.#target;
    return new BroadcastOperator(this.#scope, withRooms(rooms, room), except, flags);
  }

  /** The same as `to`. */
  in(room: Room | Room[]): BroadcastOperator<EmitEvents, SocketData> {
    return this.to(room);
  }

  /** Not for the members of this room, or of any of these rooms. */
  except(room: Room | Room[]): BroadcastOperator<EmitEvents, SocketData> {
    const { rooms, except, flags } = this.#target;
    return new BroadcastOperator(this.#scope, rooms, withRooms(except, room), flags);
  }

  /** Whether the event may be compressed. Default: it may. */
  compress(compress: boolean): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ compress });
  }

  /** The event is dropped for those who cannot take it at once. */
  get volatile(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ volatile: true });
  }

  /** For sockets of this node only. */
  get local(): BroadcastOperator<EmitEvents, SocketData> {
    return this.#with({ local: true });
  }

  /** How long to wait for acknowledgements, in ms. The acknowledgement callback becomes error-first. */
  timeout(timeoutMs: number): BroadcastOperator<DecorateAcknowledgements<EmitEvents>, SocketData> {
    const { rooms, except, flags } = this.#target;
    return new BroadcastOperator(this.#scope, rooms, except, {
      ...flags,
      timeout: checkedTimeout("timeout", timeoutMs),
    });
  }

  /**
   * Sends an event to everybody meant. A function as last argument is called as `(error, responses)`: with the first
   * argument of each client's answer, once all have answered, or, after the timeout, with an error and those that have.
   * Throws ServerError ERR_RESERVED_EVENT.
   */
  emit<Ev extends EventNames<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): boolean {
    refuseReserved(event);
    const last: unknown = args.at(-1);
    if (isAck(last)) {
      this.#ask(wireName(event), args.slice(0, -1), (error, responses) =>
        callGuarded(this.#scope, "acknowledgement", last, [error, responses], String(event)),
      );
    } else {
      const { adapter } = this.#scope;
      this.#scope.watchAdapter(adapter.broadcast(this.#packet(wireName(event), args), this.#target));
    }
    return true;
  }

  /**
   * Sends an event to everybody meant and resolves to their answers. Rejects after the timeout; the answers that did
   * come are then in `error.responses`.
   */
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    refuseReserved(event);
    return new Promise((resolve, reject) => {
      this.#ask(wireName(event), args, (error, responses) => {
        if (error === null) resolve(responses as FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>);
        else reject(error);
      });
    });
  }

  /** The ids of those meant. */
  allSockets(): Promise<Set<SocketId>> {
    return this.#scope.adapter
      .fetchSockets(this.#target)
      .then((sockets) => new Set(sockets.map(({ id }) => id)));
  }

  /** Those meant: the sockets of this node themselves, and stand-ins for those of others. */
  fetchSockets(): Promise<RemoteSocket<EmitEvents, SocketData>[]> {
    const scope = this.#scope;
    const local = (socket: object): RemoteSocket<EmitEvents, SocketData> | undefined =>
      isSocket<EmitEvents, SocketData>(socket) ? socket : undefined;
    return scope.adapter
      .fetchSockets(this.#target)
      .then((sockets) => sockets.map((socket) => local(socket) ?? new DistantSocket(scope, socket)));
  }

  /** Makes those meant join a room or rooms. */
  socketsJoin(room: Room | Room[]): void {
    this.#scope.watchAdapter(this.#scope.adapter.addSockets(this.#target, listOf(room)));
  }

  /** Makes those meant leave a room or rooms. */
  socketsLeave(room: Room | Room[]): void {
    this.#scope.watchAdapter(this.#scope.adapter.delSockets(this.#target, listOf(room)));
  }

  /** Disconnects those meant; with `close` their whole connection. */
  disconnectSockets(close = false): void {
    this.#scope.watchAdapter(this.#scope.adapter.disconnectSockets(this.#target, close));
  }

  #with(more: BroadcastFlags): BroadcastOperator<EmitEvents, SocketData> {
    const { rooms, except, flags } = this.#target;
    return new BroadcastOperator(this.#scope, rooms, except, { ...flags, ...more });
  }

  #packet(event: string | number, args: readonly unknown[]): EventPacket {
    return { type: PacketType.EVENT, nsp: this.#scope.name, data: [event, ...args] };
  }

  #ask(
    event: string | number,
    args: readonly unknown[],
    done: (error: Error | null, responses: unknown[]) => void,
  ): void {
    const { adapter, clock } = this.#scope;
    const { timeout, local } = this.#target.flags;
    const collector = new BroadcastCollector(clock, timeout ?? HARDLY_ANY_TIME_MS, done);
    const { onClientCount, ack } = collector;
    const packet = this.#packet(event, args);
    this.#scope.watchAdapter(adapter.broadcastWithAck(packet, this.#target, onClientCount, ack));
    if (local === true) collector.onNodeCount(1);
    else
      adapter.serverCount().then(
        (nodes) => collector.onNodeCount(nodes),
        (error: unknown) => collector.onFailure(asError(error)),
      );
  }
}

/** A socket of another node: what was known of it when it was fetched, and a way to reach it. */
class DistantSocket<EmitEvents extends EventsMap, SocketData> implements RemoteSocket<
  EmitEvents,
  SocketData
> {
  readonly id: SocketId;
  readonly handshake: Handshake;
  readonly rooms: Set<Room>;
  data: SocketData;
  readonly #scope: BroadcastScope;
  readonly #timeoutMs: number | undefined;

  constructor(scope: BroadcastScope, details: SocketDetails, timeoutMs?: number) {
    this.id = details.id;
    this.handshake = details.handshake;
    this.rooms = new Set(details.rooms);
    this.data = details.data as SocketData;
    this.#scope = scope;
    this.#timeoutMs = timeoutMs;
  }

  timeout(timeoutMs: number): Asking<DecorateAcknowledgements<EmitEvents>> {
    return new DistantSocket(this.#scope, this, checkedTimeout("timeout", timeoutMs));
  }

  emit<Ev extends EventNames<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): boolean {
    const last: unknown = args.at(-1);
    if (!isAck(last)) return this.#alone().emit(event, ...args);
    const single = (error: Error | null, answers: unknown[]): unknown =>
      last(error, error === null ? answers[0] : null);
    return this.#alone().emit(event, ...args.slice(0, -1), single);
  }

  async emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    const answers: AnyData = await this.#alone().emitWithAck(event, ...(args as AnyData[]));
    return answers[0];
  }

  join(rooms: Room | Room[]): void {
    this.#alone().socketsJoin(rooms);
  }

  leave(room: Room): void {
    this.#alone().socketsLeave(room);
  }

  disconnect(close = false): this {
    this.#alone().disconnectSockets(close);
    return this;
  }

  /** Each socket is in a room of its own. */
  #alone(): BroadcastOperator<AnyData, SocketData> {
    const alone = new BroadcastOperator<AnyData, SocketData>(this.#scope, new Set([this.id]));
    return this.#timeoutMs === undefined ? alone : alone.timeout(this.#timeoutMs);
  }
}

function isSocket<EmitEvents extends EventsMap, SocketData>(
  socket: object,
): socket is RemoteSocket<EmitEvents, SocketData> {
  return "join" in socket && typeof socket.join === "function";
}

function withRooms(rooms: Set<Room>, more: Room | Room[]): Set<Room> {
  if (rooms.size === 0) return new Set(listOf(more));
  const all = new Set(rooms);
  for (const room of listOf(more)) all.add(room);
  return all;
}

function listOf(room: Room | Room[]): Room[] {
  return Array.isArray(room) ? room : [room];
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
