/**
 * HTTP long-polling: one GET always waits for packets, one POST at a time carries ours (wire §1.8 from the client's side).
 * Made by the connection; speaks HTTP through `#platform`. It never retries: a failed request is the end of the session.
 */
import type { Cancel } from "@sockeye/protocol";
import { decodeOpen, forEachPacket, joinBatch, PacketChar } from "@sockeye/protocol/engine";
import { encodeAsText, whenReady } from "../encode.ts";
import { TransportError } from "../errors.ts";
import { transportUri } from "../transport.ts";
import type { OutgoingPacket, Transport, TransportSetup, TransportSink } from "../transport.ts";
import type { HttpResponse } from "../platform-types.ts";
import { request } from "#platform";

/**
 *   opening ──► open ──► closing ──► closed
 *      │          └─────────────────►  ▲      (failed, or destroyed)
 *      └──► closing-unopened ──► closing      (closed by us before the handshake was answered)
 */
type PollingState = "opening" | "open" | "closing-unopened" | "closing" | "closed";

/** How long the goodbye may take when the user set no `requestTimeout`. */
const GOODBYE_TIMEOUT_MS = 10_000;

export class PollingTransport implements Transport {
  readonly name = "polling";
  sink: TransportSink | undefined;
  readonly #setup: TransportSetup;
  #state: PollingState = "opening";
  #isWritable = false;
  #abortPoll: Cancel | undefined;
  #abortPost: Cancel | undefined;
  #onPaused: (() => void) | undefined;

  constructor(setup: TransportSetup) {
    this.#setup = setup;
  }

  get writable(): boolean {
    return this.#isWritable;
  }

  open(): void {
    this.#poll();
  }

  write(packets: readonly OutgoingPacket[]): void {
    this.#isWritable = false;
    whenReady(packets.map(encodeAsText), (texts) => {
      if (this.#state === "open") this.#post(joinBatch(texts));
    });
  }

  pause(onPaused: () => void): void {
    this.#onPaused = onPaused;
    this.#checkPaused();
  }

  resume(): void {
    this.#onPaused = undefined;
    if (this.#state === "open" && !this.#abortPoll) this.#poll();
  }

  close(): void {
    if (this.#state === "opening") {
      // The session may be about to exist: wait for the answer, so that the server can be told.
      this.#state = "closing-unopened";
      this.#abortPost = this.#setup.clock.after(GOODBYE_TIMEOUT_MS, () => this.destroy());
    } else if (this.#state === "open") {
      this.#sayGoodbye();
    }
  }

  destroy(): void {
    this.#state = "closed";
    this.#isWritable = false;
    this.#abortPoll?.();
    this.#abortPost?.();
    this.#abortPoll = this.#abortPost = undefined;
  }

  #poll(): void {
    this.#abortPoll = this.#request("GET", undefined, (response) => {
      this.#abortPoll = undefined;
      if (response.status !== 200) return this.#fail("ERR_POLL_READ", response);
      this.#receive(response.responseText);
    });
  }

  #post(body: string): void {
    this.#abortPost = this.#request("POST", body, (response) => {
      this.#abortPost = undefined;
      if (response.status !== 200) return this.#fail("ERR_POLL_WRITE", response);
      if (this.#state !== "open") return;
      this.#isWritable = true;
      this.sink?.onDrain();
      this.#checkPaused();
    });
  }

  #request(method: "GET" | "POST", body: string | undefined, done: (response: HttpResponse) => void): Cancel {
    const { options, clock, cookies } = this.#setup;
    const uri = transportUri(this.#setup, this.name);
    const timeoutMs = options.requestTimeout || (this.#state === "closing" ? GOODBYE_TIMEOUT_MS : 0);
    return request({ method, uri, body, timeoutMs, options, clock, cookies }, (response) => {
      if (this.#state !== "closed") done(response);
    });
  }

  #receive(batch: string): void {
    try {
      forEachPacket(batch, (packet) => this.#onPacket(packet));
    } finally {
      // Also when a handler of the application threw: the session must go on.
      if (this.#state === "open") {
        if (this.#onPaused) this.#checkPaused();
        else this.#poll();
      }
    }
  }

  /** Returns whether the packets after this one count. */
  #onPacket(packet: string): boolean {
    if (this.#state === "closing-unopened") {
      this.#closeUnopened(packet);
      return false;
    }
    if (this.#state === "opening" && packet.startsWith(PacketChar.open)) {
      this.#state = "open";
      this.#isWritable = true;
      this.sink?.onOpen();
    }
    if (packet === PacketChar.close) {
      this.destroy();
      this.sink?.onClose({ description: "transport closed by the server" });
    } else {
      this.sink?.onPacket(packet);
    }
    return this.#state === "open" || this.#state === "opening";
  }

  /** The handshake came back after the connection was closed here. */
  #closeUnopened(packet: string): void {
    this.#abortPost?.();
    try {
      this.#setup.session.sid = decodeOpen(packet).sid;
      this.#sayGoodbye();
    } catch {
      this.destroy(); // no session was made, so there is nobody to tell
    }
  }

  #checkPaused(): void {
    if (this.#abortPoll || !this.#isWritable) return;
    const onPaused = this.#onPaused;
    this.#onPaused = undefined;
    onPaused?.();
  }

  /** Sends a close packet; the server then answers the waiting poll. Whatever comes of it, all ends with it. */
  #sayGoodbye(): void {
    this.#state = "closing";
    this.#isWritable = false;
    this.#request("POST", PacketChar.close, () => this.destroy());
  }

  #fail(code: "ERR_POLL_READ" | "ERR_POLL_WRITE", { error, ...context }: HttpResponse): void {
    if (this.#state === "open" || this.#state === "opening") {
      this.sink?.onError(new TransportError(code, context.status, context, error));
    } else {
      this.destroy();
    }
  }
}
