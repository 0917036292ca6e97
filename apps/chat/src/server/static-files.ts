// Serves the page: a handful of files read once at the start and answered from memory. A request names a
// key of a map and never a path of the disk, so there is nothing to walk out of.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/**
 * Nothing but our own script, style and connections; pictures also from data: (the favicon). Trusted Types
 * turn every string that would become markup into an error, so a slip in the page cannot become an injection.
 */
const CONTENT_SECURITY_POLICY: string = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
};

interface StaticFile {
  body: Buffer;
  gzipped: Buffer;
  headers: Readonly<Record<string, string>>;
  etag: string;
}

export class StaticFiles {
  readonly #files = new Map<string, StaticFile>();

  /** Reads the folder's files, not its subfolders. Throws what node:fs throws. */
  constructor(folder: string) {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const type = TYPES[extname(entry.name)];
      if (!entry.isFile() || type === undefined) continue;
      const file = load(join(folder, entry.name), entry.name, type);
      this.#files.set(`/${entry.name}`, file);
      if (entry.name === "index.html") this.#files.set("/", file);
    }
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** Answers one request, whatever it is. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const file = this.#files.get(path);
    if (request.method !== "GET" && request.method !== "HEAD") {
      sayPlainly(response.setHeader("Allow", "GET, HEAD"), 405, "method not allowed");
    } else if (file === undefined) {
      sayPlainly(response, 404, "not found");
    } else {
      sendFile(file, request, response);
    }
  }
}

function load(path: string, name: string, type: string): StaticFile {
  const body = readFileSync(path);
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
  // build.js puts a hash of the content into these names: what a name means never changes.
  const isHashed = /-[\w-]{8,}\.(?:js|css)$/.test(name);
  return {
    body,
    gzipped: gzipSync(body, { level: 9 }),
    etag,
    headers: {
      "Content-Type": type,
      "Cache-Control": isHashed ? "public, max-age=31536000, immutable" : "no-cache",
      ETag: etag,
      Vary: "Accept-Encoding",
    },
  };
}

function sendFile(file: StaticFile, request: IncomingMessage, response: ServerResponse): void {
  for (const [name, value] of Object.entries(file.headers)) response.setHeader(name, value);
  if (request.headers["if-none-match"]?.includes(file.etag) === true) {
    response.writeHead(304).end();
    return;
  }
  const isGzip = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(request.headers["accept-encoding"] ?? "");
  const body = isGzip ? file.gzipped : file.body;
  if (isGzip) response.setHeader("Content-Encoding", "gzip");
  response.writeHead(200, { "Content-Length": body.length });
  response.end(request.method === "HEAD" ? undefined : body);
}

function sayPlainly(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store" });
  response.end(`${text}\n`);
}
