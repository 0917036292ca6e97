// The catch-all listeners of one socket for one direction. Lists are copied when they change, so a loop over one is
// safe whatever its listeners do.

import type { AnyListener } from "./compat/any-listener.ts";
import { callAllGuarded } from "./guard.ts";
import type { Guarded } from "./guard.ts";

export class CatchAll {
  #listeners: readonly AnyListener[] = [];

  get isEmpty(): boolean {
    return this.#listeners.length === 0;
  }

  add(listener: AnyListener): void {
    this.#listeners = [...this.#listeners, listener];
  }

  addInFront(listener: AnyListener): void {
    this.#listeners = [listener, ...this.#listeners];
  }

  /** Removes the first occurrence, or without a listener all of them. */
  remove(listener?: AnyListener): void {
    if (listener === undefined) {
      this.#listeners = [];
      return;
    }
    const at = this.#listeners.indexOf(listener);
    if (at >= 0) this.#listeners = this.#listeners.filter((_, index) => index !== at);
  }

  list(): AnyListener[] {
    return [...this.#listeners];
  }

  call(owner: Guarded, data: readonly unknown[]): void {
    callAllGuarded(owner, "catch-all listener", this.#listeners, [...data], String(data[0]));
  }
}
