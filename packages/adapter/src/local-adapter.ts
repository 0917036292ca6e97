// The adapter of a single process, and the base of those for several, which applications know as `Adapter`: rooms in
// memory, delivery by direct call. Raises room events while somebody listens; never touches a connection itself.

import { NodeEmitter } from "@sockeye/emitter";
import type { SocketCodec } from "@sockeye/protocol/socket";
import type { AdapterContract, AdapterEvents } from "./adapter.ts";
import type { AnyData } from "./compat/any-data.ts";
import type { NamespaceNames } from "./compat/namespace-names.ts";
import type { AdapterNamespace, RoomMember, SocketDetails } from "./member.ts";
import { RoomIndex } from "./room-index.ts";
import type { RoomObserver } from "./room-index.ts";
import type {
  BroadcastAck,
  BroadcastFlags,
  BroadcastOptions,
  BroadcastPacket,
  PrivateSessionId,
  Room,
  Session,
  SessionToPersist,
  SocketId,
} from "./target.ts";
import { RoomsView, SidsView } from "./views.ts";

const NO_FLAGS: Readonly<BroadcastFlags> = Object.freeze({});

export class LocalAdapter<Message = AnyData, Member extends RoomMember<Message> = AnyData>
  extends NodeEmitter<AdapterEvents>
  implements AdapterContract<Member>
{
  readonly nsp: AdapterNamespace<Member, Message> & NamespaceNames;
  readonly rooms: Map<Room, Set<SocketId>>;
  readonly sids: Map<SocketId, Set<Room>>;
  readonly #index: RoomIndex<Member>;
  #hasWarned = false;

  constructor(nsp: AdapterNamespace<Member, Message>) {
    super();
    // Namespaces have those names too, for adapters that were written for them.
    this.nsp = nsp as AdapterNamespace<Member, Message> & NamespaceNames;
    this.#index = new RoomIndex(this.#observer());
    const memberOf = (id: SocketId): Member | undefined => nsp.memberOf(id);
    this.rooms = new RoomsView(this.#index, memberOf);
    this.sids = new SidsView(this.#index, memberOf);
  }

  /** The wire format. */
  get encoder(): SocketCodec {
    return this.nsp.codec;
  }

  init(): void | Promise<void> {}

  close(): void | Promise<void> {}

  serverCount(): Promise<number> {
    return Promise.resolve(1);
  }

  addAll(id: SocketId, rooms: Set<Room>): void | Promise<void> {
    const member = this.nsp.memberOf(id);
    if (member === undefined) return;
    for (const room of rooms) this.#index.join(member, room);
  }

  del(id: SocketId, room: Room): void | Promise<void> {
    const member = this.nsp.memberOf(id);
    if (member !== undefined) this.#index.leave(member, room);
  }

  delAll(id: SocketId): void {
    const member = this.nsp.memberOf(id);
    if (member !== undefined) this.#index.leaveAll(member);
  }

  broadcast(packet: BroadcastPacket, opts: BroadcastOptions): void {
    const message = this.nsp.encode(packet, opts.flags ?? NO_FLAGS);
    this.#forEach(opts, (member) => member.deliver(message));
  }

  broadcastWithAck(
    packet: BroadcastPacket,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: BroadcastAck,
  ): void {
    const id = this.nsp.nextAckId();
    const message = this.nsp.encode({ ...packet, id }, opts.flags ?? NO_FLAGS);
    const asked: Member[] = [];
    this.#forEach(opts, (member) => {
      asked.push(member);
      member.expectAck(id, ack);
      member.deliver(message);
    });
    // Who never answers must not be waited for as long as it lives.
    ack.whenSettled?.(() => {
      for (const member of asked) member.forgetAck(id);
    });
    clientCountCallback(asked.length);
  }

  sockets(rooms: Set<Room>): Promise<Set<SocketId>> {
    const ids = new Set<SocketId>();
    this.#forEach({ rooms }, (member) => ids.add(member.id));
    return Promise.resolve(ids);
  }

  socketRooms(id: SocketId): Set<Room> | undefined {
    return this.sids.get(id);
  }

  fetchSockets(opts: BroadcastOptions): Promise<(Member | SocketDetails)[]> {
    return Promise.resolve(this.#membersOf(opts));
  }

  // By way of the methods for one member, which may be overridden.

  addSockets(opts: BroadcastOptions, rooms: Room[]): void {
    const joined = new Set(rooms);
    for (const { id } of this.#membersOf(opts)) this.#watch(this.addAll(id, joined));
  }

  delSockets(opts: BroadcastOptions, rooms: Room[]): void {
    for (const { id } of this.#membersOf(opts)) for (const room of rooms) this.#watch(this.del(id, room));
  }

  disconnectSockets(opts: BroadcastOptions, close: boolean): void {
    for (const member of this.#membersOf(opts)) member.disconnect(close);
  }

  serverSideEmit(_packet: AnyData[]): void | Promise<void> {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.nsp.warn("this adapter does not support the serverSideEmit() functionality");
  }

  persistSession(_session: SessionToPersist): void | Promise<void> {}

  restoreSession(_pid: PrivateSessionId, _offset: string): Promise<Session | null> | null {
    return null;
  }

  /** Apart from the class, whose names are for those who extend it. */
  #observer(): RoomObserver {
    return {
      onCreateRoom: (room) => {
        if (this.hasListeners("create-room")) this.emit("create-room", room);
      },
      onJoinRoom: (room, id) => {
        if (this.hasListeners("join-room")) this.emit("join-room", room, id);
      },
      onLeaveRoom: (room, id) => {
        if (this.hasListeners("leave-room")) this.emit("leave-room", room, id);
      },
      onDeleteRoom: (room) => {
        if (this.hasListeners("delete-room")) this.emit("delete-room", room);
      },
    };
  }

  /** Hands a message that is made already to everybody meant. */
  protected deliver(message: Message, opts: BroadcastOptions): void {
    this.#forEach(opts, (member) => member.deliver(message));
  }

  #forEach(opts: BroadcastOptions, visit: (member: Member) => void): void {
    this.#index.forEachMember(opts, this.nsp.sockets, visit);
  }

  /** A snapshot, for what changes rooms or membership while it goes through them. */
  #membersOf(opts: BroadcastOptions): Member[] {
    const members: Member[] = [];
    this.#forEach(opts, (member) => members.push(member));
    return members;
  }

  #watch(pending: void | Promise<void>): void {
    if (pending !== undefined) pending.catch((error: unknown) => this.nsp.onAdapterError(error));
  }
}
