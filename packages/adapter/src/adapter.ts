// What a namespace asks of its adapter. Implementations decide whether the members a target means are in this process
// only or on other nodes too.

import type { EventPacket } from "@sockeye/protocol/socket";
import type { Room, SocketId, Target } from "./target.ts";

/** What every member of a broadcast is counted and answered through. */
export interface BroadcastAcks {
  /** How many members of one node the message went to; called once per node. */
  onClientCount(count: number): void;
  /** One member's answer. */
  onAck(...args: unknown[]): void;
}

export interface Adapter<Member> {
  /** Rooms and the ids of their members: a live view. */
  readonly rooms: ReadonlyMap<Room, ReadonlySet<SocketId>>;
  /** Members and their rooms: a live view. */
  readonly sids: ReadonlyMap<SocketId, ReadonlySet<Room>>;
  /** Begins. A rejection is reported to the server's `onError`. */
  init(): void | Promise<void>;
  /** Lets go of everything. */
  close(): void | Promise<void>;
  /** How many nodes serve this namespace, this one included. */
  serverCount(): Promise<number>;
  addAll(id: SocketId, rooms: Iterable<Room>): void | Promise<void>;
  del(id: SocketId, room: Room): void | Promise<void>;
  delAll(id: SocketId): void;
  /** Delivers the packet, encoded once, to every member of the target. */
  broadcast(packet: EventPacket, target: Target): void;
  /** The same, and asks each member for an answer. The packet gets the namespace's next acknowledgement id. */
  broadcastWithAck(packet: EventPacket, target: Target, acks: BroadcastAcks): void;
  /** The ids of the members of any of these rooms; of everybody if there are none. */
  sockets(rooms: ReadonlySet<Room>): Promise<Set<SocketId>>;
  socketRooms(id: SocketId): ReadonlySet<Room> | undefined;
  fetchSockets(target: Target): Promise<Member[]>;
  addSockets(target: Target, rooms: Iterable<Room>): void;
  delSockets(target: Target, rooms: Iterable<Room>): void;
  disconnectSockets(target: Target, close: boolean): void;
  /** Raises an event on the other nodes. */
  serverSideEmit(args: readonly unknown[]): void;
}
