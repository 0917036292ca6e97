/** Listeners that hear every event. A socket has two such lists: for what comes in and for what goes out. */
import type { Listener } from "@sockeye/emitter";

export class AnyListeners {
  /** Replaced, never changed, so that a loop over it is safe. */
  list: readonly Listener[] = [];

  add(listener: Listener): void {
    this.list = [...this.list, listener];
  }

  prepend(listener: Listener): void {
    this.list = [listener, ...this.list];
  }

  /** Removes the first occurrence of `listener`, or all listeners. */
  remove(listener?: Listener): void {
    const at = listener ? this.list.indexOf(listener) : -1;
    this.list = listener ? this.list.filter((_, i) => i !== at) : [];
  }
}
