/** Options of managers and sockets. Read and checked once, copied; nothing is written into the caller's objects. */
import { definedEntries, refuseOption } from "@sockeye/engine-client";
import type { EngineClientOptions } from "@sockeye/engine-client";
import { defaultCodec } from "@sockeye/protocol/socket";
import type { SocketCodec } from "@sockeye/protocol/socket";
import { codecOf } from "./compat/parser-classes.ts";
import type { ParserClasses } from "./compat/parser-classes.ts";

/** What a socket tells the server about itself: an object, or a function that passes one to its callback. */
export type Auth = Record<string, unknown> | ((callback: (data: Record<string, unknown>) => void) => void);

export interface SocketOptions {
  /** Sent with the request to join the namespace; a function is asked at every connect. @default none */
  auth?: Auth | undefined;
  /** How often an event is sent again until the server acknowledges it; needs `ackTimeout`. The server may see it twice. @default 0 */
  retries?: number | undefined;
  /** How long to wait for an acknowledgement, in ms; acknowledgements become error-first. @default none */
  ackTimeout?: number | undefined;
}

/** How a manager connects again. */
export interface ReconnectionOptions {
  /** Connect again after the connection was lost or could not be made. @default true */
  reconnection?: boolean | undefined;
  /** Attempts before giving up. @default Infinity */
  reconnectionAttempts?: number | undefined;
  /** Delay before the first attempt in ms; doubles with each attempt. @default 1000 */
  reconnectionDelay?: number | undefined;
  /** Longest delay in ms. @default 5000 */
  reconnectionDelayMax?: number | undefined;
  /** Share of the delay, 0 to 1, by which it varies. Risk at 0: all clients of a restarted server come back at once. @default 0.5 */
  randomizationFactor?: number | undefined;
  /** How long one attempt may take in ms; false: for ever. @default 20000 */
  timeout?: number | false | undefined;
}

export interface ManagerOptions extends EngineClientOptions, SocketOptions, ReconnectionOptions {
  /** Path of the server's endpoint. @default "/socket.io" */
  path?: string | undefined;
  /** Connect at construction. @default true */
  autoConnect?: boolean | undefined;
  /**
   * The wire format of packets: a codec, or a pair of classes as Socket.IO has them. The server must use the same.
   * @default the Socket.IO protocol's
   */
  parser?: SocketCodec | ParserClasses | undefined;
  /** `io()` only: a connection of its own. @default false */
  forceNew?: boolean | undefined;
  /** The same as `forceNew`. */
  "force new connection"?: boolean | undefined;
  /** `io()` only: share a connection with other namespaces of the server. @default true */
  multiplex?: boolean | undefined;
}

type Resolved<T> = { [K in keyof T]-?: Exclude<T[K], undefined> };

/** The settings that `Manager` can change while it runs. */
export type ReconnectionSettings = Resolved<ReconnectionOptions>;

export interface ManagerDefaults extends ReconnectionSettings {
  autoConnect: boolean;
  path: string;
  parser: SocketCodec;
}

/** Defaults of {@link ManagerOptions}; those of the connection are in `@sockeye/engine-client`. */
export const MANAGER_DEFAULTS: Readonly<ManagerDefaults> = Object.freeze({
  reconnection: true,
  reconnectionAttempts: Infinity,
  reconnectionDelay: 1000,
  reconnectionDelayMax: 5000,
  randomizationFactor: 0.5,
  timeout: 20_000,
  autoConnect: true,
  path: "/socket.io",
  parser: defaultCodec,
});

export type ResolvedManagerOptions = Omit<ManagerOptions, keyof ManagerDefaults> & ManagerDefaults;

const NUMBERS = [
  "reconnectionAttempts",
  "reconnectionDelay",
  "reconnectionDelayMax",
  "randomizationFactor",
  "timeout",
] as const;

/** A copy with all defaults filled in. Throws ERR_INVALID_OPTION. */
export function resolveManagerOptions(given: ManagerOptions = {}): ResolvedManagerOptions {
  const resolved: ResolvedManagerOptions = {
    ...MANAGER_DEFAULTS,
    ...definedEntries(given),
    parser: codecOf(given.parser ?? MANAGER_DEFAULTS.parser),
  };
  for (const name of NUMBERS) {
    const value = resolved[name];
    if (!(typeof value === "number" && value >= 0) && !(name === "timeout" && value === false)) {
      refuseOption(name, "a number, 0 or more", value);
    }
  }
  if (resolved.randomizationFactor > 1) {
    refuseOption("randomizationFactor", "between 0 and 1", resolved.randomizationFactor);
  }
  if (typeof resolved.query === "object") resolved.query = { ...resolved.query };
  return resolved;
}
