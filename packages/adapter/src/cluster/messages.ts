// What the nodes of a cluster tell one another, as plain values: requests and events to all, responses to one. The shapes and
// numbers are those of Socket.IO, so that both may be on one bus.

import type { AnyData } from "../compat/any-data.ts";
import type { SocketDetails } from "../member.ts";
import type { BroadcastFlags, BroadcastOptions, BroadcastPacket } from "../target.ts";

/** Names a node; different for each adapter that is made. */
export type ServerId = string;

/** Where in the stream of a bus a message is, for clients that come back to what they missed. */
export type Offset = string;

/** What a message is. */
export const MessageType = {
  INITIAL_HEARTBEAT: 1,
  HEARTBEAT: 2,
  BROADCAST: 3,
  SOCKETS_JOIN: 4,
  SOCKETS_LEAVE: 5,
  DISCONNECT_SOCKETS: 6,
  FETCH_SOCKETS: 7,
  FETCH_SOCKETS_RESPONSE: 8,
  SERVER_SIDE_EMIT: 9,
  SERVER_SIDE_EMIT_RESPONSE: 10,
  BROADCAST_CLIENT_COUNT: 11,
  BROADCAST_ACK: 12,
  ADAPTER_CLOSE: 13,
} as const;

export type MessageType = (typeof MessageType)[keyof typeof MessageType];

type Type = typeof MessageType;

/** Who is meant, as it travels. Senders other than servers may leave parts out. */
export interface EncodedOptions {
  rooms: string[];
  except: string[];
  flags: BroadcastFlags;
}

interface Sender {
  uid: ServerId;
  nsp: string;
}

/** Sent to all nodes. */
export type ClusterMessage = Sender &
  (
    | { type: Type["INITIAL_HEARTBEAT"] | Type["HEARTBEAT"] | Type["ADAPTER_CLOSE"] }
    | {
        type: Type["BROADCAST"];
        /** With a `requestId` answers are wanted. */
        data: { opts: EncodedOptions; packet: unknown; requestId?: string };
      }
    | { type: Type["SOCKETS_JOIN"] | Type["SOCKETS_LEAVE"]; data: { opts: EncodedOptions; rooms: string[] } }
    | { type: Type["DISCONNECT_SOCKETS"]; data: { opts: EncodedOptions; close?: boolean } }
    | { type: Type["FETCH_SOCKETS"]; data: { opts: EncodedOptions; requestId: string } }
    | { type: Type["SERVER_SIDE_EMIT"]; data: { requestId?: string; packet: AnyData[] } }
  );

/** Sent to the node that asked. */
export type ClusterResponse = Sender &
  (
    | { type: Type["FETCH_SOCKETS_RESPONSE"]; data: { requestId: string; sockets: unknown[] } }
    | { type: Type["SERVER_SIDE_EMIT_RESPONSE"]; data: { requestId: string; packet: unknown } }
    | { type: Type["BROADCAST_CLIENT_COUNT"]; data: { requestId: string; clientCount: number } }
    | { type: Type["BROADCAST_ACK"]; data: { requestId: string; packet: unknown } }
  );

/** A message before it says from whom it is. */
export type Unsigned<T> = T extends unknown ? Omit<T, "uid" | "nsp"> : never;

export function encodeOptions(opts: BroadcastOptions): EncodedOptions {
  return { rooms: [...opts.rooms], except: [...(opts.except ?? [])], flags: opts.flags ?? {} };
}

export function decodeOptions(opts: Partial<EncodedOptions> | undefined): BroadcastOptions {
  return { rooms: new Set(opts?.rooms), except: new Set(opts?.except), flags: opts?.flags };
}

/** A packet of a bus is what another node's adapter was given. */
export function packetOf(packet: unknown): BroadcastPacket {
  return packet as BroadcastPacket;
}

/** A socket as it travels. Session stores that middlewares hang on the handshake refer to themselves, so they stay. */
export function describe({ id, handshake, rooms, data }: SocketDetails): SocketDetails {
  const { sessionStore: _stays, ...rest } = handshake;
  return { id, handshake: rest, rooms: [...rooms], data };
}
