/**
 * `Manager` as applications know it: what it does for them, without what it does for its sockets. The same type as
 * `socket.io`. Calls nothing; the class is in manager.ts.
 */
import type { DefaultEventsMap, EventsMap } from "@sockeye/emitter";
import { Manager as SocketManager } from "./manager.ts";
import type { ManagerApi } from "./manager-api.ts";
import type { ManagerOptions } from "./options.ts";
import type { Socket } from "./socket.ts";

/** One server as seen by a client; the type parameters are those of its sockets. */
export interface Manager<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends ManagerApi<Socket<ListenEvents, EmitEvents>> {}

export interface ManagerConstructor {
  /** Connects to `uri` (default: the page's origin) unless `autoConnect` is false. Throws ERR_INVALID_OPTION. */
  new <ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>(
    uri?: string | ManagerOptions,
    options?: ManagerOptions,
  ): Manager<ListenEvents, EmitEvents>;
}

export const Manager: ManagerConstructor = SocketManager;
