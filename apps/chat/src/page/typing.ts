// The typing indicator, both ways: tells the server, sparingly, that this person writes, and shows who else
// does. Forgets others by itself too, should their last word get lost.
import type { Typing } from "../shared/contract.ts";
import { byId, element, nameOf } from "./dom.ts";

/** How often we say that we still type, and after which silence that we stopped. */
const REPEAT_MS = 2_000;
const IDLE_MS = 3_500;
const FORGET_MS = 8_000;

export class TypingSignal {
  readonly #say: (active: boolean) => void;
  #saidAt = 0;
  #idle: ReturnType<typeof setTimeout> | undefined;

  constructor(say: (active: boolean) => void) {
    this.#say = say;
  }

  onInput(hasText: boolean): void {
    if (!hasText) {
      this.stop();
      return;
    }
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.stop(), IDLE_MS);
    const now = performance.now();
    if (this.#saidAt !== 0 && now - this.#saidAt < REPEAT_MS) return;
    this.#saidAt = now;
    this.#say(true);
  }

  /** Says that typing stopped, if it was said that it began. */
  stop(): void {
    if (this.forget()) this.#say(false);
  }

  /** As stop, but the server knows already: it has the message, or no connection. */
  forget(): boolean {
    const wasTyping = this.#saidAt !== 0;
    clearTimeout(this.#idle);
    this.#saidAt = 0;
    return wasTyping;
  }
}

export class TypingLine {
  readonly #line = byId("typing", HTMLElement);
  readonly #typists = new Map<string, { name: string; expiry: ReturnType<typeof setTimeout> }>();

  set({ person, name, active }: Typing): void {
    clearTimeout(this.#typists.get(person)?.expiry);
    if (active) this.#typists.set(person, { name, expiry: setTimeout(() => this.remove(person), FORGET_MS) });
    else this.#typists.delete(person);
    this.#draw();
  }

  remove(person: string): void {
    if (!this.#typists.has(person)) return;
    clearTimeout(this.#typists.get(person)?.expiry);
    this.#typists.delete(person);
    this.#draw();
  }

  clear(): void {
    for (const { expiry } of this.#typists.values()) clearTimeout(expiry);
    this.#typists.clear();
    this.#draw();
  }

  #draw(): void {
    const names = [...this.#typists.values()].map((typist) => nameOf(typist.name));
    const [first, second] = names;
    if (first === undefined) {
      this.#line.replaceChildren();
      return;
    }
    const waves = element("span", { class: "waves", attributes: { "aria-hidden": "true" } });
    waves.append(element("i"), element("i"), element("i"));
    if (second === undefined) this.#line.replaceChildren(waves, first, " is typing…");
    else if (names.length === 2) this.#line.replaceChildren(waves, first, " and ", second, " are typing…");
    else this.#line.replaceChildren(waves, `${names.length} people are typing…`);
  }
}
