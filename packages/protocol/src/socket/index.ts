/** Socket.IO protocol v5 as values in, values out. */
export { PacketType, RESERVED_EVENTS, SOCKET_PROTOCOL } from "./packet.ts";
export { encodeSocketPacket } from "./encoder.ts";
export { SocketDecoder } from "./decoder.ts";
export { createJsonCodec, defaultCodec } from "./codec.ts";
export type {
  AckPacket,
  ConnectErrorPacket,
  ConnectPacket,
  DisconnectPacket,
  EventPacket,
  SocketPacket,
} from "./packet.ts";
export type { Attachment, Binary } from "../binary.ts";
export type { EncodedPart, JsonReplacer } from "./encoder.ts";
export type { JsonReviver, SocketDecoderOptions } from "./decoder.ts";
export type { PacketDecoder, SocketCodec } from "./codec.ts";
