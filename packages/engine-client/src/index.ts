/** The client's connection to a Socket.IO or Engine.IO server. */
export { EngineClient, EngineClient as Socket } from "./engine-client.ts";
export { createClock, systemClock } from "./clock.ts";
export {
  ENGINE_CLIENT_ERRORS,
  EngineClientError,
  isEngineClientError,
  ProbeError,
  TransportError,
} from "./errors.ts";
export { ENGINE_CLIENT_DEFAULTS, definedEntries, refuseOption } from "./options.ts";
export { decodeQuery, encodeQuery, parseUri, parseUri as parse } from "./uri.ts";
export type { ClockOptions } from "./clock.ts";
export type { EngineInternals } from "./engine-client.ts";
export type { EngineState } from "./engine-state.ts";
export type { EngineClientErrorCode } from "./errors.ts";
export type { EngineClientEvents, EngineClientCloseReason, EngineHandler } from "./events.ts";
export type {
  BinaryType,
  EngineClientOptions,
  ResolvedEngineClientOptions,
  TransportName,
  TransportOptions,
} from "./options.ts";
export type {
  BinaryPayload,
  CloseDetails,
  MessageData,
  MessageInput,
  OutgoingPacket,
  OutgoingType,
  Session,
  Transport,
  TransportFactory,
  TransportSetup,
  TransportSink,
} from "./transport.ts";
export type { PageLocation, ParsedUri } from "./uri.ts";

/** Revision of the wire protocol. */
export { ENGINE_PROTOCOL as protocol } from "@sockeye/protocol/engine";
