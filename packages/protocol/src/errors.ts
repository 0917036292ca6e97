/**
 * Every way a peer can break the wire formats: one table of codes, one error class.
 * Decoders throw nothing else. Messages are short because browsers download them; details say what was received.
 */

export type ProtocolErrorCode =
  | "ERR_PACKET_EMPTY"
  | "ERR_PACKET_TYPE"
  | "ERR_PACKET_NAMESPACE"
  | "ERR_PACKET_ID"
  | "ERR_OPEN_PACKET"
  | "ERR_BASE64"
  | "ERR_FRAME_LENGTH"
  | "ERR_FRAME_TEXT"
  | "ERR_PAYLOAD"
  | "ERR_PAYLOAD_TYPE"
  | "ERR_RESERVED_EVENT"
  | "ERR_ATTACHMENT_COUNT"
  | "ERR_TOO_MANY_ATTACHMENTS"
  | "ERR_ATTACHMENT_PENDING"
  | "ERR_ATTACHMENT_UNEXPECTED"
  | "ERR_ATTACHMENT_PLACEHOLDER"
  | "ERR_MSGPACK"
  | "ERR_MSGPACK_VALUE";

/** What each code means. */
export const PROTOCOL_ERRORS: Readonly<Record<ProtocolErrorCode, string>> = {
  ERR_PACKET_EMPTY: "the packet is empty",
  ERR_PACKET_TYPE: "unknown packet type",
  ERR_PACKET_NAMESPACE: "the namespace must be a string",
  ERR_PACKET_ID: "the acknowledgement id must be a safe integer",
  ERR_OPEN_PACKET: "invalid open packet",
  ERR_BASE64: "malformed base64",
  ERR_FRAME_LENGTH: "the frame is empty or too long",
  ERR_FRAME_TEXT: "the text of a frame must be UTF-8",
  ERR_PAYLOAD: "invalid payload",
  ERR_PAYLOAD_TYPE: "the payload must be of the kind the format uses",
  ERR_RESERVED_EVENT: "the event name is reserved",
  ERR_ATTACHMENT_COUNT: "the number of attachments must be digits and a dash",
  ERR_TOO_MANY_ATTACHMENTS: "too many attachments",
  ERR_ATTACHMENT_PENDING: "expected an attachment, got text",
  ERR_ATTACHMENT_UNEXPECTED: "expected text, got binary",
  ERR_ATTACHMENT_PLACEHOLDER: "no attachment for a placeholder",
  ERR_MSGPACK: "malformed MessagePack",
  ERR_MSGPACK_VALUE: "the value has no MessagePack form",
};

const BRAND = Symbol.for("sockeye.ProtocolError");

/** Thrown for bytes or text that break the protocol. `code` is stable, `message` is for people. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, detail?: string, options?: ErrorOptions) {
    super(PROTOCOL_ERRORS[code] + (detail === undefined ? "" : `: ${detail}`), options);
    this.code = code;
  }

  static {
    // By brand rather than by class, so that two installed copies of the package recognise each other's errors.
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

/** Whether `value` is a `ProtocolError`, of this copy of the package or another. */
export function isProtocolError(value: unknown): value is ProtocolError {
  return typeof value === "object" && value !== null && BRAND in value;
}
