// Connection state recovery of a namespace (wire.md §3.11): who may come back to what, and what is sent again. Exists
// only with the option; a lease is what it keeps with each socket. The adapter keeps log and sessions.

import { RecoveryAdapter } from "@sockeye/adapter";
import type {
  AdapterContract,
  AdapterNamespace,
  BroadcastFlags,
  Recorded,
  Room,
  RoomMember,
  Session as SavedSession,
  SocketId,
} from "@sockeye/adapter";
import { generateSessionId, systemClock } from "@sockeye/engine";
import type { Session } from "@sockeye/engine";
import { CLOSE_REASONS } from "@sockeye/protocol";
import type { Clock, CloseReason } from "@sockeye/protocol";
import { PacketType } from "@sockeye/protocol/socket";
import type { EventPacket, SocketPacket } from "@sockeye/protocol/socket";
import type { AuthPayload } from "./broadcast-operator.ts";
import type { OutgoingMessage } from "./outgoing-message.ts";

export interface ResolvedRecoveryOptions {
  readonly maxDisconnectionDuration: number;
  readonly skipMiddlewares: boolean;
}

/** A socket, as far as recovery is concerned. */
export interface RecoverableSocket {
  readonly id: SocketId;
  readonly connected: boolean;
  readonly rooms: Set<Room>;
  readonly data: unknown;
  readonly conn: Session;
  readonly client: unknown;
  deliver(message: OutgoingMessage): void;
  onClose(reason: CloseReason): void;
}

/** The namespace, likewise. */
export interface RecoveryScope {
  readonly name: string;
  readonly adapter: AdapterContract<unknown>;
  message(packet: SocketPacket, flags?: Readonly<BroadcastFlags>): OutgoingMessage;
  watchAdapter(pending: void | Promise<void>): void;
  onAdapterError(error: unknown): void;
}

/** A session that is taken up again. */
interface TakenUp {
  readonly session: Omit<SavedSession, "missedPackets"> & { readonly start?: string | undefined };
  readonly missed: readonly OutgoingMessage[];
  /** Up to where `missed` goes; undefined if the adapter does not say. */
  readonly upTo: string | undefined;
}

export class NamespaceRecovery {
  readonly skipsMiddlewares: boolean;
  readonly #nsp: RecoveryScope;
  readonly #maxDisconnectionMs: number;
  readonly #connected = new Map<string, RecoverableSocket>();

  constructor(nsp: RecoveryScope, { maxDisconnectionDuration, skipMiddlewares }: ResolvedRecoveryOptions) {
    this.#nsp = nsp;
    this.#maxDisconnectionMs = maxDisconnectionDuration;
    this.skipsMiddlewares = skipMiddlewares;
  }

  get nsp(): RecoveryScope {
    return this.#nsp;
  }

  /** The adapter of a namespace that is given no other. */
  createAdapter<Member extends RoomMember<OutgoingMessage>>(
    nsp: AdapterNamespace<Member, OutgoingMessage>,
  ): RecoveryAdapter<OutgoingMessage, Member> {
    // What is to be forgotten some day keeps no process alive.
    const clock = nsp.clock === systemClock ? idleClock : nsp.clock;
    return new RecoveryAdapter(nsp, { clock, maxDisconnectionMs: this.#maxDisconnectionMs });
  }

  /** Calls `found` with the lease of a client that wants to join, on the session it asks for if there is one. */
  find(client: unknown, auth: AuthPayload | undefined, found: (lease: Lease) => void): void {
    const pid: unknown = auth?.["pid"];
    const offset: unknown = auth?.["offset"];
    const { adapter } = this.#nsp;
    if (typeof pid !== "string") return found(new Lease(this, undefined));
    this.#endPrevious(pid, client);
    if (adapter instanceof RecoveryAdapter) return found(new Lease(this, takeUp(adapter, pid, offset)));
    if (typeof offset !== "string") return found(new Lease(this, undefined));
    // It may throw as well, or reject, for instance an offset it did not give: then there is no such session.
    Promise.resolve()
      .then(() => adapter.restoreSession(pid, offset))
      .catch(() => null)
      .then((session) => found(new Lease(this, session === null ? undefined : this.#takenUp(session))))
      .catch((error: unknown) => this.#nsp.onAdapterError(error));
  }

  onConnected(pid: string, socket: RecoverableSocket): void {
    this.#connected.set(pid, socket);
  }

  onGone(pid: string): void {
    this.#connected.delete(pid);
  }

  /** A client connects again only when its connection is lost, which may be noticed here later than there. */
  #endPrevious(pid: string, client: unknown): void {
    const previous = this.#connected.get(pid);
    if (previous === undefined || previous.client === client) return;
    previous.conn.close(true);
    if (previous.connected) previous.onClose("forced close");
  }

  #takenUp(session: SavedSession): TakenUp {
    const { name } = this.#nsp;
    const missed = session.missedPackets.map((data) =>
      this.#nsp.message({ type: PacketType.EVENT, nsp: name, data: data as EventPacket["data"] }),
    );
    return { session, missed, upTo: undefined };
  }
}

/** What ties a socket to its session: its secret, and where in the log it began. */
export class Lease {
  readonly pid: string;
  readonly recovered: boolean;
  readonly #recovery: NamespaceRecovery;
  /** Until the socket is let in. */
  #takenUp: TakenUp | undefined;
  #start: string | undefined;

  constructor(recovery: NamespaceRecovery, takenUp: TakenUp | undefined) {
    this.#recovery = recovery;
    this.#takenUp = takenUp;
    this.#start = takenUp?.session.start;
    this.recovered = takenUp !== undefined;
    this.pid = takenUp?.session.pid ?? generateSessionId();
  }

  /** The session, until the socket is let in. */
  get session(): TakenUp["session"] | undefined {
    return this.#takenUp?.session;
  }

  /** Whether the middlewares have nothing to say. */
  get skipsMiddlewares(): boolean {
    return this.recovered && this.#recovery.skipsMiddlewares;
  }

  /** Sends an event to this socket so that it can be sent again. */
  send(socket: RecoverableSocket, packet: EventPacket, flags: BroadcastFlags | undefined): void {
    const { nsp } = this.#recovery;
    const { adapter } = nsp;
    const opts = { rooms: new Set([socket.id]), except: new Set<string>(), flags: flags ?? {} };
    if (adapter instanceof RecoveryAdapter) {
      this.#start ??= adapter.position;
      const message: OutgoingMessage = adapter.record(packet, opts);
      // Before it is let in, who has come back gets it behind what was missed.
      if (this.#takenUp === undefined) socket.deliver(message);
    } else if (socket.connected) nsp.watchAdapter(adapter.broadcast(packet, opts));
    else socket.deliver(nsp.message(packet, flags));
  }

  /** The socket is let in: sends what was missed. False if that is not possible any more. */
  onAdmitted(socket: RecoverableSocket): boolean {
    const { adapter } = this.#recovery.nsp;
    const takenUp = this.#takenUp;
    this.#takenUp = undefined;
    if (takenUp !== undefined) {
      const late = missedSince(adapter, takenUp.upTo, socket);
      if (late === undefined) return false;
      for (const message of takenUp.missed) socket.conn.sendMessage(message);
      for (const { message } of late) socket.conn.sendMessage(message);
    }
    if (adapter instanceof RecoveryAdapter) this.#start ??= adapter.position;
    this.#recovery.onConnected(this.pid, socket);
    return true;
  }

  /** The socket, still in its rooms, is about to go. */
  onClose(socket: RecoverableSocket, reason: CloseReason): void {
    this.#recovery.onGone(this.pid);
    if (!socket.connected || !CLOSE_REASONS[reason].recoverable) return;
    const { id: sid, rooms, data } = socket;
    this.#persist({ sid, pid: this.pid, rooms: [...rooms], data, start: this.#start });
  }

  /** Nobody was let in: the session may be asked for again. */
  giveBack(): void {
    const takenUp = this.#takenUp;
    this.#takenUp = undefined;
    if (takenUp !== undefined) this.#persist(takenUp.session);
  }

  #persist(session: TakenUp["session"]): void {
    const { nsp } = this.#recovery;
    try {
      nsp.watchAdapter(nsp.adapter.persistSession(session));
    } catch (error) {
      nsp.onAdapterError(error);
    }
  }
}

/** An offset that is missing means that the client has received nothing. */
function takeUp(adapter: RecoveryAdapter, pid: string, offset: unknown): TakenUp | undefined {
  if (offset !== undefined && typeof offset !== "string") return undefined;
  const restored = adapter.takeSession(pid, offset ?? "");
  if (restored === undefined) return undefined;
  const missed = restored.missed.map(({ message }): OutgoingMessage => message);
  return { session: restored.session, missed, upTo: adapter.position };
}

/** What was sent while the middlewares made up their minds. */
function missedSince(
  adapter: AdapterContract<unknown>,
  position: string | undefined,
  socket: RecoverableSocket,
): readonly Recorded<OutgoingMessage>[] | undefined {
  if (!(adapter instanceof RecoveryAdapter) || position === undefined) return [];
  return position === adapter.position ? [] : adapter.since(position, new Set(socket.rooms));
}

const idleClock: Clock = Object.freeze({
  now: () => systemClock.now(),
  after(delayMs: number, run: () => void) {
    const timer = setTimeout(run, delayMs);
    timer.unref();
    return () => clearTimeout(timer);
  },
});
