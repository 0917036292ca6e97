/**
 * WebSocket: one frame per packet, bytes as binary frames (wire §1.9 from the client's side). Made by the connection or
 * by an upgrade; the WebSocket itself comes from `#platform`.
 */
import { encodeAsText, whenReady } from "../encode.ts";
import { TransportError } from "../errors.ts";
import type { Carrier } from "../platform-types.ts";
import { transportUri } from "../transport.ts";
import type { MessageData, OutgoingPacket, Transport, TransportSetup, TransportSink } from "../transport.ts";
import { openWebSocket } from "#platform";

export class WebSocketTransport implements Transport {
  readonly name = "websocket";
  sink: TransportSink | undefined;
  readonly #setup: TransportSetup;
  #carrier: Carrier | undefined;
  #isWritable = false;

  constructor(setup: TransportSetup) {
    this.#setup = setup;
  }

  get writable(): boolean {
    return this.#isWritable;
  }

  open(): void {
    try {
      this.#carrier = openWebSocket(transportUri(this.#setup, this.name), this.#setup, {
        onOpen: () => {
          this.#isWritable = true;
          this.sink?.onOpen();
        },
        onText: (text) => this.sink?.onPacket(text),
        onBinary: (payload) => this.sink?.onBinary(payload),
        onClose: (context) => {
          this.#isWritable = false;
          this.sink?.onClose({ description: "websocket connection closed", context });
        },
        onError: (event) => this.#fail(event),
      });
    } catch (error) {
      // Later, as every other failure: nobody has had the time to listen yet.
      queueMicrotask(() => this.#fail(error));
    }
  }

  write(packets: readonly OutgoingPacket[]): void {
    this.#isWritable = false;
    const parts = packets.map((packet): MessageData | Promise<MessageData> =>
      typeof packet.data === "object" && !this.#setup.options.forceBase64
        ? packet.data
        : encodeAsText(packet),
    );
    whenReady(parts, (ready) => {
      ready.forEach((part, i) => this.#carrier?.send(part, packets[i]?.options));
      queueMicrotask(this.#onWritten);
    });
  }

  pause(onPaused: () => void): void {
    onPaused();
  }

  resume(): void {}

  close(): void {
    this.#isWritable = false;
    this.#carrier?.close();
  }

  destroy(): void {
    this.#isWritable = false;
    this.#carrier?.destroy();
  }

  /** A microtask after the write, so that all that is emitted in one turn of user code is batched. */
  readonly #onWritten = (): void => {
    if (!this.#carrier?.isOpen) return;
    this.#isWritable = true;
    this.sink?.onDrain();
  };

  #fail(event: unknown): void {
    const cause = event instanceof Error ? event : (event as { error?: unknown }).error;
    this.sink?.onError(new TransportError("ERR_WEBSOCKET", event, event, cause));
  }
}
