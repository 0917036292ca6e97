/** Helpers of this package's tests. */
import { encodeSocketPacket } from "../socket/encoder.ts";
import type { SocketPacket } from "../socket/packet.ts";

/** The first message of an encoded packet. */
export function textOf(packet: SocketPacket): string {
  const [text] = encodeSocketPacket(packet);
  if (typeof text !== "string") throw new TypeError("the first part of a packet must be text");
  return text;
}
