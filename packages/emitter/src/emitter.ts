/**
 * The typed emitter under every user-visible object of the library, in browsers and on Node.js.
 * Owns: who listens to what. Called by users (`on`, `off`, …) and by the subclass that raises events.
 * Costs nothing until the first listener, and never copies a listener list in order to dispatch: lists are
 * copied when they change, so a loop over one is safe whatever its listeners do.
 * There is no special `error` event, and what a listener throws reaches whoever raised the event.
 */
import type {
  DefaultEventsMap,
  EventNames,
  EventParams,
  EventsMap,
  Listener,
  ReservedOrUserEventNames,
  ReservedOrUserListener,
} from "./compat/event-types.ts";
import { EmitterError } from "./errors.ts";

/** The listeners of one event: the function itself while there is only one. Never modified in place. */
export type Listeners = Listener | readonly Listener[];

/** An event name. Numbers (allowed on the wire) mean the same event as their decimal string. */
export type EventName = string | symbol | number;

/** What is stored for a listener added with `once`: it knows the function it stands for. */
interface OnceListener extends Listener {
  listener?: Listener;
}

/**
 * A registry of listeners, without a public `emit`: the base of classes whose `emit` sends to a peer.
 *
 * `Listen` is the map of the user's events, `Reserved` that of the events the library itself raises.
 */
export class Listenable<Listen extends EventsMap = DefaultEventsMap, Reserved extends EventsMap = {}> {
  // A Map, so that `__proto__` and `constructor` are event names like any other.
  #listeners: Map<string | symbol, Listeners> | undefined;

  /** Adds `listener` behind those already there. The same function may be added more than once. */
  on<Ev extends ReservedOrUserEventNames<Reserved, Listen>>(
    event: Ev,
    listener: ReservedOrUserListener<Reserved, Listen, Ev>,
  ): this {
    return this.addRaw(event, listener);
  }

  /** The same as `on`. */
  addListener<Ev extends ReservedOrUserEventNames<Reserved, Listen>>(
    event: Ev,
    listener: ReservedOrUserListener<Reserved, Listen, Ev>,
  ): this {
    return this.on(event, listener);
  }

  /** The same as `on`. */
  addEventListener<Ev extends ReservedOrUserEventNames<Reserved, Listen>>(
    event: Ev,
    listener: ReservedOrUserListener<Reserved, Listen, Ev>,
  ): this {
    return this.on(event, listener);
  }

  /** Adds a listener that is called at most once: it is removed just before the call. */
  once<Ev extends ReservedOrUserEventNames<Reserved, Listen>>(
    event: Ev,
    listener: ReservedOrUserListener<Reserved, Listen, Ev>,
  ): this {
    return this.addRaw(event, this.onceWrapper(event, listener));
  }

  /**
   * Removes `listener` (the one added last, if there are several); without it every listener of `event`; without
   * arguments every listener. Removing what is not there does nothing.
   */
  off<Ev extends ReservedOrUserEventNames<Reserved, Listen>>(
    event: Ev,
    listener: ReservedOrUserListener<Reserved, Listen, Ev>,
  ): this;
  off(event?: EventName): this;
  off(...given: [event?: EventName, listener?: Listener]): this {
    const [event, listener] = given;
    // By count, so that `off("event", undefined)`, a likely slip, does not remove everybody.
    if (given.length < 2) {
      if (event === undefined) this.#listeners = undefined;
      else this.#listeners?.delete(keyOf(event));
    } else if (event !== undefined && listener !== undefined) {
      this.#remove(keyOf(event), listener);
    }
    return this;
  }

  /** The same as `off(event, listener)`. */
  removeListener<Ev extends ReservedOrUserEventNames<Reserved, Listen>>(
    event: Ev,
    listener: ReservedOrUserListener<Reserved, Listen, Ev>,
  ): this {
    return this.off(event, listener);
  }

  /** The same as `off(event, listener)`. */
  removeEventListener<Ev extends ReservedOrUserEventNames<Reserved, Listen>>(
    event: Ev,
    listener: ReservedOrUserListener<Reserved, Listen, Ev>,
  ): this {
    return this.off(event, listener);
  }

  /** Removes every listener of `event`, or of all events. */
  removeAllListeners(event?: EventName): this {
    return this.off(event);
  }

  /** The listeners of `event` in calling order, as they were given: a copy. */
  listeners<Ev extends ReservedOrUserEventNames<Reserved, Listen>>(
    event: Ev,
  ): ReservedOrUserListener<Reserved, Listen, Ev>[];
  listeners(event: EventName): Listener[] {
    return toArray(this.listenersOf(event)).map((stored: OnceListener) => stored.listener ?? stored);
  }

  /** How many listeners `event` has. */
  listenerCount(event: EventName): number {
    return toArray(this.listenersOf(event)).length;
  }

  /** Whether `event`, or without an argument any event, has a listener. */
  hasListeners(event?: EventName): boolean {
    return event === undefined ? !!this.#listeners?.size : this.listenersOf(event) !== undefined;
  }

  /** The names of the events that have listeners, oldest first. */
  eventNames(): (string | symbol)[] {
    return [...(this.#listeners?.keys() ?? [])];
  }

  /** Calls the listeners of one of the library's own events. Returns whether there were any. */
  protected emitReserved<Ev extends EventNames<Reserved>>(
    event: Ev,
    ...args: EventParams<Reserved, Ev>
  ): boolean {
    return this.dispatch(event, args);
  }

  /** Calls the listeners of `event` with `this` as receiver. Returns whether there were any. */
  protected dispatch(event: EventName, args: unknown[]): boolean {
    const found = this.listenersOf(event);
    if (found === undefined) return false;
    if (typeof found === "function") found.apply(this, args);
    else for (const listener of found) listener.apply(this, args);
    return true;
  }

  /**
   * The hot path: what is stored for `event`, for owners that call the listeners themselves. A listener added with
   * `once` removes itself when called. The array never changes, so it may be looped over whatever happens meanwhile.
   */
  protected listenersOf(event: EventName): Listeners | undefined {
    return this.#listeners?.get(keyOf(event));
  }

  /** Adds a listener as it is, in front of or behind the others. */
  protected addRaw(event: EventName, listener: Listener, inFront = false): this {
    if (typeof listener !== "function") {
      throw new EmitterError(`the listener of "${String(event)}" must be a function, got ${typeof listener}`);
    }
    const all = (this.#listeners ??= new Map());
    const key = keyOf(event);
    const before = all.get(key);
    if (before === undefined) all.set(key, listener);
    else all.set(key, inFront ? [listener, ...toArray(before)] : [...toArray(before), listener]);
    return this;
  }

  /** A stand-in for `listener` that removes itself and then calls it, at most once even if events nest. */
  protected onceWrapper(event: EventName, listener: Listener): Listener {
    // Left as it is for `addRaw` to refuse.
    if (typeof listener !== "function") return listener;
    const key = keyOf(event);
    let hasRun = false;
    const wrapper: OnceListener = (...args: unknown[]): unknown => {
      if (hasRun) return undefined;
      hasRun = true;
      this.#remove(key, wrapper);
      return listener.apply(this, args);
    };
    wrapper.listener = listener;
    return wrapper;
  }

  #remove(key: string | symbol, listener: Listener): void {
    const before = toArray(this.#listeners?.get(key));
    const at = before.findLastIndex(
      (stored: OnceListener) => stored === listener || stored.listener === listener,
    );
    if (at < 0) return;
    const [only, ...others] = before.filter((_, index) => index !== at);
    if (only === undefined) this.#listeners?.delete(key);
    else this.#listeners?.set(key, others.length === 0 ? only : [only, ...others]);
  }
}

/**
 * An emitter with a local `emit`.
 *
 * @example
 * const door = new Emitter<{ knock: (times: number) => void }>();
 * door.on("knock", (times) => console.log(`${times} knocks`));
 * door.emit("knock", 3); // true: somebody listened
 */
export class Emitter<
  Listen extends EventsMap = DefaultEventsMap,
  Emit extends EventsMap = Listen,
  Reserved extends EventsMap = {},
> extends Listenable<Listen, Reserved> {
  /** Calls the listeners of `event` in order, synchronously. Returns whether there were any. */
  emit<Ev extends EventNames<Emit>>(event: Ev, ...args: EventParams<Emit, Ev>): boolean {
    return this.dispatch(event, args);
  }
}

function keyOf(event: EventName): string | symbol {
  return typeof event === "number" ? String(event) : event;
}

function toArray(stored: Listeners | undefined): readonly Listener[] {
  return stored === undefined ? [] : typeof stored === "function" ? [stored] : stored;
}
