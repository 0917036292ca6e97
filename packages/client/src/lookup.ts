/** `io()`: finds or makes the manager for a URI, and the socket for its namespace. Owns the cache of managers. */
import type { DefaultEventsMap, EventsMap } from "@sockeye/emitter";
import { SOCKET_PROTOCOL } from "@sockeye/protocol/socket";
import { resolveAddress } from "./address.ts";
import { Manager } from "./manager.ts";
import { MANAGER_DEFAULTS } from "./options.ts";
import type { ManagerOptions } from "./options.ts";
import type { ManagerConstructor } from "./public-manager.ts";
import { Socket } from "./socket.ts";

const managers = new Map<string, Manager>();

function find(given?: string | ManagerOptions, givenOptions?: ManagerOptions): Socket {
  const uri = typeof given === "string" ? given : undefined;
  const options = (typeof given === "object" ? given : givenOptions) ?? {};
  const page = typeof location === "object" ? location : undefined;
  const { source, nsp, id } = resolveAddress(uri, options.path ?? MANAGER_DEFAULTS.path, page);

  let manager = managers.get(id);
  const isSeparate = options.forceNew || options["force new connection"] || options.multiplex === false;
  // One namespace has one socket per connection: who asks for it again gets a connection of their own.
  if (isSeparate || (manager && nsp in manager.nsps)) {
    manager = new Manager(source, options);
  } else if (!manager) {
    manager = new Manager(source, options);
    managers.set(id, manager);
  }
  return manager.socket(nsp, options);
}

/** The type of {@link io}: a function that carries the other exports, for users of CommonJS and of script tags. */
export interface Io {
  /**
   * A socket for the namespace that is the path of `uri` (default: the page's origin and `/`). Namespaces of one server share
   * a connection; the same namespace asked for twice gets two. Throws ERR_INVALID_URI, ERR_URI_TOO_LONG, ERR_INVALID_OPTION.
   */
  <ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>(
    uri: string,
    options?: ManagerOptions,
  ): Socket<ListenEvents, EmitEvents>;
  <ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>(
    options?: ManagerOptions,
  ): Socket<ListenEvents, EmitEvents>;
  readonly Manager: ManagerConstructor;
  readonly Socket: typeof Socket;
  /** Revision of the Socket.IO protocol: 5. */
  readonly protocol: number;
  readonly io: Io;
  readonly connect: Io;
  readonly default: Io;
}

export const io: Io = Object.assign(find as unknown as Io, { Manager, Socket, protocol: SOCKET_PROTOCOL });
Object.assign(io, { io, connect: io, default: io });
