// What was sent to the rooms of a namespace lately, oldest first, so that it can be sent again to who missed it. Owned by
// a RecoveryStore. Bounded by time and by number; knows what it has forgotten, so an answer is complete or there is none.

import type { Room } from "./target.ts";

/** Who a recorded event was meant for. */
export interface LoggedTarget {
  readonly rooms: ReadonlySet<Room>;
  readonly except?: ReadonlySet<Room> | undefined;
}

interface Entry<Message> {
  readonly message: Message;
  readonly rooms: ReadonlySet<Room>;
  readonly except: ReadonlySet<Room> | undefined;
  readonly atMs: number;
}

export interface RecoveryLogOptions {
  /** Tells this log from others: a position in another one means nothing here. */
  readonly epoch: string;
  /** How long entries are kept, in ms. */
  readonly keepMs: number;
  /** How many entries are kept at most. */
  readonly maxEntries: number;
}

export class RecoveryLog<Message> {
  readonly #options: RecoveryLogOptions;
  #entries: Entry<Message>[] = [];
  /** Where the oldest entry is: those before it are forgotten, and cut off now and then. */
  #head = 0;
  /** The sequence number of the oldest entry; they are consecutive, so each is found without a search. */
  #firstSequence = 1;
  /** The last that was forgotten, of those for everybody and of those for each room. */
  #lostForAll = 0;
  readonly #lostIn = new Map<Room, number>();

  constructor(options: RecoveryLogOptions) {
    this.#options = options;
  }

  /** How many entries are kept. */
  get size(): number {
    return this.#entries.length - this.#head;
  }

  /** How many rooms it remembers to have forgotten something of. */
  get roomsWithLosses(): number {
    return this.#lostIn.size;
  }

  /** The position of the last entry, or of the beginning: whoever is here has missed nothing. */
  get position(): string {
    return this.#positionOf(this.#firstSequence + this.size - 1);
  }

  /** The position the next entry will have. */
  get nextPosition(): string {
    return this.#positionOf(this.#firstSequence + this.size);
  }

  append(message: Message, { rooms, except }: LoggedTarget, nowMs: number): void {
    this.trim(nowMs);
    if (this.size >= this.#options.maxEntries) this.#forgetOldest();
    this.#entries.push({ message, rooms, except: except?.size === 0 ? undefined : except, atMs: nowMs });
  }

  /**
   * What was sent after `position` to who is in these rooms, in order; undefined if that cannot be said completely: the
   * position is none of this log's, or something for one of these rooms has been forgotten since. A position that is
   * older than the log is good as long as its owner missed nothing, so quiet connections come back too.
   */
  since(position: string, rooms: ReadonlySet<Room>): Message[] | undefined {
    const sequence = this.sequenceOf(position);
    if (sequence === undefined || this.#hasLost(sequence, rooms)) return undefined;
    const missed: Message[] = [];
    const from = this.#head + Math.max(0, sequence + 1 - this.#firstSequence);
    for (let at = from; at < this.#entries.length; at++) {
      const entry = this.#entries[at];
      if (entry !== undefined && isMeant(entry, rooms)) missed.push(entry.message);
    }
    return missed;
  }

  /** The later of two positions; the second may be anything. Undefined if either is none of this log's. */
  later(position: string, other: string): string | undefined {
    const [a, b] = [this.sequenceOf(position), this.sequenceOf(other)];
    return a === undefined || b === undefined ? undefined : this.#positionOf(Math.max(a, b));
  }

  /** The sequence number in a position; undefined if it is none of this log's. */
  sequenceOf(position: string): number | undefined {
    const { epoch } = this.#options;
    if (!position.startsWith(`${epoch}:`)) return undefined;
    const sequence = Number.parseInt(position.slice(epoch.length + 1), 36);
    const isKnown = sequence >= 0 && sequence < this.#firstSequence + this.size;
    return isKnown && position === this.#positionOf(sequence) ? sequence : undefined;
  }

  /** Forgets what is too old. */
  trim(nowMs: number): void {
    const oldestMs = nowMs - this.#options.keepMs;
    for (let entry = this.#entries[this.#head]; entry !== undefined; entry = this.#entries[this.#head]) {
      if (entry.atMs >= oldestMs) break;
      this.#forgetOldest();
    }
    this.#cut();
  }

  /** Stops to remember losses of rooms nobody can come back to. */
  forgetRooms(isNeeded: (room: Room) => boolean): void {
    for (const room of this.#lostIn.keys()) if (!isNeeded(room)) this.#lostIn.delete(room);
  }

  clear(): void {
    this.#firstSequence += this.size;
    this.#lostForAll = this.#firstSequence - 1;
    this.#lostIn.clear();
    this.#entries = [];
    this.#head = 0;
  }

  #positionOf(sequence: number): string {
    return `${this.#options.epoch}:${sequence.toString(36)}`;
  }

  #hasLost(sequence: number, rooms: ReadonlySet<Room>): boolean {
    if (sequence >= this.#firstSequence - 1) return false;
    if (this.#lostForAll > sequence) return true;
    for (const room of rooms) if ((this.#lostIn.get(room) ?? 0) > sequence) return true;
    return false;
  }

  #forgetOldest(): void {
    const entry = this.#entries[this.#head];
    if (entry === undefined) return;
    const sequence = this.#firstSequence++;
    if (entry.rooms.size === 0) this.#lostForAll = sequence;
    else for (const room of entry.rooms) this.#lostIn.set(room, sequence);
    this.#head++;
    this.#cut();
  }

  /** In one go, once half of the list is forgotten: so each entry is moved less than once on average. */
  #cut(): void {
    if (this.#head === 0 || this.#head * 2 < this.#entries.length) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#head = 0;
  }
}

function isMeant<Message>(entry: Entry<Message>, rooms: ReadonlySet<Room>): boolean {
  const { rooms: to, except } = entry;
  return (to.size === 0 || isAnyIn(to, rooms)) && (except === undefined || !isAnyIn(except, rooms));
}

function isAnyIn(some: ReadonlySet<Room>, rooms: ReadonlySet<Room>): boolean {
  for (const room of some) if (rooms.has(room)) return true;
  return false;
}
