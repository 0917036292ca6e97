/**
 * The typed-event vocabulary: how a map of event names to listener signatures becomes the types of `on`, `emit`,
 * `emitWithAck`, `timeout()` and broadcasts. Names match those users of Socket.IO import; types only, no code.
 * An event map is open to any signature, hence the `any` in this file and nowhere else.
 */

/** Maps event names to listener signatures: `{ chat: (text: string, ack: (ok: boolean) => void) => void }`. */
export interface EventsMap {
  [event: string]: any;
}

/** The map of an untyped emitter: every name, any arguments. */
export interface DefaultEventsMap {
  [event: string]: (...args: any[]) => void;
}

/** A listener whose signature has been forgotten, as it is stored. */
export type Listener = (...args: any[]) => unknown;

/** The event names of a map. */
export type EventNames<Map extends EventsMap> = keyof Map & (string | symbol);

/** The arguments of an event, its acknowledgement callback included. */
export type EventParams<Map extends EventsMap, Ev extends EventNames<Map>> = Parameters<Map[Ev]>;

/** The names an emitter can be listened to by: those the library raises and those the user declared. */
export type ReservedOrUserEventNames<Reserved extends EventsMap, User extends EventsMap> =
  EventNames<Reserved> | EventNames<User>;

/** The listener for an event; the library's own signature wins, and an unknown event takes any listener. */
export type ReservedOrUserListener<
  Reserved extends EventsMap,
  User extends EventsMap,
  Ev extends ReservedOrUserEventNames<Reserved, User>,
> = OrUntyped<
  Ev extends EventNames<Reserved> ? Reserved[Ev] : Ev extends EventNames<User> ? User[Ev] : never
>;

type OrUntyped<L> = [L] extends [never] ? (...args: any[]) => void | Promise<void> : L;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** The parameters of a function, or `[]` of anything else. */
type ParamsOf<F> = F extends (...args: infer P) => any ? P : [];

/** The last element of a tuple; `any` where the length is not known. */
export type Last<T extends any[]> = Required<T> extends [...any[], infer L] ? L : any;

/** A tuple without its last element; `any[]` where the length is not known. */
export type AllButLast<T extends any[]> = T extends [...infer Rest, (infer _)?]
  ? number extends T["length"]
    ? any[]
    : Rest
  : any[];

/** The first argument of a function. */
export type FirstArg<F> = F extends (first: infer A, ...rest: any[]) => any ? A : any;

/** The first element of a tuple that is not the leading `Error` of an error-first callback. */
export type FirstNonErrorTuple<T extends unknown[]> =
  IsAny<T[0]> extends true ? T[0] : T[0] extends Error ? T[1] : T[0];

/** The first argument of a callback that is not its leading `Error`: what `emitWithAck` resolves to. */
export type FirstNonErrorArg<F> = F extends (...args: infer P) => any ? FirstNonErrorTuple<P> : any;

/** What an event is acknowledged by: the type of its last argument, `any` if nothing is known of it. */
type LastArgOf<Map extends EventsMap, Ev extends EventNames<Map>> =
  IsAny<Map[Ev]> extends true ? any : ParamsOf<Map[Ev]> extends [] ? never : Last<ParamsOf<Map[Ev]>>;

type IsFunction<T> = [T] extends [never] ? false : [T] extends [(...args: any[]) => any] ? true : false;

/** Whether an event of these parameters may be sent with an acknowledgement callback, and without. */
type AckKind<LastArg, Params extends any[]> =
  IsAny<LastArg> extends true
    ? "with" | "without"
    : IsFunction<LastArg> extends false
      ? "without"
      : AllButLast<Params> extends Params
        ? "with" | "without"
        : "with";

// A distributive conditional type, not an index into a mapped one: the compiler can tell that two of these are the same
// while the map is still a type parameter.
type NamesByAck<Map extends EventsMap, Names extends EventNames<Map>, Kind> =
  Names extends EventNames<Map>
    ? Kind extends AckKind<LastArgOf<Map, Names>, ParamsOf<Map[Names]>>
      ? Names
      : never
    : never;

/** The events that `emitWithAck` can send: the last argument is a callback. */
export type EventNamesWithAck<
  Map extends EventsMap,
  Names extends EventNames<Map> = EventNames<Map>,
> = NamesByAck<Map, Names, "with">;

/** The events that may be sent without a callback. */
export type EventNamesWithoutAck<
  Map extends EventsMap,
  Names extends EventNames<Map> = EventNames<Map>,
> = NamesByAck<Map, Names, "without">;

/** The events whose acknowledgement is error-first. */
export type EventNamesWithError<
  Map extends EventsMap,
  Names extends EventNamesWithAck<Map> = EventNamesWithAck<Map>,
> = {
  [Ev in Names]: ParamsOf<LastArgOf<Map, Ev>>[0] extends Error ? Ev : never;
}[Names];

/** Each element as an array: one acknowledgement value per recipient. */
export type MultiplyArray<T extends unknown[]> = { [I in keyof T]: T[I][] };

type MapArgs<E, Kind extends keyof ArgMappers<any[]>> = {
  [Ev in keyof E]: E[Ev] extends (...args: infer P) => infer R ? (...args: ArgMappers<P>[Kind]) => R : E[Ev];
};

interface ArgMappers<P extends any[]> {
  errorFirst: { [I in keyof P]: ErrorFirst<P[I]> };
  manyResponses: { [I in keyof P]: ManyResponses<P[I]> };
}

type ErrorFirst<A> =
  IsAny<A> extends true
    ? A
    : A extends (...args: infer P) => infer R
      ? P extends [Error, ...any[]]
        ? A
        : (err: Error, ...args: P) => R
      : A;

type ManyResponses<A> =
  IsAny<A> extends true
    ? A
    : A extends (...args: infer P) => infer R
      ? P extends [Error, ...infer Values]
        ? (err: Error, ...args: MultiplyArray<Values>) => R
        : (...args: MultiplyArray<P>) => R
      : A;

/** The map without the events that are acknowledged, for a broadcast that does not wait for answers. */
export type RemoveAcknowledgements<E extends EventsMap> = { [Ev in EventNamesWithoutAck<E>]: E[Ev] };

/** The map after `timeout()`: acknowledgements gain a leading `err: Error`, unless they have one. */
export type DecorateAcknowledgements<E> = MapArgs<E, "errorFirst">;

/** The map of a broadcast: each acknowledgement value becomes an array, one element per recipient. */
export type DecorateAcknowledgementsWithMultipleResponses<E> = MapArgs<E, "manyResponses">;

/** The map of a broadcast after `timeout()`. */
export type DecorateAcknowledgementsWithTimeoutAndMultipleResponses<E> = DecorateAcknowledgements<
  DecorateAcknowledgementsWithMultipleResponses<E>
>;

/** Whatever events can be sent through: servers, namespaces, sockets, broadcast operators. */
export interface TypedEventBroadcaster<Emit extends EventsMap> {
  emit<Ev extends EventNames<Emit>>(event: Ev, ...args: EventParams<Emit, Ev>): boolean;
}
