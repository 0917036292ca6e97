// Reads the body of a request, bounded. The limit counts bytes as they arrive, and gives them in one piece at the end, so
// neither chunk borders inside a character nor characters of several bytes can confuse who decodes it. Called by polling.

import type { IncomingMessage } from "node:http";

/** How reading a body ended. */
export type BodyResult =
  | { readonly kind: "complete"; readonly bytes: Buffer }
  | { readonly kind: "too-large" }
  | { readonly kind: "aborted" };

/** Calls `done` exactly once. Of a body above `limitBytes` nothing is kept. */
export function readBody(req: IncomingMessage, limitBytes: number, done: (result: BodyResult) => void): void {
  let chunks: Buffer[] = [];
  let size = 0;

  function finish(result: BodyResult): void {
    req.off("data", onData).off("end", onEnd).off("close", onClose);
    chunks = [];
    done(result);
  }
  function onData(chunk: Buffer): void {
    size += chunk.length;
    if (size > limitBytes) finish({ kind: "too-large" });
    else chunks.push(chunk);
  }
  function onEnd(): void {
    const [first] = chunks;
    const bytes = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks, size);
    finish({ kind: "complete", bytes });
  }
  function onClose(): void {
    finish({ kind: "aborted" });
  }

  // A reset connection raises an error before it closes; the close says all there is to say.
  req.on("error", ignore);
  if (req.destroyed) return done({ kind: "aborted" });
  if (Number(req.headers["content-length"]) > limitBytes) return done({ kind: "too-large" });
  req.on("data", onData).on("end", onEnd).on("close", onClose);
}

function ignore(): void {}
