/** Node.js: its own HTTP client for polling and `ws` for WebSocket, because both take headers, agents and TLS settings. */
import { request as httpRequest } from "node:http";
import type { ClientRequest, RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Cancel, Clock } from "@sockeye/protocol";
import { WebSocket } from "ws";
import { MemoryCookieJar } from "./cookies.node.ts";
import { definedEntries } from "./options.ts";
import type { BinaryType, ResolvedEngineClientOptions } from "./options.ts";
import type { CookieJar } from "./cookie-jar.ts";
import type { Carrier, CarrierHandler, HttpRequest, HttpResponse } from "./platform-types.ts";
import type { BinaryPayload, TransportSetup } from "./transport.ts";

export const defaultBinaryType: BinaryType = "nodebuffer";

/** What goes to `tls.connect` and `net.connect` under either transport. */
function connectOptions(options: ResolvedEngineClientOptions): object {
  const { pfx, key, passphrase, cert, ca, ciphers, checkServerIdentity, localAddress, family } = options;
  const { rejectUnauthorized = true, agent = false } = options;
  const tls = { pfx, key, passphrase, cert, ca, ciphers, checkServerIdentity, rejectUnauthorized };
  return definedEntries({ ...tls, localAddress, family, agent });
}

function headersOf(
  options: ResolvedEngineClientOptions,
  cookies: CookieJar | undefined,
): Record<string, string> {
  const cookie = cookies?.header();
  return { ...(cookie && { cookie }), ...options.extraHeaders };
}

function unrefSocket(sent: ClientRequest): void {
  sent.on("socket", (socket) => socket.unref());
}

/** Hands `done` the first outcome and drops the others. */
function once(done: (response: HttpResponse) => void): (response: HttpResponse) => void {
  let pending: typeof done | undefined = done;
  return (response) => {
    const call = pending;
    pending = undefined;
    call?.(response);
  };
}

export function request(given: HttpRequest, done: (response: HttpResponse) => void): Cancel {
  const { method, uri, body, timeoutMs, options, clock, cookies } = given;
  let isCancelled = false;
  let cancelTimeout: Cancel | undefined;
  const settle = once((response) => {
    cancelTimeout?.();
    if (!isCancelled) done(response);
  });
  const fail = (error: unknown): void => settle({ status: 0, responseText: "", error });

  let sent: ClientRequest | undefined;
  try {
    const headers: Record<string, string> = { accept: "*/*", ...headersOf(options, cookies) };
    if (body !== undefined) {
      headers["content-type"] = "text/plain;charset=UTF-8";
      headers["content-length"] = String(Buffer.byteLength(body));
    }
    const requestOptions: RequestOptions = { ...connectOptions(options), method, headers };
    sent = (options.secure ? httpsRequest : httpRequest)(uri, requestOptions, (response) => {
      let responseText = "";
      cookies?.store(response.headers["set-cookie"] ?? []);
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (responseText += chunk));
      response.on("error", fail);
      response.on("end", () => settle({ status: response.statusCode ?? 0, responseText }));
    });
    sent.on("error", fail);
    if (options.autoUnref) unrefSocket(sent);
    sent.end(body);
  } catch (error) {
    // A header or URI that Node.js refuses; told later, as every other failure.
    queueMicrotask(() => fail(error));
  }

  if (timeoutMs > 0) {
    cancelTimeout = clock.after(timeoutMs, () => {
      sent?.destroy(new Error(`no answer within ${timeoutMs} ms`));
    });
  }
  return () => {
    isCancelled = true;
    cancelTimeout?.();
    sent?.destroy();
  };
}

export function openWebSocket(
  uri: string,
  { options, cookies }: TransportSetup,
  handler: CarrierHandler,
): Carrier {
  const { protocols, origin, protocolVersion, maxPayload, autoUnref } = options;
  const { perMessageDeflate = { threshold: 1024 } } = options;
  const socket = new WebSocket(uri, protocols as string | string[] | undefined, {
    ...connectOptions(options),
    ...definedEntries({ perMessageDeflate, origin, protocolVersion, maxPayload }),
    headers: headersOf(options, cookies),
    finishRequest: (upgrade: ClientRequest) => {
      if (autoUnref) unrefSocket(upgrade);
      upgrade.end();
    },
  });
  socket.on("upgrade", (response) => cookies?.store(response.headers["set-cookie"] ?? []));
  socket.on("open", () => handler.onOpen());
  socket.on("message", (data, isBinary) => {
    if (isBinary) handler.onBinary(data as Buffer);
    else handler.onText((data as Buffer).toString());
  });
  socket.on("close", (code, reason) => handler.onClose({ code, reason: reason.toString() }));
  socket.on("error", (error) => handler.onError({ type: "error", message: error.message, error }));
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    send(data, sendOptions = { compress: true }) {
      if (typeof data === "string" || data instanceof Uint8Array) socket.send(data, sendOptions);
      // `ws` sends Blobs too, but only its latest releases.
      else void data.arrayBuffer().then((buffer) => socket.send(buffer, sendOptions));
    },
    close: () => socket.close(),
    destroy: () => socket.terminate(),
  };
}

export function toBinaryType(payload: BinaryPayload, type: BinaryType): BinaryPayload {
  if (payload instanceof Blob) return payload;
  const bytes = payload instanceof ArrayBuffer ? new Uint8Array(payload) : payload;
  const { buffer, byteOffset, byteLength } = bytes;
  if (type === "nodebuffer") return Buffer.from(buffer, byteOffset, byteLength);
  // Not the backing buffer as a whole: small Buffers share a pool.
  const exact = buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
  return type === "blob" ? new Blob([exact]) : exact;
}

export function createCookieJar(clock: Clock): CookieJar | undefined {
  return new MemoryCookieJar(clock);
}
