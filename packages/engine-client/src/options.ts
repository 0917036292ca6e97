/**
 * Options of the connection: read once, copied, checked, frozen. Nothing here or later writes into the caller's object;
 * keys this package does not know (TLS and proxy settings of Node.js, say) are carried to the platform as they are.
 */
import { EngineClientError } from "./errors.ts";
import { decodeQuery, parseUri } from "./uri.ts";
import type { PageLocation, ParsedUri } from "./uri.ts";

export type TransportName = "polling" | "websocket";

/** How binary messages reach the application. `nodebuffer` exists in Node.js only, `blob` where `Blob` exists. */
export type BinaryType = "nodebuffer" | "arraybuffer" | "blob";

type TlsMaterial = string | Uint8Array | readonly (string | Uint8Array)[];

/** Options of one transport, merged over the common ones by `transportOptions`. */
export interface TransportOptions {
  /** Added to the query of every request. A string is parsed. @default {} */
  query?: Readonly<Record<string, unknown>> | string | undefined;
  /** Added to every request. Browsers cannot send them with a WebSocket. @default {} */
  extraHeaders?: Readonly<Record<string, string>> | undefined;
  /** Send cookies across sites (browser); keep and return the server's cookies (Node.js). @default false */
  withCredentials?: boolean | undefined;
  /** Add a cache-busting parameter: always, never, or (undefined) with polling only. @default undefined */
  timestampRequests?: boolean | undefined;
  /** Name of that parameter. @default "t" */
  timestampParam?: string | undefined;
  /** Send binary as base64 text, also over WebSocket. @default false */
  forceBase64?: boolean | undefined;
  /** Limit on one polling request in ms; 0 means none. A limit below the server's pingInterval breaks polling. @default 0 */
  requestTimeout?: number | undefined;
  /** WebSocket sub-protocols to offer. @default [] */
  protocols?: string | readonly string[] | undefined;
  /** Node.js WebSocket: permessage-deflate, compressing messages of at least `threshold` bytes. @default { threshold: 1024 } */
  perMessageDeflate?: boolean | Readonly<{ threshold: number }> | undefined;
  /** Node.js: the `http.Agent` / `https.Agent` of every request. @default false (a connection per request) */
  agent?: object | boolean | undefined;
  /** Node.js TLS, as in `tls.connect`: certificate and key in one. */
  pfx?: TlsMaterial | undefined;
  /** Node.js TLS: the client's key. */
  key?: TlsMaterial | undefined;
  /** Node.js TLS: opens `pfx` or `key`. */
  passphrase?: string | undefined;
  /** Node.js TLS: the client's certificate. */
  cert?: TlsMaterial | undefined;
  /** Node.js TLS: authorities to trust, in place of those Node.js knows. */
  ca?: TlsMaterial | undefined;
  /** Node.js TLS: the ciphers to offer. */
  ciphers?: string | undefined;
  /** Node.js TLS: refuse servers whose certificate does not verify. Risk when false: anyone may be the server. @default true */
  rejectUnauthorized?: boolean | undefined;
  /** Node.js TLS: checks the server's name against its certificate. @default as node:tls does */
  checkServerIdentity?: ((servername: string, cert: never) => Error | undefined) | undefined;
  /** Node.js: the address of this machine to connect from. */
  localAddress?: string | undefined;
  /** Node.js: the version of IP, 4 or 6. */
  family?: number | undefined;
  /** Node.js WebSocket: the `Origin` header. */
  origin?: string | undefined;
  /** Node.js WebSocket: the version of the protocol to ask for. @default 13 */
  protocolVersion?: number | undefined;
  /** Node.js WebSocket: the largest message that is taken, in bytes. @default 104857600 */
  maxPayload?: number | undefined;
}

export interface EngineClientOptions extends TransportOptions {
  /** Host, with or without port, when no URI is given. @default the page's */
  host?: string | undefined;
  /** Host name; wins over `host`. @default the page's, or "localhost" */
  hostname?: string | undefined;
  /** Port. @default the page's, or 80 / 443 */
  port?: string | number | undefined;
  /** Use https and wss. @default what the URI or the page says */
  secure?: boolean | undefined;
  /** Path of the server's endpoint. @default "/engine.io" */
  path?: string | undefined;
  /** End the path with a slash. @default true */
  addTrailingSlash?: boolean | undefined;
  /** Transports to use, best guess first; unknown names are passed over. @default ["polling", "websocket"] */
  transports?: readonly string[] | undefined;
  /** Move from polling to a better transport. @default true */
  upgrade?: boolean | undefined;
  /** While opening, go on to the next transport when one fails. @default false */
  tryAllTransports?: boolean | undefined;
  /** Start with WebSocket when the last connection of this process or page got one. @default false */
  rememberUpgrade?: boolean | undefined;
  /** Options of one transport by its name; they win over the common ones. @default {} */
  transportOptions?: Readonly<Record<string, TransportOptions>> | undefined;
  /** Browser: close when the page is left, so that the server knows at once. @default false */
  closeOnBeforeunload?: boolean | undefined;
  /** Use the timers as they were when the library was loaded. @default false */
  useNativeTimers?: boolean | undefined;
  /** Node.js: do not keep the process alive. @default false */
  autoUnref?: boolean | undefined;
}

/** The options that always have a value. */
export interface EngineClientDefaults {
  readonly path: string;
  readonly addTrailingSlash: boolean;
  readonly transports: readonly string[];
  readonly upgrade: boolean;
  readonly timestampParam: string;
}

/** Defaults of {@link EngineClientOptions}; what is not here defaults to absent, which means false, 0 or none. */
export const ENGINE_CLIENT_DEFAULTS: EngineClientDefaults = Object.freeze({
  path: "/engine.io",
  addTrailingSlash: true,
  transports: ["polling", "websocket"],
  upgrade: true,
  timestampParam: "t",
});

/** What resolution makes of {@link EngineClientOptions}; `path` ends as it is sent. */
export interface ResolvedEngineClientOptions
  extends
    Omit<
      EngineClientOptions,
      keyof EngineClientDefaults | "query" | "extraHeaders" | "hostname" | "port" | "secure"
    >,
    EngineClientDefaults {
  readonly query: Readonly<Record<string, unknown>>;
  readonly extraHeaders: Readonly<Record<string, string>>;
  readonly hostname: string;
  readonly port: string;
  readonly secure: boolean;
}

/** Throws ERR_INVALID_OPTION saying what `name` must be and what came. */
export function refuseOption(name: string, expected: string, given: unknown): never {
  const shown = typeof given === "string" ? JSON.stringify(given) : String(given);
  throw new EngineClientError(
    "ERR_INVALID_OPTION",
    `${name} must be ${expected}, got ${shown} (${typeof given})`,
  );
}

/** The entries of `given` that are not undefined, in a new object. */
export function definedEntries<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function resolveQuery(query: EngineClientOptions["query"]): Record<string, unknown> {
  return typeof query === "string" ? decodeQuery(query) : { ...query };
}

/** Where to connect to: a URI wins over the options, options over the page. */
function resolveAddress(uri: string | undefined, given: EngineClientOptions, page?: PageLocation): ParsedUri {
  if (uri !== undefined) return parseUri(uri, page);
  const named = given.hostname ?? given.host;
  const { secure = page?.protocol === "https:", port = named ? "" : page?.port } = given;
  return parseUri(
    `http${secure ? "s" : ""}://${named ?? page?.hostname ?? "localhost"}${port ? `:${port}` : ""}`,
  );
}

/** Resolves the options of one connection; throws ERR_INVALID_OPTION and the errors of {@link parseUri}. */
export function resolveEngineClientOptions(
  uri: string | undefined,
  given: EngineClientOptions,
  location?: PageLocation,
): ResolvedEngineClientOptions {
  const { host, port, isSecure, query } = resolveAddress(uri, given, location);
  const merged = { ...ENGINE_CLIENT_DEFAULTS, ...definedEntries(given) };
  if (!Array.isArray(merged.transports)) refuseOption("transports", "an array of names", merged.transports);
  if (typeof merged.path !== "string") refuseOption("path", "a string", merged.path);
  return Object.freeze({
    ...merged,
    hostname: host,
    port,
    secure: isSecure,
    path: merged.path.replace(/\/$/, "") + (merged.addTrailingSlash ? "/" : ""),
    transports: Object.freeze([...merged.transports]),
    query: Object.freeze({ ...decodeQuery(query), ...resolveQuery(given.query) }),
    extraHeaders: { ...given.extraHeaders },
  });
}

/** The options of one transport: the common ones with `transportOptions[name]` over them. */
export function optionsFor(options: ResolvedEngineClientOptions, name: string): ResolvedEngineClientOptions {
  const own = options.transportOptions?.[name];
  if (!own) return options;
  return {
    ...options,
    ...definedEntries(own),
    query: own.query === undefined ? options.query : resolveQuery(own.query),
    extraHeaders: own.extraHeaders ?? options.extraHeaders,
  };
}
