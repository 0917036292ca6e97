/** Engine.IO protocol v4, handshake: the `open` packet that tells a client its session and its limits. */
import { isContainer } from "../binary.ts";
import { ProtocolError } from "../errors.ts";
import { PacketChar } from "./packet-types.ts";

export interface OpenPacket {
  /** The session id. A secret of this client. */
  sid: string;
  /** The transports the session may move to. */
  upgrades: string[];
  /** Time between two pings of the server, in ms. */
  pingInterval: number;
  /** How long the server waits for a pong, in ms. */
  pingTimeout: number;
  /** The longest batch the server takes, in bytes; 0 when it names no limit, as servers before 4.1 do. */
  maxPayload: number;
}

/** The packet as text, keys in the order every implementation writes them. */
export function encodeOpen({ sid, upgrades, pingInterval, pingTimeout, maxPayload }: OpenPacket): string {
  return PacketChar.open + JSON.stringify({ sid, upgrades, pingInterval, pingTimeout, maxPayload });
}

/** Reads an `open` packet, its type character included. Unknown keys are ignored. Throws `ERR_OPEN_PACKET`. */
export function decodeOpen(packet: string): OpenPacket {
  let open: unknown;
  try {
    open = packet.startsWith(PacketChar.open) && JSON.parse(packet.slice(1));
  } catch (cause) {
    throw new ProtocolError("ERR_OPEN_PACKET", undefined, { cause });
  }
  if (isContainer(open)) {
    const { sid, upgrades, pingInterval, pingTimeout, maxPayload = 0 } = open;
    if (
      isNonEmptyString(sid) &&
      Array.isArray(upgrades) &&
      upgrades.every(isNonEmptyString) &&
      isAmount(pingInterval) &&
      isAmount(pingTimeout) &&
      isAmount(maxPayload)
    ) {
      return { sid, upgrades, pingInterval, pingTimeout, maxPayload };
    }
  }
  throw new ProtocolError("ERR_OPEN_PACKET");
}

function isNonEmptyString(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isAmount(value: unknown): value is number {
  return Number.isFinite(value) && Number(value) >= 0;
}
