// Which members are in which rooms, by reference: a broadcast reaches a member without looking anything up. Owned by
// one adapter, which alone may change it. Most rooms are a member's own and hold one member, so a room of one costs no
// set, and neither do the rooms of a member that is in one.

import type { RoomMember } from "./member.ts";
import type { BroadcastOptions, Room, SocketId } from "./target.ts";

/** What happens to rooms; each call comes after the change it tells of. */
export interface RoomObserver {
  onCreateRoom(room: Room): void;
  onJoinRoom(room: Room, id: SocketId): void;
  onLeaveRoom(room: Room, id: SocketId): void;
  onDeleteRoom(room: Room): void;
}

type Occupants<Member> = Member | Set<Member>;

export class RoomIndex<Member extends RoomMember<never>> {
  readonly #rooms = new Map<Room, Occupants<Member>>();
  readonly #observer: RoomObserver;

  constructor(observer: RoomObserver) {
    this.#observer = observer;
  }

  get roomCount(): number {
    return this.#rooms.size;
  }

  roomNames(): IterableIterator<Room> {
    return this.#rooms.keys();
  }

  hasRoom(room: Room): boolean {
    return this.#rooms.has(room);
  }

  /** The number of members of a room; 0 if there is no such room. */
  sizeOf(room: Room): number {
    const occupants = this.#rooms.get(room);
    if (occupants === undefined) return 0;
    return occupants instanceof Set ? occupants.size : 1;
  }

  /** Puts the member into the room. Does nothing if it is there. */
  join(member: Member, room: Room): void {
    const occupants = this.#rooms.get(room);
    if (occupants === undefined) {
      this.#rooms.set(room, member);
      this.#observer.onCreateRoom(room);
    } else if (occupants instanceof Set) {
      if (occupants.has(member)) return;
      occupants.add(member);
    } else {
      if (occupants === member) return;
      this.#rooms.set(room, new Set([occupants, member]));
    }
    const joined = member.joinedRooms;
    if (joined === undefined) member.joinedRooms = room;
    else if (joined instanceof Set) joined.add(room);
    else member.joinedRooms = new Set([joined, room]);
    this.#observer.onJoinRoom(room, member.id);
  }

  /** Takes the member out of the room; an empty room is gone. Does nothing if it is not there. */
  leave(member: Member, room: Room): void {
    if (!this.has(room, member)) return;
    const joined = member.joinedRooms;
    if (joined instanceof Set) joined.delete(room);
    else member.joinedRooms = undefined;
    this.#vacate(member, room);
  }

  /** Takes the member out of all its rooms, in the order in which it joined them. */
  leaveAll(member: Member): void {
    const joined = member.joinedRooms;
    if (joined === undefined) return;
    member.joinedRooms = undefined;
    if (joined instanceof Set) for (const room of joined) this.#vacate(member, room);
    else this.#vacate(member, joined);
  }

  has(room: Room, member: Member): boolean {
    const occupants = this.#rooms.get(room);
    return occupants === member || (occupants instanceof Set && occupants.has(member));
  }

  /** The members of a room in the order in which they joined. */
  *membersOf(room: Room): IterableIterator<Member> {
    const occupants = this.#rooms.get(room);
    if (occupants instanceof Set) yield* occupants;
    else if (occupants !== undefined) yield occupants;
  }

  /**
   * Visits each connected member of the target once, in the order of joining, room by room; `everybody` is who is meant
   * if the target names no room. Members may join and leave meanwhile: who leaves before its turn is passed over.
   */
  forEachMember(
    target: BroadcastOptions,
    everybody: ReadonlyMap<SocketId, Member>,
    visit: (member: Member) => void,
  ): void {
    const { rooms, except } = target;
    const spared = except === undefined || except.size === 0 ? NOBODY : this.#occupantsOf(except);
    if (rooms.size === 0) return visitEach(everybody.values(), everybody.size, spared, visit);
    const meant = this.#occupantsOf(rooms);
    if (meant.length > 1) {
      const union = gather(meant);
      return visitEach(union, union.length, spared, visit);
    }
    const [only] = meant;
    if (only instanceof Set) visitEach(only, only.size, spared, visit);
    else if (only?.connected && !isInAny(only, spared)) visit(only);
  }

  /** Looked up once, so that the loop over members compares references. */
  #occupantsOf(rooms: ReadonlySet<Room>): Occupants<Member>[] {
    const found: Occupants<Member>[] = [];
    for (const room of rooms) {
      const occupants = this.#rooms.get(room);
      if (occupants !== undefined) found.push(occupants);
    }
    return found;
  }

  #vacate(member: Member, room: Room): void {
    const occupants = this.#rooms.get(room);
    if (occupants instanceof Set) occupants.delete(member);
    const isEmpty = occupants === member || (occupants instanceof Set && occupants.size === 0);
    if (isEmpty) this.#rooms.delete(room);
    this.#observer.onLeaveRoom(room, member.id);
    if (isEmpty) this.#observer.onDeleteRoom(room);
  }
}

const NOBODY: readonly never[] = Object.freeze([]);

/** Numbers gatherings of all indexes, since a member may be handed from one to another. */
let gatherings = 0;

/** The members of any of the rooms, each once. All are marked before the first is visited: visits may nest. */
function gather<Member extends RoomMember<never>>(rooms: readonly Occupants<Member>[]): Member[] {
  const gathering = ++gatherings;
  const members: Member[] = [];
  for (const occupants of rooms) {
    for (const member of occupants instanceof Set ? occupants : [occupants]) {
      if (member.gatheredIn === gathering) continue;
      member.gatheredIn = gathering;
      members.push(member);
    }
  }
  return members;
}

/** @param size how many there are now: who joins during the loop is not visited, or it might never end */
function visitEach<Member extends RoomMember<never>>(
  members: Iterable<Member>,
  size: number,
  spared: readonly Occupants<Member>[],
  visit: (member: Member) => void,
): void {
  let left = size;
  for (const member of members) {
    if (left-- === 0) return;
    if (member.connected && (spared.length === 0 || !isInAny(member, spared))) visit(member);
  }
}

function isInAny<Member>(member: Member, rooms: readonly Occupants<Member>[]): boolean {
  for (const occupants of rooms) {
    if (occupants === member || (occupants instanceof Set && occupants.has(member))) return true;
  }
  return false;
}
