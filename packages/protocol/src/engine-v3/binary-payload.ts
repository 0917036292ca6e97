/**
 * Engine.IO protocol v3, HTTP long-polling with bytes: the body of which at least one packet is binary, for peers that
 * take such bodies. Each packet: 0 for text or 1 for binary, its length in bytes as one byte per digit (the values 0 to
 * 9), 255, and the packet: text in UTF-8, or a binary message behind its type.
 */
import { ProtocolError } from "../errors.ts";
import { decodeMessageFrame, encodeMessageFrame } from "./packet.ts";

const TEXT = 0;
const BINARY = 1;
const END_OF_LENGTH = 255;

/** The body that carries text packets and the bytes of binary messages. */
export function encodeBinaryPayload(packets: readonly (string | Uint8Array)[]): Uint8Array {
  const encoder = new TextEncoder();
  const pieces: Uint8Array[] = [];
  for (const packet of packets) {
    const isText = typeof packet === "string";
    const bytes = isText ? encoder.encode(packet) : encodeMessageFrame(packet);
    pieces.push(headOf(isText ? TEXT : BINARY, bytes.length), bytes);
  }
  return concat(pieces);
}

/**
 * The packets of a body, all of them or none: strings as text packets, views into `payload` as the bytes of binary
 * messages. Throws `ERR_PAYLOAD`, `ERR_PACKET_EMPTY`, `ERR_PACKET_TYPE`.
 */
export function decodeBinaryPayload(payload: Uint8Array): (string | Uint8Array)[] {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const packets: (string | Uint8Array)[] = [];
  let at = 0;
  while (at < payload.length) {
    const kind = payload[at];
    if (kind !== TEXT && kind !== BINARY) throw new ProtocolError("ERR_PAYLOAD", "expected 0 or 1");
    const end = endOfLength(payload, at + 1);
    const length = readLength(payload, at + 1, end);
    at = end + 1 + length;
    if (at > payload.length) throw new ProtocolError("ERR_PAYLOAD", "it ends inside a packet");
    const bytes = payload.subarray(end + 1, at);
    packets.push(kind === TEXT ? decodeText(decoder, bytes) : decodeMessageFrame(bytes));
  }
  if (packets.length === 0) throw new ProtocolError("ERR_PAYLOAD", "it is empty");
  return packets;
}

function headOf(kind: number, length: number): Uint8Array {
  return Uint8Array.of(kind, ...Array.from(String(length), Number), END_OF_LENGTH);
}

/** Where the 255 is. A length has as many digits as that of the payload at most: a longer one cannot be true. */
function endOfLength(payload: Uint8Array, start: number): number {
  const limit = start + String(payload.length).length;
  for (let at = start; at <= limit; at++) {
    const byte = payload[at];
    if (byte === END_OF_LENGTH && at > start) return at;
    if (byte === undefined || byte > 9) break;
  }
  throw new ProtocolError("ERR_PAYLOAD", "a length is digits and 255");
}

function readLength(payload: Uint8Array, start: number, end: number): number {
  return payload.subarray(start, end).reduce((length, digit) => length * 10 + digit, 0);
}

function decodeText(decoder: TextDecoder, bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ProtocolError("ERR_PAYLOAD", "text is not UTF-8", { cause });
  }
}

function concat(pieces: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const piece of pieces) length += piece.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
