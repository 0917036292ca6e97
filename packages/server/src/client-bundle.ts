// Serves the browser bundles below the server's path: `<path>/socket.io.js` and its siblings, exact names only. The files
// come with the package. Each is read once, and compressed once per encoding.

import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { promisify } from "node:util";
import { brotliCompress, constants, deflate, gzip } from "node:zlib";
import Negotiator from "negotiator";

const BUNDLES = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"];
const FILE_NAMES: ReadonlySet<string> = new Set(BUNDLES.flatMap((name) => [name, `${name}.map`]));
const FOLDER = new URL("../client-dist/", import.meta.url);

type Encoding = "br" | "gzip" | "deflate";

const brotli = promisify(brotliCompress);
const compressors: Readonly<Record<Encoding, (bytes: Buffer) => Promise<Buffer>>> = {
  // The highest quality takes seconds; this one is close to it and takes milliseconds.
  br: (bytes) => brotli(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 7 } }),
  gzip: promisify<Buffer, Buffer>(gzip),
  deflate: promisify<Buffer, Buffer>(deflate),
};

export class ClientBundles {
  readonly #folder: URL;
  readonly #etag: string;
  readonly #bodies = new Map<string, Promise<Buffer>>();

  /**
   * @param version of the package the files came with: what tells a browser whether its copy is current
   * @param folder where they are
   */
  constructor(version: string, folder: URL = FOLDER) {
    this.#folder = folder;
    this.#etag = `"${version}"`;
  }

  /** Answers the request if it is for a bundle below `path`. False: it is none of ours. */
  handle(path: string, req: IncomingMessage, res: ServerResponse): boolean {
    const name = fileName(path, req.url);
    if (name === undefined) return false;
    res.setHeader("Cache-Control", "public, max-age=0");
    res.setHeader("ETag", this.#etag);
    if (isCurrent(req, this.#etag)) {
      res.writeHead(304).end();
      return true;
    }
    const encoding = encodingFor(req);
    this.#body(name, encoding).then(
      (body) => send(req, res, name, encoding, body),
      (error: unknown) => sendMissing(res, name, error),
    );
    return true;
  }

  #body(name: string, encoding: Encoding | undefined): Promise<Buffer> {
    const key = `${encoding ?? ""} ${name}`;
    const known = this.#bodies.get(key);
    if (known !== undefined) return known;
    const file = encoding === undefined ? readFile(new URL(name, this.#folder)) : this.#body(name, undefined);
    const body = encoding === undefined ? file : file.then(compressors[encoding]);
    this.#bodies.set(key, body);
    // A file that could not be read is tried again.
    body.catch(() => this.#bodies.delete(key));
    return body;
  }
}

function fileName(path: string, url: string | undefined): string | undefined {
  if (url === undefined || !url.startsWith(`${path}/`)) return undefined;
  const query = url.indexOf("?");
  const name = url.slice(path.length + 1, query < 0 ? undefined : query);
  return FILE_NAMES.has(name) ? name : undefined;
}

function isCurrent(req: IncomingMessage, etag: string): boolean {
  const known = req.headers["if-none-match"];
  return known === etag || known === `W/${etag}`;
}

/** What the browser prefers; on equal quality the order of its header decides. */
function encodingFor(req: IncomingMessage): Encoding | undefined {
  if (req.headers["accept-encoding"] === undefined) return undefined;
  const [first] = new Negotiator(req).encodings(["br", "gzip", "deflate"]);
  return first === "br" || first === "gzip" || first === "deflate" ? first : undefined;
}

function send(
  req: IncomingMessage,
  res: ServerResponse,
  name: string,
  encoding: Encoding | undefined,
  body: Buffer,
): void {
  const type = name.endsWith(".map") ? "application/json" : "application/javascript";
  res.setHeader("Content-Type", `${type}; charset=utf-8`);
  addVary(res, "Accept-Encoding");
  if (encoding !== undefined) res.setHeader("Content-Encoding", encoding);
  res.setHeader("Content-Length", body.length);
  res.writeHead(200);
  res.end(req.method === "HEAD" ? undefined : body);
}

/** Beside what CORS has put there. */
function addVary(res: ServerResponse, header: string): void {
  const before = res.getHeader("Vary");
  res.setHeader("Vary", before === undefined ? header : `${String(before)}, ${header}`);
}

function sendMissing(res: ServerResponse, name: string, error: unknown): void {
  const isMissing = error instanceof Error && "code" in error && error.code === "ENOENT";
  res.writeHead(isMissing ? 404 : 500, { "Content-Type": "text/plain; charset=utf-8" });
  res.end(isMissing ? `${name} is not part of this installation: build the client bundles first\n` : "");
}
