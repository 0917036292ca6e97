/** The two ways to hear from a connection: typed direct calls for the package above, events for applications. */
import type { OpenPacket } from "@sockeye/protocol/engine";
import type { ProbeError } from "./errors.ts";
import type { BinaryPayload, CloseDetails, OutgoingPacket, Transport } from "./transport.ts";

/** Why a connection ended (wire §1.16). */
export type EngineClientCloseReason = "transport error" | "transport close" | "forced close" | "ping timeout";

/** Called directly, before the event of the same meaning is raised. */
export interface EngineHandler {
  onOpen(): void;
  onMessage(data: string | BinaryPayload): void;
  onPing(): void;
  /** `onClose` follows. */
  onError(error: Error): void;
  /** Once, the last call. */
  onClose(reason: EngineClientCloseReason, details?: Error | CloseDetails): void;
}

export interface EngineClientEvents {
  /** The open packet arrived. */
  handshake: (open: OpenPacket) => void;
  /** Messages can be sent and received. */
  open: () => void;
  /** Any packet arrived. */
  packet: (packet: { type: string; data: string | undefined }) => void;
  /** A packet was put into the queue. */
  packetCreate: (packet: OutgoingPacket) => void;
  message: (data: string | BinaryPayload) => void;
  /** The same as `message`. */
  data: (data: string | BinaryPayload) => void;
  /** The queue is empty. */
  drain: () => void;
  /** Something was handed to the transport. */
  flush: () => void;
  /** Any packet arrived. */
  heartbeat: () => void;
  /** The server asked whether we live; `pong` follows. */
  ping: () => void;
  pong: () => void;
  error: (error: Error) => void;
  /** The candidate works; the current transport is being brought to rest. */
  upgrading: (candidate: Pick<Transport, "name" | "writable">) => void;
  upgrade: (transport: Pick<Transport, "name" | "writable">) => void;
  /** The connection lives on over its current transport. */
  upgradeError: (error: ProbeError) => void;
  close: (reason: EngineClientCloseReason, details?: Error | CloseDetails) => void;
}
