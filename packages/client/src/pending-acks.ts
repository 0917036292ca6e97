/**
 * The acknowledgements a socket waits for. Each is settled at most once: by the server, by its timeout, or by the end of
 * the connection (wire §3.13). Owned by one socket; timers are armed only for acknowledgements that have a timeout.
 */
import type { Cancel, Clock } from "@sockeye/protocol";
import { ClientError } from "./errors.ts";
import { guard } from "./guard.ts";

export type AckCallback = (...args: unknown[]) => void;

interface PendingAck {
  readonly callback: AckCallback;
  /** Whether the callback takes an error in front of what the server sent. */
  readonly isErrorFirst: boolean;
  readonly cancelTimeout: Cancel | undefined;
}

export class PendingAcks {
  readonly #clock: Clock;
  readonly #onTimeout: (id: number) => void;
  readonly #pending = new Map<number, PendingAck>();
  #nextId = 0;

  /** `onTimeout` is called with the id before the callback gets its error. */
  constructor(clock: Clock, onTimeout: (id: number) => void) {
    this.#clock = clock;
    this.#onTimeout = onTimeout;
  }

  /** Returns the id to send; with a timeout the callback is error-first. */
  add(callback: AckCallback, isErrorFirst: boolean, timeoutMs: number | undefined): number {
    const id = this.#nextId++;
    const expire = (): void => {
      this.#onTimeout(id);
      this.#fail(id, new ClientError("ERR_ACK_TIMEOUT"));
    };
    this.#pending.set(id, {
      callback,
      isErrorFirst: isErrorFirst || timeoutMs !== undefined,
      cancelTimeout: timeoutMs === undefined ? undefined : this.#clock.after(timeoutMs, expire),
    });
    return id;
  }

  /** The server answered. Unknown ids are answers that came too late. */
  settle(id: number, args: readonly unknown[]): void {
    const ack = this.#take(id);
    if (ack) guard(() => ack.callback(...(ack.isErrorFirst ? [null, ...args] : args)));
  }

  /** The connection is gone: what was sent will not be answered. Plain callbacks are dropped, as they cannot be told. */
  failAll(isStillQueued: (id: number) => boolean): void {
    for (const id of this.#pending.keys()) {
      if (!isStillQueued(id)) this.#fail(id, new ClientError("ERR_ACK_DISCONNECTED"));
    }
  }

  #fail(id: number, error: ClientError): void {
    const ack = this.#take(id);
    if (ack?.isErrorFirst) guard(() => ack.callback(error));
  }

  #take(id: number): PendingAck | undefined {
    const ack = this.#pending.get(id);
    this.#pending.delete(id);
    ack?.cancelTimeout?.();
    return ack;
  }
}
