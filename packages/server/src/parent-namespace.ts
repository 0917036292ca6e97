// The model of the namespaces whose names match a pattern or please a function: `io.of(/^\/room-\d+$/)`. Has no sockets
// of its own; what is registered on it is copied to each child when that is made, and what it emits goes to all children.

import { LocalAdapter } from "@sockeye/adapter";
import type { BroadcastAck, BroadcastOptions, BroadcastPacket, Room, SocketId } from "@sockeye/adapter";
import type { DefaultEventsMap, EventsMap } from "@sockeye/emitter";
import type { AuthPayload } from "./broadcast-operator.ts";
import type { AnyData } from "./compat/any-listener.ts";
import { ServerError } from "./errors.ts";
import { Namespace } from "./namespace.ts";
import type { NamespaceForAdapter, NamespaceServer } from "./namespace.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";
import type { Socket } from "./socket.ts";

/** Decides whether a namespace of this name may be made. */
export type NamespaceMatcher = (
  name: string,
  auth: AuthPayload,
  next: (error: Error | null, success: boolean) => void,
) => unknown;

let parents = 0;

export class ParentNamespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = AnyData,
> extends Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData> {
  readonly children: Set<Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>;

  constructor(server: NamespaceServer) {
    const children = new Set<Namespace<ListenEvents, EmitEvents, ServerSideEvents, SocketData>>();
    super(server, `/_${parents++}`, (nsp) => new ParentAdapter(nsp, children));
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
class ParentAdapter extends LocalAdapter<OutgoingMessage, Socket> {
  readonly #children: ReadonlySet<Namespace<AnyData, AnyData, AnyData>>;

  constructor(nsp: NamespaceForAdapter, children: ReadonlySet<Namespace<AnyData, AnyData, AnyData>>) {
    super(nsp);
    this.#children = children;
  }

  override async serverCount(): Promise<number> {
    const counts = await Promise.all([...this.#children].map(({ adapter }) => adapter.serverCount()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  override broadcast(packet: BroadcastPacket, opts: BroadcastOptions): void {
    for (const child of this.#children) {
      child.watchAdapter(child.adapter.broadcast({ ...packet, nsp: child.name }, opts));
    }
  }

  override broadcastWithAck(
    packet: BroadcastPacket,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: BroadcastAck,
  ): void {
    for (const child of this.#children) {
      const copy = { ...packet, nsp: child.name };
      child.watchAdapter(child.adapter.broadcastWithAck(copy, opts, clientCountCallback, ack));
    }
  }

  override sockets(): Promise<Set<SocketId>> {
    throw unsupported("allSockets()");
  }

  override fetchSockets(): Promise<Socket[]> {
    throw unsupported("fetchSockets()");
  }

  override addSockets(opts: BroadcastOptions, rooms: Room[]): void {
    for (const child of this.#children) child.watchAdapter(child.adapter.addSockets(opts, rooms));
  }

  override delSockets(opts: BroadcastOptions, rooms: Room[]): void {
    for (const child of this.#children) child.watchAdapter(child.adapter.delSockets(opts, rooms));
  }

  override disconnectSockets(opts: BroadcastOptions, close: boolean): void {
    for (const child of this.#children) child.watchAdapter(child.adapter.disconnectSockets(opts, close));
  }

  override serverSideEmit(args: AnyData[]): void {
    for (const child of this.#children) child.watchAdapter(child.adapter.serverSideEmit(args));
  }
}

function unsupported(what: string): ServerError {
  return new ServerError("ERR_PARENT_NAMESPACE", `${what} is not supported on parent namespaces`);
}
