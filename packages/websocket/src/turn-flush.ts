/**
 * The turn flush: all that was queued in one turn of the event loop is written when the turn ends. One instance serves
 * the whole process (`processTurn`); endpoints put themselves on its list, and it never knows what they are.
 */

export interface Flushable {
  flush(): void;
}

/** Calls `flush()` of every scheduled item once, in order, when the current turn of the event loop ends. */
export class TurnFlush {
  #items: Flushable[] = [];
  #spare: Flushable[] = [];
  #isArmed = false;
  readonly #defer: (run: () => void) => void;

  /** @param defer runs its argument at the end of the turn; default `setImmediate`, tests pass their own */
  constructor(defer: (run: () => void) => void = setImmediate) {
    this.#defer = defer;
  }

  /** Puts an item on the list of this turn. An item that is scheduled twice is flushed twice. */
  schedule(item: Flushable): void {
    this.#items.push(item);
    if (!this.#isArmed) this.#arm();
  }

  #arm(): void {
    this.#isArmed = true;
    this.#defer(this.#run);
  }

  readonly #run = (): void => {
    this.#isArmed = false;
    const items = this.#items;
    this.#items = this.#spare;
    let done = 0;
    try {
      while (done < items.length) {
        const item = items[done++];
        item?.flush();
      }
    } finally {
      // An item that throws must not cost the others their flush: the rest goes first in the next turn.
      if (done < items.length) {
        this.#items = items.slice(done).concat(this.#items);
        if (!this.#isArmed) this.#arm();
      }
      // What a long turn has grown is kept for the next one, unless it was a rare burst.
      items.length = 0;
      this.#spare = items;
    }
  };
}

/** The list all endpoints of this process share. */
export const processTurn: TurnFlush = new TurnFlush();
