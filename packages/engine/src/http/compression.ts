// Compression of polling answers: which encoding the peer prefers, and the bytes. Called by the polling transport.

import { deflate, gzip } from "node:zlib";
import type { ZlibOptions } from "node:zlib";
import type { IncomingMessage } from "node:http";
import Negotiator from "negotiator";
import type { HttpCompressionOptions } from "../options.ts";

export type ContentEncoding = "gzip" | "deflate";

/** What the peer prefers of what we have; on equal quality the order of its header decides. No header: nothing. */
export function chooseEncoding(req: IncomingMessage): ContentEncoding | undefined {
  if (req.headers["accept-encoding"] === undefined) return undefined;
  const [first] = new Negotiator(req).encodings(["gzip", "deflate"]);
  return first === "gzip" || first === "deflate" ? first : undefined;
}

/** Compresses off the main thread. */
export function compressBody(
  body: string | Buffer,
  encoding: ContentEncoding,
  options: HttpCompressionOptions,
  done: (error: Error | null, bytes: Buffer) => void,
): void {
  const { threshold: _threshold, ...zlib } = options;
  const given: ZlibOptions = Object.fromEntries(
    Object.entries(zlib).filter(([, value]) => value !== undefined),
  );
  if (encoding === "gzip") gzip(body, given, done);
  else deflate(body, given, done);
}
