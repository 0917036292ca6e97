/**
 * permessage-deflate (RFC 7692): options, negotiation and a codec for whole messages. Both directions are always
 * negotiated without context takeover, so no zlib state lives between messages and a compressed frame can be shared by
 * every recipient with the same parameters. Called by the handshake, the reader, the frame writer and the endpoint.
 */
import { type ZlibOptions, constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { WebSocketError } from "./errors.ts";
import type { ExtensionOffer } from "./header-lists.ts";
import { warnUnknownOption } from "./warnings.ts";

/** What a user may set. Spelling and ranges are those of the `ws` package, so that an application keeps its object. */
export interface DeflateOptions {
  /** Messages below this many bytes are sent uncompressed. @default 1024, range 0 or more */
  threshold?: number | undefined;
  /**
   * Largest LZ77 window, as a power of two, for what the server sends. Smaller saves memory while compressing and
   * compresses worse. @default 15, range 9 to 15
   */
  serverMaxWindowBits?: number | undefined;
  /** Of the options of node:zlib, these two. */
  zlibDeflateOptions?:
    | {
        /** How hard zlib tries. Each step up costs CPU for little. @default -1 (zlib's own: 6), range -1 to 9 */
        level?: number | undefined;
        /** How much memory zlib takes while compressing. @default 8, range 1 to 9 */
        memLevel?: number | undefined;
      }
    | undefined;
  /** Without effect: contexts are never taken over, so that compressed frames can be shared. */
  serverNoContextTakeover?: boolean | undefined;
  /** Without effect, see `serverNoContextTakeover`. */
  clientNoContextTakeover?: boolean | undefined;
  /** Without effect: any window a client may use can be inflated. */
  clientMaxWindowBits?: number | boolean | undefined;
  /** Without effect: inflating is bounded by the message limit. */
  zlibInflateOptions?: object | undefined;
  /** Without effect: messages are compressed in the call that sends them. */
  concurrencyLimit?: number | undefined;
}

export interface ResolvedDeflateOptions {
  readonly threshold: number;
  readonly serverMaxWindowBits: number;
  readonly level: number;
  readonly memLevel: number;
}

export const DEFLATE_DEFAULTS: ResolvedDeflateOptions = Object.freeze({
  threshold: 1024,
  serverMaxWindowBits: 15,
  level: constants.Z_DEFAULT_COMPRESSION,
  memLevel: 8,
});

/**
 * What one connection agreed on. Connections that agreed on the same under the same options hold the same object, so
 * it can key a cache of compressed frames.
 */
export interface NegotiatedDeflate {
  readonly threshold: number;
  readonly serverMaxWindowBits: number;
  readonly level: number;
  readonly memLevel: number;
  /** The value of `Sec-WebSocket-Extensions` in the response. */
  readonly response: string;
}

const KNOWN_OPTIONS: ReadonlySet<string> = new Set([
  "threshold",
  "serverMaxWindowBits",
  "zlibDeflateOptions",
  "serverNoContextTakeover",
  "clientNoContextTakeover",
  "clientMaxWindowBits",
  "zlibInflateOptions",
  "concurrencyLimit",
]);

/**
 * Checks and completes the options; `false` and `undefined` mean no compression, `true` the defaults.
 * @throws WebSocketError ERR_INVALID_OPTION
 */
export function resolveDeflateOptions(
  given: DeflateOptions | boolean | undefined,
): ResolvedDeflateOptions | false {
  if (given === undefined || given === false) return false;
  if (given === true) return DEFLATE_DEFAULTS;
  if (typeof given !== "object" || given === null)
    throw invalid("perMessageDeflate", "an object or a boolean", given);
  for (const key of Object.keys(given)) {
    if (!KNOWN_OPTIONS.has(key)) warnUnknownOption("perMessageDeflate", key, KNOWN_OPTIONS);
  }
  const zlib = given.zlibDeflateOptions ?? {};
  return Object.freeze({
    threshold: integer(
      "threshold",
      given.threshold ?? DEFLATE_DEFAULTS.threshold,
      0,
      Number.MAX_SAFE_INTEGER,
    ),
    // zlib cannot make raw streams for a window of 256 bytes, hence 9.
    serverMaxWindowBits: integer(
      "serverMaxWindowBits",
      given.serverMaxWindowBits ?? DEFLATE_DEFAULTS.serverMaxWindowBits,
      9,
      15,
    ),
    level: integer("zlibDeflateOptions.level", zlib.level ?? DEFLATE_DEFAULTS.level, -1, 9),
    memLevel: integer("zlibDeflateOptions.memLevel", zlib.memLevel ?? DEFLATE_DEFAULTS.memLevel, 1, 9),
  });
}

function integer(name: string, value: unknown, from: number, to: number): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= from && value <= to) return value;
  throw invalid(name, `an integer from ${from} to ${to}`, value);
}

function invalid(name: string, expected: string, value: unknown): WebSocketError {
  const shown = typeof value === "string" ? JSON.stringify(value) : String(value);
  return new WebSocketError(
    "ERR_INVALID_OPTION",
    `${name} must be ${expected}, got ${shown} (${typeof value})`,
  );
}

const EXTENSION = "permessage-deflate";

/** Picks the first offer that can be met as it stands (RFC 7692 §5.1, §7.1), or none. */
export function negotiateDeflate(
  offers: readonly ExtensionOffer[],
  options: ResolvedDeflateOptions,
): NegotiatedDeflate | undefined {
  for (const offer of offers) {
    if (offer.name !== EXTENSION) continue;
    const windowBits = acceptableWindow(offer, options.serverMaxWindowBits);
    if (windowBits !== undefined) return agreement(options, windowBits);
  }
  return undefined;
}

/** The window to send with under this offer; undefined if the offer must be declined. */
function acceptableWindow(offer: ExtensionOffer, ownBits: number): number | undefined {
  let bits = ownBits;
  const seen = new Set<string>();
  for (const [name, value] of offer.params) {
    if (seen.has(name)) return undefined;
    seen.add(name);
    if (name === "server_no_context_takeover" || name === "client_no_context_takeover") {
      if (value !== undefined) return undefined;
    } else if (name === "server_max_window_bits") {
      const asked = windowBitsOf(value);
      // 8 is legal to ask for and impossible to make with zlib.
      if (asked === undefined || asked === 8) return undefined;
      bits = Math.min(bits, asked);
    } else if (name === "client_max_window_bits") {
      if (value !== undefined && windowBitsOf(value) === undefined) return undefined;
    } else {
      return undefined;
    }
  }
  return bits;
}

function windowBitsOf(value: string | undefined): number | undefined {
  return value !== undefined && /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : undefined;
}

const agreements = new WeakMap<ResolvedDeflateOptions, NegotiatedDeflate[]>();

function agreement(options: ResolvedDeflateOptions, windowBits: number): NegotiatedDeflate {
  let byWindow = agreements.get(options);
  if (byWindow === undefined) agreements.set(options, (byWindow = []));
  return (byWindow[windowBits] ??= Object.freeze({
    threshold: options.threshold,
    serverMaxWindowBits: windowBits,
    level: options.level,
    memLevel: options.memLevel,
    response:
      `${EXTENSION}; server_no_context_takeover; client_no_context_takeover` +
      // Without the parameter a client provides for the largest window; a smaller one need only be named if asked
      // for or chosen, and naming it is always allowed (RFC 7692 §7.1.2.1).
      (windowBits === 15 ? "" : `; server_max_window_bits=${windowBits}`),
  }));
}

/** An empty stored block, which a sync flush ends with: cut off by the sender, put back by the receiver (§7.2). */
const FLUSH_TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff]);

/** Compresses a whole message. */
export function deflateMessage(payload: string | Uint8Array, deflate: NegotiatedDeflate): Buffer {
  const bytes = deflateRawSync(payload, {
    windowBits: deflate.serverMaxWindowBits,
    level: deflate.level,
    memLevel: deflate.memLevel,
    finishFlush: constants.Z_SYNC_FLUSH,
  });
  return bytes.subarray(0, bytes.length - FLUSH_TAIL.length);
}

/** With `info` set, zlib also tells how far it got; the type definitions do not know that. */
interface InflateInfo {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/**
 * A sender may mark a block as final and go on with the next byte (§7.2.1), upon which zlib stops and is started again.
 * Nobody does so more than once per message; a message made of nothing but two-byte final blocks would take seconds.
 */
const MAX_FINAL_BLOCKS = 16;

/**
 * Inflates a whole message, or tells why not: ERR_WS_COMPRESSED_DATA, ERR_WS_MESSAGE_TOO_BIG.
 * @param maxBytes the most it may inflate to; it stops there, however much the input would have made
 */
export function inflateMessage(payload: Uint8Array, maxBytes: number): Buffer | WebSocketError {
  let rest = Buffer.concat([payload, FLUSH_TAIL]);
  let message: Buffer | undefined;
  for (let count = 0; count <= MAX_FINAL_BLOCKS; count++) {
    const part = inflatePart(rest, maxBytes - (message?.length ?? 0));
    if (part instanceof WebSocketError) return part;
    message = message === undefined ? part.buffer : Buffer.concat([message, part.buffer]);
    if (message.length > maxBytes) return tooBig(maxBytes);
    rest = rest.subarray(part.engine.bytesWritten);
    if (rest.length === 0) return message;
  }
  return new WebSocketError("ERR_WS_COMPRESSED_DATA", `more than ${MAX_FINAL_BLOCKS} final blocks`);
}

function inflatePart(bytes: Buffer, maxBytes: number): InflateInfo | WebSocketError {
  const options: ZlibOptions = {
    finishFlush: constants.Z_SYNC_FLUSH,
    // zlib takes no limit of nothing; one byte too many is noticed above.
    maxOutputLength: Math.max(1, maxBytes),
    chunkSize: Math.min(16_384, Math.max(256, bytes.length * 4)),
    info: true,
  };
  try {
    const result: object = inflateRawSync(bytes, options);
    return hasInfo(result) ? result : new WebSocketError("ERR_WS_COMPRESSED_DATA", "zlib gave no account");
  } catch (cause) {
    if (cause instanceof RangeError) return tooBig(maxBytes, cause);
    return new WebSocketError("ERR_WS_COMPRESSED_DATA", undefined, { cause });
  }
}

function hasInfo(result: object): result is InflateInfo {
  return "engine" in result && "buffer" in result;
}

function tooBig(maxBytes: number, cause?: unknown): WebSocketError {
  return new WebSocketError("ERR_WS_MESSAGE_TOO_BIG", `inflates to more than ${maxBytes} bytes`, { cause });
}
