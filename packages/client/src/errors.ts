/**
 * Every error this package makes, one row per code. Texts marked "frozen" are what applications written for the incumbent
 * compare with, so they never change; the codes are what new code should look at.
 */
const MESSAGES = {
  ERR_CONNECT_TIMEOUT: "timeout", // frozen
  ERR_CONNECT_REFUSED: "refused by the server", // unless the server says more
  ERR_CONNECT_REPLY: "no socket id in the reply: is it a v2 server",
  ERR_ACK_TIMEOUT: "operation has timed out", // frozen
  ERR_ACK_DISCONNECTED: "socket has been disconnected", // frozen
  ERR_RESERVED_EVENT: "is a reserved event name", // frozen, with the name in front
} as const;

export type ClientErrorCode = keyof typeof MESSAGES;

/** Code → default message of every error of this package. */
export const CLIENT_ERRORS: Readonly<Record<ClientErrorCode, string>> = MESSAGES;

const BRAND: symbol = Symbol.for("sockeye.ClientError");

/** The error class of this package; `code` is stable. */
export class ClientError extends Error {
  override readonly name: string = "ClientError";
  readonly code: ClientErrorCode;
  /** What a middleware of the server attached to its refusal (`ERR_CONNECT_REFUSED` only). */
  data?: unknown;

  constructor(code: ClientErrorCode, message: string = MESSAGES[code]) {
    super(message);
    this.code = code;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

/** Tells whether `value` is an error of this package, also when the package is installed twice. */
export function isClientError(value: unknown): value is ClientError {
  return value instanceof Error && BRAND in value;
}
