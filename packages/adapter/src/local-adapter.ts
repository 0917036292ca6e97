// The adapter of a single process: rooms in memory, delivery by direct call. Other adapters compose one. Raises room
// events while somebody listens; never touches a connection itself.

import { Emitter } from "@sockeye/emitter";
import type { EventPacket } from "@sockeye/protocol/socket";
import type { Adapter, AdapterEvents, BroadcastAcks } from "./adapter.ts";
import type { AdapterHost, RoomMember } from "./member.ts";
import { RoomIndex } from "./room-index.ts";
import type { RoomObserver } from "./room-index.ts";
import type { Room, SocketId, Target } from "./target.ts";
import { RoomsView, SidsView } from "./views.ts";

export class LocalAdapter<Message, Member extends RoomMember<Message>>
  extends Emitter<AdapterEvents>
  implements Adapter<Member>, RoomObserver
{
  readonly rooms: Map<Room, Set<SocketId>>;
  readonly sids: Map<SocketId, Set<Room>>;
  readonly #host: AdapterHost<Member, Message>;
  readonly #index: RoomIndex<Member>;
  #hasWarned = false;

  constructor(host: AdapterHost<Member, Message>) {
    super();
    this.#host = host;
    this.#index = new RoomIndex(this);
    const memberOf = (id: SocketId): Member | undefined => host.memberOf(id);
    this.rooms = new RoomsView(this.#index, memberOf);
    this.sids = new SidsView(this.#index, memberOf);
  }

  init(): void {}

  close(): void {}

  serverCount(): Promise<number> {
    return Promise.resolve(1);
  }

  addAll(id: SocketId, rooms: Iterable<Room>): void {
    const member = this.#host.memberOf(id);
    if (member === undefined) return;
    for (const room of rooms) this.#index.join(member, room);
  }

  del(id: SocketId, room: Room): void {
    const member = this.#host.memberOf(id);
    if (member !== undefined) this.#index.leave(member, room);
  }

  delAll(id: SocketId): void {
    const member = this.#host.memberOf(id);
    if (member !== undefined) this.#index.leaveAll(member);
  }

  broadcast(packet: EventPacket, target: Target): void {
    const message = this.#host.encode(packet, target.flags);
    this.#forEach(target, (member) => member.deliver(message));
  }

  broadcastWithAck(packet: EventPacket, target: Target, acks: BroadcastAcks): void {
    const id = this.#host.nextAckId();
    const message = this.#host.encode({ ...packet, id }, target.flags);
    const onAck = acks.onAck.bind(acks);
    const asked: Member[] = [];
    this.#forEach(target, (member) => {
      asked.push(member);
      member.expectAck(id, onAck);
      member.deliver(message);
    });
    // Who never answers must not be waited for as long as it lives.
    acks.whenSettled(() => {
      for (const member of asked) member.forgetAck(id);
    });
    acks.onClientCount(asked.length);
  }

  sockets(rooms: ReadonlySet<Room>): Promise<Set<SocketId>> {
    const ids = new Set<SocketId>();
    this.#forEach({ rooms, except: NO_ROOMS, flags: {} }, (member) => ids.add(member.id));
    return Promise.resolve(ids);
  }

  socketRooms(id: SocketId): Set<Room> | undefined {
    return this.sids.get(id);
  }

  fetchSockets(target: Target): Promise<Member[]> {
    return Promise.resolve(this.#membersOf(target));
  }

  addSockets(target: Target, rooms: Iterable<Room>): void {
    for (const member of this.#membersOf(target)) for (const room of rooms) this.#index.join(member, room);
  }

  delSockets(target: Target, rooms: Iterable<Room>): void {
    for (const member of this.#membersOf(target)) for (const room of rooms) this.#index.leave(member, room);
  }

  disconnectSockets(target: Target, close: boolean): void {
    for (const member of this.#membersOf(target)) member.disconnect(close);
  }

  serverSideEmit(_args: readonly unknown[]): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    this.#host.warn("this adapter does not support the serverSideEmit() functionality");
  }

  onCreateRoom(room: Room): void {
    if (this.hasListeners("create-room")) this.emit("create-room", room);
  }

  onJoinRoom(room: Room, id: SocketId): void {
    if (this.hasListeners("join-room")) this.emit("join-room", room, id);
  }

  onLeaveRoom(room: Room, id: SocketId): void {
    if (this.hasListeners("leave-room")) this.emit("leave-room", room, id);
  }

  onDeleteRoom(room: Room): void {
    if (this.hasListeners("delete-room")) this.emit("delete-room", room);
  }

  #forEach(target: Target, visit: (member: Member) => void): void {
    this.#index.forEachMember(target, this.#host.sockets, visit);
  }

  /** A snapshot, for what changes rooms or membership while it goes through them. */
  #membersOf(target: Target): Member[] {
    const members: Member[] = [];
    this.#forEach(target, (member) => members.push(member));
    return members;
  }
}

const NO_ROOMS: ReadonlySet<Room> = new Set();
