// What a namespace asks of its adapter: the contract that the classes of this package and those of applications keep.
// Implementations decide whether the members that are meant are in this process only or on other nodes too.

import type { DefaultEventsMap } from "@sockeye/emitter";
import type { AnyData } from "./compat/any-data.ts";
import type { SocketDetails } from "./member.ts";
import type {
  BroadcastAck,
  BroadcastOptions,
  BroadcastPacket,
  PrivateSessionId,
  Room,
  Session,
  SessionToPersist,
  SocketId,
} from "./target.ts";

/** What happens to rooms, raised only while somebody listens; and whatever an adapter has to say besides. */
export interface AdapterEvents extends DefaultEventsMap {
  "create-room": (room: Room) => void;
  "join-room": (room: Room, id: SocketId) => void;
  "leave-room": (room: Room, id: SocketId) => void;
  "delete-room": (room: Room) => void;
}

/** A rejection of any promise is reported to the server's `onError`, unless the caller is given the promise. */
export interface AdapterContract<Member> {
  /** Rooms and the ids of their members: a live view, not to be written to. The empty room does not exist. */
  readonly rooms: Map<Room, Set<SocketId>>;
  /** Members and their rooms: a live view, not to be written to. */
  readonly sids: Map<SocketId, Set<Room>>;
  /** Begins. */
  init(): void | Promise<void>;
  /** Lets go of everything. */
  close(): void | Promise<void>;
  /** How many nodes serve this namespace, this one included. */
  serverCount(): Promise<number>;
  /** Puts a member into rooms. Unknown ids are ignored, here and below: the member may have left meanwhile. */
  addAll(id: SocketId, rooms: Set<Room>): void | Promise<void>;
  del(id: SocketId, room: Room): void | Promise<void>;
  delAll(id: SocketId): void | Promise<void>;
  /** Delivers the packet, encoded once, to everybody meant. */
  broadcast(packet: BroadcastPacket, opts: BroadcastOptions): void | Promise<void>;
  /**
   * The same, and asks each member for an answer. The packet gets the namespace's next acknowledgement id.
   * `clientCountCallback` is told by each node how many members it has asked; `ack` gets each answer.
   */
  broadcastWithAck(
    packet: BroadcastPacket,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: BroadcastAck,
  ): void | Promise<void>;
  /** The ids of the members of any of these rooms on this node; of everybody if there are none. */
  sockets(rooms: Set<Room>): Promise<Set<SocketId>>;
  socketRooms(id: SocketId): Set<Room> | undefined;
  /** Everybody meant: members of this node as they are, those of others as plain values. */
  fetchSockets(opts: BroadcastOptions): Promise<(Member | SocketDetails)[]>;
  addSockets(opts: BroadcastOptions, rooms: Room[]): void | Promise<void>;
  delSockets(opts: BroadcastOptions, rooms: Room[]): void | Promise<void>;
  disconnectSockets(opts: BroadcastOptions, close: boolean): void | Promise<void>;
  /**
   * Raises an event on the other nodes: its name, its arguments and, if answers are wanted, a function that is called
   * with `(error, answers)`: the first argument of each other node's answer.
   */
  serverSideEmit(packet: AnyData[]): void | Promise<void>;
  /** Keeps what a socket was, in case its client comes back. */
  persistSession(session: SessionToPersist): void | Promise<void>;
  /** What was kept, with what was sent since `offset`; null if that is not, or no longer, known. */
  restoreSession(pid: PrivateSessionId, offset: string): Promise<Session | null> | null;
  on<Ev extends keyof AdapterEvents & string>(event: Ev, listener: AdapterEvents[Ev]): this;
  once<Ev extends keyof AdapterEvents & string>(event: Ev, listener: AdapterEvents[Ev]): this;
  off<Ev extends keyof AdapterEvents & string>(event: Ev, listener: AdapterEvents[Ev]): this;
}
