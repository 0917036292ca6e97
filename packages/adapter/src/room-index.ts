// Which members are in which rooms, by reference: a broadcast reaches a member without looking anything up. Owned by
// one adapter, which alone may change it. Most rooms are a member's own and hold one member, so a room of one costs no
// set, and neither do the rooms of a member that is in one.

import type { RoomMember } from "./member.ts";
import type { Room, SocketId, Target } from "./target.ts";

/** What happens to rooms; each call comes after the change it tells of. */
export interface RoomObserver {
  onCreateRoom(room: Room): void;
  onJoinRoom(room: Room, id: SocketId): void;
  onLeaveRoom(room: Room, id: SocketId): void;
  onDeleteRoom(room: Room): void;
}

/** Up to this many rooms, a member of several is recognised by asking the earlier rooms; beyond, by remembering. */
const FEW_ROOMS = 8;

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
    else if (typeof joined === "string") member.joinedRooms = new Set([joined, room]);
    else joined.add(room);
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
    if (typeof joined === "string") this.#vacate(member, joined);
    else for (const room of joined) this.#vacate(member, room);
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
   * Visits each connected member of the target once. `everybody` is who is meant if the target names no room.
   * Members may join and leave while they are visited.
   */
  forEachMember(target: Target, everybody: Iterable<Member>, visit: (member: Member) => void): void {
    const { rooms, except } = target;
    if (rooms.size === 0) return this.#visitEach(everybody, except, visit);
    if (rooms.size > FEW_ROOMS) return this.#visitRemembering(rooms, except, visit);
    const earlier: Room[] = [];
    for (const room of rooms) {
      const occupants = this.#rooms.get(room);
      if (occupants instanceof Set) {
        if (earlier.length === 0) this.#visitEach(occupants, except, visit);
        else this.#visitNew(occupants, earlier, except, visit);
      } else if (
        occupants?.connected &&
        !this.#isInAny(occupants, earlier) &&
        !this.#isInAny(occupants, except)
      ) {
        visit(occupants);
      }
      if (rooms.size > 1) earlier.push(room);
    }
  }

  #visitEach(members: Iterable<Member>, except: ReadonlySet<Room>, visit: (member: Member) => void): void {
    if (except.size === 0) {
      for (const member of members) if (member.connected) visit(member);
    } else {
      for (const member of members) if (member.connected && !this.#isInAny(member, except)) visit(member);
    }
  }

  #visitNew(
    members: Iterable<Member>,
    earlier: readonly Room[],
    except: ReadonlySet<Room>,
    visit: (member: Member) => void,
  ): void {
    for (const member of members) {
      if (member.connected && !this.#isInAny(member, earlier) && !this.#isInAny(member, except))
        visit(member);
    }
  }

  #visitRemembering(
    rooms: ReadonlySet<Room>,
    except: ReadonlySet<Room>,
    visit: (member: Member) => void,
  ): void {
    const seen = new Set<Member>();
    for (const room of rooms) for (const member of this.membersOf(room)) seen.add(member);
    this.#visitEach(seen, except, visit);
  }

  #isInAny(member: Member, rooms: Iterable<Room>): boolean {
    for (const room of rooms) {
      const occupants = this.#rooms.get(room);
      if (occupants === member || (occupants instanceof Set && occupants.has(member))) return true;
    }
    return false;
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
