// A session over one WebSocket. Inbound frames do not pass here: the endpoint hands them to the session directly.
// Outbound, it picks the form of a shared message this peer negotiated. Created by Engine, driven by Session.

import type { CloseReason } from "@sockeye/protocol";
import { frameText } from "@sockeye/websocket";
import type { FrameSink, NegotiatedDeflate, WebSocketEndpoint } from "@sockeye/websocket";
import type { WebSocketFormat } from "../revisions/revision.ts";
import type { SharedMessage } from "../shared-message.ts";
import type { CandidateTransport, QueuedItem, TransportOwner, TransportState } from "../transport.ts";

const PING = "2";
/** The same bytes for everybody. */
const PING_FRAME = frameText(PING);

const NOTHING: readonly QueuedItem[] = Object.freeze([]);

export class WebSocketTransport implements CandidateTransport {
  readonly endpoint: WebSocketEndpoint;
  readonly #deflate: NegotiatedDeflate | undefined;
  readonly #format: WebSocketFormat;
  #owner: TransportOwner | undefined = undefined;

  constructor(endpoint: WebSocketEndpoint, deflate: NegotiatedDeflate | undefined, format: WebSocketFormat) {
    this.endpoint = endpoint;
    this.#deflate = deflate;
    this.#format = format;
  }

  get name(): "websocket" {
    return "websocket";
  }

  get readyState(): TransportState {
    return this.endpoint.isOpen ? "open" : "closed";
  }

  get writable(): boolean {
    return this.endpoint.isWritable;
  }

  get bufferedBytes(): number {
    return this.endpoint.bufferedBytes;
  }

  /** Whether this peer's messages are compressed. */
  get deflates(): boolean {
    return this.#deflate !== undefined;
  }

  listen(sink: FrameSink): void {
    this.endpoint.setSink(sink);
  }

  own(owner: TransportOwner & FrameSink): void {
    this.#owner = owner;
    this.endpoint.setSink(this.#format.sinkOf(owner));
  }

  send(message: SharedMessage): void {
    const deflate = this.#deflate;
    const special = this.#format.framesOf?.(message);
    if (special !== undefined) this.endpoint.sendFrames(special);
    else if (deflate !== undefined && message.compress)
      this.endpoint.sendFrames(message.wsDeflatedFrames(deflate));
    else this.endpoint.sendFrames(message.wsFrames());
  }

  sendPacket(packet: string): void {
    if (packet === PING) this.endpoint.sendFrames(PING_FRAME);
    else this.endpoint.sendText(packet, false);
  }

  /** Always empty: what was taken is in the endpoint's hands. */
  queued(): readonly QueuedItem[] {
    return NOTHING;
  }

  /** The queue goes out before the Close frame; the session need not wait for either (wire.md §1.9). */
  close(): void {
    this.endpoint.close();
    this.#owner?.onTransportClose("forced close");
  }

  release(_reason: CloseReason): void {
    this.endpoint.close();
  }
}
