// The options of Server: its own, and those it hands to its engine. Resolved once, at construction.

import type { EngineOptions } from "@sockeye/engine";
import { ENGINE_OPTION_NAMES, nearestName, resolveEngineOptions, systemClock } from "@sockeye/engine";
import type { Clock } from "@sockeye/protocol";
import type { SocketCodec } from "@sockeye/protocol/socket";
import { defaultCodec } from "@sockeye/protocol/socket";
import { invalidOption, pathOption, timerMs } from "./checks.ts";
import { codecOf, isParserClasses } from "./compat/parser-classes.ts";
import type { ParserClasses } from "./compat/parser-classes.ts";
import { guardHook, reportOnConsole } from "./guard.ts";
import type { OnError } from "./guard.ts";
import type { AdapterFactory } from "./namespace.ts";
import type { ResolvedRecoveryOptions } from "./recovery.ts";
import { warnOnce } from "./warnings.ts";

export interface ConnectionStateRecoveryOptions {
  /** How long a client may be away and still find its session, in ms, 0 or more; Infinity is allowed. @default 120_000 */
  maxDisconnectionDuration?: number | undefined;
  /**
   * Whether a client that comes back is let in without the middlewares. Risk: its rights may have ended meanwhile. With
   * `false` what was missed is sent once they let it in. @default true
   */
  skipMiddlewares?: boolean | undefined;
}

export interface ServerOptions extends EngineOptions {
  /** Prefix of the urls this server answers. One trailing slash is ignored. @default "/socket.io" */
  path?: string | undefined;
  /** Whether the browser bundles are served below `path`. @default true */
  serveClient?: boolean | undefined;
  /**
   * Makes the adapter of each namespace: a class, or a function; whatever can be called with `new` is.
   * @default rooms in the memory of this process
   */
  adapter?: AdapterFactory | undefined;
  /**
   * The wire format: a codec, or a pair of classes as Socket.IO has them. Clients must use the same.
   * @default JSON with attachments
   */
  parser?: SocketCodec | ParserClasses | undefined;
  /**
   * How long a connection may be open without having joined a namespace, in ms, 1 or more. Longer means that idle
   * strangers are kept longer.
   * @default 45_000
   */
  connectTimeout?: number | undefined;
  /** Whether a namespace made for a pattern goes with its last socket. @default false */
  cleanupEmptyChildNamespaces?: boolean | undefined;
  /**
   * Lets clients whose connection was lost come back to their session: same id, rooms and data, and nothing missed.
   * Events then carry one more argument, their position, and are kept in memory for some minutes, at most 100,000 per
   * namespace. @default none
   */
  connectionStateRecovery?: ConnectionStateRecoveryOptions | undefined;
  /**
   * Told what the application's handlers, middlewares and acknowledgement callbacks throw or reject with. The
   * connection goes on and so does the process. @default prints the error and where it happened
   */
  onError?: OnError | undefined;
}

export interface ResolvedServerOptions {
  readonly path: string;
  readonly serveClient: boolean;
  readonly adapter: AdapterFactory | undefined;
  readonly parser: SocketCodec;
  readonly connectTimeout: number;
  readonly cleanupEmptyChildNamespaces: boolean;
  readonly connectionStateRecovery: ResolvedRecoveryOptions | undefined;
  readonly onError: OnError;
  readonly clock: Clock;
  /** What goes to the engine. */
  readonly engine: EngineOptions;
}

export const SERVER_DEFAULTS: Readonly<
  Pick<ResolvedServerOptions, "path" | "serveClient" | "connectTimeout" | "cleanupEmptyChildNamespaces">
> = Object.freeze({
  path: "/socket.io",
  serveClient: true,
  connectTimeout: 45_000,
  cleanupEmptyChildNamespaces: false,
});

/** Of `connectionStateRecovery`, if it is given. */
const RECOVERY_DEFAULTS: ResolvedRecoveryOptions = Object.freeze({
  maxDisconnectionDuration: 120_000,
  skipMiddlewares: true,
});

/** Checks and completes the options. Throws ERR_INVALID_OPTION: a ServerError, or an EngineError for the engine's own. */
export function resolveServerOptions(given: ServerOptions = {}): ResolvedServerOptions {
  if (typeof given !== "object" || given === null) throw invalidOption("options", "an object", given);
  const {
    serveClient,
    adapter,
    parser,
    connectTimeout,
    cleanupEmptyChildNamespaces,
    connectionStateRecovery,
    onError,
    ...rest
  } = given;
  const engine = knownOnly(rest);
  const path = given.path ?? SERVER_DEFAULTS.path;
  // For its checks: a slip should show here, not once the server is attached.
  resolveEngineOptions(engine);
  return Object.freeze({
    path: pathOption(path),
    serveClient: flag("serveClient", serveClient ?? SERVER_DEFAULTS.serveClient),
    adapter: optionalFunction("adapter", adapter),
    parser: codec(parser ?? defaultCodec),
    // 0 has always meant the default here: a connection that may never join would be of no use.
    connectTimeout: timerMs("connectTimeout", connectTimeout || SERVER_DEFAULTS.connectTimeout),
    cleanupEmptyChildNamespaces: flag(
      "cleanupEmptyChildNamespaces",
      cleanupEmptyChildNamespaces ?? SERVER_DEFAULTS.cleanupEmptyChildNamespaces,
    ),
    connectionStateRecovery: recovery(connectionStateRecovery),
    onError: guardHook(optionalFunction("onError", onError) ?? reportOnConsole),
    clock: given.clock ?? systemClock,
    engine: { ...engine, path },
  });
}

/** The server's own, and those of them that may be given to `attach`. */
const OWN_NAMES: readonly string[] = [
  "path",
  "serveClient",
  "adapter",
  "parser",
  "connectTimeout",
  "cleanupEmptyChildNamespaces",
  "connectionStateRecovery",
  "onError",
];
const ATTACH_NAMES: readonly string[] = ["path", "serveClient"];

/** What is given to `attach`, without what is undefined and, with a warning, without what has no effect there. */
export function attachOptions(given: ServerOptions): ServerOptions {
  const known = Object.entries(given).filter(([name, value]) => {
    const isLate = OWN_NAMES.includes(name) && !ATTACH_NAMES.includes(name);
    if (isLate && value !== undefined) warnOnce("SKW204", name);
    return !isLate && value !== undefined;
  });
  return Object.fromEntries(known);
}

/** Without unknown names, each of which is warned of with the nearest known one. */
function knownOnly(given: EngineOptions): EngineOptions {
  const entries = Object.entries(given).filter(([name]) => {
    const isKnown = ENGINE_OPTION_NAMES.includes(name);
    if (!isKnown) {
      const meant = nearestName(name, [...OWN_NAMES, ...ENGINE_OPTION_NAMES]);
      warnOnce("SKW203", meant === undefined ? `"${name}"` : `"${name}", did you mean "${meant}"?`);
    }
    return isKnown;
  });
  return Object.fromEntries(entries);
}

function flag(option: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw invalidOption(option, "a boolean", value);
}

function optionalFunction<F>(option: string, value: F | undefined): F | undefined {
  if (value === undefined || value === null || typeof value === "function") return value ?? undefined;
  throw invalidOption(option, "a function", value);
}

/** Absent unless asked for. `true` is what Socket.IO takes as well. */
function recovery(value: unknown): ResolvedRecoveryOptions | undefined {
  if (value === undefined || value === null || value === false) return undefined;
  if (typeof value !== "object" && value !== true) {
    throw invalidOption("connectionStateRecovery", "an object", value);
  }
  const given: ConnectionStateRecoveryOptions = value === true ? {} : value;
  const { maxDisconnectionDuration, skipMiddlewares } = given;
  const durationMs: unknown = maxDisconnectionDuration ?? RECOVERY_DEFAULTS.maxDisconnectionDuration;
  if (typeof durationMs !== "number" || !(durationMs >= 0)) {
    throw invalidOption("maxDisconnectionDuration", "a number of ms, 0 or more", durationMs);
  }
  return Object.freeze({
    maxDisconnectionDuration: durationMs,
    skipMiddlewares: flag("skipMiddlewares", skipMiddlewares ?? RECOVERY_DEFAULTS.skipMiddlewares),
  });
}

function codec(value: unknown): SocketCodec {
  if (typeof value === "object" && value !== null) {
    if (isCodec(value)) return value;
    if (isParserClasses(value)) return codecOf(value);
  }
  throw invalidOption("parser", "a codec with encode and createDecoder, or { Encoder, Decoder }", value);
}

function isCodec(value: object): value is SocketCodec {
  return "encode" in value && "createDecoder" in value && typeof value.createDecoder === "function";
}
