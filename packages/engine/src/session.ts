// One peer, from handshake to close, over whichever transports carry it: what users see as `socket.conn`. It is the
// FrameSink of its WebSocket, so a frame reaches the floor above in one call of ours. Created by Engine; owns the
// session's state, heartbeat place and upgrade; never touches HTTP.

import type { IncomingMessage } from "node:http";
import { NodeEmitter } from "@sockeye/emitter";
import type { Clock, CloseReason } from "@sockeye/protocol";
import { encodeOpen, PacketCode } from "@sockeye/protocol/engine";
import type { FrameSink, WebSocketError } from "@sockeye/websocket";
import { EngineError } from "./errors.ts";
import type { HandshakeSnapshot } from "./handshake.ts";
import { HeartbeatSlot } from "./heartbeat.ts";
import type { Heartbeat, HeartbeatMember } from "./heartbeat.ts";
import type { ResolvedEngineOptions } from "./options.ts";
import { controlPacket, messagePackets, packetOf, toPart } from "./packet-view.ts";
import type { PacketView, SendData, SendOptions } from "./packet-view.ts";
import type { Revision } from "./revisions/revision.ts";
import { revision4 } from "./revisions/v4.ts";
import { canExchange, mayMove } from "./session-state.ts";
import type { SessionState } from "./session-state.ts";
import { SharedMessage } from "./shared-message.ts";
import type { CandidateTransport, QueuedItem, SendCallback, Transport, TransportOwner } from "./transport.ts";
import { Upgrade } from "./upgrade.ts";
import type { UpgradeTarget } from "./upgrade.ts";

/** What a WebSocket flushes: frames, not packets any more. */
const FRAMED: readonly QueuedItem[] = Object.freeze([]);

/** Who a session belongs to on the floor above. Direct calls; `onClose` comes exactly once and last. */
export interface SessionHandler {
  onMessage(payload: string | Buffer): void;
  onDrain?(): void;
  onClose(reason: CloseReason, description?: unknown): void;
}

/** Raised only while somebody listens. */
export interface SessionEvents {
  open: () => void;
  /** Any packet that arrived. */
  packet: (packet: PacketView) => void;
  /** Any packet that is about to be queued. */
  packetCreate: (packet: PacketView) => void;
  message: (data: string | Buffer) => void;
  data: (data: string | Buffer) => void;
  /** A batch leaves. On WebSocket the list is empty: packets become frames when they are sent. */
  flush: (packets: readonly PacketView[]) => void;
  drain: () => void;
  heartbeat: () => void;
  upgrading: (transport: Transport) => void;
  upgrade: (transport: Transport) => void;
  close: (reason: CloseReason, description?: unknown) => void;
}

/** What all sessions of an engine share, and what they report to it. */
export interface SessionHost {
  readonly options: ResolvedEngineOptions;
  readonly clock: Clock;
  readonly heartbeat: Heartbeat;
  upgradesOf(transport: string): string[];
  onSessionFlush(session: Session, items: readonly QueuedItem[]): void;
  onSessionDrain(session: Session): void;
  onSessionClosed(session: Session): void;
}

export class Session
  extends NodeEmitter<SessionEvents>
  implements FrameSink, TransportOwner, HeartbeatMember, UpgradeTarget
{
  /** 20 characters. A secret of this peer: whoever has it can speak for it. */
  readonly id: string;
  /** What is kept of the request that opened the session. */
  readonly handshake: HandshakeSnapshot;
  readonly #host: SessionHost;
  readonly #revision: Revision;
  readonly #slot: HeartbeatSlot = new HeartbeatSlot(this);
  #transport: Transport;
  #state: SessionState = "opening";
  #handler: SessionHandler | undefined = undefined;
  #upgrade: Upgrade | undefined = undefined;
  #isUpgraded = false;
  /** The answer to a beat is queued. */
  #isAnswering = false;
  #callbacks: SendCallback[] | undefined = undefined;
  #request: IncomingMessage | null | undefined;

  /**
   * `connect` makes the transport, which needs its owner first. `request` is the original request if it may carry
   * what a middleware put there, null if there was none; otherwise one is made from the handshake when asked for.
   * `revision` is what the peer speaks.
   */
  constructor(
    host: SessionHost,
    id: string,
    handshake: HandshakeSnapshot,
    connect: (session: Session) => Transport,
    request?: IncomingMessage | null,
    revision: Revision = revision4,
  ) {
    super();
    this.#host = host;
    this.#revision = revision;
    this.id = id;
    this.handshake = handshake;
    this.#request = request;
    this.#transport = connect(this);
  }

  /** The revision of Engine.IO the peer speaks. */
  get protocol(): 3 | 4 {
    return this.#revision.number;
  }

  get readyState(): SessionState {
    return this.#state;
  }

  get transport(): Transport {
    return this.#transport;
  }

  /** A candidate transport is being probed. */
  get upgrading(): boolean {
    return this.#upgrade !== undefined;
  }

  /** The session has moved to a better transport than it began with. */
  get upgraded(): boolean {
    return this.#isUpgraded;
  }

  /** The peer's address at the handshake. */
  get remoteAddress(): string | undefined {
    return this.handshake.address;
  }

  /**
   * The request that opened the session: the very one if middlewares or allowRequest may have added to it, otherwise
   * one with the same url, headers and address. `null` over WebTransport, and once set so: only who has to do with
   * either has to mind, so the type does not.
   */
  get request(): IncomingMessage {
    const request =
      this.#request === undefined ? (this.#request = this.handshake.toRequest()) : this.#request;
    return request as IncomingMessage;
  }

  set request(value: IncomingMessage | null) {
    this.#request = value;
  }

  /** Bytes taken for the peer and not yet handed to the kernel. */
  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  /** The packets that wait for the next poll. Always empty on WebSocket, where they wait as frames. */
  get writeBuffer(): readonly PacketView[] {
    return this.#transport.queued().flatMap(messagePackets);
  }

  /** From now on messages and the close go to `handler` by direct call. */
  start(handler: SessionHandler): void {
    this.#handler = handler;
  }

  /**
   * Queues a message behind what was queued before, all of its parts or none. False: nothing was queued, because the
   * message is volatile and the transport not writable, or because the session is not open.
   */
  sendMessage(message: SharedMessage): boolean {
    if (!canExchange(this.#state)) return false;
    const transport = this.#transport;
    if (message.isVolatile && !transport.writable) return false;
    if (this.hasListeners("packetCreate")) {
      for (const packet of messagePackets(message)) this.emit("packetCreate", packet);
    }
    transport.send(message);
    return true;
  }

  /**
   * Sends one text or binary message. `callback` is called once the message was handed to the transport, in the order
   * of sending, and never if the session closes before. Does nothing unless the session is open.
   */
  send(data: SendData, options?: SendOptions | SendCallback | null, callback?: SendCallback): this {
    const onSent = typeof options === "function" ? options : callback;
    const compress = typeof options === "object" && options !== null ? options.compress !== false : true;
    const message = new SharedMessage([toPart(data)], { compress });
    if (!canExchange(this.#state)) return this;
    if (typeof onSent === "function") (this.#callbacks ??= []).push(onSent);
    this.sendMessage(message);
    return this;
  }

  /** The same as `send`. */
  write(data: SendData, options?: SendOptions | SendCallback | null, callback?: SendCallback): this {
    return this.send(data, options, callback);
  }

  /**
   * Ends the session: what is queued is delivered first, on polling for up to 30 s. With `discard` it ends at once and
   * what is queued is lost. The reason is "forced close".
   */
  close(discard = false): this {
    if (discard) {
      this.#finish("forced close");
    } else if (this.#become("closing")) {
      this.#host.heartbeat.remove(this.#slot);
      this.#transport.close();
    }
    return this;
  }

  /** Greets the peer and begins. Called by Engine, once. */
  open(): void {
    const { options, heartbeat } = this.#host;
    const { pingInterval, pingTimeout, maxHttpBufferSize: maxPayload, initialPacket } = options;
    const upgrades = this.#host.upgradesOf(this.#transport.name);
    if (!this.#become("open")) return;
    this.#transport.sendPacket(encodeOpen({ sid: this.id, upgrades, pingInterval, pingTimeout, maxPayload }));
    if (initialPacket !== undefined) this.#transport.send(new SharedMessage([initialPacket]));
    this.#revision.startHeartbeat(heartbeat, this.#slot);
    this.emit("open");
  }

  /**
   * Begins a move to another transport. False, and nothing happens, if the session is not open on a transport that can
   * be moved from, or another move is under way. Called by Engine.
   */
  startUpgrade(candidate: CandidateTransport): boolean {
    const upgrades = this.#host.upgradesOf(this.#transport.name);
    const isFree = this.#upgrade === undefined && !this.#isUpgraded && canExchange(this.#state);
    if (!isFree || !upgrades.includes(candidate.name)) return false;
    this.#upgrade = new Upgrade(this, candidate, this.#host.clock, this.#host.options.upgradeTimeout);
    return true;
  }

  /** One packet in text form, from any transport. */
  onText(packet: string): void {
    if (this.#state !== "open") return this.#onLatePacket(packet);
    if (packet.charCodeAt(0) !== PacketCode.message) return this.#onControl(packet);
    if (this.hasListeners("packet")) this.emit("packet", packetOf(packet));
    const payload = packet.slice(1);
    const handler = this.#handler;
    if (this.hasListeners("data") || this.hasListeners("message")) this.#raiseMessage(payload);
    if (handler !== undefined) handler.onMessage(payload);
  }

  /** One binary message. The bytes belong to the receiver. */
  onBinary(bytes: Buffer): void {
    if (this.#state !== "open") return;
    if (this.hasListeners("packet")) this.emit("packet", { type: "message", data: bytes });
    if (this.hasListeners("data") || this.hasListeners("message")) this.#raiseMessage(bytes);
    this.#handler?.onMessage(bytes);
  }

  /** The WebSocket has handed everything to the kernel. */
  onDrain(): void {
    this.onFlushed(this.onFlush(FRAMED));
  }

  /** The WebSocket ended. A fault of the peer is an error; a connection that merely broke is a close. */
  onClose(code: number, reason: string, error?: WebSocketError): void {
    if (error !== undefined && error.closeCode !== 1006) this.#finish("transport error", error);
    else this.#finish("transport close", error ?? { code, reason });
  }

  onFlush(items: readonly QueuedItem[]): SendCallback[] | undefined {
    if (this.hasListeners("flush")) this.emit("flush", items.flatMap(messagePackets));
    this.#host.onSessionFlush(this, items);
    return this.#takeCallbacks();
  }

  onFlushed(callbacks: SendCallback[] | undefined): void {
    if (this.#state === "closed") return;
    this.#isAnswering = false;
    if (callbacks !== undefined) for (const callback of callbacks) callback(this.#transport);
    this.#handler?.onDrain?.();
    if (this.hasListeners("drain")) this.emit("drain");
    this.#host.onSessionDrain(this);
  }

  onTransportClose(reason: CloseReason, description?: unknown): void {
    this.#finish(reason, description);
  }

  onPingDue(): void {
    this.#sendControl("2");
  }

  onSilence(): void {
    this.#finish("ping timeout");
  }

  onUpgrading(candidate: CandidateTransport): void {
    this.emit("upgrading", candidate);
  }

  nudgePoll(): void {
    if (this.#transport.writable) this.#transport.sendPacket("6");
  }

  onUpgraded(candidate: CandidateTransport): void {
    const previous = this.#transport;
    const waiting = previous.queued();
    this.#upgrade = undefined;
    this.#isUpgraded = true;
    this.#isAnswering = false;
    this.#transport = candidate;
    candidate.own(this);
    previous.release("transport close");
    // Messages keep their order; control packets were meant for the transport they waited on, but an answer is due.
    for (const item of waiting) {
      if (typeof item !== "string") candidate.send(item);
      else if (item === this.#revision.answer) candidate.sendPacket(item);
    }
    // An unanswered ping may be lost in the move: it is forgiven, and the heartbeat goes on.
    if (this.#state === "open") this.#revision.startHeartbeat(this.#host.heartbeat, this.#slot);
    this.emit("upgrade", candidate);
    if (this.#state === "closing") candidate.close();
  }

  onUpgradeFailed(): void {
    this.#upgrade = undefined;
  }

  #sendControl(packet: string): void {
    if (this.hasListeners("packetCreate")) this.emit("packetCreate", controlPacket(packet));
    this.#transport.sendPacket(packet);
  }

  #raiseMessage(payload: string | Buffer): void {
    this.emit("data", payload);
    this.emit("message", payload);
  }

  #onControl(packet: string): void {
    if (packet.charCodeAt(0) === PacketCode.base64) return this.#onBase64(packet);
    if (this.hasListeners("packet")) this.emit("packet", packetOf(packet));
    switch (packet.charCodeAt(0)) {
      case PacketCode.pong:
      case PacketCode.ping:
        return this.#onHeartbeat(packet);
      case PacketCode.close:
        return this.#finish("transport close");
      case PacketCode.open:
      case PacketCode.upgrade:
      case PacketCode.noop:
        // Of no meaning in this direction or at this time, and harmless.
        return;
      default:
        return this.#finish("parse error", new EngineError("ERR_PACKET_INVALID", "unknown packet type"));
    }
  }

  #onHeartbeat(packet: string): void {
    const { beat, answer } = this.#revision;
    if (packet.charCodeAt(0) !== beat)
      return this.#finish("transport error", new EngineError("ERR_HEARTBEAT_DIRECTION"));
    this.#revision.onBeat(this.#host.heartbeat, this.#slot);
    // One answer at a time: a peer that asks and does not read must not fill the queue.
    if (answer !== undefined && !this.#isAnswering) {
      this.#isAnswering = true;
      this.#sendControl(answer);
    }
    this.emit("heartbeat");
  }

  #onBase64(packet: string): void {
    const bytes = this.#revision.readBase64(packet);
    if (bytes !== undefined) return this.onBinary(bytes);
    if (this.hasListeners("packet")) this.emit("packet", packetOf(packet));
    this.#finish("parse error", new EngineError("ERR_PACKET_INVALID", "malformed base64"));
  }

  /** While we are closing only the peer's own goodbye still counts. */
  #onLatePacket(packet: string): void {
    if (this.#state === "closing" && packet === "1") this.#finish("transport close");
  }

  #takeCallbacks(): SendCallback[] | undefined {
    const callbacks = this.#callbacks;
    this.#callbacks = undefined;
    return callbacks;
  }

  #become(next: SessionState): boolean {
    if (!mayMove(this.#state, next)) return false;
    this.#state = next;
    return true;
  }

  /** The one way out. Whatever happens later, this runs once. */
  #finish(reason: CloseReason, description?: unknown): void {
    if (!this.#become("closed")) return;
    this.#host.heartbeat.remove(this.#slot);
    this.#upgrade?.fail();
    this.#callbacks = undefined;
    this.#transport.release(reason);
    this.#host.onSessionClosed(this);
    this.#handler?.onClose(reason, description);
    this.emit("close", reason, description);
  }
}
