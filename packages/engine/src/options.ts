// The options of the engine: what may be given, what is assumed, what is refused. Engine resolves once, at
// construction, and reads the frozen result ever after. Never writes into the caller's object.

import type { IncomingMessage } from "node:http";
import type { Clock } from "@sockeye/protocol";
import { isWebSocketError, resolveDeflateOptions } from "@sockeye/websocket";
import type { DeflateOptions, ResolvedDeflateOptions, TurnFlush } from "@sockeye/websocket";
import { systemClock } from "./clock.ts";
import { EngineError } from "./errors.ts";
import type { TransportName } from "./transport.ts";
import { nearestName } from "./nearest-name.ts";
import { warnOnce } from "./warnings.ts";

/** How the engine hangs on an http server. */
export interface AttachOptions {
  /**
   * The path requests are served under. A trailing slash is ignored.
   * @default "/engine.io"
   */
  path?: string | undefined;
  /**
   * Whether the path ends in a slash, as stock clients send it. With `false`, everything that starts with the path is
   * taken, `/engine.iofoo` too.
   * @default true
   */
  addTrailingSlash?: boolean | undefined;
  /**
   * Whether upgrade requests for other paths are closed when nobody else answers them. With `false` such sockets stay
   * open for as long as the peer likes.
   * @default true
   */
  destroyUpgrade?: boolean | undefined;
  /**
   * How long somebody else has to answer a foreign upgrade request, in ms. 0 or more.
   * @default 1000
   */
  destroyUpgradeTimeout?: number | undefined;
}

/** Who may read answers from another origin. The options of the `cors` package; without them no header is sent. */
export interface CorsOptions {
  origin?: CorsOrigin | CorsOriginFunction | undefined;
  methods?: string | string[] | undefined;
  allowedHeaders?: string | string[] | undefined;
  exposedHeaders?: string | string[] | undefined;
  credentials?: boolean | undefined;
  maxAge?: number | undefined;
  preflightContinue?: boolean | undefined;
  optionsSuccessStatus?: number | undefined;
}

export type CorsOrigin = boolean | string | RegExp | (boolean | string | RegExp)[];

export type CorsOriginFunction = (
  origin: string | undefined,
  callback: (error: Error | null, allowed?: CorsOrigin) => void,
) => void;

/** Decides per request. */
export type CorsOptionsDelegate = (
  req: IncomingMessage,
  callback: (error: Error | null, options?: CorsOptions) => void,
) => void;

/** The cookie that carries the session id, for load balancers that route by cookie. */
export interface CookieOptions {
  /** Its name. @default "io" */
  name?: string | undefined;
  /** The paths it is sent with. `false` leaves the attribute out. @default "/" */
  path?: string | false | undefined;
  /** Whether scripts of the page may not read it. Anything but a boolean counts as true. @default true */
  httpOnly?: boolean | undefined;
  /** Whether requests from other sites carry it; `true` means "strict", "none" needs `secure`. @default "lax" */
  sameSite?: boolean | "lax" | "strict" | "none" | undefined;
  /** The hosts it is sent to. @default the host that set it */
  domain?: string | undefined;
  /** When it ends. @default with the browser's session */
  expires?: Date | undefined;
  /** How long it lives, in seconds; wins over `expires`. @default none */
  maxAge?: number | undefined;
  /** Whether it is sent over https only. @default false */
  secure?: boolean | undefined;
  /** Whether each top-level site has its own. @default false */
  partitioned?: boolean | undefined;
  /** Which cookies a browser short of space drops last. @default "medium" */
  priority?: "low" | "medium" | "high" | undefined;
  /** Makes the value fit for a header. @default encodeURIComponent */
  encode?: ((value: string) => string) | undefined;
}

/** Compression of polling answers. The options of node:zlib, and: */
export interface HttpCompressionOptions {
  /** Answers smaller than this many bytes are sent as they are. 0 or more. @default 1024 */
  threshold?: number | undefined;
  level?: number | undefined;
  memLevel?: number | undefined;
  chunkSize?: number | undefined;
  windowBits?: number | undefined;
  strategy?: number | undefined;
}

/** Accepts or refuses a new session. The string, if any, is shown to the peer. Throwing or rejecting refuses. */
export type AllowRequest = (
  req: IncomingMessage,
  callback: (error: string | null | undefined, success: boolean) => void,
) => unknown;

export interface EngineOptions extends AttachOptions {
  /**
   * How long a peer may take to answer a ping, in ms. Too low, and a busy browser tab or a garbage collection
   * disconnects people; too high, and the dead are noticed late. 1 to 2147483647.
   * @default 20000
   */
  pingTimeout?: number | undefined;
  /**
   * The time between a pong and the next ping, in ms. Must be below the idle timeout of every proxy in between.
   * 1 to 2147483647.
   * @default 25000
   */
  pingInterval?: number | undefined;
  /**
   * How long a transport upgrade may take before it is given up and the session stays where it is, in ms.
   * 1 to 2147483647.
   * @default 10000
   */
  upgradeTimeout?: number | undefined;
  /**
   * The largest message or request body that is accepted, in bytes. What is larger is refused (413 on polling, close
   * code 1009 on WebSocket). A high value lets every peer occupy as much memory. 1 or more.
   * @default 1000000
   */
  maxHttpBufferSize?: number | undefined;
  /** Accepts or refuses a new session. Not asked for requests of a session that exists. @default every one is accepted */
  allowRequest?: AllowRequest | undefined;
  /**
   * The transports offered. "webtransport" is offered to those on polling, and needs a server of HTTP/3 that hands its
   * sessions to `onWebTransportSession`.
   * @default ["polling", "websocket"]
   */
  transports?: readonly TransportName[] | undefined;
  /**
   * Whether a session may move from polling to a better transport.
   * @default true
   */
  allowUpgrades?: boolean | undefined;
  /**
   * Whether WebSocket messages may be compressed. Costs CPU for each message, and memory while one is compressed.
   * @default false
   */
  perMessageDeflate?: boolean | DeflateOptions | undefined;
  /**
   * Whether polling answers may be compressed. `true` compresses whatever the size.
   * @default { threshold: 1024 }
   */
  httpCompression?: boolean | HttpCompressionOptions | undefined;
  /** Headers for other origins. Not an allow-list: WebSocket ignores them, use `allowRequest`. @default none */
  cors?: CorsOptions | CorsOptionsDelegate | undefined;
  /** Whether the answer to a polling handshake sets a cookie with the session id. @default false */
  cookie?: boolean | CookieOptions | undefined;
  /** A message every session gets right behind the handshake. @default none */
  initialPacket?: string | Buffer | undefined;
  /**
   * Whether clients of Engine.IO v3, which those of Socket.IO 2 speak, are accepted. Others are refused with code 5.
   * @default false
   */
  allowEIO3?: boolean | undefined;
  /** Accepted for compatibility and ignored with a warning. @default none */
  wsEngine?: unknown;
  /** Where time comes from. @default the system's clock */
  clock?: Clock | undefined;
  /** What gathers the writes of a turn of the event loop. @default one for the process */
  turn?: TurnFlush | undefined;
}

/** The options as the engine reads them: all present where there is a default, checked, frozen. */
export interface ResolvedEngineOptions {
  readonly path: string;
  readonly addTrailingSlash: boolean;
  readonly destroyUpgrade: boolean;
  readonly destroyUpgradeTimeout: number;
  readonly pingTimeout: number;
  readonly pingInterval: number;
  readonly upgradeTimeout: number;
  readonly maxHttpBufferSize: number;
  readonly allowRequest: AllowRequest | undefined;
  readonly transports: readonly TransportName[];
  readonly allowUpgrades: boolean;
  readonly perMessageDeflate: false | ResolvedDeflateOptions;
  readonly httpCompression: false | HttpCompressionOptions;
  readonly cors: CorsOptions | CorsOptionsDelegate | undefined;
  readonly cookie: false | CookieOptions;
  readonly initialPacket: string | Buffer | undefined;
  readonly allowEIO3: boolean;
  readonly clock: Clock;
  readonly turn: TurnFlush | undefined;
}

type DefaultedOption = Exclude<
  keyof ResolvedEngineOptions,
  "allowRequest" | "cors" | "initialPacket" | "clock" | "turn"
>;

export const ENGINE_DEFAULTS: Readonly<Pick<ResolvedEngineOptions, DefaultedOption>> = Object.freeze({
  path: "/engine.io",
  addTrailingSlash: true,
  destroyUpgrade: true,
  destroyUpgradeTimeout: 1000,
  pingTimeout: 20_000,
  pingInterval: 25_000,
  upgradeTimeout: 10_000,
  maxHttpBufferSize: 1_000_000,
  transports: Object.freeze(["polling", "websocket"] as const),
  allowUpgrades: true,
  perMessageDeflate: false,
  httpCompression: Object.freeze({ threshold: 1024 }),
  cookie: false,
  allowEIO3: false,
});

const COOKIE_DEFAULTS = Object.freeze({ name: "io", path: "/", httpOnly: true, sameSite: "lax" } as const);

/** Every option name the engine knows. */
export const ENGINE_OPTION_NAMES: readonly string[] = Object.freeze([
  ...Object.keys(ENGINE_DEFAULTS),
  "allowRequest",
  "cors",
  "initialPacket",
  "wsEngine",
  "clock",
  "turn",
]);

const ATTACH_OPTION_NAMES = ["path", "addTrailingSlash", "destroyUpgrade", "destroyUpgradeTimeout"] as const;
const TRANSPORT_NAMES: readonly string[] = ["polling", "websocket", "webtransport"];
/** The longest a timer of Node.js can wait. */
const MAX_TIMER_MS = 2_147_483_647;

/** Checks and completes the options. Throws EngineError ERR_INVALID_OPTION. */
export function resolveEngineOptions(given: EngineOptions = {}): ResolvedEngineOptions {
  if (typeof given !== "object" || given === null) throw invalid("options", "an object", given);
  warnOfUnknown(given);
  if (given.wsEngine !== undefined) warnOnce("SKW103");
  const defaults = ENGINE_DEFAULTS;
  return Object.freeze({
    ...resolveAttachOptions(given, defaults),
    pingTimeout: timerMs("pingTimeout", given.pingTimeout ?? defaults.pingTimeout, 1),
    pingInterval: timerMs("pingInterval", given.pingInterval ?? defaults.pingInterval, 1),
    upgradeTimeout: timerMs("upgradeTimeout", given.upgradeTimeout ?? defaults.upgradeTimeout, 1),
    maxHttpBufferSize: positiveBytes(
      "maxHttpBufferSize",
      given.maxHttpBufferSize ?? defaults.maxHttpBufferSize,
    ),
    allowRequest: optional("allowRequest", "function", given.allowRequest),
    transports: resolveTransports(given.transports ?? defaults.transports),
    allowUpgrades: flag("allowUpgrades", given.allowUpgrades ?? defaults.allowUpgrades),
    perMessageDeflate: resolveDeflate(given.perMessageDeflate ?? defaults.perMessageDeflate),
    httpCompression: resolveHttpCompression(given.httpCompression ?? defaults.httpCompression),
    cors: resolveCors(given.cors),
    cookie: resolveCookie(given.cookie ?? defaults.cookie),
    initialPacket: resolveInitialPacket(given.initialPacket),
    allowEIO3: flag("allowEIO3", given.allowEIO3 ?? defaults.allowEIO3),
    clock: optional("clock", "object", given.clock) ?? systemClock,
    turn: optional("turn", "object", given.turn),
  });
}

/** The options of `attach`: what is given there wins over the engine's own. Throws ERR_INVALID_OPTION. */
export function resolveAttachOptions(
  given: AttachOptions,
  otherwise: Pick<ResolvedEngineOptions, (typeof ATTACH_OPTION_NAMES)[number]>,
): Pick<ResolvedEngineOptions, (typeof ATTACH_OPTION_NAMES)[number]> {
  const path = given.path ?? otherwise.path;
  if (typeof path !== "string" || !path.startsWith("/"))
    throw invalid("path", 'a string that starts with "/"', path);
  const timeout = given.destroyUpgradeTimeout ?? otherwise.destroyUpgradeTimeout;
  return {
    path,
    addTrailingSlash: flag("addTrailingSlash", given.addTrailingSlash ?? otherwise.addTrailingSlash),
    destroyUpgrade: flag("destroyUpgrade", given.destroyUpgrade ?? otherwise.destroyUpgrade),
    destroyUpgradeTimeout: timerMs("destroyUpgradeTimeout", timeout, 0),
  };
}

/** The prefix of the urls that are ours: one trailing slash is taken off, and the usual one put on (wire.md §1.1). */
export function pathPrefix(options: { path: string; addTrailingSlash: boolean }): string {
  const bare = options.path.endsWith("/") ? options.path.slice(0, -1) : options.path;
  return options.addTrailingSlash ? `${bare}/` : bare;
}

function resolveTransports(given: unknown): readonly TransportName[] {
  const expected = `a list of ${TRANSPORT_NAMES.join(", ")}`;
  if (!Array.isArray(given) || given.length === 0) throw invalid("transports", expected, given);
  for (const name of given) if (!isTransportName(name)) throw invalid("transports", expected, name);
  const names: TransportName[] = given.filter(isTransportName);
  return Object.freeze(names);
}

function isTransportName(value: unknown): value is TransportName {
  return typeof value === "string" && TRANSPORT_NAMES.includes(value);
}

function resolveDeflate(given: boolean | DeflateOptions): false | ResolvedDeflateOptions {
  try {
    return resolveDeflateOptions(given);
  } catch (error) {
    if (!isWebSocketError(error)) throw error;
    throw new EngineError("ERR_INVALID_OPTION", error.message, { cause: error });
  }
}

function resolveHttpCompression(given: boolean | HttpCompressionOptions): false | HttpCompressionOptions {
  if (given === false) return false;
  // Without a threshold everything is compressed: that is what `true` has always meant here.
  if (given === true) return Object.freeze({ threshold: 0 });
  if (!isObject(given)) throw invalid("httpCompression", "a boolean or an object", given);
  return Object.freeze({ ...given, threshold: thresholdBytes(given.threshold ?? 1024) });
}

function thresholdBytes(value: unknown): number {
  if (typeof value === "number" && value >= 0) return value;
  throw invalid("httpCompression.threshold", "a number of bytes, 0 or more", value);
}

function resolveCors(given: unknown): CorsOptions | CorsOptionsDelegate | undefined {
  if (given === undefined || given === null || given === false) return undefined;
  if (isCors(given)) return given;
  throw invalid("cors", "an object or a function", given);
}

function isCors(value: unknown): value is CorsOptions | CorsOptionsDelegate {
  return typeof value === "function" || isObject(value);
}

function resolveCookie(given: boolean | CookieOptions): false | CookieOptions {
  if (given === false) return false;
  if (given === true) return COOKIE_DEFAULTS;
  if (!isObject(given)) throw invalid("cookie", "a boolean or an object", given);
  const { name, path, httpOnly, sameSite } = given;
  return Object.freeze({
    ...given,
    name: name ?? COOKIE_DEFAULTS.name,
    path: path ?? COOKIE_DEFAULTS.path,
    httpOnly: httpOnly !== false,
    sameSite: sameSite ?? COOKIE_DEFAULTS.sameSite,
  });
}

function resolveInitialPacket(given: unknown): string | Buffer | undefined {
  if (given === undefined || given === null || given === "") return undefined;
  if (typeof given === "string" || Buffer.isBuffer(given)) return given;
  throw invalid("initialPacket", "a string or a Buffer", given);
}

function warnOfUnknown(given: object): void {
  for (const name of Object.keys(given)) {
    if (ENGINE_OPTION_NAMES.includes(name)) continue;
    const known = nearestName(name, ENGINE_OPTION_NAMES);
    warnOnce("SKW101", known === undefined ? `"${name}"` : `"${name}", did you mean "${known}"?`);
  }
}

function flag(option: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  throw invalid(option, "a boolean", value);
}

function timerMs(option: string, value: unknown, least: 0 | 1): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= least && value <= MAX_TIMER_MS)
    return value;
  throw invalid(option, least === 1 ? "a positive integer of ms" : "a non-negative integer of ms", value);
}

function positiveBytes(option: string, value: unknown): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 1) return value;
  throw invalid(option, "a positive integer of bytes", value);
}

function optional<T>(option: string, type: "function" | "object", value: T | undefined): T | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === type) return value;
  throw invalid(option, type === "function" ? "a function" : "an object", value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function invalid(option: string, expected: string, got: unknown): EngineError {
  const shown = typeof got === "string" ? JSON.stringify(got) : String(got);
  return new EngineError("ERR_INVALID_OPTION", `${option} must be ${expected}, got ${shown} (${typeof got})`);
}
