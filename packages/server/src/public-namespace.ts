// `Namespace` as applications know it: what it does for them, without what it does for sockets, connections and the
// server. The same type as `socket.nsp`. Calls nothing; the class is in namespace.ts.

import type { DefaultEventsMap, EventsMap } from "@sockeye/emitter";
import type { AnyData } from "./compat/any-listener.ts";
import { Namespace as NamespaceClass } from "./namespace.ts";
import type { NamespaceApi } from "./namespace-api.ts";
import type { Socket } from "./socket.ts";

/** A channel of its own over the same connections. Made by `io.of(name)`. */
export interface Namespace<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  ServerSideEvents extends EventsMap = DefaultEventsMap,
  SocketData = AnyData,
> extends NamespaceApi<
  EmitEvents,
  ServerSideEvents,
  SocketData,
  Socket<ListenEvents, EmitEvents, ServerSideEvents, SocketData>
> {}

/** For `instanceof`. */
export const Namespace: typeof NamespaceClass = NamespaceClass;
