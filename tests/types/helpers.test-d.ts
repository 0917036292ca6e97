// The helper types applications import to build their own on: what each makes of a map of events.
// Compiled by types.test.ts, never run.

import { expectTypeOf } from "vitest";
import type * as client from "@sockeye/client";
import { Server } from "@sockeye/server";
import type * as server from "@sockeye/server";

interface Events {
  plain: (text: string, count: number) => void;
  empty: () => void;
  ack: (text: string, ack: (ok: boolean) => void) => void;
  onlyAck: (ack: (value: number, extra: string) => void) => void;
  emptyAck: (ack: () => void) => void;
  optionalAck: (text: string, ack?: (ok: boolean) => void) => void;
  errorFirst: (ack: (err: Error, value: string) => void) => void;
}

interface Reserved {
  connect: (id: string) => void;
}

// --- names

expectTypeOf<server.EventNames<Events>>().toEqualTypeOf<keyof Events>();
expectTypeOf<server.EventNames<server.DefaultEventsMap>>().toEqualTypeOf<string>();
expectTypeOf<server.EventNamesWithAck<Events>>().toEqualTypeOf<
  "ack" | "onlyAck" | "emptyAck" | "optionalAck" | "errorFirst"
>();
expectTypeOf<server.EventNamesWithoutAck<Events>>().toEqualTypeOf<"plain" | "empty" | "optionalAck">();
expectTypeOf<server.EventNamesWithError<Events>>().toEqualTypeOf<"errorFirst">();
expectTypeOf<server.EventNamesWithAck<server.DefaultEventsMap>>().toEqualTypeOf<string>();
expectTypeOf<server.EventNamesWithoutAck<server.DefaultEventsMap>>().toEqualTypeOf<string>();
expectTypeOf<server.ReservedOrUserEventNames<Reserved, Events>>().toEqualTypeOf<keyof Events | "connect">();
expectTypeOf<client.EventNames<Events>>().toEqualTypeOf<keyof Events>();

// --- parameters and listeners

expectTypeOf<server.EventParams<Events, "plain">>().toEqualTypeOf<[text: string, count: number]>();
expectTypeOf<server.EventParams<Events, "empty">>().toEqualTypeOf<[]>();
expectTypeOf<client.EventParams<Events, "ack">>().toEqualTypeOf<[text: string, ack: (ok: boolean) => void]>();
expectTypeOf<server.ReservedOrUserListener<Reserved, Events, "connect">>().toEqualTypeOf<
  Reserved["connect"]
>();
expectTypeOf<server.ReservedOrUserListener<Reserved, Events, "plain">>().toEqualTypeOf<Events["plain"]>();
expectTypeOf<server.ReservedOrUserListener<{}, {}, never>>().toEqualTypeOf<
  (...args: any[]) => void | Promise<void>
>();

// --- tuples

expectTypeOf<server.Last<[1, 2, 3]>>().toEqualTypeOf<3>();
expectTypeOf<server.AllButLast<[1, 2, 3]>>().toEqualTypeOf<[1, 2]>();
expectTypeOf<server.AllButLast<any[]>>().toEqualTypeOf<any[]>();
expectTypeOf<server.FirstNonErrorTuple<[Error, 1]>>().toEqualTypeOf<1>();
expectTypeOf<server.FirstNonErrorTuple<[1, 2]>>().toEqualTypeOf<1>();
expectTypeOf<server.FirstNonErrorArg<(err: Error, value: 2) => void>>().toEqualTypeOf<2>();
expectTypeOf<server.FirstNonErrorArg<(value: 2) => void>>().toEqualTypeOf<2>();
expectTypeOf<server.MultiplyArray<[1, string]>>().toEqualTypeOf<[1[], string[]]>();
expectTypeOf<client.Last<[1, 2]>>().toEqualTypeOf<2>();
expectTypeOf<client.AllButLast<[1, 2]>>().toEqualTypeOf<[1]>();
expectTypeOf<client.FirstArg<(a: 1, b: 2) => void>>().toEqualTypeOf<1>();

// --- maps

expectTypeOf<keyof server.RemoveAcknowledgements<Events>>().toEqualTypeOf<
  "plain" | "empty" | "optionalAck"
>();
expectTypeOf<server.RemoveAcknowledgements<Events>["plain"]>().toEqualTypeOf<Events["plain"]>();

type Timed = server.DecorateAcknowledgements<Events>;
expectTypeOf<Timed["plain"]>().toEqualTypeOf<Events["plain"]>();
expectTypeOf<Timed["ack"]>().toEqualTypeOf<(text: string, ack: (err: Error, ok: boolean) => void) => void>();
expectTypeOf<Timed["emptyAck"]>().toEqualTypeOf<(ack: (err: Error) => void) => void>();
expectTypeOf<Timed["errorFirst"]>().toEqualTypeOf<Events["errorFirst"]>();
expectTypeOf<client.DecorateAcknowledgements<Events>>().toEqualTypeOf<Timed>();

type Many = server.DecorateAcknowledgementsWithMultipleResponses<Events>;
expectTypeOf<Many["plain"]>().toEqualTypeOf<Events["plain"]>();
expectTypeOf<Many["ack"]>().toEqualTypeOf<(text: string, ack: (ok: boolean[]) => void) => void>();
expectTypeOf<Parameters<Parameters<Many["onlyAck"]>[0]>>().toEqualTypeOf<
  [value: number[], extra: string[]]
>();
expectTypeOf<Many["emptyAck"]>().toEqualTypeOf<Events["emptyAck"]>();
expectTypeOf<Many["errorFirst"]>().toEqualTypeOf<(ack: (err: Error, value: string[]) => void) => void>();

type TimedMany = server.DecorateAcknowledgementsWithTimeoutAndMultipleResponses<Events>;
expectTypeOf<TimedMany["ack"]>().toEqualTypeOf<
  (text: string, ack: (err: Error, ok: boolean[]) => void) => void
>();
expectTypeOf<TimedMany["errorFirst"]>().toEqualTypeOf<(ack: (err: Error, value: string[]) => void) => void>();

// --- what everything that sends, and everything that listens, has in common

declare function announce(to: server.TypedEventBroadcaster<{ note: (text: string) => void }>): void;
const io = new Server<{}, { note: (text: string) => void }>();
announce(io);
announce(io.sockets);
announce(io.to("a"));
io.on("connection", announce);
declare const emitter: server.StrictEventEmitter<Events, { out: (count: number) => void }, Reserved>;
emitter.on("connect", (id) => expectTypeOf(id).toEqualTypeOf<string>());
emitter.once("plain", (text) => expectTypeOf(text).toEqualTypeOf<string>());
emitter.emit("out", 1);
// @ts-expect-error heard, not sent
emitter.emit("plain", "a", 1);
