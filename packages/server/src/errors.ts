// Every error of this package: one class, one table of codes. Where a text shows on the wire or applications match on
// it, it is the one the Socket.IO API has always had, and carries no details.

export const SERVER_ERRORS = {
  ERR_INVALID_OPTION: "an option is invalid",
  ERR_INVALID_SERVER: "the server to attach to is invalid",
  ERR_INVALID_NAMESPACE: "a namespace is named by a string, a RegExp or a function",
  ERR_INVALID_MIDDLEWARE: "a middleware must be a function",
  ERR_MIDDLEWARE_FAILED: "Internal error",
  ERR_RESERVED_EVENT: "is a reserved event name",
  ERR_ACK_TIMEOUT: "operation has timed out",
  ERR_PARSER: "the parser gave what is no packet",
  ERR_PARENT_NAMESPACE: "is not supported on parent namespaces",
} as const;

export type ServerErrorCode = keyof typeof SERVER_ERRORS;

const BRAND = Symbol.for("sockeye.ServerError");

/** An error of the server. `code` is stable; the message is for people. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string = SERVER_ERRORS[code], options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

/** A broadcast whose acknowledgements did not all come in time. */
export class AckTimeoutError extends ServerError {
  /** The answers that did come, in the order of their arrival. */
  readonly responses: unknown[];

  constructor(responses: unknown[]) {
    super("ERR_ACK_TIMEOUT");
    this.responses = responses;
  }
}

/** True for an error of this package, also when it comes from a second installed copy of it. */
export function isServerError(value: unknown): value is ServerError {
  return typeof value === "object" && value !== null && BRAND in value;
}
