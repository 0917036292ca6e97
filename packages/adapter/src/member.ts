// What the adapter asks of the floor above: members to deliver to, and a host that knows them by id. The adapter never
// learns what a member is or how a message travels.

import type { Clock } from "@sockeye/protocol";
import type { SocketCodec } from "@sockeye/protocol/socket";
import type { AnyData } from "./compat/any-data.ts";
import type { BroadcastFlags, BroadcastPacket, Room, SocketId } from "./target.ts";

/** The rooms of one member: none, the only one, or the set of them. Written by RoomIndex alone. */
export type JoinedRooms = Room | Set<Room> | undefined;

/** A socket, as the adapter sees it. `Message` is what the host makes of a packet, shared by all recipients. */
export interface RoomMember<Message> {
  readonly id: SocketId;
  /** Members that are still being admitted, or have left, are in rooms but get nothing. */
  readonly connected: boolean;
  joinedRooms: JoinedRooms;
  /** The last gathering it was counted in. Written by RoomIndex alone; 0 to begin with. */
  gatheredIn: number;
  deliver(message: Message): void;
  /** Calls `onAck` with the peer's answer to `id`. Called before the message is delivered. */
  expectAck(id: number, onAck: (...args: unknown[]) => void): void;
  /** Waits for that answer no longer. */
  forgetAck(id: number): void;
  disconnect(close?: boolean): unknown;
}

/** A socket as other nodes learn of it. */
export interface SocketDetails {
  readonly id: SocketId;
  readonly handshake: AnyData;
  /** An array where it has travelled. */
  readonly rooms: Iterable<Room>;
  readonly data: unknown;
}

/** A socket of an adapter for several nodes. */
export interface ClusterMember<Message> extends RoomMember<Message>, SocketDetails {}

/** The namespace an adapter works for, and all an adapter may use of it. */
export interface AdapterNamespace<Member, Message> {
  readonly name: string;
  readonly clock: Clock;
  /** The wire format. */
  readonly codec: SocketCodec;
  /** Whether clients may come back to what they missed, so that events carry their offset. @default false */
  readonly recoversState?: boolean | undefined;
  /** The connected members, in the order in which they connected. */
  readonly sockets: ReadonlyMap<SocketId, Member>;
  /** A member by id, connected or still being admitted. */
  memberOf(id: SocketId): Member | undefined;
  /** Makes the one message all recipients of a broadcast share. */
  encode(packet: BroadcastPacket, flags: Readonly<BroadcastFlags>): Message;
  /** The message without what was made of it for delivery, for an adapter that keeps it. @default the message itself */
  keep?(message: Message): Message;
  /** The next acknowledgement id of the namespace. */
  nextAckId(): number;
  /** Another node raises an event here: its name, its arguments and, if an answer is wanted, a function for it. */
  onServerSideEmit(args: readonly AnyData[]): void;
  /** Something failed that nobody else would hear of. */
  onAdapterError(error: unknown): void;
  /** Tells whoever runs the server what this adapter cannot do. */
  warn(message: string): void;
}
