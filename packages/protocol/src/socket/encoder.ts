/**
 * Socket.IO protocol v5, packet format: `TYPE [N "-"] [NSP ","] [ID] [JSON]`, then N attachments.
 */
import type { Attachment } from "../binary.ts";
import { extractAttachments } from "./attachments.ts";
import { PacketType } from "./packet.ts";
import type { SocketPacket } from "./packet.ts";

/** One message of an encoded packet. `Blob` occurs only in browsers. */
export type EncodedPart = string | Attachment;

/** The second argument of `JSON.stringify`. */
export type JsonReplacer = (this: unknown, key: string, value: unknown) => unknown;

/**
 * The messages of a packet, in sending order: the text (without the type character of the engine packet), then the
 * attachments. These share the memory of what the application passed. The packet is not modified.
 *
 * Throws what JSON.stringify throws for data it cannot write (a cycle, a BigInt): that is the sender's mistake.
 */
export function encodeSocketPacket(packet: SocketPacket, replacer?: JsonReplacer): EncodedPart[] {
  const { type, nsp, id } = packet;
  const attachments: Attachment[] = [];
  const mayHaveBinary = type === PacketType.EVENT || type === PacketType.ACK;
  const data = mayHaveBinary ? extractAttachments(packet.data, attachments) : packet.data;
  const count = attachments.length;
  let text = count > 0 ? `${type + BINARY_OFFSET}${count}-` : String(type);
  if (nsp !== "/") text += `${nsp},`;
  if (id !== undefined) text += id;
  if (data !== undefined) text += JSON.stringify(data, replacer);
  return [text, ...attachments];
}

const BINARY_OFFSET = PacketType.BINARY_EVENT - PacketType.EVENT;
