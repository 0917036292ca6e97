// What is kept of the request that opened a session. A kept IncomingMessage costs several KB; this is one string per
// thing, parsed when somebody asks. Made by Engine at the handshake, read through Session.handshake and .request.

import { IncomingMessage } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { Socket } from "node:net";

/** The part of a request's socket a snapshot needs, and stands in for once the request is gone. */
export interface PeerSocket {
  readonly remoteAddress?: string | undefined;
  readonly encrypted?: boolean | undefined;
}

/** The request that opened a session, in compact form. */
export class HandshakeSnapshot {
  /** The request's path and query, as sent. */
  readonly url: string;
  /** The address of the peer, or of the proxy before it. */
  readonly address: string | undefined;
  /** Whether the connection is encrypted as far as this process can see. */
  readonly secure: boolean;
  /** When the session was opened, in ms since 1970. */
  readonly issued: number;
  // Names and values by turns, separated by line feeds, which a header cannot contain.
  readonly #head: string;
  #headers: IncomingHttpHeaders | undefined = undefined;
  #query: Record<string, string> | undefined = undefined;

  /** Without a request, as over WebTransport, there is nothing to tell but that the connection is encrypted. */
  constructor(req?: IncomingMessage) {
    const socket: PeerSocket = req === undefined ? { encrypted: true } : req.socket;
    this.url = req === undefined ? "" : (req.url ?? "/");
    this.address = socket.remoteAddress;
    this.secure = socket.encrypted === true;
    this.issued = Date.now();
    this.#head = req === undefined ? "" : req.rawHeaders.join("\n");
  }

  /** The request's headers, lower-case, as node:http presents them. */
  get headers(): IncomingHttpHeaders {
    return (this.#headers ??= parseHead(this.#head.split("\n")));
  }

  /** The query of the url; of a repeated name the last value. */
  get query(): Record<string, string> {
    return (this.#query ??= parseQuery(this.url));
  }

  /** Whether the request came from a page of another origin, or of any: the Origin header is present. */
  get xdomain(): boolean {
    return this.headers.origin !== undefined;
  }

  /** `issued` for people. */
  get time(): string {
    return new Date(this.issued).toString();
  }

  /** A request with the same url, headers and peer address, for code that expects one. */
  toRequest(): IncomingMessage {
    // Not connected to anything; it says who the peer was, as code that asks a request expects.
    const peer = new Socket();
    Object.defineProperty(peer, "remoteAddress", { value: this.address });
    Object.defineProperty(peer, "encrypted", { value: this.secure });
    const request = new IncomingMessage(peer);
    request.method = "GET";
    request.url = this.url;
    request.httpVersion = "1.1";
    request.httpVersionMajor = 1;
    request.httpVersionMinor = 1;
    request.rawHeaders = this.#head === "" ? [] : this.#head.split("\n");
    request.headers = this.headers;
    request.complete = true;
    Reflect.set(request, QUERY_KEY, this.query);
    return request;
  }
}

/** Where middlewares and allowRequest functions expect the parsed query, and where earlier ones may have put it. */
const QUERY_KEY = "_query";

/** The query of a request; parsed once. */
export function queryOf(req: IncomingMessage): Readonly<Record<string, string>> {
  const known: unknown = Reflect.get(req, QUERY_KEY);
  if (isQuery(known)) return known;
  const query = parseQuery(req.url ?? "/");
  Reflect.set(req, QUERY_KEY, query);
  return query;
}

function isQuery(value: unknown): value is Record<string, string> {
  return typeof value === "object" && value !== null;
}

/** The query of a url as a plain object; `__proto__` is a key like any other. */
export function parseQuery(url: string): Record<string, string> {
  const query: Record<string, string> = {};
  const at = url.indexOf("?");
  if (at < 0) return query;
  const end = url.indexOf("#", at);
  for (const [name, value] of new URLSearchParams(url.slice(at + 1, end < 0 ? undefined : end))) {
    if (name !== "__proto__") query[name] = value;
    else Object.defineProperty(query, name, { value, enumerable: true, configurable: true, writable: true });
  }
  return query;
}

/** Names of which a second value is ignored, as in node:http. */
const FIRST_WINS = new Set(
  [
    "age authorization content-length content-type etag expires from host if-modified-since if-unmodified-since",
    "last-modified location max-forwards proxy-authorization referer retry-after server user-agent",
  ].flatMap((names) => names.split(" ")),
);

function parseHead(raw: readonly string[]): IncomingHttpHeaders {
  const headers: IncomingHttpHeaders = {};
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = (raw[at] ?? "").toLowerCase();
    const value = raw[at + 1] ?? "";
    const before = headers[name];
    if (name === "set-cookie") (headers["set-cookie"] ??= []).push(value);
    else if (before === undefined || !Object.hasOwn(headers, name)) define(headers, name, value);
    else if (!FIRST_WINS.has(name))
      define(headers, name, `${String(before)}${name === "cookie" ? "; " : ", "}${value}`);
  }
  return headers;
}

function define(headers: IncomingHttpHeaders, name: string, value: string): void {
  if (name === "__proto__") Object.defineProperty(headers, name, { value, enumerable: true, writable: true });
  else headers[name] = value;
}
