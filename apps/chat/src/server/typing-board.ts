// Who is writing in one room. Says so once when somebody begins, and once when they stop, leave, send, or
// fall silent: a client that vanishes in the middle of a word is not "typing" for ever.
import type { Typist } from "../shared/contract.ts";
import type { Cancel, Clock } from "./clock.ts";

/** A writing connection. */
export interface Writer extends Typist {
  socketId: string;
}

export class TypingBoard {
  readonly #clock: Clock;
  readonly #expiryMs: number;
  readonly #announce: (writer: Writer, active: boolean) => void;
  readonly #writers = new Map<string, { writer: Writer; cancel: Cancel }>();

  constructor(clock: Clock, expiryMs: number, announce: (writer: Writer, active: boolean) => void) {
    this.#clock = clock;
    this.#expiryMs = expiryMs;
    this.#announce = announce;
  }

  /** Everybody who writes now. */
  list(): Typist[] {
    return Array.from(this.#writers.values(), ({ writer: { person, name } }) => ({ person, name }));
  }

  start(writer: Writer): void {
    const running = this.#writers.get(writer.socketId);
    running?.cancel();
    const cancel = this.#clock.after(this.#expiryMs, () => this.stop(writer.socketId));
    this.#writers.set(writer.socketId, { writer, cancel });
    if (running === undefined) this.#announce(writer, true);
  }

  stop(socketId: string): void {
    const running = this.#writers.get(socketId);
    if (running === undefined) return;
    running.cancel();
    this.#writers.delete(socketId);
    this.#announce(running.writer, false);
  }
}
