// Every error of this package: one class, one table of codes. The texts of the six request errors that travel
// over HTTP are frozen by the wire (wire.md §1.4) and live in http/verify.ts, not here.

/** What can go wrong, by code. Messages are followed by details where there are any. */
export const ENGINE_ERRORS = {
  ERR_INVALID_OPTION: "an option is invalid",
  ERR_INVALID_SERVER: "attach expects an http server",
  ERR_SESSION_ID: "generateId must give a non-empty string that no open session has",
  ERR_UPGRADE_REFUSED: "the request cannot become a WebSocket",
  ERR_BLOB_UNSUPPORTED: "a Blob cannot be sent from the server, convert it to a Buffer first",
  ERR_POLL_OVERLAP: "overlap from client",
  ERR_POLL_ABORTED: "poll connection closed prematurely",
  ERR_PUSH_OVERLAP: "data request overlap from client",
  ERR_PUSH_ABORTED: "data request connection closed prematurely",
  ERR_PUSH_CONTENT_TYPE: "invalid content",
  ERR_HEARTBEAT_DIRECTION: "invalid heartbeat direction",
  ERR_PACKET_INVALID: "an engine packet is malformed",
} as const;

export type EngineErrorCode = keyof typeof ENGINE_ERRORS;

const BRAND = Symbol.for("sockeye.EngineError");

/**
 * An error of the engine. `code` is stable; the message is for people.
 * As the description of a session's close it says which rule the peer broke.
 */
export class EngineError extends Error {
  override readonly name = "EngineError";
  readonly code: EngineErrorCode;

  constructor(code: EngineErrorCode, detail?: string, options?: ErrorOptions) {
    super(detail === undefined ? ENGINE_ERRORS[code] : `${ENGINE_ERRORS[code]}: ${detail}`, options);
    this.code = code;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

/** True for an error of this package, also when it comes from a second installed copy of it. */
export function isEngineError(value: unknown): value is EngineError {
  return typeof value === "object" && value !== null && BRAND in value;
}
