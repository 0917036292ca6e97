// Every answer of the HTTP surface, byte for byte as wire.md §1.4 and §1.8 have it. Called by Engine and the polling
// transport. Works on HTTP/1 and on the HTTP/2 compatibility API, so no connection headers on plain answers.

import { STATUS_CODES } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { REQUEST_ERROR_MESSAGES, RequestErrorCode } from "./verify.ts";
import type { Refusal } from "./verify.ts";

/** Lets listeners of `initial_headers` and `headers` see and change what is about to be sent to a session. */
export type HeadersHook = (headers: OutgoingHttpHeaders, req: IncomingMessage, sid: string) => void;

/** Refuses a plain request. */
export function respondRefusal(res: ServerResponse, refusal: Refusal): void {
  const message = refusal.text ?? REQUEST_ERROR_MESSAGES[refusal.code];
  const status = refusal.code === RequestErrorCode.forbidden ? 403 : 400;
  res.writeHead(status, { "Content-Type": "application/json" });
  res.end(JSON.stringify({ code: refusal.code, message }));
}

/** Answers with a status and no body. */
export function respondEmpty(res: ServerResponse, status: number): void {
  if (res.writableEnded || res.destroyed) return;
  res.writeHead(status);
  res.end();
}

/** Refuses an upgrade request with raw bytes, always 400 as peers expect, and ends the connection. */
export function rejectUpgrade(socket: Duplex, refusal: Refusal): void {
  const message = refusal.text ?? REQUEST_ERROR_MESSAGES[refusal.code];
  rejectUpgradeWith(socket, 400, message, {});
}

/** Refuses an upgrade request with a status and headers of the caller's. */
export function rejectUpgradeWith(
  socket: Duplex,
  status: number,
  message: string,
  headers: Readonly<Record<string, string>>,
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const extra = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-type: text/html\r\n` +
      `Content-Length: ${Buffer.byteLength(message)}\r\n${extra.join("")}\r\n${message}`,
    // Not before: over TLS the bytes are still on their way.
    () => socket.destroy(),
  );
}

/** The headers of an answer on the polling transport. */
export function pollingHeaders(
  req: IncomingMessage,
  contentType: string,
  length: number,
): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    "Content-Type": contentType,
    "Content-Length": length,
    // Browsers must not keep a poll for the back button.
    "cache-control": "no-store",
  };
  const agent = req.headers["user-agent"];
  // Old Internet Explorers mangle answers they take for an attack.
  if (agent !== undefined && (agent.includes(";MSIE") || agent.includes("Trident/"))) {
    headers["X-XSS-Protection"] = "0";
  }
  return headers;
}
