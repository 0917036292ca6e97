/**
 * One connection to a server: handshake, queue, heartbeat, upgrade, close. The manager of the client sits on it through
 * `EngineHandler`; applications may use it alone through its events. Knows nothing of namespaces, and never reconnects.
 */
import { Listenable } from "@sockeye/emitter";
import type { Cancel, Clock } from "@sockeye/protocol";
import {
  countWithinPayload,
  decodeBase64,
  decodeOpen,
  ENGINE_PROTOCOL,
  PacketChar,
} from "@sockeye/protocol/engine";
import type { OpenPacket } from "@sockeye/protocol/engine";
import { createClock } from "./clock.ts";
import { normalizeMessage } from "./encode.ts";
import { canMove } from "./engine-state.ts";
import type { EngineState } from "./engine-state.ts";
import { EngineClientError } from "./errors.ts";
import type { ProbeError } from "./errors.ts";
import type { EngineClientEvents, EngineClientCloseReason, EngineHandler } from "./events.ts";
import { Heartbeat } from "./heartbeat.ts";
import { optionsFor, resolveEngineClientOptions } from "./options.ts";
import type {
  BinaryType,
  EngineClientOptions,
  ResolvedEngineClientOptions,
  TransportName,
} from "./options.ts";
import { watchPage } from "./page.ts";
import type { CookieJar } from "./cookie-jar.ts";
import type {
  BinaryPayload,
  CloseDetails,
  MessageInput,
  OutgoingPacket,
  OutgoingType,
  Session,
  Transport,
  TransportFactory,
  TransportSetup,
  TransportSink,
} from "./transport.ts";
import { PollingTransport } from "./transports/polling.ts";
import { WebSocketTransport } from "./transports/websocket.ts";
import { Upgrade } from "./upgrade.ts";
import { createCookieJar, defaultBinaryType, toBinaryType } from "#platform";

/** For the packages above and for tests; applications have no use for it. */
export interface EngineInternals {
  readonly handler?: EngineHandler | undefined;
  readonly clock?: Clock | undefined;
  readonly createTransport?: TransportFactory | undefined;
}

const TRANSPORTS: Readonly<Record<TransportName, new (setup: TransportSetup) => Transport>> = {
  polling: PollingTransport,
  websocket: WebSocketTransport,
};

function isTransportName(name: string): name is TransportName {
  return Object.hasOwn(TRANSPORTS, name);
}

/**
 * A connection, which begins to open when it is made. Events are raised only while somebody listens; the first of them no
 * earlier than the turn after construction, so there is time to subscribe.
 */
export class EngineClient extends Listenable<{}, EngineClientEvents> {
  /** Revision of the wire protocol: 4. */
  static readonly protocol: number = ENGINE_PROTOCOL;
  /** Whether the last connection of this process or page got through with WebSocket; see `rememberUpgrade`. */
  static priorWebsocketSuccess = false;

  /** The options in force: resolved, frozen, never the caller's object. */
  readonly opts: ResolvedEngineClientOptions;
  /** How binary messages are delivered. @default "nodebuffer" in Node.js, "arraybuffer" elsewhere */
  binaryType: BinaryType = defaultBinaryType;

  readonly #clock: Clock;
  readonly #createTransport: TransportFactory;
  readonly #cookies: CookieJar | undefined;
  /** Names not yet given up, best guess first. */
  readonly #names: TransportName[];
  readonly #session: Session = { sid: undefined };
  readonly #sink: TransportSink;
  #handler: EngineHandler | undefined;
  #state: EngineState = "opening";
  #transport: Transport | undefined;
  #upgrade: Upgrade | undefined;
  #heartbeat: Heartbeat | undefined;
  #maxPayload = 0;
  #queue: OutgoingPacket[] = [];
  /** How many packets at the head of the queue are with the transport. */
  #inFlight = 0;
  #unwatchPage: Cancel | undefined;

  /**
   * Connects to `uri`, or to where the options or the page point. Throws ERR_INVALID_OPTION, ERR_INVALID_URI and
   * ERR_URI_TOO_LONG; every other failure is an `error` event.
   */
  constructor(
    uri?: string | EngineClientOptions | null,
    options?: EngineClientOptions,
    internals: EngineInternals = {},
  ) {
    super();
    const given = (typeof uri === "object" ? uri : options) ?? {};
    const page = typeof location === "object" ? location : undefined;
    this.opts = resolveEngineClientOptions(typeof uri === "string" && uri ? uri : undefined, given, page);
    const { autoUnref, useNativeTimers, withCredentials } = this.opts;
    this.#clock = internals.clock ?? createClock({ unref: autoUnref, native: useNativeTimers });
    this.#handler = internals.handler;
    this.#createTransport = internals.createTransport ?? ((name, setup) => new TRANSPORTS[name](setup));
    this.#cookies = withCredentials ? createCookieJar(this.#clock) : undefined;
    this.#names = this.opts.transports.filter(isTransportName);
    this.#sink = {
      onOpen: () => {},
      onPacket: (packet) => this.#onPacket(packet),
      onBinary: (payload) => this.#onMessage(payload),
      onDrain: () => this.#onDrain(),
      onError: (error) => this.#onError(error),
      onClose: (details) => this.#onClose("transport close", details),
    };
    this.#open();
  }

  /** The session's id, known once open. It is a secret: whoever has it can speak for this client. */
  get id(): string | undefined {
    return this.#session.sid;
  }

  get readyState(): EngineState {
    return this.#state;
  }

  /** What carries the packets now; changes with an upgrade. Never there if no transport can be used. */
  get transport(): Pick<Transport, "name" | "writable"> {
    return this.#transport as Transport;
  }

  /** Whether an upgrade is past the point where writes are held back. */
  get upgrading(): boolean {
    return this.#upgrade?.isSwitching === true;
  }

  /** What was sent and is not with the server yet, as far as is known. Emptied after `close` was raised. */
  get writeBuffer(): readonly OutgoingPacket[] {
    return this.#queue;
  }

  /**
   * Whether the server must be taken for dead although no timer has said so yet (after sleep or throttling). The close
   * with `ping timeout` follows in the next turn.
   */
  hasPingExpired(): boolean {
    return this.#heartbeat?.hasExpired() === true;
  }

  /** Replaces the direct listener; without one, packets are raised as events only. */
  setHandler(handler: EngineHandler | undefined): void {
    this.#handler = handler;
  }

  /**
   * Queues one message: text, or bytes of any kind. Ignored once the connection is closing or closed.
   * `onFlush` is called when the message was handed to the transport.
   */
  send(data: MessageInput, options?: { compress?: boolean | undefined } | null, onFlush?: () => void): this {
    this.#enqueue("message", normalizeMessage(data), options?.compress !== false, onFlush);
    return this;
  }

  /** The same as {@link send}. */
  write(data: MessageInput, options?: { compress?: boolean | undefined } | null, onFlush?: () => void): this {
    return this.send(data, options, onFlush);
  }

  /** Closes after what is queued was sent and a running upgrade came to its end. Reason: `forced close`. */
  close(): this {
    if (this.#state === "opening") this.#onClose("forced close");
    else if (this.#become("closing")) this.#closeWhenIdle();
    return this;
  }

  #become(next: EngineState): boolean {
    if (!canMove(this.#state, next)) return false;
    this.#state = next;
    return true;
  }

  // Opening

  #open(): void {
    const { rememberUpgrade } = this.opts;
    const isRemembered =
      rememberUpgrade && EngineClient.priorWebsocketSuccess && this.#names.includes("websocket");
    const name = isRemembered ? "websocket" : this.#names[0];
    if (!name) {
      this.#clock.after(0, () => this.#onError(new EngineClientError("ERR_NO_TRANSPORTS")));
      return;
    }
    const transport = this.#makeTransport(name);
    this.#transport = transport;
    transport.sink = this.#sink;
    transport.open();
  }

  #makeTransport(name: TransportName): Transport {
    return this.#createTransport(name, {
      options: optionsFor(this.opts, name),
      clock: this.#clock,
      cookies: this.#cookies,
      session: this.#session,
    });
  }

  #onHandshake(open: OpenPacket): void {
    if (this.#state !== "opening") return;
    this.#session.sid = open.sid;
    this.#maxPayload = open.maxPayload;
    this.emitReserved("handshake", open);
    this.#become("open");
    this.#heartbeat = new Heartbeat(this.#clock, open.pingInterval + open.pingTimeout, () =>
      this.#onClose("ping timeout"),
    );
    const { hostname, closeOnBeforeunload } = this.opts;
    this.#unwatchPage = watchPage(
      // A machine without network still reaches itself.
      hostname === "localhost"
        ? undefined
        : () => this.#onClose("transport close", { description: "network connection lost" }),
      closeOnBeforeunload ? () => this.#transport?.close() : undefined,
    );
    EngineClient.priorWebsocketSuccess = this.#transport?.name === "websocket";
    this.#handler?.onOpen();
    this.emitReserved("open");
    this.#flush();
    this.#probe(open.upgrades);
  }

  // Receiving

  #onPacket(packet: string): void {
    if (this.#state === "closed") return;
    if (this.hasListeners("packet")) this.#announce("packet", packet);
    this.emitReserved("heartbeat");
    switch (packet[0]) {
      case PacketChar.message:
        return this.#deliver(packet.slice(1));
      case PacketChar.ping:
        return this.#onPing();
      case PacketChar.noop:
      case PacketChar.pong:
        return undefined;
      default:
        return this.#onRarePacket(packet);
    }
  }

  #onRarePacket(packet: string): void {
    let decoded: OpenPacket | Uint8Array;
    try {
      decoded = packet.startsWith("b") ? decodeBase64(packet.slice(1)) : decodeOpen(packet);
    } catch (error) {
      return this.#onError(new EngineClientError("ERR_SERVER_PACKET", undefined, { cause: error }));
    }
    // Outside the try block: what a handler throws is not the server's fault.
    if ("sid" in decoded) this.#onHandshake(decoded);
    else this.#onMessage(decoded);
  }

  #onMessage(payload: BinaryPayload): void {
    if (this.#state !== "closed") this.#deliver(toBinaryType(payload, this.binaryType));
  }

  #deliver(data: string | BinaryPayload): void {
    this.#handler?.onMessage(data);
    this.emitReserved("data", data);
    this.emitReserved("message", data);
  }

  #onPing(): void {
    this.#heartbeat?.onPing();
    this.#enqueue("pong");
    this.#handler?.onPing();
    this.emitReserved("ping");
    this.emitReserved("pong");
  }

  #announce(event: "packet", text: string): void {
    const type = Object.keys(PacketChar)[Number(text[0])] ?? "message";
    this.emitReserved(event, { type, data: text.slice(1) || undefined });
  }

  // Sending

  #enqueue(type: OutgoingType, data?: OutgoingPacket["data"], compress = true, onFlush?: () => void): void {
    if (this.#state === "closing" || this.#state === "closed") return;
    const packet: OutgoingPacket = { type, data, options: { compress }, onFlush };
    this.emitReserved("packetCreate", packet);
    this.#queue.push(packet);
    this.#flush();
  }

  #flush(): void {
    const transport = this.#transport;
    if (this.#state === "closed" || !transport?.writable || this.upgrading || this.#inFlight > 0) return;
    if (this.#queue.length === 0) return;
    const batch = this.#nextBatch(transport.name);
    this.#inFlight = batch.length;
    transport.write(batch);
    for (const packet of batch) packet.onFlush?.();
    this.emitReserved("flush");
  }

  /** All that waits, or as much as the server takes in one request (wire §1.15). */
  #nextBatch(transportName: string): OutgoingPacket[] {
    const waiting = this.#queue;
    if (!this.#maxPayload || transportName !== "polling" || waiting.length < 2) return waiting.slice();
    const packets = waiting.map(({ type, data = "" }) =>
      typeof data === "string" ? PacketChar[type] + data : data,
    );
    return waiting.slice(0, countWithinPayload(packets, this.#maxPayload));
  }

  #onDrain(): void {
    this.#queue.splice(0, this.#inFlight);
    this.#inFlight = 0;
    if (this.#queue.length > 0) return this.#flush();
    this.emitReserved("drain");
    if (this.#state === "closing") this.#closeWhenIdle();
  }

  // Upgrading

  #probe(upgrades: readonly string[]): void {
    if (this.#state !== "open" || !this.opts.upgrade || this.#transport?.name !== "polling") return;
    const name = this.#names.find((candidate) => upgrades.includes(candidate));
    if (!name) return;
    EngineClient.priorWebsocketSuccess = false;
    this.#upgrade = new Upgrade(this.#makeTransport(name), {
      onSwitching: (next, whenPaused) => {
        this.emitReserved("upgrading", next);
        EngineClient.priorWebsocketSuccess = next.name === "websocket";
        this.#transport?.pause(() => {
          if (this.#state !== "closed") whenPaused();
        });
      },
      onUpgraded: (next) => this.#onUpgraded(next),
      onUpgradeFailed: (error) => this.#onUpgradeFailed(error),
    });
  }

  #onUpgraded(next: Transport): void {
    if (this.#transport) this.#transport.sink = undefined;
    this.#transport = next;
    this.#upgrade = undefined;
    next.sink = this.#sink;
    this.emitReserved("upgrade", next);
    this.#flush();
    if (this.#state === "closing") this.#closeWhenIdle();
  }

  #onUpgradeFailed(error: ProbeError): void {
    this.#upgrade = undefined;
    this.#transport?.resume();
    this.emitReserved("upgradeError", error);
    this.#flush();
    if (this.#state === "closing") this.#closeWhenIdle();
  }

  // Closing

  #closeWhenIdle(): void {
    if (this.#queue.length === 0 && !this.upgrading) this.#onClose("forced close");
  }

  #onError(error: Error): void {
    if (this.#state === "closed") return;
    EngineClient.priorWebsocketSuccess = false;
    if (this.opts.tryAllTransports && this.#names.length > 1 && this.#state === "opening") {
      this.#abandonTransport(true);
      this.#names.shift();
      this.#open();
      return;
    }
    this.#handler?.onError(error);
    this.emitReserved("error", error);
    this.#onClose("transport error", error);
  }

  #onClose(reason: EngineClientCloseReason, details?: Error | CloseDetails): void {
    if (!this.#become("closed")) return;
    this.#heartbeat?.stop();
    this.#unwatchPage?.();
    this.#upgrade?.fail("socket closed");
    this.#abandonTransport(reason === "ping timeout");
    try {
      this.#handler?.onClose(reason, details);
      this.emitReserved("close", reason, details);
    } finally {
      this.#session.sid = undefined;
      this.#queue = [];
      this.#inFlight = 0;
    }
  }

  #abandonTransport(isPeerGone: boolean): void {
    const transport = this.#transport;
    if (!transport) return;
    transport.sink = undefined;
    if (isPeerGone) transport.destroy();
    else transport.close();
  }
}
