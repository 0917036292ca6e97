// The model of the namespaces whose names match a pattern or please a function: `io.of(/^\/room-\d+$/)`. Has no sockets
// of its own; what is registered on it is copied to each child when that is made, and what it emits goes to all children.

import type { Adapter, AdapterEvents, BroadcastAcks, Room, SocketId, Target } from "@sockeye/adapter";
import { Emitter } from "@sockeye/emitter";
import type { DefaultEventsMap, EventsMap } from "@sockeye/emitter";
import type { EventPacket } from "@sockeye/protocol/socket";
import type { AuthPayload } from "./broadcast-operator.ts";
import type { AnyData } from "./compat/any-listener.ts";
import { ServerError } from "./errors.ts";
import { Namespace } from "./namespace.ts";
import type { NamespaceServer } from "./namespace.ts";
import type { Socket } from "./socket.ts";

/** Decides whether a namespace of this name may be made. */
export type NamespaceMatcher = (
  name: string,
  auth: AuthPayload,
  next: (error: Error | null, success: boolean) => void,
) => unknown;

let count = 0;

export class ParentNamespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = AnyData,
> extends Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  readonly children: Set<Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>;

  constructor(server: NamespaceServer) {
    const children = new Set<Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>();
    super(server, `/_${count++}`, () => new ParentAdapter(children));
    this.children = children;
  }

  /** Makes a namespace after this model. */
  createChild(
    server: NamespaceServer,
    name: string,
  ): Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
    const child = new Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>(server, name);
    this.copyTo(child);
    this.children.add(child);
    return child;
  }
}

/** The pattern as a matcher. */
export function matcherOf(pattern: RegExp): NamespaceMatcher {
  return (name, _auth, next) => {
    // A global or sticky pattern remembers where it stopped; a name either matches or it does not.
    pattern.lastIndex = 0;
    next(null, pattern.test(name));
  };
}

/** Sends to the children what is broadcast on the parent. */
class ParentAdapter extends Emitter<AdapterEvents> implements Adapter<Socket> {
  readonly rooms: Map<Room, Set<SocketId>> = new Map();
  readonly sids: Map<SocketId, Set<Room>> = new Map();
  readonly #children: ReadonlySet<Namespace<AnyData, AnyData, AnyData>>;

  constructor(children: ReadonlySet<Namespace<AnyData, AnyData, AnyData>>) {
    super();
    this.#children = children;
  }

  init(): void {}

  close(): void {}

  serverCount(): Promise<number> {
    return Promise.resolve(this.#children.size);
  }

  addAll(): void {}

  del(): void {}

  delAll(): void {}

  broadcast(packet: EventPacket, target: Target): void {
    for (const child of this.#children) child.adapter.broadcast({ ...packet, nsp: child.name }, target);
  }

  broadcastWithAck(packet: EventPacket, target: Target, acks: BroadcastAcks): void {
    for (const child of this.#children) {
      child.adapter.broadcastWithAck({ ...packet, nsp: child.name }, target, acks);
    }
  }

  sockets(): Promise<Set<SocketId>> {
    throw unsupported("allSockets()");
  }

  socketRooms(): undefined {
    return undefined;
  }

  fetchSockets(): Promise<Socket[]> {
    throw unsupported("fetchSockets()");
  }

  addSockets(target: Target, rooms: Iterable<Room>): void {
    for (const child of this.#children) child.adapter.addSockets(target, rooms);
  }

  delSockets(target: Target, rooms: Iterable<Room>): void {
    for (const child of this.#children) child.adapter.delSockets(target, rooms);
  }

  disconnectSockets(target: Target, close: boolean): void {
    for (const child of this.#children) child.adapter.disconnectSockets(target, close);
  }

  serverSideEmit(args: readonly unknown[]): void {
    for (const child of this.#children) child.adapter.serverSideEmit(args);
  }
}

function unsupported(what: string): ServerError {
  return new ServerError("ERR_PARENT_NAMESPACE", `${what} is not supported on parent namespaces`);
}
