// What the adapter asks of the floor above: members to deliver to, and a host that knows them by id. The adapter never
// learns what a member is or how a message travels.

import type { EventPacket } from "@sockeye/protocol/socket";
import type { BroadcastFlags, Room, SocketId } from "./target.ts";

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

/** The namespace an adapter works for. */
export interface AdapterHost<Member, Message> {
  /** The connected members, in the order in which they connected. */
  readonly sockets: ReadonlyMap<SocketId, Member>;
  /** A member by id, connected or still being admitted. */
  memberOf(id: SocketId): Member | undefined;
  /** Makes the one message all recipients of a broadcast share. */
  encode(packet: EventPacket, flags: Readonly<BroadcastFlags>): Message;
  /** The next acknowledgement id of the namespace. */
  nextAckId(): number;
  /** Tells whoever runs the server what this adapter cannot do. */
  warn(message: string): void;
}
