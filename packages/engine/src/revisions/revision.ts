// The seam between the revisions of Engine.IO: all in which v4 and v3 differ, as one object that is chosen at the
// handshake (choose.ts) and asked ever after. Whoever holds a session never needs to know which one it is.

import type { ProtocolError } from "@sockeye/protocol";
import type { FrameSink } from "@sockeye/websocket";
import type { Heartbeat, HeartbeatSlot } from "../heartbeat.ts";
import type { SharedMessage } from "../shared-message.ts";
import type { QueuedItem, TransportOwner } from "../transport.ts";

/** The query of the request that opened a session, or a WebSocket of it. */
export type RequestQuery = Readonly<Record<string, string>>;

export interface Revision {
  /** What users see as `conn.protocol`. */
  readonly number: 3 | 4;
  /** The code of the packet in which the peer's part of the heartbeat consists: a pong, or a ping. */
  readonly beat: number;
  /** What a beat is answered with, if anything. */
  readonly answer: string | undefined;
  /** Begins the heartbeat, or begins it anew on another transport. */
  startHeartbeat(heartbeat: Heartbeat, slot: HeartbeatSlot): void;
  /** The peer has shown that it is alive. */
  onBeat(heartbeat: Heartbeat, slot: HeartbeatSlot): void;
  /** The bytes of a `b…` packet; undefined if it is malformed. The bytes belong to the caller. */
  readBase64(packet: string): Buffer | undefined;
  pollingFormat(query: RequestQuery): PollingFormat;
  webSocketFormat(query: RequestQuery): WebSocketFormat;
}

/** How a polling session's packets become bodies, and bodies packets. */
export interface PollingFormat {
  /** Whether the peer may push bytes (`application/octet-stream`). */
  readonly takesBytes: boolean;
  /** The body of an answer that carries these, in order: text, or bytes where text cannot. */
  encode(items: readonly QueuedItem[]): string | Buffer;
  /**
   * Hands the packets of a pushed body to the receiver, for as long as it is open. Returns what is wrong with the body
   * as such, in which case the receiver may have got nothing.
   */
  decode(body: string | Buffer, receiver: PacketReceiver): ProtocolError | undefined;
}

export type PacketReceiver = Pick<TransportOwner, "onText" | "onBinary" | "readyState">;

/** How a session's messages become frames, and frames messages. */
export interface WebSocketFormat {
  /**
   * The frames of a message for a peer that cannot take those that most peers take; undefined, as the function or as its
   * result: those will do.
   */
  readonly framesOf: ((message: SharedMessage) => Buffer | undefined) | undefined;
  /** Who gets the frames of a session that is open: the session itself where there is nothing to translate. */
  sinkOf(session: TransportOwner & FrameSink): FrameSink;
}
