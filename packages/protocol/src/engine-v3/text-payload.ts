/**
 * Engine.IO protocol v3, HTTP long-polling with text: packets one behind the other, each after its length and a colon.
 * Lengths count UTF-16 code units, not bytes.
 */
import { ProtocolError } from "../errors.ts";

/** What no packets at all look like. */
const NOTHING = "0:";
const COLON = 0x3a;
const ZERO = 0x30;

/** The body that carries text packets. */
export function encodePayload(packets: readonly string[]): string {
  if (packets.length === 0) return NOTHING;
  let payload = "";
  for (const packet of packets) payload += `${packet.length}:${packet}`;
  return payload;
}

/**
 * The packets of a body, all of them or none. Those of length 0 say nothing and are left out, as published parsers do.
 * Throws `ERR_PAYLOAD` for an empty body and for lengths that are no numbers or promise more than there is.
 */
export function decodePayload(payload: string): string[] {
  if (payload === "") throw new ProtocolError("ERR_PAYLOAD", "it is empty");
  const packets: string[] = [];
  let at = 0;
  while (at < payload.length) {
    const start = endOfLength(payload, at);
    const length = Number(payload.slice(at, start));
    at = start + 1 + length;
    if (at > payload.length) throw new ProtocolError("ERR_PAYLOAD", "it ends inside a packet");
    if (length > 0) packets.push(payload.slice(start + 1, at));
  }
  return packets;
}

/** Where the colon is. A length has as many digits as that of the payload at most: a longer one cannot be true. */
function endOfLength(payload: string, start: number): number {
  const limit = start + String(payload.length).length;
  for (let at = start; at <= limit; at++) {
    const code = payload.charCodeAt(at);
    if (code === COLON && at > start) return at;
    const digit = code - ZERO;
    if (!(digit >= 0 && digit <= 9)) break;
  }
  throw new ProtocolError("ERR_PAYLOAD", "a packet begins with its length and a colon");
}
