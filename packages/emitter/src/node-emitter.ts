/**
 * What code written for node:events expects on top of `Emitter`. Used by the server-side classes only, so that
 * browsers do not download it. Never limits or counts listeners: the limit methods are there to be called.
 */
import type { DefaultEventsMap, EventsMap, Listener } from "./compat/event-types.ts";
import type { ReservedOrUserEventNames, ReservedOrUserListener } from "./compat/event-types.ts";
import { Emitter } from "./emitter.ts";
import type { EventName } from "./emitter.ts";

/** An emitter with the rest of the node:events surface. */
export class NodeEmitter<
  Listen extends EventsMap = DefaultEventsMap,
  Emit extends EventsMap = Listen,
  Reserved extends EventsMap = {},
> extends Emitter<Listen, Emit, Reserved> {
  // As with node:events, a name that is only known at run time will do for removing.

  override off(...given: [event?: EventName, listener?: Listener]): this {
    return super.off(...(given as [event?: EventName]));
  }

  override removeListener(event: EventName, listener: Listener): this {
    return this.off(event, listener);
  }

  /** Adds `listener` in front of those already there. */
  prependListener<Ev extends ReservedOrUserEventNames<Reserved, Listen>>(
    event: Ev,
    listener: ReservedOrUserListener<Reserved, Listen, Ev>,
  ): this {
    return this.addRaw(event, listener, true);
  }

  /** Adds a listener in front of those already there that is called at most once. */
  prependOnceListener<Ev extends ReservedOrUserEventNames<Reserved, Listen>>(
    event: Ev,
    listener: ReservedOrUserListener<Reserved, Listen, Ev>,
  ): this {
    return this.addRaw(event, this.onceWrapper(event, listener), true);
  }

  /** The listeners of `event` as they are stored: those added with `once` appear as wrappers with a `.listener`. */
  rawListeners(event: EventName): Listener[] {
    const stored = this.listenersOf(event);
    return stored === undefined ? [] : typeof stored === "function" ? [stored] : [...stored];
  }

  /** Accepted and ignored: there is no limit. */
  setMaxListeners(_count: number): this {
    return this;
  }

  /** Always `Infinity`. */
  getMaxListeners(): number {
    return Infinity;
  }
}

/** The name such an emitter has in the types of Socket.IO: what every server-side class is. */
export type StrictEventEmitter<
  Listen extends EventsMap,
  Emit extends EventsMap,
  Reserved extends EventsMap = {},
> = NodeEmitter<Listen, Emit, Reserved>;
