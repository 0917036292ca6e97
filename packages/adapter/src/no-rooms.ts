// The rooms of those who name none. Shared by all broadcasts and handed to adapters of the application, so it must stay empty.

import { AdapterError } from "./errors.ts";
import type { Room } from "./target.ts";

class NoRooms extends Set<Room> {
  /** Throws AdapterError ERR_READ_ONLY. */
  override add(_room: Room): never {
    throw new AdapterError(
      "ERR_READ_ONLY",
      "the rooms of a broadcast may be shared, copy them to add to them",
    );
  }
}

export const NO_ROOMS: Set<Room> = new NoRooms();
