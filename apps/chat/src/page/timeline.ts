// The messages of one room as this page knows them, in order and each once, wherever they came from: the
// history of a join, a broadcast, or this page's own composer. Pure; drawn by message-list.ts.
import type { ChatMessage } from "../shared/contract.ts";

/** `queued`: waits for a connection; `sending`: on its way; `failed`: needs a decision. */
export type Delivery = "queued" | "sending" | "failed" | "sent";

export interface Entry {
  readonly id: string;
  person: string;
  name: string;
  text: string;
  at: number;
  delivery: Delivery;
  /** Why it failed. */
  problem: string | undefined;
  /** Ordinal of the room's epoch, and the place in it; own messages have none before they are sent. */
  epoch: number;
  seq: number;
}

export interface Place {
  seq: number;
  at: number;
}

/** A tab may stay open for weeks: older messages leave it. */
const MAX_ENTRIES = 500;

export class Timeline {
  readonly #byId = new Map<string, Entry>();
  readonly #epochs: string[] = [];
  #ordered: Entry[] = [];

  /** Sent messages in the server's order, then the rest in the order they were written. */
  get entries(): readonly Entry[] {
    return this.#ordered;
  }

  /** Takes in the history of a join; knows again what it has. */
  merge(history: readonly ChatMessage[], epoch: string): void {
    if (this.#epochs.at(-1) !== epoch) this.#epochs.push(epoch);
    for (const message of history) this.#take(message);
    this.#sort();
  }

  /** Takes in one broadcast; false when it was here already. */
  add(message: ChatMessage): boolean {
    const isNew = !this.#byId.has(message.id);
    this.#take(message);
    this.#sort();
    return isNew;
  }

  /** A message of our own, not sent yet. */
  write(own: { id: string; person: string; name: string; text: string; at: number }): void {
    const entry: Entry = { ...own, delivery: "queued", problem: undefined, epoch: 0, seq: 0 };
    this.#byId.set(own.id, entry);
    this.#ordered.push(entry);
  }

  /** Tells who we are, for what was written before the server told us. */
  adopt(person: string): void {
    for (const entry of this.#ordered) if (entry.person === "") entry.person = person;
  }

  mark(id: string, delivery: "queued" | "sending" | "failed", problem?: string): void {
    const entry = this.#byId.get(id);
    if (entry === undefined || entry.delivery === "sent") return;
    entry.delivery = delivery;
    entry.problem = problem;
    this.#sort();
  }

  /** The server has our message, at this place. */
  confirm(id: string, place: Place): void {
    const entry = this.#byId.get(id);
    if (entry === undefined) return;
    this.#settle(entry, place);
    this.#sort();
  }

  remove(id: string): void {
    this.#byId.delete(id);
    this.#ordered = this.#ordered.filter((entry) => entry.id !== id);
  }

  #take(message: ChatMessage): void {
    const { id, person, name, text, at } = message;
    let entry = this.#byId.get(id);
    if (entry === undefined) {
      entry = { id, person, name, text, at, delivery: "sent", problem: undefined, epoch: 0, seq: 0 };
      this.#byId.set(id, entry);
      this.#ordered.push(entry);
    }
    this.#settle(entry, message);
  }

  #settle(entry: Entry, place: Place): void {
    entry.delivery = "sent";
    entry.problem = undefined;
    entry.at = place.at;
    entry.seq = place.seq;
    entry.epoch = this.#epochs.length;
  }

  #sort(): void {
    // Array sort is stable: unsent messages keep the order in which they were written.
    this.#ordered.sort((a, b) => rank(a) - rank(b) || a.epoch - b.epoch || a.seq - b.seq);
    while (this.#ordered.length > MAX_ENTRIES && this.#ordered[0]?.delivery === "sent") {
      const oldest = this.#ordered.shift();
      if (oldest !== undefined) this.#byId.delete(oldest.id);
    }
  }
}

function rank(entry: Entry): number {
  return entry.delivery === "sent" ? 0 : 1;
}

/** Whether messages are missing before `entry`: the server no longer had them when this page came back. */
export function isAfterGap(entry: Entry, before: Entry | undefined): boolean {
  if (entry.delivery !== "sent" || entry.seq <= 1) return false;
  return before === undefined || before.epoch !== entry.epoch || before.seq !== entry.seq - 1;
}
