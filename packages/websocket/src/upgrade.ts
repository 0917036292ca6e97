/**
 * The opening handshake as values (RFC 6455 §4.2, RFC 7692 §5): request headers in, a verdict out, and the head of the
 * 101 response as text. Called by whoever owns the HTTP server; it never touches a socket.
 */
import { hash } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { type NegotiatedDeflate, type ResolvedDeflateOptions, negotiateDeflate } from "./deflate.ts";
import { WebSocketError } from "./errors.ts";
import { isToken, parseExtensions, parseTokenList } from "./header-lists.ts";

export interface UpgradeRequest {
  readonly method?: string | undefined;
  readonly httpVersion?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

export interface UpgradeOptions {
  /** How to compress; `false` or absent: offers of compression are declined. */
  readonly deflate?: ResolvedDeflateOptions | false | undefined;
  /** Picks one of the offered subprotocols, or none. Called only if some were offered. @default the first offered */
  readonly selectProtocol?: ((offered: readonly string[]) => string | undefined) | undefined;
}

export interface UpgradeAccepted {
  readonly ok: true;
  /** The value of `Sec-WebSocket-Accept`. */
  readonly acceptKey: string;
  readonly protocol?: string | undefined;
  readonly deflate?: NegotiatedDeflate | undefined;
}

export interface UpgradeRefused {
  readonly ok: false;
  readonly status: number;
  /** For the response body; a constant, safe to send. */
  readonly message: string;
  /** What the response must carry besides its body, e.g. the supported version. */
  readonly headers: Readonly<Record<string, string>>;
}

const KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/** 16 bytes in base64: 22 characters, the last of which holds two bits only by convention, and the padding. */
const KEY = /^[+/0-9A-Za-z]{22}==$/;

/**
 * Decides whether a request may become a WebSocket: 405 for another method than GET, 426 for another version, 400 for
 * everything else that is missing or malformed. Header values of the verdict never contain text of the request except
 * a subprotocol, which is a token.
 * @throws WebSocketError ERR_WS_PROTOCOL if `selectProtocol` answers with something that was not offered
 */
export function checkUpgrade(
  request: UpgradeRequest,
  options: UpgradeOptions,
): UpgradeAccepted | UpgradeRefused {
  const { headers } = request;
  if (request.method !== undefined && request.method !== "GET") {
    return refuse(405, "method not allowed", { Allow: "GET" });
  }
  if (request.httpVersion !== undefined && request.httpVersion !== "1.1") {
    return refuse(400, "the request is not HTTP/1.1");
  }
  if (!listHas(headers.upgrade, "websocket")) return refuse(400, "the Upgrade header is not websocket");
  if (headers.connection !== undefined && !listHas(headers.connection, "upgrade")) {
    return refuse(400, "the Connection header does not say Upgrade");
  }
  const version = headers["sec-websocket-version"];
  if (version !== "13") {
    return refuse(426, "unsupported WebSocket version", {
      "Sec-WebSocket-Version": "13",
      Upgrade: "websocket",
    });
  }
  const key = headers["sec-websocket-key"];
  if (key === undefined || !KEY.test(key)) return refuse(400, "missing or invalid Sec-WebSocket-Key header");

  const protocol = chooseProtocol(headers["sec-websocket-protocol"], options.selectProtocol);
  if (protocol === MALFORMED) return refuse(400, "invalid Sec-WebSocket-Protocol header");
  const deflate = chooseDeflate(headers["sec-websocket-extensions"], options.deflate);
  if (deflate === MALFORMED) return refuse(400, "invalid Sec-WebSocket-Extensions header");
  return { ok: true, acceptKey: hash("sha1", key + KEY_SUFFIX, "base64"), protocol, deflate };
}

const MALFORMED = Symbol("malformed");

function refuse(status: number, message: string, headers: Record<string, string> = {}): UpgradeRefused {
  return { ok: false, status, message, headers };
}

function listHas(header: string | undefined, wanted: string): boolean {
  if (header === undefined) return false;
  return header.split(",").some((element) => element.trim().toLowerCase() === wanted);
}

function chooseProtocol(
  header: string | undefined,
  select: UpgradeOptions["selectProtocol"],
): string | undefined | typeof MALFORMED {
  if (header === undefined) return undefined;
  const offered = parseTokenList(header);
  if (offered === undefined || new Set(offered).size !== offered.length) return MALFORMED;
  if (select === undefined) return offered[0];
  const selected = select(offered);
  if (selected !== undefined && !offered.includes(selected)) {
    throw new WebSocketError(
      "ERR_WS_PROTOCOL",
      `offered ${offered.join(", ")}, got ${JSON.stringify(selected)}`,
    );
  }
  return selected;
}

function chooseDeflate(
  header: string | undefined,
  options: ResolvedDeflateOptions | false | undefined,
): NegotiatedDeflate | undefined | typeof MALFORMED {
  if (header === undefined || options === undefined || options === false) return undefined;
  const offers = parseExtensions(header);
  return offers === undefined ? MALFORMED : negotiateDeflate(offers, options);
}

/** What the handshake itself answers, and what a response without a body cannot carry. */
const OWNED_HEADERS: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "sec-websocket-accept",
  "sec-websocket-extensions",
  "sec-websocket-protocol",
  "transfer-encoding",
  "upgrade",
]);

/** Tab, visible ASCII, and the bytes of latin1 above it. No CR, no LF, no NUL. */
const HEADER_VALUE = /^[\t -~\u0080-\u00ff]*$/;

/**
 * The whole head of the 101 response, to be written as latin1. Extra headers that the handshake answers itself
 * (`Connection`, `Upgrade`, `Sec-WebSocket-*`, body framing) are left out.
 * @throws WebSocketError ERR_WS_HEADER if a name is no token or a value holds a line break or another control
 */
export function upgradeResponse(
  accepted: UpgradeAccepted,
  extraHeaders: readonly (readonly [name: string, value: string])[] = [],
): string {
  let head =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
    `Sec-WebSocket-Accept: ${accepted.acceptKey}\r\n`;
  if (accepted.protocol !== undefined) head += `Sec-WebSocket-Protocol: ${accepted.protocol}\r\n`;
  if (accepted.deflate !== undefined) head += `Sec-WebSocket-Extensions: ${accepted.deflate.response}\r\n`;
  for (const [name, value] of extraHeaders) {
    if (!isToken(name)) throw new WebSocketError("ERR_WS_HEADER", `name ${JSON.stringify(name)}`);
    if (!HEADER_VALUE.test(value)) throw new WebSocketError("ERR_WS_HEADER", `value of ${name}`);
    if (!OWNED_HEADERS.has(name.toLowerCase())) head += `${name}: ${value}\r\n`;
  }
  return `${head}\r\n`;
}
