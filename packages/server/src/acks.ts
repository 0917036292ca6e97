// What is owed an answer: of one socket (AckTable), and of a broadcast (BroadcastCollector). Acknowledgement ids are
// given out by the namespace, so the two never collide.

import type { BroadcastAck } from "@sockeye/adapter";
import type { Cancel, Clock } from "@sockeye/protocol";
import { AckTimeoutError, ServerError } from "./errors.ts";

/** Called with what the peer answered. */
export type AckCallback = (...args: unknown[]) => unknown;

/** Whether the last argument of an emit asks for answers. */
export function isAck(value: unknown): value is AckCallback {
  return typeof value === "function";
}

interface Waiting {
  readonly callback: AckCallback;
  readonly cancel: Cancel | undefined;
}

/** The answers one socket waits for. Made for the first of them. */
export class AckTable {
  readonly #clock: Clock;
  readonly #waiting = new Map<number, Waiting>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Waits without limit; the entry lives as long as the socket. */
  expect(id: number, callback: AckCallback): void {
    this.#waiting.set(id, { callback, cancel: undefined });
  }

  /** Waits for `timeoutMs`; `callback` is error-first, and called exactly once. */
  expectWithin(
    id: number,
    timeoutMs: number,
    callback: (error: Error | null, ...args: unknown[]) => void,
  ): void {
    const cancel = this.#clock.after(timeoutMs, () => {
      this.#waiting.delete(id);
      callback(new ServerError("ERR_ACK_TIMEOUT"));
    });
    this.#waiting.set(id, { callback: (...args) => callback(null, ...args), cancel });
  }

  /** The callback that waits for `id`, which then waits no longer. Unknown ids and second answers have none. */
  take(id: number): AckCallback | undefined {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return undefined;
    this.#waiting.delete(id);
    waiting.cancel?.();
    return waiting.callback;
  }
}

/**
 * Gathers the first argument of each recipient's answer to a broadcast, in the order of arrival, until every node has
 * said how many it asked and as many have answered, or the time is up.
 */
export class BroadcastCollector {
  /** Takes one member's answer. */
  readonly ack: BroadcastAck = Object.assign((...answer: unknown[]) => this.#onAck(answer[0]), {
    whenSettled: (run: () => void) => this.#whenSettled(run),
  });
  /** Told by each node how many members it has asked. */
  readonly onClientCount = (count: number): void => {
    this.#nodesHeard++;
    this.#answersDue += count;
    this.#check();
  };
  readonly #done: (error: Error | null, responses: unknown[]) => void;
  readonly #responses: unknown[] = [];
  readonly #cancel: Cancel;
  #nodesHeard = 0;
  /** Unknown until the adapter has counted: the event does not wait for that, or it would lose its place. */
  #nodes = Infinity;
  #answersDue = 0;
  #isDone = false;
  readonly #settled: (() => void)[] = [];

  constructor(clock: Clock, timeoutMs: number, done: (error: Error | null, responses: unknown[]) => void) {
    this.#done = done;
    this.#cancel = clock.after(timeoutMs, () => this.#finish(new AckTimeoutError(this.#responses)));
  }

  /** So many nodes take part. */
  onNodeCount(nodes: number): void {
    this.#nodes = nodes;
    this.#check();
  }

  /** The nodes could not be counted, so there is no telling when all have answered. */
  onFailure(error: Error): void {
    this.#finish(error);
  }

  #onAck(answer: unknown): void {
    if (this.#isDone) return;
    this.#responses.push(answer);
    this.#check();
  }

  #whenSettled(run: () => void): void {
    if (this.#isDone) run();
    else this.#settled.push(run);
  }

  #check(): void {
    if (this.#nodesHeard >= this.#nodes && this.#responses.length >= this.#answersDue) this.#finish(null);
  }

  #finish(error: Error | null): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#cancel();
    for (const run of this.#settled.splice(0)) run();
    this.#done(error, this.#responses);
  }
}
