/**
 * At-least-once delivery (wire §3.12): events leave strictly one after the other, each sent again until the server
 * acknowledges it or its tries are used up. Owned by a socket with `retries`; knows nothing of packets.
 */
import { guard } from "./guard.ts";
import type { AckCallback } from "./pending-acks.ts";

interface QueuedEvent<Event> {
  readonly event: Event;
  readonly ack: AckCallback | undefined;
  tries: number;
  isInFlight: boolean;
}

export class RetryQueue<Event> {
  readonly #retries: number;
  readonly #canSend: () => boolean;
  readonly #send: (event: Event, onSettled: AckCallback) => void;
  readonly #queue: QueuedEvent<Event>[] = [];

  /** `send` must call back with an error, or with null and what the server answered. */
  constructor(retries: number, canSend: () => boolean, send: (event: Event, onSettled: AckCallback) => void) {
    this.#retries = retries;
    this.#canSend = canSend;
    this.#send = send;
  }

  add(event: Event, ack: AckCallback | undefined): void {
    this.#queue.push({ event, ack, tries: 0, isInFlight: false });
  }

  /** Sends the first event unless it is under way; after a reconnect (`isForced`) it is sent again all the same. */
  drain(isForced = false): void {
    const head = this.#queue[0];
    if (!head || !this.#canSend() || (head.isInFlight && !isForced)) return;
    head.isInFlight = true;
    head.tries++;
    this.#send(head.event, (error, ...args) => {
      if (head !== this.#queue[0]) return; // an earlier try was answered after all
      head.isInFlight = false;
      if (error === null || head.tries > this.#retries) {
        this.#queue.shift();
        guard(() => head.ack?.(error, ...args));
      }
      this.drain();
    });
  }
}
