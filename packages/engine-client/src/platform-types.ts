/**
 * The seam to the runtime. `#platform` (see `imports` in package.json) is `platform.node.ts` in Node.js and
 * `platform.browser.ts` elsewhere; both export exactly `PlatformModule`, which a test checks.
 */
import type { Cancel, Clock } from "@sockeye/protocol";
import type { CookieJar } from "./cookie-jar.ts";
import type { BinaryType, ResolvedEngineClientOptions } from "./options.ts";
import type { BinaryPayload, TransportSetup } from "./transport.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST";
  readonly uri: string;
  readonly body: string | undefined;
  /** 0 means none. */
  readonly timeoutMs: number;
  readonly options: ResolvedEngineClientOptions;
  readonly clock: Clock;
  readonly cookies: CookieJar | undefined;
}

export interface HttpResponse {
  /** 0 when there was no complete answer; `error` then says why. */
  readonly status: number;
  readonly responseText: string;
  readonly error?: unknown;
}

/** Who listens to a WebSocket. */
export interface CarrierHandler {
  onOpen(): void;
  onText(text: string): void;
  onBinary(payload: BinaryPayload): void;
  /** `context.code` and `context.reason` are those of the close frame. */
  onClose(context: { readonly code: number; readonly reason: string }): void;
  onError(event: unknown): void;
}

/** An open or opening WebSocket. */
export interface Carrier {
  readonly isOpen: boolean;
  send(data: string | Uint8Array | Blob, options?: { readonly compress: boolean }): void;
  close(): void;
  destroy(): void;
}

export interface PlatformModule {
  readonly defaultBinaryType: BinaryType;
  /** `done` is called once and never synchronously; never after the returned function. */
  request(this: void, request: HttpRequest, done: (response: HttpResponse) => void): Cancel;
  /** May throw on a malformed URI or header. */
  openWebSocket(this: void, uri: string, setup: TransportSetup, handler: CarrierHandler): Carrier;
  toBinaryType(this: void, payload: BinaryPayload, type: BinaryType): BinaryPayload;
  /** Undefined where the runtime keeps cookies itself. */
  createCookieJar(this: void, clock: Clock): CookieJar | undefined;
}
