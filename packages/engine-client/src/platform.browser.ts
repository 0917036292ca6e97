/** Browsers, Deno, Bun, workers, React Native: global `fetch` and `WebSocket`. See platform-types.ts for the promises. */
import type { Cancel } from "@sockeye/protocol";
import type { BinaryType } from "./options.ts";
import type { CookieJar } from "./cookie-jar.ts";
import type { Carrier, CarrierHandler, HttpRequest, HttpResponse } from "./platform-types.ts";
import type { BinaryPayload, TransportSetup } from "./transport.ts";

export const defaultBinaryType: BinaryType = "arraybuffer";

export function request(
  { method, uri, body, timeoutMs, options, clock }: HttpRequest,
  done: (response: HttpResponse) => void,
): Cancel {
  const controller = new AbortController();
  const cancelTimeout = timeoutMs ? clock.after(timeoutMs, () => controller.abort()) : undefined;
  let isCancelled = false;
  let status = 0;
  const settle = (responseText: string, error?: unknown): void => {
    cancelTimeout?.();
    if (!isCancelled) done({ status, responseText, error });
  };
  fetch(uri, {
    method,
    // A string body is sent as text/plain;charset=UTF-8, which needs no preflight request.
    ...(body !== undefined && { body }),
    headers: { ...options.extraHeaders },
    credentials: options.withCredentials ? "include" : "same-origin",
    cache: "no-store",
    signal: controller.signal,
  })
    .then((response) => {
      ({ status } = response);
      return response.text();
    })
    .then(settle, (error: unknown) => {
      status = 0;
      settle("", error);
    });
  return () => {
    isCancelled = true;
    cancelTimeout?.();
    controller.abort();
  };
}

export function openWebSocket(
  uri: string,
  { options: { protocols, extraHeaders } }: TransportSetup,
  handler: CarrierHandler,
): Carrier {
  // React Native takes headers in a third argument that the standard does not have and browsers ignore.
  const Constructor = WebSocket as unknown as new (...args: unknown[]) => WebSocket;
  const socket = new Constructor(uri, protocols, { headers: extraHeaders });
  socket.binaryType = "arraybuffer";
  socket.onopen = () => handler.onOpen();
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
    typeof data === "string" ? handler.onText(data) : handler.onBinary(data);
  socket.onclose = (event) => handler.onClose(event);
  socket.onerror = (event) => handler.onError(event);
  const close = (): void => socket.close();
  return {
    get isOpen() {
      return socket.readyState === 1;
    },
    send: (data) => socket.send(data as string | Uint8Array<ArrayBuffer> | Blob),
    close,
    destroy: close,
  };
}

export function toBinaryType(payload: BinaryPayload, type: BinaryType): BinaryPayload {
  if (type === "blob") return payload instanceof Blob ? payload : new Blob([payload as ArrayBuffer]);
  return payload instanceof Uint8Array ? payload.slice().buffer : payload;
}

export function createCookieJar(): CookieJar | undefined {
  return undefined;
}
