// What one node has asked the others and not yet been answered. Called by the adapters of a cluster; sends nothing itself.

import type { Cancel, Clock } from "@sockeye/protocol";
import { AdapterError } from "../errors.ts";
import type { ServerId } from "./messages.ts";

/** The nodes a request waits for. */
export interface AwaitedNodes {
  /** Whether nobody is waited for, or no longer. */
  readonly isEmpty: boolean;
  /** A node has answered, or, with `isGone`, will never. */
  strike(node: ServerId, isGone: boolean): void;
  /** What is wrong if the time is up now. */
  shortfall(): string;
}

/** So many nodes, whichever they are. */
export class CountedNodes implements AwaitedNodes {
  readonly #expected: number;
  #heard = 0;

  constructor(expected: number) {
    this.#expected = expected;
  }

  get isEmpty(): boolean {
    return this.#heard >= this.#expected;
  }

  strike(_node: ServerId, isGone: boolean): void {
    if (!isGone) this.#heard++;
  }

  shortfall(): string {
    return `timeout reached: only ${this.#heard} responses received out of ${this.#expected}`;
  }
}

/** These nodes. */
export class NamedNodes implements AwaitedNodes {
  readonly #missing: Set<ServerId>;

  constructor(nodes: Iterable<ServerId>) {
    this.#missing = new Set(nodes);
  }

  get isEmpty(): boolean {
    return this.#missing.size === 0;
  }

  strike(node: ServerId): void {
    this.#missing.delete(node);
  }

  shortfall(): string {
    return `timeout reached: missing ${this.#missing.size} responses`;
  }
}

interface Request {
  readonly nodes: AwaitedNodes;
  readonly answers: unknown[];
  readonly cancel: Cancel;
  readonly done: (error: Error | null, answers: unknown[]) => void;
}

/** Requests by their id. Each ends once: when all have answered or are gone, or when the time is up. */
export class RequestTable {
  readonly #clock: Clock;
  readonly #requests = new Map<string, Request>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  open(
    id: string,
    nodes: AwaitedNodes,
    timeoutMs: number,
    done: (error: Error | null, answers: unknown[]) => void,
  ): void {
    const answers: unknown[] = [];
    const cancel = this.#clock.after(timeoutMs, () => {
      this.#requests.delete(id);
      done(new AdapterError("ERR_TIMEOUT", nodes.shortfall()), answers);
    });
    this.#requests.set(id, { nodes, answers, cancel, done });
  }

  /** Unknown ids are those of requests that have ended. */
  onAnswers(id: string, node: ServerId, answers: readonly unknown[]): void {
    const request = this.#requests.get(id);
    if (request === undefined) return;
    request.answers.push(...answers);
    this.#strike(id, request, node, false);
  }

  onNodeGone(node: ServerId): void {
    for (const [id, request] of this.#requests) this.#strike(id, request, node, true);
  }

  #strike(id: string, request: Request, node: ServerId, isGone: boolean): void {
    request.nodes.strike(node, isGone);
    if (!request.nodes.isEmpty) return;
    this.#requests.delete(id);
    request.cancel();
    request.done(null, request.answers);
  }
}
