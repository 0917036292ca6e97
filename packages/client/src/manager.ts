/**
 * One server as seen by a client: makes the connection, makes it again when it is lost, and shares it among the sockets of
 * its namespaces. Sits on `EngineClient` through direct calls; each attempt has its own engine, and what an abandoned
 * engine says is not heard any more.
 */
import { Listenable } from "@sockeye/emitter";
import type { EventNames, EventParams } from "@sockeye/emitter";
import { createClock, EngineClient } from "@sockeye/engine-client";
import type { BinaryPayload, EngineHandler } from "@sockeye/engine-client";
import type { Cancel, ClientCloseReason, Clock } from "@sockeye/protocol";
import type { PacketDecoder, SocketPacket } from "@sockeye/protocol/socket";
import { Backoff } from "./backoff.ts";
import { ClientError } from "./errors.ts";
import { guard } from "./guard.ts";
import type {
  DisconnectDescription,
  ManagerApi,
  ManagerEvents,
  OutgoingSocketPacket,
  SocketHost,
} from "./manager-api.ts";
import { canMove, isConnecting, isReconnecting } from "./manager-state.ts";
import type { ManagerState } from "./manager-state.ts";
import { resolveManagerOptions } from "./options.ts";
import type {
  ManagerOptions,
  ReconnectionSettings,
  ResolvedManagerOptions,
  SocketOptions,
} from "./options.ts";
import { Socket } from "./socket.ts";

/** For tests; applications have no use for it. */
export interface ManagerInternals {
  readonly clock?: Clock | undefined;
  readonly random?: (() => number) | undefined;
  readonly createEngine?:
    ((uri: string | undefined, options: ManagerOptions, handler: EngineHandler) => EngineClient) | undefined;
}

export class Manager extends Listenable<{}, ManagerEvents> implements ManagerApi<Socket>, SocketHost {
  readonly uri: string | undefined;
  readonly opts: ResolvedManagerOptions;
  readonly nsps: Record<string, Socket> = Object.create(null) as Record<string, Socket>;
  readonly clock: Clock;

  readonly #internals: ManagerInternals;
  readonly #settings: ReconnectionSettings;
  readonly #backoff: Backoff;
  readonly #decoder: PacketDecoder;
  #engine: EngineClient | undefined;
  #state: ManagerState = "idle";
  /** The wait before the next attempt, or the limit on the one under way. */
  #cancelTimer: Cancel | undefined;

  /** Connects to `uri` (default: the page's origin) unless `autoConnect` is false. Throws ERR_INVALID_OPTION. */
  constructor(uri?: string | ManagerOptions, options?: ManagerOptions, internals: ManagerInternals = {}) {
    super();
    this.uri = typeof uri === "string" ? uri : undefined;
    this.opts = resolveManagerOptions(typeof uri === "object" ? uri : options);
    const { autoConnect, autoUnref, useNativeTimers, parser } = this.opts;
    this.#internals = internals;
    this.clock = internals.clock ?? createClock({ unref: autoUnref, native: useNativeTimers });
    this.#settings = { ...this.opts };
    this.#backoff = new Backoff(() => this.#settings, internals.random);
    this.#decoder = parser.createDecoder();
    if (autoConnect) this.open();
  }

  /** The connection, another one after each attempt. With `autoConnect: false` there is none before the first `open`. */
  get engine(): EngineClient {
    return this.#engine as EngineClient;
  }

  /**
   * Connects, unless connected or connecting already; a wait for the next attempt is cut short. `onResult` is called with
   * an error or nothing; with it, the outcome is the caller's business and a failure is not followed by a reconnect.
   */
  open(onResult?: (error?: Error) => void): this {
    if (this.#state === "open" || isConnecting(this.#state)) return this;
    const handler: EngineHandler = {
      onOpen: () => this.#onOpen(onResult),
      onMessage: (data) => this.#onMessage(data),
      onPing: () => this.#raise("ping"),
      onError: (error) => this.#onError(error, onResult),
      onClose: (reason, details) => this.#onClose(reason, details),
    };
    const { createEngine } = this.#internals;
    const engine = createEngine
      ? createEngine(this.uri, this.opts, handler)
      : new EngineClient(this.uri, this.opts, { handler, clock: this.clock });
    this.#engine = engine;
    this.#become(this.#state === "waiting" ? "reconnecting" : "connecting");
    const { timeout } = this.#settings;
    if (timeout !== false) {
      this.#cancelTimer = this.clock.after(timeout, () => {
        this.#onError(new ClientError("ERR_CONNECT_TIMEOUT"), onResult);
        engine.close();
      });
    }
    return this;
  }

  /** The same as {@link open}. */
  connect(onResult?: (error?: Error) => void): this {
    return this.open(onResult);
  }

  /** The socket of a namespace: always the same one, connected again if it was disconnected. */
  socket(nsp: string, options?: SocketOptions): Socket {
    const existing = this.nsps[nsp];
    if (existing) {
      if (this.opts.autoConnect) existing.connect();
      return existing;
    }
    const socket = new Socket(this, nsp, options);
    this.nsps[nsp] = socket;
    return socket;
  }

  /** Closes the connection and stops trying to have one. */
  disconnect(): void {
    this.#end("closed", "forced close");
  }

  // Settings that may change at any time; each is read without an argument and set with one.

  reconnection(): boolean;
  reconnection(value: boolean): this;
  reconnection(value?: boolean): this | boolean {
    if (value === false && this.#state === "waiting") this.#become("idle");
    return this.#setting("reconnection", value);
  }

  reconnectionAttempts(): number;
  reconnectionAttempts(value: number): this;
  reconnectionAttempts(value?: number): this | number {
    return this.#setting("reconnectionAttempts", value);
  }

  reconnectionDelay(): number;
  reconnectionDelay(value: number): this;
  reconnectionDelay(value?: number): this | number {
    return this.#setting("reconnectionDelay", value);
  }

  reconnectionDelayMax(): number;
  reconnectionDelayMax(value: number): this;
  reconnectionDelayMax(value?: number): this | number {
    return this.#setting("reconnectionDelayMax", value);
  }

  randomizationFactor(): number;
  randomizationFactor(value: number): this;
  randomizationFactor(value?: number): this | number {
    return this.#setting("randomizationFactor", value);
  }

  timeout(): number | false;
  timeout(value: number | false): this;
  timeout(value?: number | false): this | number | false {
    return this.#setting("timeout", value);
  }

  // For the sockets

  /** @internal */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** @internal */
  get isReconnecting(): boolean {
    return isReconnecting(this.#state);
  }

  /** @internal */
  get isWritable(): boolean {
    return this.#engine?.transport?.writable === true;
  }

  /** @internal */
  get isExpired(): boolean {
    return this.#engine?.hasPingExpired() === true;
  }

  /** @internal */
  sendPacket(packet: OutgoingSocketPacket): void {
    for (const part of this.opts.parser.encode(packet)) this.#engine?.send(part, packet.options);
  }

  /** @internal */
  onSocketInactive(): void {
    if (!this.#activeSockets().length) this.disconnect();
  }

  #setting<Name extends keyof ReconnectionSettings>(
    name: Name,
    value: ReconnectionSettings[Name] | undefined,
  ): this | ReconnectionSettings[Name] {
    if (value === undefined) return this.#settings[name];
    this.#settings[name] = value;
    return this;
  }

  /** The only writer of the state; a timer belongs to the state that armed it. */
  #become(next: ManagerState): boolean {
    if (!canMove(this.#state, next)) return false;
    this.#state = next;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    return true;
  }

  #activeSockets(): Socket[] {
    return Object.values(this.nsps).filter((socket) => socket.active);
  }

  #raise<Ev extends EventNames<ManagerEvents>>(event: Ev, ...args: EventParams<ManagerEvents, Ev>): void {
    guard(() => this.emitReserved(event, ...args));
  }

  // Called by the engine

  #onOpen(onResult: ((error?: Error) => void) | undefined): void {
    const isReconnect = this.#state === "reconnecting";
    const attempt = this.#backoff.attempts;
    this.#become("open");
    this.#backoff.reset();
    this.#decoder.reset();
    for (const socket of this.#activeSockets()) socket.onOpen();
    this.#raise("open");
    if (onResult) guard(() => onResult());
    if (isReconnect) this.#raise("reconnect", attempt);
  }

  #onMessage(data: string | BinaryPayload): void {
    let packet: SocketPacket | undefined;
    try {
      packet = this.#decoder.push(data);
    } catch (error) {
      return this.#onClose("parse error", error as Error);
    }
    if (!packet) return;
    this.nsps[packet.nsp]?.onPacket(packet);
    this.#raise("packet", packet);
  }

  #onError(error: Error, onResult: ((error?: Error) => void) | undefined): void {
    const before = this.#state;
    if (isConnecting(before)) this.#engine?.setHandler(undefined);
    if (before === "connecting") this.#become("idle");
    for (const socket of this.#activeSockets()) socket.onConnectionError(error);
    this.#raise("error", error);
    if (before === "reconnecting" && this.#state === before) {
      this.#planReconnect();
      this.#raise("reconnect_error", error);
    } else if (before === "connecting") {
      if (onResult) guard(() => onResult(error));
      else this.#planReconnect();
    }
  }

  #onClose(reason: ClientCloseReason, details?: DisconnectDescription): void {
    this.#end("idle", reason, details);
    this.#planReconnect();
  }

  #end(next: "idle" | "closed", reason: ClientCloseReason, details?: DisconnectDescription): void {
    if (!this.#become(next)) return;
    this.#engine?.setHandler(undefined);
    this.#engine?.close();
    this.#decoder.reset();
    this.#backoff.reset();
    for (const socket of this.#activeSockets()) socket.onConnectionClose(reason, details);
    this.#raise("close", reason, details);
  }

  /** After a failure, if the application has not decided otherwise meanwhile. */
  #planReconnect(): void {
    if (this.#state !== "idle" && this.#state !== "reconnecting") return;
    if (!this.#settings.reconnection) {
      this.#become("idle");
    } else if (this.#backoff.attempts >= this.#settings.reconnectionAttempts) {
      this.#backoff.reset();
      this.#become("idle");
      this.#raise("reconnect_failed");
    } else {
      this.#become("waiting");
      this.#cancelTimer = this.clock.after(this.#backoff.next(), () => {
        this.#raise("reconnect_attempt", this.#backoff.attempts);
        if (this.#state === "waiting") this.open();
      });
    }
  }
}
