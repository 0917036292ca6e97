// The seam between a session and its carriers. One interface for polling, WebSocket and those to come; Session drives
// it and nothing here asks which carrier or which protocol revision it has in hand.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { CloseReason } from "@sockeye/protocol";
import type { FrameSink } from "@sockeye/websocket";
import type { SharedMessage } from "./shared-message.ts";

export type TransportName = "polling" | "websocket" | "webtransport";

export type TransportState = "open" | "closing" | "closed";

/** One carrier of a session, and what users see as `conn.transport`. */
export interface Transport {
  readonly name: TransportName;
  readonly readyState: TransportState;
  /** Could a message leave now, with nothing before it? What volatile messages ask. */
  readonly writable: boolean;
  /** Bytes accepted and not yet handed to the kernel. */
  readonly bufferedBytes: number;

  /** Takes a message for the peer, all of it, behind what was taken before. */
  send(message: SharedMessage): void;
  /** Takes a ready-made text packet that is not a message: open, ping, noop. */
  sendPacket(packet: string): void;
  /** What was taken and has not left yet, oldest first. */
  queued(): readonly QueuedItem[];
  /** A plain HTTP request of this session. Only on transports that are made of such requests. */
  onRequest?(req: IncomingMessage, res: ServerResponse): void;
  /** Orderly end: delivers what was taken, says goodbye, then calls the owner's onTransportClose("forced close"). */
  close(): void;
  /** The session is closed, for this reason: lets go of everything now. Calls nothing back. */
  release(reason: CloseReason): void;
}

/** A transport a session can move to. */
export interface CandidateTransport extends Transport {
  /** What arrives goes to `sink` from now on. It is not a session's transport yet. */
  listen(sink: CandidateSink): void;
  /** The session this transport serves from now on, in both directions. */
  own(owner: TransportOwner & CandidateSink): void;
}

/** Who hears a candidate: packets by direct call, and its end, which each kind of carrier reports in its own way. */
export interface CandidateSink extends FrameSink {
  onTransportClose(reason: CloseReason, description?: unknown): void;
}

/** A message, or a control packet that is ready to be written. */
export type QueuedItem = SharedMessage | string;

/** Called once its message was handed to the carrier. */
export type SendCallback = (transport: Transport) => void;

/** What a transport reports to. */
export interface TransportOwner {
  readonly id: string;
  readonly readyState: string;
  /** One engine packet in text form. */
  onText(packet: string): void;
  /** One binary message. The bytes belong to the receiver. */
  onBinary(bytes: Buffer): void;
  /** A batch is about to be handed over: gives up the callbacks of the messages in it. */
  onFlush(items: readonly QueuedItem[]): SendCallback[] | undefined;
  /** The batch was handed over, and its messages' callbacks are due. */
  onFlushed(callbacks: SendCallback[] | undefined): void;
  /** The carrier ended. */
  onTransportClose(reason: CloseReason, description?: unknown): void;
}
