// What goes in and out of adapters, as plain values: who a broadcast is meant for, what it says, what is kept of a socket.
// Made by the broadcast operator and by other nodes.

import type { EventPacket } from "@sockeye/protocol/socket";
import type { AnyData } from "./compat/any-data.ts";

export type Room = string;
export type SocketId = string;

/** How a broadcast is to be treated. */
export interface BroadcastFlags {
  /** Dropped for members whose connection cannot take it at once. @default false */
  volatile?: boolean | undefined;
  /** Whether it may be compressed where compression was negotiated. @default true */
  compress?: boolean | undefined;
  /** For members of this node only. @default false */
  local?: boolean | undefined;
  /** Set by `socket.broadcast`; of no further meaning. */
  broadcast?: boolean | undefined;
  /** Said by Socket.IO's clients and emitters of whatever carries binary data; of no further meaning. */
  binary?: boolean | undefined;
  /** How long to wait for acknowledgements, or for other nodes, in ms. */
  timeout?: number | undefined;
}

/** Whom a broadcast is meant for: every member that is in one of `rooms` and in none of `except`. No rooms: everybody. */
export interface BroadcastOptions {
  rooms: Set<Room>;
  except?: Set<Room> | undefined;
  flags?: BroadcastFlags | undefined;
}

/** The event a broadcast carries. Its namespace is that of the adapter, whatever it says. */
export type BroadcastPacket = Omit<EventPacket, "nsp"> & { readonly nsp?: string | undefined };

/** Takes each member's answer to a broadcast. */
export interface BroadcastAck {
  (...answer: AnyData[]): void;
  /** Calls `run` once nobody waits any longer: every answer has come, or the time is up. */
  whenSettled?: ((run: () => void) => void) | undefined;
}

/** What a client is known by that may come back: a secret between it and the server. */
export type PrivateSessionId = string;

/** What is kept of a socket whose connection was lost. */
export interface SessionToPersist {
  sid: SocketId;
  pid: PrivateSessionId;
  rooms: Room[];
  data: unknown;
}

/** The same with what was sent meanwhile: the data of each event. */
export type Session = SessionToPersist & { missedPackets: unknown[][] };
