/**
 * Engine.IO protocol v4, HTTP long-polling: several packets in one body, joined by a record separator.
 */

/** Stands between two packets of a batch. Cannot occur inside one: JSON escapes it. */
export const SEPARATOR = "\x1e";

/**
 * Hands the packets of a batch to `visit`, one by one, until it returns false. A batch holds at least one packet:
 * an empty batch, or a separator too many, shows as an empty packet, which the visitor must refuse.
 */
export function forEachPacket(batch: string, visit: (packet: string) => boolean): void {
  let start = 0;
  for (;;) {
    const end = batch.indexOf(SEPARATOR, start);
    if (end < 0) {
      visit(start === 0 ? batch : batch.slice(start));
      return;
    }
    if (!visit(batch.slice(start, end))) return;
    start = end + 1;
  }
}

/** The body that carries `packets`. */
export function joinBatch(packets: readonly string[]): string {
  return packets.join(SEPARATOR);
}

/**
 * How many of the leading packets fit in one batch of `maxPayload` bytes (0: no limit). The first always counts,
 * however long, since it could never be sent otherwise; the result is 0 only for no packets.
 *
 * Strings are whole packets, binary counts as the base64 it becomes (by the estimate every client uses: × 1.33).
 */
export function countWithinPayload(
  packets: readonly (string | Uint8Array | Blob)[],
  maxPayload: number,
): number {
  let bytes = 0;
  let count = 0;
  for (const packet of packets) {
    bytes += packetBytes(packet);
    if (count > 0 && maxPayload > 0 && bytes > maxPayload) break;
    bytes += SEPARATOR.length;
    count++;
  }
  return count;
}

function packetBytes(packet: string | Uint8Array | Blob): number {
  if (typeof packet === "string") return new TextEncoder().encode(packet).length;
  return 1 + Math.ceil(("size" in packet ? packet.size : packet.byteLength) * 1.33);
}
