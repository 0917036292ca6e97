/** The typed emitter of Sockeye and the typed-event helper types. */
export { Emitter, Listenable } from "./emitter.ts";
export { NodeEmitter } from "./node-emitter.ts";
export type { StrictEventEmitter } from "./node-emitter.ts";
export { EMITTER_ERRORS, EmitterError, isEmitterError } from "./errors.ts";
export type { EmitterErrorCode } from "./errors.ts";
export type { EventName, Listeners } from "./emitter.ts";
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
  FirstArg,
  FirstNonErrorArg,
  FirstNonErrorTuple,
  Last,
  Listener,
  MultiplyArray,
  RemoveAcknowledgements,
  ReservedOrUserEventNames,
  ReservedOrUserListener,
  TypedEventBroadcaster,
} from "./compat/event-types.ts";
