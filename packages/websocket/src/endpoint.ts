/**
 * A server's end of one WebSocket connection, on a duplex that has finished its handshake. Reads frames and calls the
 * sink, queues frames and writes them once per turn, answers pings, and carries out the closing handshake. It knows
 * nothing of what the messages mean. An idle endpoint is one small object: what a connection needs only at times
 * (reader, queue, timer) is borrowed or made for that time, and listeners are shared functions that find the endpoint
 * on the duplex.
 */
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { NegotiatedDeflate } from "./deflate.ts";
import { type EndpointState, canMove, delivers } from "./endpoint-state.ts";
import { WebSocketError } from "./errors.ts";
import { type FrameReader, Found, acquireReader, releaseReader } from "./frame-reader.ts";
import type { FrameSink } from "./frame-sink.ts";
import { Opcode, frameBinary, frameClose, frameDeflated, framePing, frameText } from "./frame-writer.ts";
import { type TurnFlush, processTurn } from "./turn-flush.ts";
import { type WriteQueue, acquireQueue, releaseQueue } from "./write-queue.ts";

/** Time, passed in: runs something later and tells how to call it off. */
export interface EndpointClock {
  after(delayMs: number, run: () => void): () => void;
}

export interface EndpointOptions {
  readonly sink: FrameSink;
  /** Bytes the HTTP parser read beyond the handshake. */
  readonly head?: Buffer | undefined;
  /**
   * The most bytes a message may have, compressed and inflated, all fragments together; more is refused with 1009 as
   * soon as it is announced. 0: no limit but that of a string of the runtime, which puts the memory of the process into
   * the hands of the peer.
   */
  readonly maxMessageBytes: number;
  /** What the handshake agreed on; absent: no compression. */
  readonly deflate?: NegotiatedDeflate | undefined;
  /** @default the list of the process */
  readonly turn?: TurnFlush | undefined;
  /** @default the system's */
  readonly clock?: EndpointClock | undefined;
  /** How long a closing connection may take before it is cut, in ms. @default 30_000 */
  readonly closeTimeoutMs?: number | undefined;
}

const ENDPOINT = Symbol("sockeye.websocket.endpoint");

/** A duplex that carries an endpoint. */
interface Carrier extends Duplex {
  [ENDPOINT]?: WebSocketEndpoint | undefined;
}

const DEFAULT_CLOSE_TIMEOUT_MS = 30_000;

/** While more than this is queued, pings are not answered one by one but with one pong for the last (RFC 6455 §5.5.3). */
const EAGER_PONG_BYTES = 16_384;

const EMPTY = Buffer.alloc(0);

const systemClock: EndpointClock = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    // The carrier keeps the process alive for as long as there is something to wait for.
    timer.unref();
    return () => clearTimeout(timer);
  },
};

export class WebSocketEndpoint {
  readonly #carrier: Carrier;
  readonly #turn: TurnFlush;
  readonly #clock: EndpointClock;
  readonly #closeTimeoutMs: number;
  readonly #maxMessageBytes: number;
  readonly #deflate: NegotiatedDeflate | undefined;
  #sink: FrameSink;
  #state: EndpointState = "open";
  #reader: FrameReader | undefined = undefined;
  #queue: WriteQueue | undefined = undefined;
  #pong: Buffer | undefined = undefined;
  #cancelTimeout: (() => void) | undefined = undefined;

  /** Takes over the duplex: nobody else may read from it or write to it, and chunks it emits are modified. */
  constructor(duplex: Duplex, options: EndpointOptions) {
    const carrier: Carrier = duplex;
    this.#carrier = carrier;
    this.#sink = options.sink;
    this.#maxMessageBytes = options.maxMessageBytes;
    this.#deflate = options.deflate;
    this.#turn = options.turn ?? processTurn;
    this.#clock = options.clock ?? systemClock;
    this.#closeTimeoutMs = options.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS;
    carrier[ENDPOINT] = this;
    relaxSocket(duplex);
    if (options.head !== undefined && options.head.length > 0) carrier.unshift(options.head);
    WebSocketEndpoint.#listen(carrier);
    // A carrier that ended during an asynchronous handshake has had its last event.
    if (carrier.destroyed || carrier.readableEnded) process.nextTick(() => this.destroy());
  }

  /** Everything from now on goes to this sink. */
  setSink(sink: FrameSink): void {
    this.#sink = sink;
  }

  /** False from the moment either side has begun to close. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Open, nothing queued, and the carrier does not ask to wait. When it becomes true again the sink's onDrain is called. */
  get isWritable(): boolean {
    return this.#state === "open" && this.#queue === undefined && !this.#carrier.writableNeedDrain;
  }

  /** What has been sent and not yet been taken by the kernel. */
  get bufferedBytes(): number {
    return (this.#queue === undefined ? 0 : this.#queue.bytes) + this.#carrier.writableLength;
  }

  /** Was compression negotiated? */
  get deflates(): boolean {
    return this.#deflate !== undefined;
  }

  /** Queues ready-made frames, whole ones. The Buffer may be shared with other connections and is never modified. */
  sendFrames(bytes: Buffer): void {
    if (this.#state !== "open") return;
    let queue = this.#queue;
    if (queue === undefined) {
      this.#queue = queue = acquireQueue();
      this.#turn.schedule(this);
    }
    queue.push(bytes);
  }

  /** Queues a text message. @param compress if negotiated and from the threshold on; default true */
  sendText(text: string, compress = true): void {
    const deflate = this.#deflate;
    if (deflate !== undefined && compress && Buffer.byteLength(text) >= deflate.threshold) {
      this.sendFrames(frameDeflated(Opcode.text, text, deflate));
    } else {
      this.sendFrames(frameText(text));
    }
  }

  /** Queues a binary message; the bytes are copied. @param compress as for `sendText` */
  sendBinary(bytes: Uint8Array, compress = true): void {
    const deflate = this.#deflate;
    if (deflate !== undefined && compress && bytes.length >= deflate.threshold) {
      this.sendFrames(frameDeflated(Opcode.binary, bytes, deflate));
    } else {
      this.sendFrames(frameBinary(bytes));
    }
  }

  /** Queues a ping of at most 125 bytes. @throws WebSocketError ERR_WS_PING_LENGTH */
  ping(data: Uint8Array = EMPTY): void {
    this.sendFrames(framePing(data));
  }

  /**
   * Writes what is queued and a Close frame, at once, and waits for the peer's Close, or the close timeout. Messages
   * the peer has under way are still delivered. Does nothing if either side has begun to close.
   * @throws WebSocketError ERR_WS_CLOSE_ARGUMENT, see `frameClose`
   */
  close(code?: number, reason?: string): void {
    const frame = frameClose(code, reason);
    if (!this.#become("closing-by-us")) return;
    this.#startTimeout();
    this.#writeLast(frame);
  }

  /** Cuts the connection; what is queued is lost. Before this returns the sink has had its onClose. */
  destroy(): void {
    if (this.#state === "closed") return;
    // In this order everywhere: a sink that throws must not keep its carrier alive.
    this.#carrier.destroy();
    this.#finish("closed", 1006, "");
  }

  /** Writes what is queued, unless the carrier asks to wait. The turn calls this; there is no need to call it earlier. */
  flush(): void {
    const carrier = this.#carrier;
    // When the carrier stops asking to wait, its `drain` brings us back here.
    if (this.#state !== "open" || carrier.writableNeedDrain) return;
    if (this.#pong !== undefined) {
      const pong = this.#pong;
      this.#pong = undefined;
      this.sendFrames(pong);
    }
    const queue = this.#queue;
    if (queue === undefined) return;
    const mustWait = queue.writeTo(carrier);
    // The write may have come back to us: a queue that is no longer ours has been dropped, not returned.
    if (this.#queue !== queue || !queue.isEmpty) return;
    this.#queue = undefined;
    releaseQueue(queue);
    if (!mustWait) this.#sink.onDrain();
  }

  static #listen: (carrier: Carrier) => void;

  // Shared listeners: a connection costs no closures. `onData` calls the sink itself, so that a stack trace of user
  // code shows one function of this package.
  static {
    function onData(this: Carrier, chunk: Buffer): void {
      const endpoint = this[ENDPOINT];
      if (endpoint === undefined || !delivers(endpoint.#state)) return;
      const reader = (endpoint.#reader ??= acquireReader(endpoint.#maxMessageBytes, endpoint.deflates));
      reader.feed(chunk);
      // A sink that makes its carrier emit more is further up the stack, and the loop there reads on.
      if (reader.isBusy) return;
      reader.isBusy = true;
      let hasThrown = true;
      try {
        for (let found = reader.next(); found !== Found.needMore; found = reader.next()) {
          if (found === Found.text) endpoint.#sink.onText(reader.text);
          else if (found === Found.binary) endpoint.#sink.onBinary(reader.bytes);
          else endpoint.#onControl(found, reader);
          if (!delivers(endpoint.#state)) break;
        }
        hasThrown = false;
      } finally {
        reader.isBusy = false;
        endpoint.#settle(reader);
        // The exception of a sink passes through; what is left of the chunk is read in its own turn.
        if (hasThrown) process.nextTick(readOn, this);
      }
    }

    function readOn(carrier: Carrier): void {
      onData.call(carrier, EMPTY);
    }

    function onDrain(this: Carrier): void {
      const endpoint = this[ENDPOINT];
      if (endpoint === undefined || endpoint.#state !== "open") return;
      if (endpoint.#queue === undefined && endpoint.#pong === undefined) endpoint.#sink.onDrain();
      else endpoint.flush();
    }

    function onEnd(this: Carrier): void {
      const endpoint = this[ENDPOINT];
      if (endpoint === undefined || !delivers(endpoint.#state)) return;
      endpoint.#startTimeout();
      this.end();
      endpoint.#finish("ending", 1006, "");
    }

    function onError(this: Carrier, cause: Error): void {
      this.destroy();
      const endpoint = this[ENDPOINT];
      if (endpoint === undefined) return;
      endpoint.#finish("closed", 1006, "", new WebSocketError("ERR_WS_CARRIER", cause.message, { cause }));
    }

    function onClose(this: Carrier): void {
      const endpoint = this[ENDPOINT];
      if (endpoint !== undefined) endpoint.#finish("closed", 1006, "");
    }

    WebSocketEndpoint.#listen = (carrier: Carrier): void => {
      carrier.on("error", onError);
      carrier.on("close", onClose);
      carrier.on("end", onEnd);
      carrier.on("drain", onDrain);
      carrier.on("data", onData);
    };
  }

  #onControl(found: Found, reader: FrameReader): void {
    if (found === Found.ping) this.#onPing(reader.bytes);
    else if (found === Found.close) this.#onPeerClose(reader.closeCode, reader.closeReason);
    else if (reader.error !== undefined) this.#refuse(reader.error);
  }

  #onPing(data: Buffer): void {
    if (this.#state !== "open") return;
    const pong = framePing(data, Opcode.pong);
    if (this.bufferedBytes <= EAGER_PONG_BYTES) {
      this.sendFrames(pong);
      return;
    }
    if (this.#pong === undefined) this.#turn.schedule(this);
    this.#pong = pong;
  }

  #onPeerClose(code: number, reason: string): void {
    this.#endWith(code === 1005 ? undefined : code);
    this.#finish("ending", code, reason);
  }

  /** Fails the connection (RFC 6455 §7.1.7): the peer is told the code, and nothing it sends is looked at any more. */
  #refuse(error: WebSocketError): void {
    this.#endWith(error.closeCode);
    this.#finish("ending", error.closeCode, "", error);
  }

  /** Sends our Close, if it is still due, and ends our side; theirs is read on, so that no reset overtakes the Close. */
  #endWith(code: number | undefined): void {
    if (this.#state === "open") {
      this.#startTimeout();
      this.#writeLast(frameClose(code));
    }
    this.#carrier.end();
  }

  /** Writes all that is queued and the frame, whether or not the carrier asks to wait: nothing comes after it. */
  #writeLast(frame: Buffer): void {
    const queue = this.#queue;
    this.#queue = undefined;
    this.#pong = undefined;
    if (queue === undefined) {
      this.#carrier.write(frame);
      return;
    }
    queue.push(frame);
    queue.writeAllTo(this.#carrier);
    releaseQueue(queue);
  }

  #become(state: EndpointState): boolean {
    if (!canMove(this.#state, state)) return false;
    this.#state = state;
    return true;
  }

  /** Leaves for a state that delivers nothing, drops what only a delivering state needs, and tells the sink. */
  #finish(state: "ending" | "closed", code: number, reason: string, error?: WebSocketError): void {
    const isDue = delivers(this.#state);
    if (!this.#become(state)) return;
    const sink = this.#sink;
    this.#sink = NOBODY;
    this.#pong = undefined;
    // Not given back to its pool: a write further up the stack may be using it.
    this.#queue?.clear();
    this.#queue = undefined;
    if (this.#reader !== undefined && !this.#reader.isBusy) this.#settle(this.#reader);
    if (state === "closed") {
      this.#carrier[ENDPOINT] = undefined;
      this.#cancelTimeout?.();
      this.#cancelTimeout = undefined;
    }
    if (isDue) sink.onClose(code, reason, error);
  }

  /** Gives the reader back unless it holds a part of something that is still wanted. */
  #settle(reader: FrameReader): void {
    if (delivers(this.#state) && !reader.isIdle) {
      reader.compact();
      return;
    }
    this.#reader = undefined;
    releaseReader(reader);
  }

  #startTimeout(): void {
    this.#cancelTimeout ??= this.#clock.after(this.#closeTimeoutMs, () => {
      this.#finish(
        "closed",
        1006,
        "",
        new WebSocketError("ERR_WS_CLOSE_TIMEOUT", `${this.#closeTimeoutMs} ms`),
      );
      this.#carrier.destroy();
    });
  }
}

/** The HTTP server's idle timeout is not ours, and Nagle's algorithm would hold small frames back. */
function relaxSocket(duplex: Duplex): void {
  if (!(duplex instanceof Socket)) return;
  duplex.setTimeout(0);
  duplex.setNoDelay(true);
}

/** Stands in for the sink once it has had its last call, so that a closing connection keeps nothing of it. */
const NOBODY: FrameSink = {
  onText() {},
  onBinary() {},
  onDrain() {},
  onClose() {},
};
