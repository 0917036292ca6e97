/** `@sockeye/websocket`: the public list. */
export { CloseCode, isSendableCloseCode } from "./close-codes.ts";
export { DEFLATE_DEFAULTS, resolveDeflateOptions } from "./deflate.ts";
export { WebSocketEndpoint } from "./endpoint.ts";
export { WEBSOCKET_ERRORS, WebSocketError, isWebSocketError } from "./errors.ts";
export { Opcode, frameBinary, frameClose, frameDeflated, framePing, frameText } from "./frame-writer.ts";
export { TurnFlush, processTurn } from "./turn-flush.ts";
export { checkUpgrade, upgradeResponse } from "./upgrade.ts";
export { WEBSOCKET_WARNINGS } from "./warnings.ts";

export type { DeflateOptions, NegotiatedDeflate, ResolvedDeflateOptions } from "./deflate.ts";
export type { EndpointClock, EndpointOptions } from "./endpoint.ts";
export type { WebSocketErrorCode } from "./errors.ts";
export type { FrameSink } from "./frame-sink.ts";
export type { Flushable } from "./turn-flush.ts";
export type { UpgradeAccepted, UpgradeOptions, UpgradeRefused, UpgradeRequest } from "./upgrade.ts";
