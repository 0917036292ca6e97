/** A realtime client with the Socket.IO API. */
import { io } from "./lookup.ts";

export { io, io as connect, io as default, io as "module.exports" } from "./lookup.ts";
export { Manager } from "./public-manager.ts";
export type { ManagerConstructor } from "./public-manager.ts";
export { Socket } from "./socket.ts";
export { CLIENT_ERRORS, ClientError, isClientError } from "./errors.ts";
export { MANAGER_DEFAULTS } from "./options.ts";
export type { ClientErrorCode } from "./errors.ts";
export type { Io } from "./lookup.ts";
export type {
  DisconnectDescription,
  ManagerApi,
  ManagerEvents,
  ManagerEvents as ManagerReservedEvents,
} from "./manager-api.ts";
export type {
  Auth,
  ManagerOptions,
  ReconnectionOptions,
  ResolvedManagerOptions,
  SocketOptions,
} from "./options.ts";
export type { ParserClasses } from "./compat/parser-classes.ts";
export type { ConnectError, ConnectError as ExtendedError } from "./compat/connect-error.ts";
export type { OutgoingEvent, SocketReservedEvents } from "./socket.ts";
export type { SocketCodec } from "@sockeye/protocol/socket";
export type {
  AllButLast,
  DecorateAcknowledgements,
  DefaultEventsMap,
  EventNames,
  EventParams,
  EventsMap,
  FirstArg,
  Last,
} from "@sockeye/emitter";

/** Revision of the Socket.IO protocol. */
export const protocol: number = io.protocol;
