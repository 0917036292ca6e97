// The adapter of a single process that remembers: events carry their position in a log as last argument, and a client
// that comes back in time gets its session and what it missed (wire.md §3.11). Made by a namespace with recovery.

import type { AnyData } from "./compat/any-data.ts";
import { LocalAdapter } from "./local-adapter.ts";
import type { AdapterNamespace, RoomMember } from "./member.ts";
import { RecoveryStore } from "./recovery-store.ts";
import type { RecoverableSession, RecoveryStoreOptions } from "./recovery-store.ts";
import type { BroadcastOptions, BroadcastPacket, PrivateSessionId, Room, Session } from "./target.ts";

/** An event in the log. */
export interface Recorded<Message> {
  /** The event, its arguments and its position. */
  readonly data: unknown[];
  /** The same, encoded: shared by all who get it again. */
  readonly message: Message;
}

/** A session that is taken up again, with what it missed. */
export interface Restored<Message> {
  readonly session: RecoverableSession;
  readonly missed: Recorded<Message>[];
}

export class RecoveryAdapter<
  Message = AnyData,
  Member extends RoomMember<Message> = AnyData,
> extends LocalAdapter<Message, Member> {
  readonly #store: RecoveryStore<Recorded<Message>>;

  constructor(nsp: AdapterNamespace<Member, Message>, options: RecoveryStoreOptions) {
    super(nsp);
    this.#store = new RecoveryStore(options, (room) => this.rooms.has(room));
  }

  /** Where the log ends: whoever is here has missed nothing. */
  get position(): string {
    return this.#store.position;
  }

  override close(): void {
    this.#store.close();
  }

  /** Encodes an event with its position and keeps it. Gives the message to deliver. */
  record(packet: BroadcastPacket, opts: BroadcastOptions): Message {
    const data: BroadcastPacket["data"] = [...packet.data, this.#store.nextPosition];
    const flags = opts.flags ?? {};
    const message = this.nsp.encode({ ...packet, data }, flags);
    this.#store.append({ data, message: this.nsp.keep?.(message) ?? message }, opts);
    return message;
  }

  override broadcast(packet: BroadcastPacket, opts: BroadcastOptions): void {
    if (opts.flags?.volatile === true || packet.id !== undefined) super.broadcast(packet, opts);
    else this.deliver(this.record(packet, opts), opts);
  }

  /** What was recorded since for who is in these rooms; undefined if that is not known completely any more. */
  since(position: string, rooms: ReadonlySet<Room>): Recorded<Message>[] | undefined {
    return this.#store.since(position, rooms);
  }

  override persistSession(session: RecoverableSession): void {
    this.#store.save(session);
  }

  /** Takes up a session again. `offset` is that of the last event the client got, empty if it got none. */
  takeSession(pid: PrivateSessionId, offset: string): Restored<Message> | undefined {
    return this.#store.take(pid, offset);
  }

  override restoreSession(pid: PrivateSessionId, offset: string): Promise<Session | null> | null {
    const restored = this.takeSession(pid, offset);
    if (restored === undefined) return null;
    const missedPackets = restored.missed.map(({ data }) => data);
    return Promise.resolve({ ...restored.session, missedPackets });
  }
}
