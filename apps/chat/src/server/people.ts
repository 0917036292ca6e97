// Who is in one room. A person with several tabs is listed once and leaves with the last tab.
import type { Person } from "../shared/contract.ts";

interface Entry {
  name: string;
  readonly sockets: Set<string>;
}

export class People {
  readonly #byPerson = new Map<string, Entry>();
  #sockets = 0;

  /** Connections in the room. */
  get sockets(): number {
    return this.#sockets;
  }

  /** People in the room. */
  get total(): number {
    return this.#byPerson.size;
  }

  /** Adds a connection or, when it is here already, takes its new name. The latest name of any tab counts. */
  enter(socketId: string, person: string, name: string): void {
    let entry = this.#byPerson.get(person);
    if (entry === undefined) {
      entry = { name, sockets: new Set() };
      this.#byPerson.set(person, entry);
    }
    entry.name = name;
    if (entry.sockets.has(socketId)) return;
    entry.sockets.add(socketId);
    this.#sockets += 1;
  }

  leave(socketId: string, person: string): void {
    const entry = this.#byPerson.get(person);
    if (entry === undefined || !entry.sockets.delete(socketId)) return;
    this.#sockets -= 1;
    if (entry.sockets.size === 0) this.#byPerson.delete(person);
  }

  /** In order of arrival, at most `max` of them. */
  list(max: number): Person[] {
    const people: Person[] = [];
    for (const [person, { name, sockets }] of this.#byPerson) {
      if (people.length >= max) break;
      people.push({ person, name, tabs: sockets.size });
    }
    return people;
  }
}
