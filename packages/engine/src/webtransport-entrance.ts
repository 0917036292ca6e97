// Where WebTransport sessions come in (wire.md §1.13): the first packet of the first stream says whether they open a
// session of ours or carry one that exists. Created by Engine; whoever says nothing of the kind, or nothing in time, is
// closed, and nothing of it is kept.

import type { Cancel } from "@sockeye/protocol";
import { StreamFrameDecoder } from "@sockeye/protocol/engine";
import type { Session } from "./session.ts";
import { closeQuietly, ignore, letGo } from "./transports/webtransport-session.ts";
import type {
  BidirectionalStreamLike,
  StreamReaderLike,
  WebTransportSessionLike,
} from "./transports/webtransport-session.ts";
import { WebTransportTransport } from "./transports/webtransport.ts";
import type { WebTransportHost, WebTransportStream } from "./transports/webtransport.ts";

/** What the entrance needs of the engine. */
export interface EntranceHost extends WebTransportHost {
  readonly maxPacketBytes: number;
  /** How long a session may take to say what it wants, in ms. */
  readonly timeoutMs: number;
  sessionOf(sid: string): Session | undefined;
  /** Opens a session on this transport, and tells listeners. */
  openSession(transport: WebTransportTransport): void;
}

/** A stream and its first packet. */
interface Arrival {
  readonly stream: WebTransportStream;
  readonly packet: string;
}

export class WebTransportEntrance {
  readonly #host: EntranceHost;
  readonly #visitors = new Set<Visitor>();

  constructor(host: EntranceHost) {
    this.#host = host;
  }

  /** Resolves when it is decided what becomes of the session. */
  async enter(session: WebTransportSessionLike): Promise<void> {
    const visitor = new Visitor(session, this.#host);
    this.#visitors.add(visitor);
    const arrival = await visitor.arrival;
    this.#visitors.delete(visitor);
    if (arrival === undefined) return;
    const transport = new WebTransportTransport(arrival.stream, this.#host);
    const claim = claimOf(arrival.packet);
    const isAccepted = claim === "new" || (claim !== undefined && this.#startUpgrade(claim.sid, transport));
    if (!isAccepted) return transport.release("forced close");
    try {
      if (claim === "new") this.#host.openSession(transport);
    } finally {
      transport.begin();
    }
  }

  #startUpgrade(sid: string, transport: WebTransportTransport): boolean {
    const session = this.#host.sessionOf(sid);
    // Engine.IO v3 knows nothing of WebTransport: whoever claims such a session is not its client.
    return session?.protocol === 4 && session.startUpgrade(transport);
  }

  /** Sends away everybody who has not said yet what he wants. */
  close(): void {
    for (const visitor of this.#visitors) visitor.refuse();
  }
}

/** A session that has not said yet what it wants. */
class Visitor {
  /** Undefined: it was refused, or it left. */
  readonly arrival: Promise<Arrival | undefined>;
  readonly #session: WebTransportSessionLike;
  readonly #cancelTimeout: Cancel;
  #decide: (arrival: Arrival | undefined) => void = ignore;
  #isDecided = false;
  /** The reader that waits now. */
  #reader: StreamReaderLike<unknown> | undefined = undefined;

  constructor(session: WebTransportSessionLike, host: EntranceHost) {
    this.#session = session;
    this.arrival = new Promise((resolve) => (this.#decide = resolve));
    const refuse = (): void => this.refuse();
    this.#cancelTimeout = host.clock.after(host.timeoutMs, refuse);
    session.closed.then(refuse, refuse);
    this.#receive(host.maxPacketBytes).catch(refuse);
  }

  refuse(): void {
    if (!this.#settle(undefined)) return;
    if (this.#reader !== undefined) letGo(this.#reader);
    closeQuietly(this.#session);
  }

  async #receive(maxPacketBytes: number): Promise<void> {
    await this.#session.ready;
    if (this.#isDecided) return;
    const streams = this.#session.incomingBidirectionalStreams.getReader();
    this.#reader = streams;
    const { value: stream } = await streams.read();
    // There is no use for further streams; whoever opens them fills the window of his own session.
    if (stream === undefined || this.#isDecided) return this.refuse();
    streams.releaseLock();
    await this.#receivePacket(stream, new StreamFrameDecoder(maxPacketBytes));
  }

  async #receivePacket(
    { readable, writable }: BidirectionalStreamLike,
    decoder: StreamFrameDecoder,
  ): Promise<void> {
    const reader = readable.getReader();
    this.#reader = reader;
    let packet: string | Uint8Array | undefined;
    while (packet === undefined) {
      const { value } = await reader.read();
      if (value === undefined || this.#isDecided) return this.refuse();
      decoder.push(value);
      packet = decoder.next();
    }
    if (typeof packet !== "string") return this.refuse();
    const stream = { session: this.#session, reader, writer: writable.getWriter(), decoder };
    this.#settle({ stream, packet });
  }

  #settle(arrival: Arrival | undefined): boolean {
    if (this.#isDecided) return false;
    this.#isDecided = true;
    this.#cancelTimeout();
    this.#decide(arrival);
    return true;
  }
}

/** Whom a first packet speaks for: a new session, or one that exists. Undefined: for nobody. */
function claimOf(packet: string): "new" | { readonly sid: string } | undefined {
  if (packet === "0") return "new";
  if (!packet.startsWith("0")) return undefined;
  try {
    const claim: unknown = JSON.parse(packet.slice(1));
    if (typeof claim !== "object" || claim === null || !Object.hasOwn(claim, "sid")) return undefined;
    const sid: unknown = Reflect.get(claim, "sid");
    return typeof sid === "string" ? { sid } : undefined;
  } catch {
    return undefined;
  }
}
