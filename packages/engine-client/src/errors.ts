/**
 * Every error this package makes, one row per code. The texts of the rows marked "frozen" are what applications written
 * for the incumbent compare with, so they never change; the codes are what new code should look at.
 */
const MESSAGES = {
  ERR_INVALID_OPTION: "an option is invalid",
  ERR_INVALID_URI: "the URI is invalid",
  ERR_URI_TOO_LONG: "URI too long", // frozen
  ERR_NO_TRANSPORTS: "No transports available", // frozen
  ERR_POLL_READ: "xhr poll error", // frozen
  ERR_POLL_WRITE: "xhr post error", // frozen
  ERR_WEBSOCKET: "websocket error", // frozen
  ERR_PROBE: "probe error", // frozen
  ERR_SERVER_PACKET: "server error", // frozen
} as const;

export type EngineClientErrorCode = keyof typeof MESSAGES;

/** Code → default message of every error of this package. */
export const ENGINE_CLIENT_ERRORS: Readonly<Record<EngineClientErrorCode, string>> = MESSAGES;

const BRAND: symbol = Symbol.for("sockeye.EngineClientError");

/** The error class of this package; `code` is stable, `message` of non-frozen rows may improve. */
export class EngineClientError extends Error {
  override readonly name: string = "EngineClientError";
  readonly code: EngineClientErrorCode;

  constructor(code: EngineClientErrorCode, message: string = MESSAGES[code], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

/** A request or a WebSocket of the transport failed; ends the connection with the reason `transport error`. */
export class TransportError extends EngineClientError {
  override readonly name: string = "TransportError";
  /** Always `"TransportError"`. */
  readonly type: "TransportError" = "TransportError" as const;
  /** Polling: the HTTP status (0 when there was no answer). WebSocket: the error event or the cause. */
  readonly description: unknown;
  /** Polling: `{ status, responseText }`. WebSocket: the error event. */
  readonly context: unknown;

  constructor(
    code: "ERR_POLL_READ" | "ERR_POLL_WRITE" | "ERR_WEBSOCKET",
    description: unknown,
    context: unknown,
    cause?: unknown,
  ) {
    super(code, undefined, { cause });
    this.description = description;
    this.context = context;
  }
}

/** The attempt to move to a better transport failed; the connection lives on where it was. */
export class ProbeError extends EngineClientError {
  override readonly name: string = "ProbeError";
  /** The name of the transport that was tried. */
  readonly transport: string;

  constructor(transport: string, detail?: string, cause?: unknown) {
    super("ERR_PROBE", detail && `${MESSAGES.ERR_PROBE}: ${detail}`, { cause });
    this.transport = transport;
  }
}

/** Tells whether `value` is an error of this package, also when the package is installed twice. */
export function isEngineClientError(value: unknown): value is EngineClientError {
  return value instanceof Error && BRAND in value;
}
