// The wall between the library and code of the application: what handlers throw, or reject with, is reported to one
// hook. It never reaches a decoder, never closes a connection, never ends the process.

import type { Listeners } from "@sockeye/emitter";

/** Where a failure of application code happened. */
export interface ErrorContext {
  /** What kind of code failed. */
  readonly in:
    | "event handler"
    | "connection handler"
    | "disconnect handler"
    | "middleware"
    | "acknowledgement"
    | "catch-all listener"
    | "namespace listener"
    | "adapter"
    | "namespace matcher";
  /** The namespace. */
  readonly nsp: string;
  /** The event, where there is one. */
  readonly event?: string | undefined;
  /** The id of the socket, where there is one. */
  readonly socketId?: string | undefined;
}

/** Told of every failure of application code. */
export type OnError = (error: unknown, context: ErrorContext) => void;

/** Makes the context when it is needed; failures are rare, calls are not. */
export interface Guarded {
  onHandlerError(error: unknown, where: ErrorContext["in"], event?: string): void;
}

/** Calls one function of the application. */
export function callGuarded(
  owner: Guarded,
  where: ErrorContext["in"],
  listener: (...args: never[]) => unknown,
  args: unknown[],
  event?: string,
): void {
  try {
    const result: unknown = Reflect.apply(listener, owner, args);
    if (isThenable(result))
      result.then(undefined, (error: unknown) => owner.onHandlerError(error, where, event));
  } catch (error) {
    owner.onHandlerError(error, where, event);
  }
}

/** Calls each listener; one that fails does not keep the others from running. */
export function callAllGuarded(
  owner: Guarded,
  where: ErrorContext["in"],
  listeners: Listeners | undefined,
  args: unknown[],
  event?: string,
): void {
  if (listeners === undefined) return;
  if (typeof listeners === "function") callGuarded(owner, where, listeners, args, event);
  else for (const listener of listeners) callGuarded(owner, where, listener, args, event);
}

/** A hook that fails itself must not take the process with it. */
export function guardHook(onError: OnError): OnError {
  return (error, context) => {
    try {
      onError(error, context);
    } catch (failure) {
      reportOnConsole(error, context);
      console.error("sockeye: and the onError hook failed itself", failure);
    }
  };
}

/** The hook that is used when the application gives none. */
export function reportOnConsole(error: unknown, context: ErrorContext): void {
  const event = context.event === undefined ? "" : ` of "${context.event}"`;
  const socket = context.socketId === undefined ? "" : `, socket ${context.socketId}`;
  console.error(
    `sockeye: ${context.in}${event} failed (namespace ${context.nsp}${socket}); the connection goes on. ` +
      "Handle it there, or set the server option onError to be told.",
    error,
  );
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
