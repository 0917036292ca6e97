/**
 * Server frames (RFC 6455 §5.2: never masked) as one contiguous Buffer each. Pure; called by the endpoint, and by the
 * floors above to make frames that many connections share.
 */
import { isSendableCloseCode } from "./close-codes.ts";
import { type NegotiatedDeflate, deflateMessage } from "./deflate.ts";
import { WebSocketError } from "./errors.ts";
import { latin1Write, utf8Write } from "./raw-buffer.ts";

export const Opcode = {
  continuation: 0x0,
  text: 0x1,
  binary: 0x2,
  close: 0x8,
  ping: 0x9,
  pong: 0xa,
} as const;

export const FIN = 0x80;
/** Marks the first frame of a compressed message (RFC 7692 §6). */
export const RSV1 = 0x40;

/** A text message as one frame. Lone surrogates become U+FFFD, since a frame must be valid UTF-8. */
export function frameText(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const frame = allocateFrame(FIN | Opcode.text, length);
  const at = frame.length - length;
  // As many bytes as code units happens for ASCII only, and then each unit is the byte.
  if (length === text.length) latin1Write(frame, text, at, length);
  else utf8Write(frame, text, at, length);
  return frame;
}

/** A binary message as one frame. The bytes are copied: the caller may change its own at once. */
export function frameBinary(bytes: Uint8Array): Buffer {
  return frameBytes(FIN | Opcode.binary, bytes);
}

/**
 * A message compressed and framed. The frame may be sent to every connection that negotiated this same object.
 * @param opcode `Opcode.text` for a string or UTF-8 bytes, `Opcode.binary` for bytes
 */
export function frameDeflated(
  opcode: typeof Opcode.text | typeof Opcode.binary,
  payload: string | Uint8Array,
  deflate: NegotiatedDeflate,
): Buffer {
  return frameBytes(FIN | RSV1 | opcode, deflateMessage(payload, deflate));
}

/** A ping or pong. @throws WebSocketError ERR_WS_PING_LENGTH beyond 125 bytes */
export function framePing(
  data: Uint8Array,
  opcode: typeof Opcode.ping | typeof Opcode.pong = Opcode.ping,
): Buffer {
  if (data.length > 125) throw new WebSocketError("ERR_WS_PING_LENGTH", `got ${data.length}`);
  return frameBytes(FIN | opcode, data);
}

/**
 * A Close frame; without a code it has no payload.
 * @throws WebSocketError ERR_WS_CLOSE_ARGUMENT for a code that must not be sent, a reason without a code, or a reason
 * of more than 123 bytes
 */
export function frameClose(code?: number, reason = ""): Buffer {
  const reasonBytes = Buffer.byteLength(reason);
  if (code === undefined) {
    if (reasonBytes > 0) throw new WebSocketError("ERR_WS_CLOSE_ARGUMENT", "a reason needs a code");
    return Buffer.from([FIN | Opcode.close, 0]);
  }
  if (!isSendableCloseCode(code)) throw new WebSocketError("ERR_WS_CLOSE_ARGUMENT", `code ${code}`);
  if (reasonBytes > 123) {
    throw new WebSocketError(
      "ERR_WS_CLOSE_ARGUMENT",
      `the reason must have at most 123 bytes, got ${reasonBytes}`,
    );
  }
  const frame = allocateFrame(FIN | Opcode.close, 2 + reasonBytes);
  frame.writeUInt16BE(code, 2);
  frame.write(reason, 4);
  return frame;
}

function frameBytes(first: number, payload: Uint8Array): Buffer {
  const frame = allocateFrame(first, payload.length);
  frame.set(payload, frame.length - payload.length);
  return frame;
}

/** A frame with its header written and its payload still to be filled in, at the end. */
function allocateFrame(first: number, length: number): Buffer {
  if (length < 126) {
    const frame = Buffer.allocUnsafe(2 + length);
    frame[0] = first;
    frame[1] = length;
    return frame;
  }
  if (length < 65_536) {
    const frame = Buffer.allocUnsafe(4 + length);
    frame[0] = first;
    frame[1] = 126;
    frame[2] = length >>> 8;
    frame[3] = length & 0xff;
    return frame;
  }
  const frame = Buffer.allocUnsafe(10 + length);
  frame[0] = first;
  frame[1] = 127;
  frame.writeUIntBE(0, 2, 2);
  frame.writeUIntBE(length, 4, 6);
  return frame;
}
