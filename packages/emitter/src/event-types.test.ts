/** The assertions are checked by the compiler; at run time these tests only have to load. */
import { describe, expectTypeOf, test } from "vitest";
import { Emitter, NodeEmitter } from "./index.ts";
import type {
  AllButLast,
  DecorateAcknowledgements,
  DecorateAcknowledgementsWithMultipleResponses,
  DecorateAcknowledgementsWithTimeoutAndMultipleResponses,
  DefaultEventsMap,
  EventNames,
  EventNamesWithAck,
  EventNamesWithError,
  EventNamesWithoutAck,
  EventParams,
  FirstArg,
  FirstNonErrorArg,
  FirstNonErrorTuple,
  Last,
  MultiplyArray,
  RemoveAcknowledgements,
  ReservedOrUserEventNames,
  ReservedOrUserListener,
} from "./index.ts";

interface Events {
  plain: (text: string, count: number) => void;
  empty: () => void;
  ack: (text: string, ack: (ok: boolean) => void) => void;
  onlyAck: (ack: (value: number, extra: string) => void) => void;
  errorFirst: (ack: (err: Error, value: string) => void) => void;
  emptyAck: (ack: () => void) => void;
  optionalAck: (text: string, ack?: (ok: boolean) => void) => void;
}

interface Reserved {
  connect: () => void;
  plain: (reserved: true) => void;
}

describe("event names", () => {
  test("are the string and symbol keys of the map", () => {
    expectTypeOf<EventNames<{ a: () => void; b: () => void }>>().toEqualTypeOf<"a" | "b">();
    expectTypeOf<EventNames<DefaultEventsMap>>().toEqualTypeOf<string>();
    expectTypeOf<ReservedOrUserEventNames<Reserved, { a: () => void }>>().toEqualTypeOf<
      "connect" | "plain" | "a"
    >();
  });

  test("are sorted by their acknowledgement", () => {
    expectTypeOf<EventNamesWithAck<Events>>().toEqualTypeOf<
      "ack" | "onlyAck" | "errorFirst" | "emptyAck" | "optionalAck"
    >();
    expectTypeOf<EventNamesWithoutAck<Events>>().toEqualTypeOf<"plain" | "empty" | "optionalAck">();
    expectTypeOf<EventNamesWithError<Events>>().toEqualTypeOf<"errorFirst">();
  });

  test("of an untyped map may have an acknowledgement or not", () => {
    expectTypeOf<EventNamesWithAck<DefaultEventsMap>>().toEqualTypeOf<string>();
    expectTypeOf<EventNamesWithoutAck<DefaultEventsMap>>().toEqualTypeOf<string>();
  });
});

describe("listeners", () => {
  test("prefer the library's own signature, and are untyped for unknown events", () => {
    expectTypeOf<ReservedOrUserListener<Reserved, Events, "plain">>().toEqualTypeOf<
      (reserved: true) => void
    >();
    expectTypeOf<ReservedOrUserListener<Reserved, Events, "empty">>().toEqualTypeOf<() => void>();
    expectTypeOf<ReservedOrUserListener<{}, Events, never>>().toEqualTypeOf<
      (...args: any[]) => void | Promise<void>
    >();
  });

  test("are inferred by on", () => {
    const emitter = new NodeEmitter<
      Events,
      { out: (value: number) => void },
      { connect: (id: string) => void }
    >();
    emitter.on("ack", (text, ack) => {
      expectTypeOf(text).toEqualTypeOf<string>();
      expectTypeOf(ack).toEqualTypeOf<(ok: boolean) => void>();
    });
    emitter.once("connect", (id) => expectTypeOf(id).toEqualTypeOf<string>());
    expectTypeOf<Parameters<(typeof emitter)["emit"]>>().toEqualTypeOf<["out", number]>();
    expectTypeOf<Parameters<(typeof emitter)["on"]>[0]>().toEqualTypeOf<keyof Events | "connect">();
    expectTypeOf(emitter.listeners("plain")).toEqualTypeOf<Events["plain"][]>();
  });

  test("of an untyped emitter take anything", () => {
    const emitter = new Emitter();
    emitter.on("x", (a, b) => {
      expectTypeOf(a).toBeAny();
      expectTypeOf(b).toBeAny();
    });
    emitter.emit("x", 1, "2", {});
  });
});

test("tuples and arguments are taken apart", () => {
  expectTypeOf<EventParams<Events, "plain">>().toEqualTypeOf<[text: string, count: number]>();
  expectTypeOf<Last<[1, 2, 3]>>().toEqualTypeOf<3>();
  expectTypeOf<Last<any[]>>().toBeAny();
  expectTypeOf<AllButLast<[1, 2, 3]>>().toEqualTypeOf<[1, 2]>();
  expectTypeOf<AllButLast<any[]>>().toEqualTypeOf<any[]>();
  expectTypeOf<FirstArg<(a: 1, b: 2) => void>>().toEqualTypeOf<1>();
  expectTypeOf<FirstNonErrorArg<(err: Error, value: 2) => void>>().toEqualTypeOf<2>();
  expectTypeOf<FirstNonErrorArg<(value: 2) => void>>().toEqualTypeOf<2>();
  expectTypeOf<FirstNonErrorTuple<[Error, 1]>>().toEqualTypeOf<1>();
  expectTypeOf<FirstNonErrorTuple<[1, 2]>>().toEqualTypeOf<1>();
  expectTypeOf<MultiplyArray<[1, string]>>().toEqualTypeOf<[1[], string[]]>();
});

describe("maps of events", () => {
  test("lose the events that must be acknowledged", () => {
    type Out = RemoveAcknowledgements<Events>;
    expectTypeOf<keyof Out>().toEqualTypeOf<"plain" | "empty" | "optionalAck">();
    expectTypeOf<Out["plain"]>().toEqualTypeOf<Events["plain"]>();
    expectTypeOf<Parameters<RemoveAcknowledgements<DefaultEventsMap>["x"]>>().toEqualTypeOf<any[]>();
  });

  test("gain an error in front of the acknowledgement, once", () => {
    type Out = DecorateAcknowledgements<Events>;
    expectTypeOf<Out["ack"]>().toEqualTypeOf<
      (text: string, ack: (err: Error, ok: boolean) => void) => void
    >();
    expectTypeOf<Out["errorFirst"]>().toEqualTypeOf<Events["errorFirst"]>();
    expectTypeOf<Out["plain"]>().toEqualTypeOf<Events["plain"]>();
  });

  test("collect one acknowledgement value per recipient", () => {
    type Out = DecorateAcknowledgementsWithMultipleResponses<Events>;
    expectTypeOf<Out["ack"]>().toEqualTypeOf<(text: string, ack: (ok: boolean[]) => void) => void>();
    expectTypeOf<Out["errorFirst"]>().toEqualTypeOf<(ack: (err: Error, value: string[]) => void) => void>();
    type Timed = DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Events>;
    expectTypeOf<Timed["ack"]>().toEqualTypeOf<
      (text: string, ack: (err: Error, ok: boolean[]) => void) => void
    >();
    expectTypeOf<Timed["errorFirst"]>().toEqualTypeOf<(ack: (err: Error, value: string[]) => void) => void>();
  });
});
