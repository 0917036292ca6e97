// The rooms of the server, in bounded number. An empty room keeps its history until the place is needed;
// then the one unused for longest goes. The default rooms never go.
import { Refused } from "./refused.ts";

/** What the table needs to know of a room. */
export interface Keepable {
  readonly isEmpty: boolean;
}

export class RoomTable<Room extends Keepable> {
  readonly #max: number;
  readonly #create: (name: string) => Room;
  readonly #permanent: ReadonlySet<string>;
  /** Least recently opened first. */
  readonly #rooms = new Map<string, Room>();

  constructor(max: number, permanent: readonly string[], create: (name: string) => Room) {
    this.#max = max;
    this.#create = create;
    this.#permanent = new Set(permanent);
    for (const name of permanent) this.#rooms.set(name, create(name));
  }

  get size(): number {
    return this.#rooms.size;
  }

  get(name: string): Room | undefined {
    return this.#rooms.get(name);
  }

  /** The room of this name, made if need be. Refuses when every place is taken by a room in use. */
  open(name: string): Room {
    let room = this.#rooms.get(name);
    if (room === undefined) {
      if (this.#rooms.size >= this.#max) this.#makePlace();
      room = this.#create(name);
    } else {
      this.#rooms.delete(name);
    }
    this.#rooms.set(name, room);
    return room;
  }

  #makePlace(): void {
    for (const [name, room] of this.#rooms) {
      if (!room.isEmpty || this.#permanent.has(name)) continue;
      this.#rooms.delete(name);
      return;
    }
    throw new Refused("ERR_NO_ROOM_LEFT");
  }
}
