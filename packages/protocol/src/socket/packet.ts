/**
 * Socket.IO protocol v5: what a packet is, and which are valid. Shared by every wire format.
 */
import { ProtocolError } from "../errors.ts";

/** The protocol revision. */
export const SOCKET_PROTOCOL = 5;

/** Packet types on the wire. Above the codecs a binary event is an EVENT, a binary ack an ACK. */
export const PacketType = {
  CONNECT: 0,
  DISCONNECT: 1,
  EVENT: 2,
  ACK: 3,
  CONNECT_ERROR: 4,
  BINARY_EVENT: 5,
  BINARY_ACK: 6,
} as const;

/** Asks to join a namespace, or confirms it. */
export interface ConnectPacket {
  readonly type: typeof PacketType.CONNECT;
  readonly nsp: string;
  /** The client's `auth`, or the server's `sid`. */
  readonly data?: Record<string, unknown> | undefined;
  readonly id?: undefined;
}

/** Leaves a namespace. */
export interface DisconnectPacket {
  readonly type: typeof PacketType.DISCONNECT;
  readonly nsp: string;
  readonly data?: undefined;
  readonly id?: undefined;
}

/** An event: its name and its arguments. */
export interface EventPacket {
  readonly type: typeof PacketType.EVENT;
  readonly nsp: string;
  readonly data: [event: string | number, ...args: unknown[]];
  /** Present if an acknowledgement is wanted. 0 is an id like any other. */
  readonly id?: number | undefined;
}

/** The answer to the event with the same `id`. */
export interface AckPacket {
  readonly type: typeof PacketType.ACK;
  readonly nsp: string;
  readonly data: unknown[];
  readonly id: number;
}

/** Refuses a CONNECT. */
export interface ConnectErrorPacket {
  readonly type: typeof PacketType.CONNECT_ERROR;
  readonly nsp: string;
  readonly data: string | object;
  readonly id?: undefined;
}

export type SocketPacket = ConnectPacket | DisconnectPacket | EventPacket | AckPacket | ConnectErrorPacket;

/** Event names the library raises itself, which a peer must not be able to. */
export const RESERVED_EVENTS: ReadonlySet<string> = new Set([
  "connect",
  "connect_error",
  "disconnect",
  "disconnecting",
  "newListener",
  "removeListener",
]);

/**
 * The packet of these parts, if they go together. `type` is 0 to 4.
 * Throws `ERR_PAYLOAD`, `ERR_RESERVED_EVENT`, `ERR_PACKET_ID`, `ERR_PACKET_TYPE`.
 */
export function checkedPacket(
  type: number,
  nsp: string,
  id: number | undefined,
  data: unknown,
): SocketPacket {
  switch (type) {
    case PacketType.CONNECT:
      if (data === undefined || isPlainObject(data)) return { type: PacketType.CONNECT, nsp, data };
      break;
    case PacketType.DISCONNECT:
      if (data === undefined) return { type: PacketType.DISCONNECT, nsp };
      break;
    case PacketType.EVENT:
      if (isEventData(data)) return { type: PacketType.EVENT, nsp, id, data };
      break;
    case PacketType.ACK:
      if (id === undefined) throw new ProtocolError("ERR_PACKET_ID", "none");
      if (Array.isArray(data)) return { type: PacketType.ACK, nsp, id, data };
      break;
    case PacketType.CONNECT_ERROR:
      if (typeof data === "string" || isPlainObject(data))
        return { type: PacketType.CONNECT_ERROR, nsp, data };
      break;
    default:
      throw new ProtocolError("ERR_PACKET_TYPE", String(type));
  }
  throw new ProtocolError("ERR_PAYLOAD", `of packet type ${type}`);
}

function isPlainObject(data: unknown): data is Record<string, unknown> {
  // Not an array, and not what other formats than JSON can bring: a date, bytes.
  return Object.prototype.toString.call(data) === "[object Object]";
}

function isEventData(data: unknown): data is EventPacket["data"] {
  if (!Array.isArray(data)) return false;
  const [event] = data;
  if (RESERVED_EVENTS.has(event)) throw new ProtocolError("ERR_RESERVED_EVENT", event);
  return typeof event === "string" || typeof event === "number";
}
