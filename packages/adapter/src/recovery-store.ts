// What a namespace keeps so that clients may come back: a log of events and the sessions of those who are gone. In the
// memory of this process; the one place to change for another kind of store. Used by RecoveryAdapter.

import type { Cancel, Clock } from "@sockeye/protocol";
import { RecoveryLog } from "./recovery-log.ts";
import type { LoggedTarget } from "./recovery-log.ts";
import type { PrivateSessionId, Room, SessionToPersist } from "./target.ts";

/** A session with the place in the log where it began: for clients that come back without having received anything. */
export interface RecoverableSession extends SessionToPersist {
  start?: string | undefined;
}

export interface RecoveryStoreOptions {
  readonly clock: Clock;
  /** How long a session is kept after its connection was lost, in ms. Infinity: until the store is closed. */
  readonly maxDisconnectionMs: number;
  /** How many events are kept at most. @default 100_000 */
  readonly maxEntries?: number | undefined;
  /** Tells the log from that of another process, or of another run. @default at random */
  readonly epoch?: string | undefined;
}

interface SavedSession {
  readonly session: RecoverableSession;
  readonly leftAtMs: number;
}

/** A connection is known to be lost only after a while, and what was sent meanwhile was sent to nobody. */
const GRACE_MS = 60_000;
const PURGE_INTERVAL_MS = 60_000;
const MAX_ENTRIES = 100_000;

export class RecoveryStore<Message> {
  readonly #clock: Clock;
  readonly #maxDisconnectionMs: number;
  readonly #log: RecoveryLog<Message>;
  /** Those who left first come first. */
  readonly #sessions = new Map<PrivateSessionId, SavedSession>();
  readonly #isRoomInUse: (room: Room) => boolean;
  #cancelPurge: Cancel | undefined = undefined;
  #isClosed = false;

  constructor(options: RecoveryStoreOptions, isRoomInUse: (room: Room) => boolean) {
    const { clock, maxDisconnectionMs, maxEntries = MAX_ENTRIES, epoch = randomEpoch() } = options;
    this.#clock = clock;
    this.#maxDisconnectionMs = maxDisconnectionMs;
    this.#isRoomInUse = isRoomInUse;
    this.#log = new RecoveryLog({ epoch, keepMs: maxDisconnectionMs + GRACE_MS, maxEntries });
  }

  /** The number of sessions, and of events, that are kept. */
  get size(): { readonly sessions: number; readonly events: number } {
    return { sessions: this.#sessions.size, events: this.#log.size };
  }

  /** See RecoveryLog. */
  get position(): string {
    return this.#log.position;
  }

  /** See RecoveryLog. */
  get nextPosition(): string {
    return this.#log.nextPosition;
  }

  append(message: Message, target: LoggedTarget): void {
    if (this.#isClosed) return;
    this.#log.append(message, target, this.#clock.now());
    this.#planPurge();
  }

  /** See RecoveryLog. */
  since(position: string, rooms: ReadonlySet<Room>): Message[] | undefined {
    return this.#log.since(position, rooms);
  }

  save(session: RecoverableSession): void {
    if (this.#isClosed) return;
    this.#sessions.delete(session.pid);
    this.#sessions.set(session.pid, { session, leftAtMs: this.#clock.now() });
    this.#planPurge();
  }

  /**
   * Hands out a session, which is not kept any longer, with what it missed. Undefined if it is not known, has been
   * gone for too long, or has missed what is not known any more. An empty `offset` stands for where the session began.
   */
  take(
    pid: PrivateSessionId,
    offset: string,
  ): { session: RecoverableSession; missed: Message[] } | undefined {
    this.#expire();
    const saved = this.#sessions.get(pid);
    if (saved === undefined) return undefined;
    const { session } = saved;
    const missed = this.#missedBy(session, offset);
    if (missed === undefined) return undefined;
    this.#sessions.delete(pid);
    return { session, missed };
  }

  /** Lets go of everything; nothing is kept from now on. */
  close(): void {
    this.#isClosed = true;
    this.#cancelPurge?.();
    this.#cancelPurge = undefined;
    this.#sessions.clear();
    this.#log.clear();
  }

  #missedBy({ start, rooms }: RecoverableSession, offset: string): Message[] | undefined {
    // A client remembers the offset of an earlier session: what came before this one was not meant for it.
    const position = offset === "" ? start : this.#log.later(offset, start ?? offset);
    return position === undefined ? undefined : this.#log.since(position, new Set(rooms));
  }

  #expire(): void {
    const oldestMs = this.#clock.now() - this.#maxDisconnectionMs;
    for (const [pid, { leftAtMs }] of this.#sessions) {
      if (leftAtMs >= oldestMs) break;
      this.#sessions.delete(pid);
    }
  }

  #planPurge(): void {
    this.#cancelPurge ??= this.#clock.after(PURGE_INTERVAL_MS, () => this.#purge());
  }

  #purge(): void {
    this.#cancelPurge = undefined;
    this.#expire();
    this.#log.trim(this.#clock.now());
    this.#forgetRooms();
    if (this.#sessions.size > 0 || this.#log.size > 0 || this.#log.roomsWithLosses > 0) this.#planPurge();
  }

  #forgetRooms(): void {
    if (this.#log.roomsWithLosses === 0) return;
    const rooms = new Set<Room>();
    for (const { session } of this.#sessions.values()) for (const room of session.rooms) rooms.add(room);
    this.#log.forgetRooms((room) => rooms.has(room) || this.#isRoomInUse(room));
  }
}

function randomEpoch(): string {
  return Math.random().toString(36).slice(2, 10);
}
