/**
 * Engine.IO protocol v3, packet encoding. Text packets are those of v4. Binary messages name their type: as the byte 4
 * before the data, or, where only text travels, as `b4` before base64.
 */
import { decodeBase64, encodeBase64 } from "../engine/base64.ts";
import { ProtocolError } from "../errors.ts";

/** The type of a message as a byte; not the character of the same name. */
const MESSAGE_BYTE = 4;
const BASE64_MESSAGE = "b4";

/** A binary message as it travels in a WebSocket frame or a binary payload. */
export function encodeMessageFrame(bytes: Uint8Array): Uint8Array {
  const frame = new Uint8Array(1 + bytes.length);
  frame[0] = MESSAGE_BYTE;
  frame.set(bytes, 1);
  return frame;
}

/** The bytes of a binary message: a view into `frame`. Throws `ERR_PACKET_EMPTY`, `ERR_PACKET_TYPE`. */
export function decodeMessageFrame(frame: Uint8Array): Uint8Array {
  const type = frame[0];
  if (type === undefined) throw new ProtocolError("ERR_PACKET_EMPTY");
  if (type !== MESSAGE_BYTE) throw new ProtocolError("ERR_PACKET_TYPE", `binary of type ${type}`);
  return frame.subarray(1);
}

/** A binary message as a text packet. */
export function encodeBase64Message(bytes: Uint8Array): string {
  return BASE64_MESSAGE + encodeBase64(bytes);
}

/** The bytes of a `b4…` packet. Throws `ERR_PACKET_TYPE`, `ERR_BASE64`. */
export function decodeBase64Message(packet: string): Uint8Array {
  if (!packet.startsWith(BASE64_MESSAGE)) throw new ProtocolError("ERR_PACKET_TYPE", packet.slice(0, 2));
  return decodeBase64(packet.slice(BASE64_MESSAGE.length));
}
