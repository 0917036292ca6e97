// What one client has received, per namespace: events in the order they came, and how each namespace ended.
// Scenarios wait here instead of sleeping; a wait that gets nothing fails with what did come.
const DEADLINE_MS = 10_000;

/** One event as it arrived. Binary values are plain Uint8Arrays, whatever the client's platform calls them. */
export interface Received {
  readonly event: string;
  readonly args: readonly unknown[];
}

interface Waiter {
  readonly isMet: () => boolean;
  readonly settle: () => void;
}

export class Inbox {
  readonly #received: Received[] = [];
  readonly #taken = new Set<Received>();
  #end: { readonly reason: string | undefined } | undefined;
  #connects = 0;
  #waiters: Waiter[] = [];

  onEvent(event: string, args: readonly unknown[]): void {
    this.#received.push({ event, args });
    this.#wake();
  }

  onConnect(): void {
    this.#connects += 1;
    this.#wake();
  }

  /** @param reason undefined from a client that does not tell reasons */
  onDisconnect(reason: string | undefined): void {
    this.#end = { reason };
    this.#wake();
  }

  /** The arguments of the first event of that name that was not taken before; waits for it. */
  async next(event: string): Promise<readonly unknown[]> {
    const find = (): Received | undefined =>
      this.#received.find((entry) => entry.event === event && !this.#taken.has(entry));
    await this.#until(() => find() !== undefined, `the event "${event}"`);
    const found = find();
    if (found === undefined) throw new Error(`the event "${event}" vanished`);
    this.#taken.add(found);
    return found.args;
  }

  /** The arguments of the first `count` events of that name, in the order they came; waits for them. */
  async nextMany(event: string, count: number): Promise<readonly (readonly unknown[])[]> {
    const named = (): Received[] => this.#received.filter((entry) => entry.event === event);
    await this.#until(() => named().length >= count, `${count} events "${event}"`);
    return named().map((entry) => entry.args);
  }

  /** The names of all events so far, in order. */
  names(): readonly string[] {
    return this.#received.map((entry) => entry.event);
  }

  /** Why the namespace ended; waits for the end. */
  async ended(): Promise<string | undefined> {
    await this.#until(() => this.#end !== undefined, "the end of the connection");
    return this.#end?.reason;
  }

  get hasEnded(): boolean {
    return this.#end !== undefined;
  }

  /** Waits until the namespace has connected that many times in all. */
  connected(times: number): Promise<void> {
    return this.#until(() => this.#connects >= times, `connect number ${times}`);
  }

  #until(isMet: () => boolean, what: string): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const seen = this.names().slice(-20).join(", ");
        reject(new Error(`${what} did not come within ${DEADLINE_MS} ms; came: [${seen}]`));
      }, DEADLINE_MS);
      const settle = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiters.push({ isMet, settle });
    });
  }

  #wake(): void {
    const met = this.#waiters.filter((waiter) => waiter.isMet());
    this.#waiters = this.#waiters.filter((waiter) => !met.includes(waiter));
    for (const waiter of met) waiter.settle();
  }
}
