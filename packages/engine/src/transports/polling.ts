// A session over HTTP long-polling (wire.md §1.8): the peer keeps a GET open, which is answered with all that is
// queued at the end of a turn, and POSTs what it has to say. Created by Engine at the handshake, given each later
// request by Engine, driven by Session, flushed by the turn. It never looks at a message's content, and leaves it to a
// PollingFormat how packets are put into bodies.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cancel, Clock, CloseReason } from "@sockeye/protocol";
import type { TurnFlush } from "@sockeye/websocket";
import { EngineError } from "../errors.ts";
import { readBody } from "../http/body.ts";
import type { BodyResult } from "../http/body.ts";
import { chooseEncoding, compressBody } from "../http/compression.ts";
import type { ContentEncoding } from "../http/compression.ts";
import { pollingHeaders, respondEmpty } from "../http/respond.ts";
import type { HeadersHook } from "../http/respond.ts";
import type { HttpCompressionOptions } from "../options.ts";
import type { PollingFormat } from "../revisions/revision.ts";
import type { QueuedItem, Transport, TransportOwner, TransportState } from "../transport.ts";
import type { SharedMessage } from "../shared-message.ts";

const CLOSE = "1";
const NOOP = "6";
const BYTES = "application/octet-stream";
/** How long a closing session waits for the poll that takes its goodbye. */
const CLOSE_TIMEOUT_MS = 30_000;

/** What all polling transports of an engine share. */
export interface PollingHost {
  readonly maxBodyBytes: number;
  readonly compression: false | HttpCompressionOptions;
  readonly clock: Clock;
  readonly turn: TurnFlush;
  readonly onHeaders: HeadersHook;
}

export class PollingTransport implements Transport {
  readonly #owner: TransportOwner;
  readonly #host: PollingHost;
  readonly #format: PollingFormat;
  #state: TransportState = "open";
  #queue: QueuedItem[] = [];
  /** The GET that waits for an answer. */
  #poll: ServerResponse | undefined = undefined;
  /** The answer to it is being compressed. */
  #isAnswering = false;
  #isScheduled = false;
  /** The POST that is being read or dispatched. */
  #push: IncomingMessage | undefined = undefined;
  #isDispatching = false;
  #cancelClose: Cancel | undefined = undefined;
  #releasedFor: CloseReason | undefined = undefined;

  constructor(owner: TransportOwner, host: PollingHost, format: PollingFormat) {
    this.#owner = owner;
    this.#host = host;
    this.#format = format;
  }

  get name(): "polling" {
    return "polling";
  }

  get readyState(): TransportState {
    return this.#state;
  }

  get writable(): boolean {
    return (
      this.#poll !== undefined && !this.#isAnswering && this.#queue.length === 0 && this.#state === "open"
    );
  }

  get bufferedBytes(): number {
    return this.#queue.length === 0 ? 0 : Buffer.byteLength(this.#format.encode(this.#queue));
  }

  /** The HTTP method says what the peer wants. */
  onRequest(req: IncomingMessage, res: ServerResponse): void {
    if (req.method === "GET") this.#onPoll(res);
    else if (req.method === "POST") this.#onPush(req, res);
    else respondEmpty(res, 500);
  }

  send(message: SharedMessage): void {
    this.#enqueue(message);
  }

  sendPacket(packet: string): void {
    this.#enqueue(packet);
  }

  queued(): readonly QueuedItem[] {
    return this.#queue;
  }

  /** Answers the pending poll with everything queued. Called at the end of a turn, and by a poll that finds a queue. */
  flush(): void {
    this.#isScheduled = false;
    const res = this.#poll;
    if (res === undefined || this.#isAnswering || this.#queue.length === 0) return;
    const items = this.#queue;
    this.#queue = [];
    if (this.#state === "closing") this.#armClose();
    const callbacks = this.#owner.onFlush(items);
    const mayCompress = items.some((item) => typeof item !== "string" && item.compress);
    this.#answer(res, items, mayCompress, () => this.#owner.onFlushed(callbacks));
  }

  close(): void {
    if (this.#state !== "open") return;
    this.#state = "closing";
    this.#armClose();
    if (this.#queue.length > 0) {
      this.flush();
    } else if (this.#poll !== undefined && !this.#isAnswering) {
      this.#answer(this.#poll, [CLOSE], false, () => this.#finish());
    }
    // Otherwise the next poll takes the goodbye.
  }

  release(reason: CloseReason): void {
    if (this.#releasedFor !== undefined) return;
    this.#releasedFor = reason;
    this.#state = "closed";
    this.#cancelClose?.();
    this.#cancelClose = undefined;
    // A peer that closed gets a harmless answer to its poll, any other peer is told that it is over.
    const res = this.#poll;
    if (res !== undefined && !this.#isAnswering) {
      this.#answer(res, [reason === "transport close" ? NOOP : CLOSE], false, ignore);
    }
    // A push under dispatch is answered behind it; one that is still arriving has nobody left to read it.
    if (!this.#isDispatching) this.#push?.destroy();
    // Listeners of the close may still look at what was not delivered; nobody may keep it.
    queueMicrotask(() => (this.#queue = []));
  }

  #enqueue(item: QueuedItem): void {
    this.#queue.push(item);
    if (this.#poll === undefined || this.#isScheduled) return;
    this.#isScheduled = true;
    this.#host.turn.schedule(this);
  }

  #onPoll(res: ServerResponse): void {
    if (this.#poll !== undefined) {
      this.#owner.onTransportClose("transport error", new EngineError("ERR_POLL_OVERLAP"));
      return respondEmpty(res, 400);
    }
    this.#poll = res;
    // A middleware may have taken its time, and the peer has left meanwhile: such a response never closes again.
    if (res.destroyed) return this.#onPollGone(res);
    res.once("close", () => this.#onPollGone(res));
    if (res.socket === null) this.#watchPipelined(res);
    if (this.#queue.length > 0) this.flush();
    else if (this.#state === "closing") this.#answer(res, [NOOP, CLOSE], false, () => this.#finish());
  }

  /** An answer due behind others on its connection does not hear of the connection's end; its request does. */
  #watchPipelined(res: ServerResponse): void {
    const { req } = res;
    req.once("close", () => {
      if (req.socket.destroyed) this.#onPollGone(res);
    });
  }

  #onPollGone(res: ServerResponse): void {
    // Every answered poll closes as well; only one that is still ours was given up by the peer.
    if (this.#poll !== res) return;
    this.#poll = undefined;
    this.#isAnswering = false;
    this.#owner.onTransportClose("transport error", new EngineError("ERR_POLL_ABORTED"));
  }

  /** Answers the poll, and calls `done` when it has left our hands. */
  #answer(res: ServerResponse, items: readonly QueuedItem[], mayCompress: boolean, done: () => void): void {
    const body = this.#format.encode(items);
    const type = typeof body === "string" ? "text/plain; charset=UTF-8" : BYTES;
    const length = Buffer.byteLength(body);
    const { compression } = this.#host;
    const encoding =
      mayCompress && compression !== false && length >= (compression.threshold ?? 0)
        ? chooseEncoding(res.req)
        : undefined;
    if (encoding === undefined || compression === false) {
      this.#respond(res, body, type, length, undefined);
      return done();
    }
    this.#isAnswering = true;
    compressBody(body, encoding, compression, (error, bytes) => {
      // The peer may have hung up meanwhile, and then the session knows already.
      if (this.#poll !== res) return;
      this.#isAnswering = false;
      if (error === null) {
        this.#respond(res, bytes, type, bytes.length, encoding);
        return done();
      }
      this.#poll = undefined;
      respondEmpty(res, 500);
      this.#owner.onTransportClose("transport error", error);
    });
  }

  #respond(
    res: ServerResponse,
    body: string | Buffer,
    type: string,
    length: number,
    encoding: ContentEncoding | undefined,
  ): void {
    this.#poll = undefined;
    const headers = pollingHeaders(res.req, type, length);
    if (encoding !== undefined) headers["Content-Encoding"] = encoding;
    this.#host.onHeaders(headers, res.req, this.#owner.id);
    res.writeHead(200, headers);
    res.end(body);
  }

  #onPush(req: IncomingMessage, res: ServerResponse): void {
    if (this.#push !== undefined) {
      this.#owner.onTransportClose("transport error", new EngineError("ERR_PUSH_OVERLAP"));
      return respondEmpty(res, 400);
    }
    if (isBytes(req) && !this.#format.takesBytes) {
      this.#owner.onTransportClose("transport error", new EngineError("ERR_PUSH_CONTENT_TYPE"));
      return respondEmpty(res, 400);
    }
    this.#push = req;
    readBody(req, this.#host.maxBodyBytes, (result) => this.#onBody(req, res, result));
  }

  #onBody(req: IncomingMessage, res: ServerResponse, result: BodyResult): void {
    if (result.kind === "complete")
      return this.#dispatch(req, res, isBytes(req) ? result.bytes : result.bytes.toString());
    this.#push = undefined;
    if (result.kind === "too-large") return respondEmpty(res, 413);
    this.#owner.onTransportClose("transport error", new EngineError("ERR_PUSH_ABORTED"));
  }

  #dispatch(req: IncomingMessage, res: ServerResponse, body: string | Buffer): void {
    this.#isDispatching = true;
    try {
      const error = this.#format.decode(body, this.#owner);
      if (error !== undefined) this.#owner.onTransportClose("parse error", error);
    } finally {
      this.#isDispatching = false;
      this.#push = undefined;
      this.#acknowledge(req, res);
    }
  }

  #acknowledge(req: IncomingMessage, res: ServerResponse): void {
    const reason = this.#releasedFor;
    if (reason === "parse error" || reason === "transport error") return respondEmpty(res, 400);
    if (res.writableEnded || res.destroyed) return;
    const headers = pollingHeaders(req, "text/html", 2);
    this.#host.onHeaders(headers, req, this.#owner.id);
    res.writeHead(200, headers);
    res.end("ok");
  }

  #armClose(): void {
    this.#cancelClose?.();
    this.#cancelClose = this.#host.clock.after(CLOSE_TIMEOUT_MS, () => this.#finish());
  }

  #finish(): void {
    if (this.#state === "closed") return;
    this.#owner.onTransportClose("forced close");
  }
}

function isBytes(req: IncomingMessage): boolean {
  return req.headers["content-type"] === BYTES;
}

function ignore(): void {}
