// The one error with which the chat's rules say no to a client. Turned into `{ ok: false, code, message }`
// by gate.ts; anything else thrown is a fault of the server.
import { REFUSALS } from "../shared/contract.ts";
import type { Refusal, RefusalCode } from "../shared/contract.ts";

export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: RefusalCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: RefusalCode, retryAfterMs?: number) {
    super(REFUSALS[code]);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }

  toReply(): Refusal {
    const reply: Refusal = { ok: false, code: this.code, message: this.message };
    if (this.retryAfterMs !== undefined) reply.retryAfterMs = this.retryAfterMs;
    return reply;
  }
}
