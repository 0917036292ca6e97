/** A realtime server with the API of Socket.IO 4.8. */

import { commonjs } from "./commonjs.ts";

export { Server } from "./server.ts";
export { Namespace } from "./public-namespace.ts";
export { ParentNamespace } from "./parent-namespace.ts";
export { Socket } from "./socket.ts";
export { BroadcastOperator } from "./broadcast-operator.ts";
export { AckTimeoutError, isServerError, SERVER_ERRORS, ServerError } from "./errors.ts";
export { SERVER_DEFAULTS } from "./options.ts";
export { SERVER_WARNINGS } from "./warnings.ts";
/** What `require("@sockeye/server")` gives: callable, with the classes as properties. */
export { commonjs as "module.exports" };

export type { AnySocket, Asking, AuthPayload, Handshake, RemoteSocket } from "./broadcast-operator.ts";
export type { ServerErrorCode } from "./errors.ts";
export type { ParserClasses } from "./compat/parser-classes.ts";
export type { BroadcastApi, NamespaceApi, ServerApi } from "./namespace-api.ts";
export type { ErrorContext, OnError } from "./guard.ts";
export type { ExtendedError, Next } from "./middlewares.ts";
export type { AdapterFactory, NamespaceForAdapter, NamespaceMiddleware } from "./namespace.ts";
export type { ConnectionStateRecoveryOptions, ServerOptions } from "./options.ts";
export type { NamespaceMatcher } from "./parent-namespace.ts";
export type { Attachable, EngineLike } from "./server.ts";
export type { DisconnectReason, Event } from "./socket.ts";
export type {
  AllButLast,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventNamesWithError,
  EventNamesWithoutAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  FirstNonErrorTuple,
  Last,
  MultiplyArray,
  RemoveAcknowledgements,
  ReservedOrUserEventNames,
  ReservedOrUserListener,
  StrictEventEmitter,
  TypedEventBroadcaster,
} from "@sockeye/emitter";
