/** What `io(uri)` makes of its argument: where the server is, which namespace is meant, and what shares a connection. */
import { parseUri } from "@sockeye/engine-client";

export interface Address {
  /** The whole URI, protocol and host included. */
  readonly source: string;
  /** The namespace: the path as written. */
  readonly nsp: string;
  /** Equal for URIs that may share a connection. */
  readonly id: string;
}

/** Throws ERR_INVALID_URI and ERR_URI_TOO_LONG. */
export function resolveAddress(uri: string | undefined, path: string, page?: Location): Address {
  const { protocol, host, port, path: nsp, query } = parseUri(uri ?? (page ? `//${page.host}` : ""), page);
  const origin = `${protocol}://${host}:${port}`;
  return { source: `${origin}${nsp}${query && `?${query}`}`, nsp: nsp || "/", id: origin + path };
}
