/** What both protocols share: errors, close reasons, the clock. The formats are at `./engine`, `./socket`, `./msgpack`. */
export { PROTOCOL_ERRORS, ProtocolError, isProtocolError } from "./errors.ts";
export { CLIENT_CLOSE_REASONS, CLOSE_REASONS } from "./close-reasons.ts";
export type { ProtocolErrorCode } from "./errors.ts";
export type {
  ClientCloseReason,
  ClientCloseReasonPolicy,
  CloseReason,
  CloseReasonPolicy,
  EngineCloseReason,
} from "./close-reasons.ts";
export type { Cancel, Clock } from "./clock.ts";
