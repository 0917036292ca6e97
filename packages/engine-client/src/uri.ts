/**
 * URIs as this family of clients understands them: the path is kept as written (it names a namespace), ports of 80 and
 * 443 are explicit, IPv6 hosts are bracketed. Pure; used for the connection address and by the client's `io(uri)`.
 */
import { EngineClientError } from "./errors.ts";

export interface ParsedUri {
  /** `http`, `https`, `ws` or `wss`. */
  readonly protocol: string;
  /** Host name without port; an IPv6 address keeps its brackets. */
  readonly host: string;
  /** Never empty: the protocol's default where none is written. */
  readonly port: string;
  /** As written, not decoded; may be empty. */
  readonly path: string;
  /** Without the question mark; may be empty. */
  readonly query: string;
  readonly isSecure: boolean;
}

/** The part of `window.location` that matters here. */
export interface PageLocation {
  readonly protocol: string;
  readonly host: string;
  readonly hostname: string;
  readonly port: string;
}

const LONGEST_URI = 8000;
// Each class excludes the delimiter that ends it, so that matching is linear.
const SHAPE = /^([a-z]+):\/\/(?:[^/?#@]*@)?(\[[^\]/?#]*\]|[^:/?#@]*)(?::(\d*))?([^?#]*)(?:\?([^#]*))?/i;
const WITH_PROTOCOL = /^\w+:\/\//;

/**
 * Parses an absolute, protocol-less (`//host`, `host:3000`) or host-less (`/path`) URI; the latter two take what is
 * missing from `location`, or https. Throws ERR_URI_TOO_LONG (over 8000 characters) and ERR_INVALID_URI.
 */
export function parseUri(uri: string, location?: PageLocation): ParsedUri {
  if (uri.length > LONGEST_URI) throw new EngineClientError("ERR_URI_TOO_LONG");
  const pageProtocol = location?.protocol ?? "https:";
  let absolute = uri;
  if (uri.startsWith("//")) absolute = pageProtocol + uri;
  else if (uri.startsWith("/") && location) absolute = `${pageProtocol}//${location.host}${uri}`;
  else if (!WITH_PROTOCOL.test(uri)) absolute = `${pageProtocol}//${uri}`;

  const [, rawProtocol, host, port, path = "", query = ""] = SHAPE.exec(absolute) ?? [];
  if (!rawProtocol || !host || (path && !path.startsWith("/"))) {
    throw new EngineClientError("ERR_INVALID_URI", `expected a URI with a host, got "${uri}"`);
  }
  const protocol = rawProtocol.toLowerCase();
  const isSecure = protocol === "https" || protocol === "wss";
  return { protocol, host, port: port || (isSecure ? "443" : "80"), path, query, isSecure };
}

/** `a=1&b=2` of the own entries, encoded as a form would be. */
export function encodeQuery(query: Readonly<Record<string, unknown>>): string {
  return String(new URLSearchParams(query as Record<string, string>));
}

/** The inverse of {@link encodeQuery}; the last duplicate wins. */
export function decodeQuery(text: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(text));
}
