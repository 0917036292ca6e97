/**
 * The one table of everything that can go wrong in this package: code, the Close code it puts on the wire, and the
 * text. Raised by the reader, the handshake and argument checks; nothing here is ever sent to the peer as prose.
 */

export interface ErrorRow {
  /** The Close code (RFC 6455 §7.4.1) the peer is told; 1006 where nothing can be told; 0 for errors of the caller. */
  readonly closeCode: number;
  readonly message: string;
}

export type WebSocketErrorCode =
  | "ERR_WS_RESERVED_BITS"
  | "ERR_WS_OPCODE"
  | "ERR_WS_UNMASKED"
  | "ERR_WS_CONTROL_FRAGMENTED"
  | "ERR_WS_CONTROL_LENGTH"
  | "ERR_WS_CONTINUATION_UNEXPECTED"
  | "ERR_WS_CONTINUATION_EXPECTED"
  | "ERR_WS_CLOSE_PAYLOAD"
  | "ERR_WS_CLOSE_CODE"
  | "ERR_WS_CLOSE_REASON"
  | "ERR_WS_UTF8"
  | "ERR_WS_COMPRESSED_DATA"
  | "ERR_WS_LENGTH"
  | "ERR_WS_MESSAGE_TOO_BIG"
  | "ERR_WS_CARRIER"
  | "ERR_WS_CLOSE_TIMEOUT"
  | "ERR_WS_CLOSE_ARGUMENT"
  | "ERR_WS_PING_LENGTH"
  | "ERR_WS_HEADER"
  | "ERR_WS_PROTOCOL"
  | "ERR_INVALID_OPTION";

/** Every error code of this package with its Close code and text. */
export const WEBSOCKET_ERRORS: Readonly<Record<WebSocketErrorCode, ErrorRow>> = {
  ERR_WS_RESERVED_BITS: { closeCode: 1002, message: "a reserved bit is set that no extension defines" },
  ERR_WS_OPCODE: { closeCode: 1002, message: "the opcode is not defined" },
  ERR_WS_UNMASKED: { closeCode: 1002, message: "a client frame must be masked" },
  ERR_WS_CONTROL_FRAGMENTED: { closeCode: 1002, message: "a control frame must not be fragmented" },
  ERR_WS_CONTROL_LENGTH: { closeCode: 1002, message: "a control frame must carry at most 125 bytes" },
  ERR_WS_CONTINUATION_UNEXPECTED: { closeCode: 1002, message: "a continuation frame continues nothing" },
  ERR_WS_CONTINUATION_EXPECTED: {
    closeCode: 1002,
    message: "a new message began before the fragmented one ended",
  },
  ERR_WS_CLOSE_PAYLOAD: { closeCode: 1002, message: "a close frame must carry no bytes or at least two" },
  ERR_WS_CLOSE_CODE: { closeCode: 1002, message: "the close code must not be sent" },
  ERR_WS_CLOSE_REASON: { closeCode: 1007, message: "the close reason is not valid UTF-8" },
  ERR_WS_UTF8: { closeCode: 1007, message: "a text message is not valid UTF-8" },
  ERR_WS_COMPRESSED_DATA: { closeCode: 1007, message: "a compressed message cannot be inflated" },
  ERR_WS_LENGTH: { closeCode: 1009, message: "the frame length is beyond 2^53 - 1" },
  ERR_WS_MESSAGE_TOO_BIG: { closeCode: 1009, message: "the message is larger than the limit" },
  ERR_WS_CARRIER: { closeCode: 1006, message: "the underlying connection failed" },
  ERR_WS_CLOSE_TIMEOUT: { closeCode: 1006, message: "the peer did not answer the close frame in time" },
  ERR_WS_CLOSE_ARGUMENT: { closeCode: 0, message: "the close code or reason cannot be sent" },
  ERR_WS_PING_LENGTH: { closeCode: 0, message: "ping data must have at most 125 bytes" },
  ERR_WS_HEADER: { closeCode: 0, message: "a response header has an invalid name or value" },
  ERR_WS_PROTOCOL: { closeCode: 0, message: "the selected subprotocol was not offered by the client" },
  ERR_INVALID_OPTION: { closeCode: 0, message: "an option is invalid" },
};

const BRAND = Symbol.for("sockeye.websocket.error");

/** The only error class of this package; tell the cases apart by `code`. */
export class WebSocketError extends Error {
  override readonly name = "WebSocketError";
  readonly code: WebSocketErrorCode;
  /** The Close code that goes with it: 1002, 1007 or 1009 for a fault of the peer, 1006 for the carrier, else 0. */
  readonly closeCode: number;

  constructor(code: WebSocketErrorCode, detail?: string, options?: ErrorOptions) {
    const row = WEBSOCKET_ERRORS[code];
    super(detail === undefined ? row.message : `${row.message}: ${detail}`, options);
    this.code = code;
    this.closeCode = row.closeCode;
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/** True for a `WebSocketError`, also one made by another copy of this package. */
export function isWebSocketError(value: unknown): value is WebSocketError {
  return typeof value === "object" && value !== null && BRAND in value;
}
