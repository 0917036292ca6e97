/**
 * What a transport is to the connection above it, and the one address both transports build. A transport carries packets
 * as text (first character: type) and bytes; it knows no heartbeat, no queue and no upgrade.
 */
import type { Clock } from "@sockeye/protocol";
import { ENGINE_PROTOCOL } from "@sockeye/protocol/engine";
import type { TransportError } from "./errors.ts";
import type { ResolvedEngineClientOptions, TransportName } from "./options.ts";
import { encodeQuery } from "./uri.ts";
import type { CookieJar } from "./cookie-jar.ts";

/** Bytes as the platform delivers them: Buffer in Node.js, ArrayBuffer in browsers. */
export type BinaryPayload = Uint8Array | ArrayBuffer | Blob;

/** What may be sent: text, or bytes of any kind. */
export type MessageInput = string | ArrayBuffer | ArrayBufferView | Blob;

/** What is in the queue. */
export type MessageData = string | Uint8Array | Blob;

/** The second argument of `close` when it is not an error. */
export interface CloseDetails {
  readonly description: string;
  readonly context?: unknown;
}

export type OutgoingType = "close" | "ping" | "pong" | "message" | "upgrade";

/** One packet in the queue of a connection. */
export interface OutgoingPacket {
  readonly type: OutgoingType;
  readonly data?: MessageData | undefined;
  readonly options: { readonly compress: boolean };
  /** Called when the packet was handed to the transport. */
  readonly onFlush?: (() => void) | undefined;
}

/** Whoever listens to a transport: the connection, or the upgrade that tries it. */
export interface TransportSink {
  /** The carrier is up (polling: the first packet is an open packet). */
  onOpen(): void;
  /** One text packet, type character included; `b…` is bytes as base64. */
  onPacket(packet: string): void;
  onBinary(payload: BinaryPayload): void;
  /** All that was written is with the carrier; `isWritable` is true again. */
  onDrain(): void;
  onError(error: TransportError): void;
  onClose(details: CloseDetails): void;
}

export interface Transport {
  readonly name: string;
  /** Whom to tell; nobody any more when undefined. An upgrade passes a transport on by changing it. */
  sink: TransportSink | undefined;
  /** Whether a write would go out now. */
  readonly writable: boolean;
  open(): void;
  /** Never called while `writable` is false. */
  write(packets: readonly OutgoingPacket[]): void;
  /** Calls back once nothing is in flight in either direction; nothing is sent or received afterwards. */
  pause(onPaused: () => void): void;
  /** Takes a pause back, whether it was reached or not. */
  resume(): void;
  /** Says goodbye to the server. */
  close(): void;
  /** Stops at once, without a goodbye: the peer is known to be gone. */
  destroy(): void;
}

/** What the transports of one connection share. */
export interface Session {
  /** Unknown until the handshake is through. */
  sid: string | undefined;
}

/** What a transport is made from. */
export interface TransportSetup {
  readonly options: ResolvedEngineClientOptions;
  readonly clock: Clock;
  readonly cookies: CookieJar | undefined;
  readonly session: Session;
}

export type TransportFactory = (name: TransportName, setup: TransportSetup) => Transport;

function cacheBuster(now: number): string {
  // The first three digits of the time never change in a lifetime.
  return now.toString(36).slice(3) + Math.random().toString(36).slice(2, 5);
}

/** The address of a request: user's query first, then `EIO`, `transport`, `t`, `b64`, `sid` (wire §1.2). */
export function transportUri(setup: TransportSetup, name: string): string {
  const { options } = setup;
  const isPolling = name === "polling";
  const { sid } = setup.session;
  const query: Record<string, unknown> = { ...options.query, EIO: ENGINE_PROTOCOL, transport: name };
  if (options.timestampRequests ?? isPolling) query[options.timestampParam] = cacheBuster(setup.clock.now());
  if (options.forceBase64 && !(isPolling && sid)) query["b64"] = 1;
  if (sid) query["sid"] = sid;
  const scheme = (isPolling ? "http" : "ws") + (options.secure ? "s" : "");
  const port = options.port === (options.secure ? "443" : "80") ? "" : `:${options.port}`;
  return `${scheme}://${options.hostname}${port}${options.path}?${encodeQuery(query)}`;
}
