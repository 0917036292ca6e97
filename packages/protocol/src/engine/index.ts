/** Engine.IO protocol v4 as pure functions. */
export { ENGINE_PROTOCOL, PacketChar, PacketCode } from "./packet-types.ts";
export { decodeOpen, encodeOpen } from "./open-packet.ts";
export { decodeBase64, encodeBase64, encodeBinaryPacket } from "./base64.ts";
export { SEPARATOR, countWithinPayload, forEachPacket, joinBatch } from "./batch.ts";
export { StreamFrameDecoder, encodeStreamFrame } from "./stream-frames.ts";
export type { OpenPacket } from "./open-packet.ts";
