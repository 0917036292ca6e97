// The adapter's `rooms` and `sids` as applications know them, by id: live views over the index, made on demand. They never
// hold state, so they cannot disagree with it. To the compiler they are what they always were, Maps of Sets; whoever
// changes one of them is told so at run time. The classes do not say so (`implements`) because what a Set must have
// depends on the library an application compiles with.

import { AdapterError } from "./errors.ts";
import type { RoomMember } from "./member.ts";
import type { RoomIndex } from "./room-index.ts";
import type { Room, SocketId } from "./target.ts";

/** Where `console.log` asks what to show: the content, not the view. */
const INSPECT = Symbol.for("nodejs.util.inspect.custom");

function toPlainSet(this: Set<unknown>): Set<unknown> {
  return new Set(this);
}

function toPlainMap(this: Map<unknown, unknown>): Map<unknown, unknown> {
  return new Map(this);
}

/** A read-only set whose content is somebody else's. */
abstract class SetView<T> {
  abstract get size(): number;
  abstract has(value: T): boolean;
  abstract values(): SetIterator<T>;

  keys(): SetIterator<T> {
    return this.values();
  }

  *entries(): SetIterator<[T, T]> {
    for (const value of this.values()) yield [value, value];
  }

  [Symbol.iterator](): SetIterator<T> {
    return this.values();
  }

  forEach(visit: (value: T, key: T, set: Set<T>) => void, receiver?: unknown): void {
    for (const value of this.values()) visit.call(receiver, value, value, this);
  }

  get [Symbol.toStringTag](): string {
    return "Set";
  }

  /** Throws AdapterError ERR_READ_ONLY, as do the others that change a set. */
  add(_value: T): this {
    throw new AdapterError("ERR_READ_ONLY");
  }

  delete(_value: T): boolean {
    throw new AdapterError("ERR_READ_ONLY");
  }

  clear(): void {
    throw new AdapterError("ERR_READ_ONLY");
  }

  static {
    Object.defineProperty(this.prototype, INSPECT, { value: toPlainSet });
  }
}

/** A read-only map whose content is somebody else's. */
abstract class MapView<K, V> {
  abstract get size(): number;
  abstract get(key: K): V | undefined;
  abstract keys(): MapIterator<K>;

  has(key: K): boolean {
    return this.get(key) !== undefined;
  }

  *entries(): MapIterator<[K, V]> {
    for (const key of this.keys()) {
      const value = this.get(key);
      if (value !== undefined) yield [key, value];
    }
  }

  *values(): MapIterator<V> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): MapIterator<[K, V]> {
    return this.entries();
  }

  forEach(visit: (value: V, key: K, map: Map<K, V>) => void, receiver?: unknown): void {
    for (const [key, value] of this.entries()) visit.call(receiver, value, key, this);
  }

  get [Symbol.toStringTag](): string {
    return "Map";
  }

  /** Throws AdapterError ERR_READ_ONLY, as do the others that change a map. */
  set(_key: K, _value: V): this {
    throw new AdapterError("ERR_READ_ONLY");
  }

  delete(_key: K): boolean {
    throw new AdapterError("ERR_READ_ONLY");
  }

  clear(): void {
    throw new AdapterError("ERR_READ_ONLY");
  }

  static {
    Object.defineProperty(this.prototype, INSPECT, { value: toPlainMap });
  }
}

/** The ids of the members of one room. */
class MemberIdsView<Member extends RoomMember<never>> extends SetView<SocketId> {
  readonly #index: RoomIndex<Member>;
  readonly #room: Room;
  readonly #memberOf: (id: SocketId) => Member | undefined;

  constructor(index: RoomIndex<Member>, room: Room, memberOf: (id: SocketId) => Member | undefined) {
    super();
    this.#index = index;
    this.#room = room;
    this.#memberOf = memberOf;
  }

  get size(): number {
    return this.#index.sizeOf(this.#room);
  }

  has(id: SocketId): boolean {
    const member = this.#memberOf(id);
    return member !== undefined && this.#index.has(this.#room, member);
  }

  *values(): SetIterator<SocketId> {
    for (const member of this.#index.membersOf(this.#room)) yield member.id;
  }
}

/** The rooms of one member. */
export class JoinedRoomsView extends SetView<Room> {
  readonly #member: RoomMember<never>;

  constructor(member: RoomMember<never>) {
    super();
    this.#member = member;
  }

  get size(): number {
    const joined = this.#member.joinedRooms;
    if (joined === undefined) return 0;
    return joined instanceof Set ? joined.size : 1;
  }

  has(room: Room): boolean {
    const joined = this.#member.joinedRooms;
    return joined === room || (joined instanceof Set && joined.has(room));
  }

  *values(): SetIterator<Room> {
    const joined = this.#member.joinedRooms;
    if (joined instanceof Set) yield* joined;
    else if (joined !== undefined) yield joined;
  }
}

/** `adapter.rooms`: room → ids of its members. */
export class RoomsView<Member extends RoomMember<never>> extends MapView<Room, Set<SocketId>> {
  readonly #index: RoomIndex<Member>;
  readonly #memberOf: (id: SocketId) => Member | undefined;

  constructor(index: RoomIndex<Member>, memberOf: (id: SocketId) => Member | undefined) {
    super();
    this.#index = index;
    this.#memberOf = memberOf;
  }

  get size(): number {
    return this.#index.roomCount;
  }

  get(room: Room): Set<SocketId> | undefined {
    return this.#index.hasRoom(room) ? new MemberIdsView(this.#index, room, this.#memberOf) : undefined;
  }

  keys(): MapIterator<Room> {
    return this.#index.roomNames();
  }
}

/** `adapter.sids`: member id → its rooms. Members that are in no room are not in it. */
export class SidsView<Member extends RoomMember<never>> extends MapView<SocketId, Set<Room>> {
  readonly #index: RoomIndex<Member>;
  readonly #memberOf: (id: SocketId) => Member | undefined;

  constructor(index: RoomIndex<Member>, memberOf: (id: SocketId) => Member | undefined) {
    super();
    this.#index = index;
    this.#memberOf = memberOf;
  }

  get size(): number {
    return this.#ids().size;
  }

  get(id: SocketId): Set<Room> | undefined {
    const member = this.#memberOf(id);
    return member?.joinedRooms === undefined ? undefined : new JoinedRoomsView(member);
  }

  keys(): MapIterator<SocketId> {
    return this.#ids().keys();
  }

  /** Rooms hold members, so who is in any is found by walking them: a call for tools, not for hot paths. */
  #ids(): Map<SocketId, true> {
    const ids = new Map<SocketId, true>();
    for (const room of this.#index.roomNames()) {
      for (const member of this.#index.membersOf(room)) ids.set(member.id, true);
    }
    return ids;
  }
}
