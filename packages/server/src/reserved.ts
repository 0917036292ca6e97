// Event names: which the application cannot emit, and how the others travel.

import { RESERVED_EVENTS } from "@sockeye/protocol/socket";
import { ServerError } from "./errors.ts";

/** Throws ServerError ERR_RESERVED_EVENT. */
export function refuseReserved(event: unknown): void {
  if (typeof event === "string" && RESERVED_EVENTS.has(event)) throw reserved(event);
}

/** Numbers travel as numbers; the types do not offer them, the wire does. */
export function wireName(event: string | symbol | number): string | number {
  return typeof event === "number" ? event : String(event);
}

const SERVER_SIDE_RESERVED: ReadonlySet<unknown> = new Set(["connect", "connection", "new_namespace"]);

/** The same for events between servers. */
export function refuseServerSideReserved(event: unknown): void {
  if (SERVER_SIDE_RESERVED.has(event)) throw reserved(String(event));
}

function reserved(event: string): ServerError {
  return new ServerError("ERR_RESERVED_EVENT", `"${event}" is a reserved event name`);
}
