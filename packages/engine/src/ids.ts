// Session ids (wire.md §1.6): 20 characters of [A-Za-z0-9_-], 12 random bytes and a 3-byte counter. Random bytes are
// drawn from the kernel in bulk, since a reconnect storm asks for thousands of ids at once.

import { randomFillSync } from "node:crypto";

const RANDOM_BYTES = 12;
const POOL_BYTES = RANDOM_BYTES * 256;

const pool = Buffer.allocUnsafeSlow(POOL_BYTES);
const scratch = Buffer.allocUnsafeSlow(15);
let poolAt = POOL_BYTES;
let sequence = 0;

/** A new id that cannot be guessed: 96 random bits, and a counter that keeps ids of one process apart. */
export function generateSessionId(): string {
  if (poolAt === POOL_BYTES) {
    randomFillSync(pool);
    poolAt = 0;
  }
  pool.copy(scratch, 0, poolAt, poolAt + RANDOM_BYTES);
  // Spent randomness is wiped, so that a later reading of the pool gives no id away.
  pool.fill(0, poolAt, poolAt + RANDOM_BYTES);
  poolAt += RANDOM_BYTES;
  scratch.writeUIntBE(sequence, RANDOM_BYTES, 3);
  sequence = (sequence + 1) & 0xffffff;
  return scratch.toString("base64url");
}
