// The public list of @sockeye/engine.

export { systemClock } from "./clock.ts";
export { Engine, Engine as Server } from "./engine.ts";
export type { ConnectionError, EngineEvents } from "./engine.ts";
export { ENGINE_ERRORS, EngineError, isEngineError } from "./errors.ts";
export type { EngineErrorCode } from "./errors.ts";
export { HandshakeSnapshot } from "./handshake.ts";
export type { HttpServerLike } from "./http/attach.ts";
export type { Middleware, NextFunction } from "./http/middlewares.ts";
export { REQUEST_ERROR_MESSAGES, RequestErrorCode } from "./http/verify.ts";
export { generateSessionId } from "./ids.ts";
export { attach, listen } from "./listen.ts";
export { nearestName } from "./nearest-name.ts";
export { ENGINE_DEFAULTS, ENGINE_OPTION_NAMES, resolveEngineOptions } from "./options.ts";
export type {
  AllowRequest,
  AttachOptions,
  CookieOptions,
  CorsOptions,
  CorsOptionsDelegate,
  CorsOrigin,
  CorsOriginFunction,
  EngineOptions,
  HttpCompressionOptions,
  ResolvedEngineOptions,
} from "./options.ts";
export type { PacketView, SendData, SendOptions } from "./packet-view.ts";
export { Session } from "./session.ts";
export type { SessionEvents, SessionHandler } from "./session.ts";
export type { SessionState } from "./session-state.ts";
export { SharedMessage } from "./shared-message.ts";
export type { SharedMessageOptions } from "./shared-message.ts";
export type { SendCallback, Transport, TransportName, TransportState } from "./transport.ts";
export type {
  BidirectionalStreamLike,
  StreamReaderLike,
  StreamWriterLike,
  WebTransportSessionLike,
} from "./transports/webtransport-session.ts";
export { ENGINE_WARNINGS } from "./warnings.ts";

/** The revision of the Engine.IO protocol. */
export { ENGINE_PROTOCOL as protocol } from "@sockeye/protocol/engine";
