/**
 * One namespace of one server, as applications hold it: events, acknowledgements, buffers. Made by a manager, which calls
 * the `on…` methods when something arrived; sends through the `SocketHost` side of it. Owns no connection and no timers
 * but those of acknowledgements.
 */
import { Listenable } from "@sockeye/emitter";
import type {
  AllButLast,
  DecorateAcknowledgements,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventParams,
  EventsMap,
  FirstNonErrorArg,
  Last,
  Listener,
} from "@sockeye/emitter";
import type { ClientCloseReason } from "@sockeye/protocol";
import { PacketType, RESERVED_EVENTS } from "@sockeye/protocol/socket";
import type { ConnectPacket, EventPacket, SocketPacket } from "@sockeye/protocol/socket";
import { AnyListeners } from "./any-listeners.ts";
import type { ConnectError } from "./compat/connect-error.ts";
import { CLIENT_ERRORS, ClientError } from "./errors.ts";
import { guard } from "./guard.ts";
import type { DisconnectDescription, ManagerApi, OutgoingSocketPacket, SocketHost } from "./manager-api.ts";
import type { Auth, SocketOptions } from "./options.ts";
import { PendingAcks } from "./pending-acks.ts";
import type { AckCallback } from "./pending-acks.ts";
import { RetryQueue } from "./retry-queue.ts";
import { canMove } from "./socket-state.ts";
import type { SocketState } from "./socket-state.ts";

/** The events the library itself raises on a socket. */
export interface SocketReservedEvents {
  connect: () => void;
  /** The namespace was refused (the socket is then inactive), or the connection could not be made (it is tried again). */
  connect_error: (error: ConnectError) => void;
  /** The reason is "forced close" after `manager.disconnect()`; the type leaves that out, as it always has. */
  disconnect: (reason: Socket.DisconnectReason, details?: DisconnectDescription) => void;
}

/** An event on its way out. */
export type OutgoingEvent = EventPacket & { readonly options: { readonly compress: boolean } };

interface EmitFlags {
  volatile?: boolean;
  compress?: boolean;
  timeout?: number;
}

type EventData = [event: string | number, ...args: unknown[]];

export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
> extends Listenable<ListenEvents, SocketReservedEvents> {
  /** The manager, shared by the sockets of this server. */
  readonly io: ManagerApi<Socket>;
  readonly nsp: string;
  /** The id the server gave this socket; undefined while not connected, another one after each reconnect. */
  id: string | undefined;
  /** Whether the server restored the session, and with it everything missed, at the last connect. */
  recovered = false;
  /** Sent at the next connect; may be replaced at any time. */
  auth: Auth | undefined;
  /** Events that arrived before the connection was confirmed. */
  receiveBuffer: (readonly unknown[])[] = [];
  /** Events emitted while not connected; sent at the next connect. */
  sendBuffer: OutgoingEvent[] = [];

  readonly #host: SocketHost;
  readonly #ackTimeoutMs: number | undefined;
  readonly #acks: PendingAcks;
  readonly #queue: RetryQueue<{ data: EventData; flags: EmitFlags }> | undefined;
  readonly #incoming = new AnyListeners();
  readonly #outgoing = new AnyListeners();
  #state: SocketState = "inactive";
  #flags: EmitFlags = {};
  /** Private id of the session and position in it, for recovery (wire §3.11). */
  #pid: string | undefined;
  #offset: string | undefined;

  /** Use `io()` or `manager.socket()`. */
  constructor(io: ManagerApi<Socket> & SocketHost, nsp: string, options: SocketOptions = {}) {
    super();
    this.io = io;
    this.#host = io;
    this.nsp = nsp;
    this.auth = options.auth;
    this.#ackTimeoutMs = options.ackTimeout;
    this.#acks = new PendingAcks(io.clock, (id) => {
      this.sendBuffer = this.sendBuffer.filter((packet) => packet.id !== id);
    });
    if (options.retries) {
      this.#queue = new RetryQueue(
        options.retries,
        () => this.connected,
        ({ data, flags }, onSettled) => this.#dispatchOut(data, flags, onSettled, true),
      );
    }
    if (io.opts.autoConnect) this.connect();
  }

  /** Whether the server has confirmed the connection and it is not known to be lost. */
  get connected(): boolean {
    return this.#state === "connected";
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether the socket is connected or trying to be. */
  get active(): boolean {
    return this.#state !== "inactive";
  }

  /** Connects, unless connected or connecting already. */
  connect(): this {
    const wasInactive = this.#become("active", "inactive");
    if (this.connected) return this;
    if (!this.#host.isReconnecting) this.#host.open();
    // Had the socket been active, it would have asked when the connection opened.
    if (wasInactive && this.#host.isOpen) this.onOpen();
    return this;
  }

  /** The same as {@link connect}. */
  open(): this {
    return this.connect();
  }

  /** Leaves the namespace and stays away; the last socket to leave closes the connection. */
  disconnect(): this {
    const wasConnected = this.connected;
    if (wasConnected) this.#send({ type: PacketType.DISCONNECT, nsp: this.nsp });
    this.#deactivate();
    if (wasConnected) this.#onDisconnected("io client disconnect");
    return this;
  }

  /** The same as {@link disconnect}. */
  close(): this {
    return this.disconnect();
  }

  /**
   * Sends an event; a function as last argument is called with the server's acknowledgement. While not connected the
   * event waits in `sendBuffer`, unless it is volatile. Throws ERR_RESERVED_EVENT for the library's own event names.
   */
  emit<Ev extends EventNames<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): this {
    const last: unknown = args.at(-1);
    const ack = typeof last === "function" ? (args.pop() as AckCallback) : undefined;
    this.#submit([event as string, ...args], ack, false);
    return this;
  }

  /** Sends an event and resolves to the acknowledgement; rejects on its timeout and when the connection is lost. */
  emitWithAck<Ev extends EventNamesWithAck<EmitEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>> {
    return new Promise((resolve, reject) => {
      const settle = (error: unknown, value: unknown): void => {
        if (error) reject(error);
        else resolve(value as FirstNonErrorArg<Last<EventParams<EmitEvents, Ev>>>);
      };
      this.#submit([event as string, ...args], settle, true);
    });
  }

  /** Emits a `message` event. */
  send(...args: EventParams<EmitEvents, "message" & EventNames<EmitEvents>>): this {
    this.emit("message", ...args);
    return this;
  }

  /** Whether the next event is compressed, where the transport can. @default true */
  compress(compress: boolean): this {
    this.#flags.compress = compress;
    return this;
  }

  /** The next event is dropped rather than buffered when it cannot be written at once. */
  get volatile(): this {
    this.#flags.volatile = true;
    return this;
  }

  /** The acknowledgement of the next event is error-first and gets ERR_ACK_TIMEOUT after `timeoutMs`. */
  timeout(timeoutMs: number): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>> {
    this.#flags.timeout = timeoutMs;
    return this;
  }

  /** Calls `listener` with name and arguments of every event that arrives, before its own listeners. */
  onAny(listener: Listener): this {
    this.#incoming.add(listener);
    return this;
  }

  prependAny(listener: Listener): this {
    this.#incoming.prepend(listener);
    return this;
  }

  /** Removes `listener`, or all of its kind. */
  offAny(listener?: Listener): this {
    this.#incoming.remove(listener);
    return this;
  }

  listenersAny(): Listener[] {
    return [...this.#incoming.list];
  }

  /** Calls `listener` with name and arguments of every event that is sent. */
  onAnyOutgoing(listener: Listener): this {
    this.#outgoing.add(listener);
    return this;
  }

  prependAnyOutgoing(listener: Listener): this {
    this.#outgoing.prepend(listener);
    return this;
  }

  /** Removes `listener`, or all of its kind. */
  offAnyOutgoing(listener?: Listener): this {
    this.#outgoing.remove(listener);
    return this;
  }

  listenersAnyOutgoing(): Listener[] {
    return [...this.#outgoing.list];
  }

  // Called by the manager

  /** The connection is open: ask to join. @internal */
  onOpen(): void {
    const { auth } = this;
    if (typeof auth === "function") guard(() => auth((data) => this.#sendConnect(data)));
    else this.#sendConnect(auth);
  }

  /** The connection failed, or an attempt to make it. @internal */
  onConnectionError(error: Error): void {
    if (!this.connected) this.#raise("connect_error", error);
  }

  /** The connection is gone. @internal */
  onConnectionClose(reason: ClientCloseReason, details?: DisconnectDescription): void {
    this.#become("active", "connected");
    this.#onDisconnected(reason, details);
  }

  /** A packet of this namespace arrived. @internal */
  onPacket(packet: SocketPacket): void {
    switch (packet.type) {
      case PacketType.EVENT:
        return this.#onEvent(packet);
      case PacketType.ACK:
        return this.#acks.settle(packet.id, packet.data);
      case PacketType.CONNECT:
        return this.#onConnect(packet);
      case PacketType.DISCONNECT:
        this.#deactivate();
        return this.#onDisconnected("io server disconnect");
      case PacketType.CONNECT_ERROR:
        this.#deactivate();
        return this.#onRefused(packet.data);
    }
  }

  /** Returns whether the state changed; with `from`, only from that state. */
  #become(next: SocketState, from = this.#state): boolean {
    if (this.#state !== from || !canMove(from, next)) return false;
    this.#state = next;
    return true;
  }

  #deactivate(): void {
    this.#become("inactive");
    this.#host.onSocketInactive();
  }

  #raise<Ev extends EventNames<SocketReservedEvents>>(
    event: Ev,
    ...args: EventParams<SocketReservedEvents, Ev>
  ): void {
    guard(() => this.emitReserved(event, ...args));
  }

  // Connecting

  #sendConnect(auth: Record<string, unknown> | undefined): void {
    const session = this.#pid !== undefined && { pid: this.#pid, offset: this.#offset };
    const data = session ? { ...session, ...auth } : auth;
    this.#send({ type: PacketType.CONNECT, nsp: this.nsp, data });
  }

  #onConnect({ data }: ConnectPacket): void {
    const sid = data?.["sid"];
    if (typeof sid !== "string") return this.#raise("connect_error", new ClientError("ERR_CONNECT_REPLY"));
    const pid = data?.["pid"] as string | undefined;
    this.id = sid;
    this.recovered = pid !== undefined && pid === this.#pid;
    this.#pid = pid;
    // It is a place in what another session was sent.
    if (!this.recovered) this.#offset = undefined;
    if (!this.#become("connected")) return;
    this.#flushBuffers();
    this.#queue?.drain(true);
    this.#raise("connect");
  }

  /** What arrived early comes first, then what was emitted meanwhile leaves (wire §3.15). */
  #flushBuffers(): void {
    const received = this.receiveBuffer;
    this.receiveBuffer = [];
    for (const args of received) this.#dispatchIn(args);
    const unsent = this.sendBuffer;
    this.sendBuffer = [];
    for (const packet of unsent) {
      guard(() => this.#notifyOutgoing(packet.data));
      this.#send(packet);
    }
  }

  #onRefused(reply: string | { message?: string; data?: unknown }): void {
    const { message, data } = typeof reply === "object" ? reply : { message: reply };
    const error = new ClientError("ERR_CONNECT_REFUSED", message);
    error.data = data;
    this.#raise("connect_error", error);
  }

  #onDisconnected(reason: ClientCloseReason, details?: DisconnectDescription): void {
    this.id = undefined;
    this.#raise("disconnect", reason as Socket.DisconnectReason, details);
    this.#acks.failAll((id) => this.sendBuffer.some((packet) => packet.id === id));
  }

  // Receiving

  #onEvent({ data, id }: EventPacket): void {
    const args: unknown[] = id === undefined ? data : [...data, this.#acknowledger(id)];
    if (this.connected) this.#dispatchIn(args);
    else this.receiveBuffer.push(Object.freeze(args));
  }

  #dispatchIn(args: readonly unknown[]): void {
    const last = args.at(-1);
    if (this.#pid !== undefined && typeof last === "string") this.#offset = last;
    guard(() => {
      for (const listener of this.#incoming.list) listener.apply(this, [...args]);
      this.dispatch(args[0] as string, args.slice(1));
    });
  }

  /** The function a listener answers with; only the first answer counts. */
  #acknowledger(id: number): AckCallback {
    let isSent = false;
    return (...data) => {
      if (isSent) return;
      isSent = true;
      this.#send({ type: PacketType.ACK, nsp: this.nsp, id, data });
    };
  }

  // Sending

  #submit(data: EventData, ack: AckCallback | undefined, isErrorFirst: boolean): void {
    if (RESERVED_EVENTS.has(String(data[0]))) {
      throw new ClientError("ERR_RESERVED_EVENT", `"${data[0]}" ${CLIENT_ERRORS.ERR_RESERVED_EVENT}`);
    }
    const flags = this.#flags;
    this.#flags = {};
    if (this.#queue && !flags.volatile) {
      this.#queue.add({ data, flags }, ack);
      this.#queue.drain();
    } else {
      this.#dispatchOut(data, flags, ack, isErrorFirst);
    }
  }

  #dispatchOut(data: EventData, flags: EmitFlags, ack: AckCallback | undefined, isErrorFirst: boolean): void {
    const id = ack && this.#acks.add(ack, isErrorFirst, flags.timeout ?? this.#ackTimeoutMs);
    const options = { compress: flags.compress !== false };
    const packet: OutgoingEvent = { type: PacketType.EVENT, nsp: this.nsp, data, id, options };
    if (flags.volatile && !this.#host.isWritable) return;
    if (this.connected && !this.#host.isExpired) {
      this.#notifyOutgoing(data);
      this.#send(packet);
    } else {
      this.sendBuffer.push(packet);
    }
  }

  #notifyOutgoing(data: EventData): void {
    for (const listener of this.#outgoing.list) listener.apply(this, [...data]);
  }

  #send(packet: OutgoingSocketPacket): void {
    this.#host.sendPacket(packet);
  }
}

/** Types that applications find on the class. */
export declare namespace Socket {
  /** Why a socket was disconnected. */
  type DisconnectReason = Exclude<ClientCloseReason, "forced close">;
}
