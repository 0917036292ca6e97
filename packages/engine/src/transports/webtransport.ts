// A session over one bidirectional stream of a WebTransport session (wire.md §1.13): packets behind a length, those of
// a turn in one write, one write at a time. Made by the entrance, driven by Session; until a session owns it, it is a
// candidate. Whatever ends it, its reader, writer and timer are let go and nothing rejects unheard.

import type { Cancel, Clock, CloseReason } from "@sockeye/protocol";
import { encodeStreamFrame } from "@sockeye/protocol/engine";
import type { StreamFrameDecoder } from "@sockeye/protocol/engine";
import type { TurnFlush } from "@sockeye/websocket";
import type { SharedMessage } from "../shared-message.ts";
import type {
  CandidateSink,
  CandidateTransport,
  QueuedItem,
  TransportOwner,
  TransportState,
} from "../transport.ts";
import { closeQuietly, ignore, letGo } from "./webtransport-session.ts";
import type { StreamReaderLike, StreamWriterLike, WebTransportSessionLike } from "./webtransport-session.ts";

const PING = "2";
/** The same bytes for everybody. */
const PING_FRAME = encodeStreamFrame(PING);
/** How long a closing session waits until the peer has taken everything. */
const CLOSE_TIMEOUT_MS = 30_000;
/** How long it then has to read it: what has arrived and is not read is lost when the session is closed. */
const LINGER_MS = 1000;

/** A session's stream, and what was read of it beyond the first packet. */
export interface WebTransportStream {
  readonly session: WebTransportSessionLike;
  readonly reader: StreamReaderLike<Uint8Array>;
  readonly writer: StreamWriterLike;
  readonly decoder: StreamFrameDecoder;
}

/** What all WebTransport transports of an engine share. */
export interface WebTransportHost {
  readonly clock: Clock;
  readonly turn: TurnFlush;
}

export class WebTransportTransport implements CandidateTransport {
  readonly #stream: WebTransportStream;
  readonly #host: WebTransportHost;
  #state: TransportState = "open";
  #sink: CandidateSink | undefined = undefined;
  #owner: TransportOwner | undefined = undefined;
  #items: QueuedItem[] = [];
  /** The same as bytes, made when they were sent: what the caller does to its buffers later is nobody's business. */
  #frames: Uint8Array[] = [];
  #queuedBytes = 0;
  #writingBytes = 0;
  #isWriting = false;
  #isScheduled = false;
  #cancelClose: Cancel | undefined = undefined;

  constructor(stream: WebTransportStream, host: WebTransportHost) {
    this.#stream = stream;
    this.#host = host;
  }

  get name(): "webtransport" {
    return "webtransport";
  }

  get readyState(): TransportState {
    return this.#state;
  }

  get writable(): boolean {
    return this.#state === "open" && !this.#isWriting && this.#items.length === 0;
  }

  /** Bytes queued, and those the stream has not taken yet. */
  get bufferedBytes(): number {
    return this.#queuedBytes + this.#writingBytes;
  }

  listen(sink: CandidateSink): void {
    this.#sink = sink;
  }

  own(owner: TransportOwner & CandidateSink): void {
    this.#owner = owner;
    this.#sink = owner;
  }

  /** Begins to read. Called once, when there is somebody to hear it. */
  begin(): void {
    if (this.#state === "closed") return;
    this.#stream.session.closed.then(
      () => this.#end("transport close"),
      (error: unknown) => this.#end("transport close", error),
    );
    // What came together with the first packet.
    this.#deliver();
    void this.#read();
  }

  send(message: SharedMessage): void {
    this.#enqueue(message, message.streamFrames());
  }

  sendPacket(packet: string): void {
    this.#enqueue(packet, packet === PING ? PING_FRAME : encodeStreamFrame(packet));
  }

  queued(): readonly QueuedItem[] {
    return this.#items;
  }

  /** Called at the end of a turn. */
  flush(): void {
    this.#isScheduled = false;
    if (!this.#isWriting && this.#state !== "closed" && this.#items.length > 0) void this.#write();
  }

  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#armClose(CLOSE_TIMEOUT_MS);
    if (this.#items.length > 0) this.flush();
    else if (!this.#isWriting) this.#finishStream();
  }

  release(_reason: CloseReason): void {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#cancelClose?.();
    this.#cancelClose = undefined;
    const { session, reader, writer } = this.#stream;
    letGo(reader);
    writer.abort().then(ignore, ignore);
    closeQuietly(session);
  }

  #enqueue(item: QueuedItem, frames: Uint8Array): void {
    this.#items.push(item);
    this.#frames.push(frames);
    this.#queuedBytes += frames.length;
    // What is sent while a write is under way leaves behind it.
    if (!this.#isWriting) this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#host.turn.schedule(this);
  }

  /** Writes everything queued, once the stream wants it. */
  async #write(): Promise<void> {
    const { writer } = this.#stream;
    this.#isWriting = true;
    try {
      await writer.ready;
      if (this.#isClosed()) return;
      // Not before: what has come meanwhile goes along.
      const owner = this.#owner;
      const items = this.#items;
      const frames = this.#takeFrames();
      const callbacks = runApart(() => owner?.onFlush(items));
      await writer.write(frames);
      this.#isWriting = false;
      this.#writingBytes = 0;
      if (this.#isClosed()) return;
      runApart(() => owner?.onFlushed(callbacks));
    } catch (error) {
      return this.#end("transport close", error);
    }
    if (this.#items.length > 0) this.#schedule();
    else if (this.#state === "closing") this.#finishStream();
  }

  #takeFrames(): Uint8Array {
    const frames = this.#frames;
    const [only] = frames;
    this.#items = [];
    this.#frames = [];
    this.#writingBytes = this.#queuedBytes;
    this.#queuedBytes = 0;
    return frames.length === 1 && only !== undefined ? only : Buffer.concat(frames);
  }

  /** Ends our side of the stream, and then the session: to close that at once would cut off what is on its way. */
  #finishStream(): void {
    this.#stream.writer.close().then(
      () => this.#armClose(LINGER_MS),
      () => this.#end("forced close"),
    );
  }

  #armClose(delayMs: number): void {
    if (this.#isClosed()) return;
    this.#cancelClose?.();
    this.#cancelClose = this.#host.clock.after(delayMs, () => this.#end("forced close"));
  }

  async #read(): Promise<void> {
    const { reader, decoder } = this.#stream;
    try {
      while (!this.#isClosed()) {
        const { value, done } = await reader.read();
        // A peer that will send no more cannot answer a ping either.
        if (done) return this.#end("transport close");
        if (value !== undefined) decoder.push(value);
        this.#deliver();
      }
    } catch (error) {
      this.#end("transport close", error);
    }
  }

  #deliver(): void {
    while (!this.#isClosed()) {
      let packet: string | Uint8Array | undefined;
      try {
        packet = this.#stream.decoder.next();
      } catch (error) {
        return this.#end("parse error", error);
      }
      if (packet === undefined) return;
      try {
        if (typeof packet === "string") this.#sink?.onText(packet);
        else this.#sink?.onBinary(Buffer.from(packet.buffer, packet.byteOffset, packet.length));
      } catch (error) {
        throwApart(error);
      }
    }
  }

  /** The carrier ended. Whatever else ends behind it is the same end. */
  #end(reason: CloseReason, description?: unknown): void {
    if (this.#state === "closed") return;
    const isOurs = this.#state === "closing";
    this.release(reason);
    runApart(() =>
      isOurs
        ? this.#sink?.onTransportClose("forced close")
        : this.#sink?.onTransportClose(reason, description),
    );
  }

  /** For behind an `await`, where the state may be another than before it. */
  #isClosed(): boolean {
    return this.#state === "closed";
  }
}

/** What a listener throws must not stop our reading and writing, nor be taken for a fault of the stream. */
function runApart<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch (error) {
    throwApart(error);
    return undefined;
  }
}

function throwApart(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
