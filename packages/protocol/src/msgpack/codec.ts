/**
 * Socket.IO packets as MessagePack: one binary message per packet, the map `{ type, nsp, data?, id? }`, without
 * attachments and of the types 0 to 4. Both ends must use it; the other may be socket.io-msgpack-parser 3.
 */
import { isContainer, toAttachment, isBinary } from "../binary.ts";
import type { Binary } from "../binary.ts";
import { ProtocolError } from "../errors.ts";
import type { SocketCodec } from "../socket/codec.ts";
import { checkedPacket } from "../socket/packet.ts";
import type { SocketPacket } from "../socket/packet.ts";
import { decodeMsgpack } from "./reader.ts";
import { encodeMsgpack } from "./writer.ts";

/**
 * Dates and undefined survive this format, and typed arrays arrive as bytes. Binary comes out as views of the
 * message (Buffers, if it is one), or as ArrayBuffers if the message is an ArrayBuffer.
 *
 * Encoding throws `ERR_MSGPACK_VALUE` for a BigInt or a Blob; decoding throws only `ProtocolError`.
 */
export const msgpackCodec: SocketCodec = {
  encode({ type, nsp, data, id }) {
    const map: Record<string, unknown> = { type, nsp };
    if (data !== undefined) map["data"] = data;
    if (id !== undefined) map["id"] = id;
    return [encodeMsgpack(map)];
  },
  // Every message is a whole packet, so a decoder has nothing to remember and all connections share one.
  createDecoder: () => decoder,
};

const decoder = { push: decodePacket, reset(): void {} };

function decodePacket(payload: string | Binary): SocketPacket {
  const bytes = isBinary(payload) ? toAttachment(payload) : payload;
  if (!(bytes instanceof Uint8Array)) throw new ProtocolError("ERR_PAYLOAD_TYPE", typeof payload);
  const packet = decodeMsgpack(bytes, payload instanceof ArrayBuffer ? "arraybuffer" : "view");
  if (!isContainer(packet)) throw new ProtocolError("ERR_PAYLOAD");
  const { type, nsp, data, id } = packet;
  if (typeof type !== "number") throw new ProtocolError("ERR_PACKET_TYPE", typeof type);
  if (typeof nsp !== "string") throw new ProtocolError("ERR_PACKET_NAMESPACE");
  if (id !== undefined && !isSafeInteger(id)) throw new ProtocolError("ERR_PACKET_ID");
  return checkedPacket(type, nsp, id, data);
}

function isSafeInteger(value: unknown): value is number {
  return Number.isSafeInteger(value);
}
