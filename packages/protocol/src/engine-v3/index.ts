/** Engine.IO protocol v3 as pure functions: what differs from v4, for servers that still take its clients. */
export {
  decodeBase64Message,
  decodeMessageFrame,
  encodeBase64Message,
  encodeMessageFrame,
} from "./packet.ts";
export { decodePayload, encodePayload } from "./text-payload.ts";
export { decodeBinaryPayload, encodeBinaryPayload } from "./binary-payload.ts";

/** The protocol revision, as in the `EIO` query parameter. */
export const ENGINE_PROTOCOL_V3 = 3;
