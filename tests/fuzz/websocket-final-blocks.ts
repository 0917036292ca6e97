/**
 * Finds the first message of a client stream whose compressed data goes on after a DEFLATE block marked as final. It reads
 * frames for itself, in the plainest way, and is asked only about streams on which the two readers disagree.
 */
import { constants, inflateRawSync } from "node:zlib";

/** How many whole messages come before that message; undefined if there is none. */
export function messagesBeforeFinalBlock(bytes: Buffer): number | undefined {
  let count = 0;
  let pieces: Buffer[] = [];
  let isCompressed = false;
  for (let at = 0; at + 6 <= bytes.length;) {
    const first = bytes.readUInt8(at);
    const short = bytes.readUInt8(at + 1) & 0x7f;
    at += short < 126 ? 2 : short === 126 ? 4 : 10;
    if (at + 4 > bytes.length) return undefined;
    const length =
      short < 126
        ? short
        : short === 126
          ? bytes.readUInt16BE(at - 2)
          : Number(bytes.readBigUInt64BE(at - 8));
    const mask = bytes.subarray(at, at + 4);
    const payload = Buffer.from(bytes.subarray(at + 4, at + 4 + length));
    for (let index = 0; index < payload.length; index++)
      payload[index] = (payload[index] ?? 0) ^ (mask[index & 3] ?? 0);
    at += 4 + length;
    if ((first & 0x08) !== 0) continue;
    if ((first & 0x0f) !== 0) {
      pieces = [];
      isCompressed = (first & 0x40) !== 0;
    }
    pieces.push(payload);
    if (isCompressed && goesOnAfterFinalBlock(Buffer.concat(pieces))) return count;
    if ((first & 0x80) !== 0) count++;
  }
  return undefined;
}

/** An empty stored block: what the receiver puts back at the end, and how a final block before it is completed. */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);
const COMPLETED_TAIL = Buffer.from([0x00, 0x00, 0x00, 0xff, 0xff]);

function goesOnAfterFinalBlock(payload: Buffer): boolean {
  const bytes = Buffer.concat([payload, TAIL]);
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, info: true };
    // With `info` set zlib also tells how far it got; the type definitions do not know that.
    const { engine }: { engine: { bytesWritten: number } } = inflateRawSync(bytes, options) as any;
    const rest = bytes.subarray(engine.bytesWritten);
    return rest.length > 0 && !rest.equals(TAIL) && !rest.equals(COMPLETED_TAIL);
  } catch {
    return false;
  }
}
