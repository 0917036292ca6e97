/**
 * Base64 for carriers that only take text, without Buffer: the runtime's own codec where it has one, else
 * `btoa` and `atob`. Both read leniently (padding may be missing) and refuse other characters.
 */
import { ProtocolError } from "../errors.ts";

/** ES2026; not in every runtime yet. */
interface Base64Bytes extends Uint8Array {
  toBase64?(): string;
}
interface Base64Constructor extends Uint8ArrayConstructor {
  fromBase64?(text: string): Uint8Array;
}

/** As many arguments as every engine takes in one call. */
const CHUNK = 0x2000;

/** Standard base64, padded. */
export function encodeBase64(bytes: Uint8Array): string {
  const native: Base64Bytes = bytes;
  if (native.toBase64 !== undefined) return native.toBase64();
  let binary = "";
  for (let at = 0; at < bytes.length; at += CHUNK)
    binary += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(binary);
}

/** The bytes that `text` stands for. Throws `ERR_BASE64` if it is malformed. */
export function decodeBase64(text: string): Uint8Array {
  const native: Base64Constructor = Uint8Array;
  try {
    if (native.fromBase64 !== undefined) return native.fromBase64(text);
    const binary = atob(text);
    const bytes = new Uint8Array(binary.length);
    for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
    return bytes;
  } catch (cause) {
    throw new ProtocolError("ERR_BASE64", undefined, { cause });
  }
}

/** A binary message as a text packet: `b` and base64. */
export function encodeBinaryPacket(bytes: Uint8Array): string {
  return `b${encodeBase64(bytes)}`;
}
