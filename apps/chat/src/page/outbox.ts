// Messages on their way to the server, one after another so that they arrive in the order they were written.
// Waits while there is no connection, repeats what got no answer, and never gives a message a second id:
// the server knows a repeated id again. Knows no socket and no document; its port does.
import type { RefusalCode } from "../shared/contract.ts";
import type { Place } from "./timeline.ts";

export interface Letter {
  readonly id: string;
  readonly room: string;
  readonly text: string;
}

export type Outcome =
  | { kind: "sent"; place: Place }
  | { kind: "refused"; code: RefusalCode; message: string; retryAfterMs: number | undefined }
  /** No answer came in time, or the connection broke. */
  | { kind: "unanswered" };

export interface OutboxPort {
  /** Whether a message to this room could be sent now. */
  canSend(room: string): boolean;
  send(letter: Letter): Promise<Outcome>;
  after(delayMs: number, run: () => void): void;
  onSending(letter: Letter): void;
  onQueued(letter: Letter): void;
  onSent(letter: Letter, place: Place): void;
  onFailed(letter: Letter, problem: string): void;
}

export class Outbox {
  readonly #port: OutboxPort;
  readonly #queue: Letter[] = [];
  readonly #failed = new Map<string, Letter>();
  #isBusy = false;

  constructor(port: OutboxPort) {
    this.#port = port;
  }

  /** Rooms with messages that still wait. */
  get rooms(): ReadonlySet<string> {
    return new Set(this.#queue.map((letter) => letter.room));
  }

  add(letter: Letter): void {
    this.#queue.push(letter);
    this.flush();
  }

  /** Sends a failed message again. */
  retry(id: string): void {
    const letter = this.#failed.get(id);
    if (letter === undefined) return;
    this.#failed.delete(id);
    this.#port.onQueued(letter);
    this.add(letter);
  }

  discard(id: string): void {
    this.#failed.delete(id);
  }

  /** Sends what can be sent. Call it whenever a room was joined. */
  flush(): void {
    if (!this.#isBusy) void this.#run();
  }

  async #run(): Promise<void> {
    this.#isBusy = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#port.onSending(next);
      const outcome = await this.#port.send(next);
      if (outcome.kind === "refused" && outcome.code === "ERR_RATE_LIMITED") {
        this.#port.onQueued(next);
        await new Promise<void>((resolve) => this.#port.after(outcome.retryAfterMs ?? 1000, resolve));
      } else this.#settle(next, outcome);
    }
    this.#isBusy = false;
  }

  #next(): Letter | undefined {
    return this.#queue.find((letter) => this.#port.canSend(letter.room));
  }

  #settle(letter: Letter, outcome: Outcome): void {
    if (outcome.kind === "unanswered" && !this.#port.canSend(letter.room)) {
      // The connection broke: the letter keeps its place and goes again when we are back.
      this.#port.onQueued(letter);
      return;
    }
    this.#queue.splice(this.#queue.indexOf(letter), 1);
    if (outcome.kind === "sent") {
      this.#port.onSent(letter, outcome.place);
      return;
    }
    this.#failed.set(letter.id, letter);
    this.#port.onFailed(letter, outcome.kind === "refused" ? outcome.message : "the server did not answer");
  }
}
