/**
 * What a manager is to its sockets and to applications (`socket.io`). Here rather than on the class, so that sockets can be
 * typed without importing the manager that makes them.
 */
import type { Listenable } from "@sockeye/emitter";
import type { EngineClient } from "@sockeye/engine-client";
import type { ClientCloseReason, Clock } from "@sockeye/protocol";
import type { SocketPacket } from "@sockeye/protocol/socket";
import type { ResolvedManagerOptions, SocketOptions } from "./options.ts";

/** The second argument of `disconnect` and `close`. */
export type DisconnectDescription = Error | { readonly description: string; readonly context?: unknown };

export interface ManagerEvents {
  /** The connection is open; the sockets have asked to join their namespaces. */
  open: () => void;
  /** The connection failed or could not be made. */
  error: (error: Error) => void;
  /** The server pinged. */
  ping: () => void;
  /** A packet arrived, of any namespace. */
  packet: (packet: SocketPacket) => void;
  close: (reason: ClientCloseReason, details?: DisconnectDescription) => void;
  reconnect_attempt: (attempt: number) => void;
  reconnect: (attempt: number) => void;
  /** An attempt failed; the next one, if any, is planned already. */
  reconnect_error: (error: Error) => void;
  /** No attempt is left. */
  reconnect_failed: () => void;
}

/** A packet on its way out, with what the connection should do about it. */
export type OutgoingSocketPacket = SocketPacket & { readonly options?: { readonly compress: boolean } };

/** What a socket needs of its manager. */
export interface SocketHost {
  readonly clock: Clock;
  readonly isOpen: boolean;
  readonly isReconnecting: boolean;
  /** Whether a packet written now would reach the transport at once. */
  readonly isWritable: boolean;
  /** Whether the server must be taken for dead although nothing was said yet. */
  readonly isExpired: boolean;
  open(): void;
  sendPacket(packet: OutgoingSocketPacket): void;
  /** A socket became inactive; the last one closes the connection. */
  onSocketInactive(): void;
}

export interface ManagerApi<AnySocket> extends Listenable<{}, ManagerEvents> {
  /** Where the manager connects to; undefined means the page's origin. */
  readonly uri: string | undefined;
  /** The manager's own copy of its options. What is changed here (headers, query, transports) holds from the next attempt on. */
  readonly opts: ResolvedManagerOptions;
  /** The connection, from the first attempt on. */
  readonly engine: EngineClient;
  /** The sockets by namespace. */
  readonly nsps: Readonly<Record<string, AnySocket>>;
  open(onResult?: (error?: Error) => void): this;
  connect(onResult?: (error?: Error) => void): this;
  socket(nsp: string, options?: SocketOptions): AnySocket;
  disconnect(): void;
  reconnection(): boolean;
  reconnection(value: boolean): this;
  reconnectionAttempts(): number;
  reconnectionAttempts(value: number): this;
  reconnectionDelay(): number;
  reconnectionDelay(value: number): this;
  reconnectionDelayMax(): number;
  reconnectionDelayMax(value: number): this;
  randomizationFactor(): number;
  randomizationFactor(value: number): this;
  timeout(): number | false;
  timeout(value: number | false): this;
}
