// What a namespace asks of its adapter. Implementations decide whether the members a target means are in this process
// only or on other nodes too.

import type { EventPacket } from "@sockeye/protocol/socket";
import type { Room, SocketId, Target } from "./target.ts";

/** What happens to rooms. Raised only while somebody listens. */
export interface AdapterEvents {
  "create-room": (room: Room) => void;
  "join-room": (room: Room, id: SocketId) => void;
  "leave-room": (room: Room, id: SocketId) => void;
  "delete-room": (room: Room) => void;
}

/** Where the answers to one broadcast go. */
export interface BroadcastAcks {
  /** How many members of one node the message went to; called once per node. */
  onClientCount(count: number): void;
  /** One member's answer. */
  onAck(...args: unknown[]): void;
  /** Calls `run` once nobody waits any longer: every answer has come, or the time is up. */
  whenSettled(run: () => void): void;
}

export interface Adapter<Member> {
  /** Rooms and the ids of their members: a live view, not to be written to. The empty room does not exist. */
  readonly rooms: Map<Room, Set<SocketId>>;
  /** Members and their rooms: a live view, not to be written to. */
  readonly sids: Map<SocketId, Set<Room>>;
  /** Begins. A rejection is reported to the server's `onError`. */
  init(): void | Promise<void>;
  /** Lets go of everything. */
  close(): void | Promise<void>;
  /** How many nodes serve this namespace, this one included. */
  serverCount(): Promise<number>;
  /** Puts a member into rooms. Unknown ids are ignored, here and below: the member may have left meanwhile. */
  addAll(id: SocketId, rooms: Iterable<Room>): void | Promise<void>;
  del(id: SocketId, room: Room): void | Promise<void>;
  delAll(id: SocketId): void;
  /** Delivers the packet, encoded once, to every member of the target. */
  broadcast(packet: EventPacket, target: Target): void;
  /** The same, and asks each member for an answer. The packet gets the namespace's next acknowledgement id. */
  broadcastWithAck(packet: EventPacket, target: Target, acks: BroadcastAcks): void;
  /** The ids of the members of any of these rooms; of everybody if there are none. */
  sockets(rooms: ReadonlySet<Room>): Promise<Set<SocketId>>;
  socketRooms(id: SocketId): Set<Room> | undefined;
  fetchSockets(target: Target): Promise<Member[]>;
  addSockets(target: Target, rooms: Iterable<Room>): void;
  delSockets(target: Target, rooms: Iterable<Room>): void;
  disconnectSockets(target: Target, close: boolean): void;
  /** Raises an event on the other nodes: its name, its arguments, and a function if answers are wanted. */
  serverSideEmit(args: readonly unknown[]): void;
  on<Ev extends keyof AdapterEvents>(event: Ev, listener: AdapterEvents[Ev]): this;
  once<Ev extends keyof AdapterEvents>(event: Ev, listener: AdapterEvents[Ev]): this;
  off<Ev extends keyof AdapterEvents>(event: Ev, listener: AdapterEvents[Ev]): this;
}
