// What the compiler knows of the server: events and their acknowledgements, on every object that sends or receives them.
// Compiled by types.test.ts, never run.

import { expectTypeOf } from "vitest";
import { Server } from "@sockeye/server";
import type {
  BroadcastOperator,
  DefaultEventsMap,
  DisconnectReason,
  Event,
  Namespace,
  RemoteSocket,
  Socket,
} from "@sockeye/server";

interface FromClient {
  plain: (text: string, count: number) => void;
  empty: () => void;
  ack: (text: string, ack: (ok: boolean) => void) => void;
  optionalAck: (text: string, ack?: (ok: boolean) => void) => void;
}

interface ToClient {
  note: (text: string) => void;
  bare: () => void;
  ask: (question: string, ack: (answer: number, unit: string) => void) => void;
  onlyAck: (ack: (value: string) => void) => void;
  emptyAck: (ack: () => void) => void;
  optionalAck: (text: string, ack?: (ok: boolean) => void) => void;
  errorFirst: (ack: (err: Error, value: Date) => void) => void;
}

interface BetweenServers {
  sync: (version: number) => void;
  load: (ack: (load: number) => void) => void;
  checked: (ack: (err: Error, load: number) => void) => void;
}

interface Data {
  name: string;
  joinedAt?: number;
}

const io = new Server<FromClient, ToClient, BetweenServers, Data>();
declare const socket: Socket<FromClient, ToClient, BetweenServers, Data>;

// --- what arrives

io.on("connection", (connected) => {
  expectTypeOf(connected).toEqualTypeOf<Socket<FromClient, ToClient, BetweenServers, Data>>();
  expectTypeOf(connected.data).toEqualTypeOf<Data>();
  // @ts-expect-error not a property of the data
  void connected.data.age;
});
io.on("connect", ({ id }) => expectTypeOf(id).toEqualTypeOf<string>());
io.on("new_namespace", (nsp) =>
  expectTypeOf(nsp).toExtend<Namespace<FromClient, ToClient, BetweenServers, Data>>(),
);
io.on("sync", (version) => expectTypeOf(version).toEqualTypeOf<number>());
io.on("load", (ack) => expectTypeOf(ack).toEqualTypeOf<(load: number) => void>());
// @ts-expect-error neither reserved nor between servers
io.on("plain", () => {});
// @ts-expect-error too many parameters
io.on("sync", (_version: number, _more: string) => {});

socket.on("plain", (text, count) => {
  expectTypeOf(text).toEqualTypeOf<string>();
  expectTypeOf(count).toEqualTypeOf<number>();
});
socket.once("ack", (_text, ack) => {
  ack(true);
  // @ts-expect-error the answer is a boolean
  ack("yes");
});
socket.on("optionalAck", (_text, ack) => {
  expectTypeOf(ack).toEqualTypeOf<((ok: boolean) => void) | undefined>();
});
socket.on("disconnect", (reason) => expectTypeOf(reason).toEqualTypeOf<DisconnectReason>());
socket.on("disconnecting", (reason, description) => {
  expectTypeOf(reason).toEqualTypeOf<DisconnectReason>();
  expectTypeOf(description).toBeAny();
});
socket.on("error", (error) => expectTypeOf(error).toEqualTypeOf<Error>());
socket.on("plain", async () => {});
// @ts-expect-error unknown event
socket.on("unknown", () => {});
// @ts-expect-error sent, not received
socket.on("note", () => {});
// @ts-expect-error wrong parameter
socket.on("plain", (_count: number) => {});
expectTypeOf(socket.listeners("plain")).toEqualTypeOf<FromClient["plain"][]>();
socket.off("plain", () => {});
socket.off("only-known-at-run-time", () => {});
socket.removeAllListeners("only-known-at-run-time");
socket.use((event, next) => {
  expectTypeOf(event).toEqualTypeOf<Event>();
  next(new Error("no"));
  // @ts-expect-error an error or nothing
  next("no");
});
socket.onAny((event, ...args) => {
  expectTypeOf(event).toEqualTypeOf<string>();
  expectTypeOf(args).toEqualTypeOf<any[]>();
});

// --- one recipient

expectTypeOf(socket.emit("note", "hi")).toEqualTypeOf<boolean>();
socket.emit("bare");
socket.emit("optionalAck", "x");
socket.emit("optionalAck", "x", (ok) => expectTypeOf(ok).toEqualTypeOf<boolean>());
socket.emit("ask", "how far?", (answer, unit) => {
  expectTypeOf(answer).toEqualTypeOf<number>();
  expectTypeOf(unit).toEqualTypeOf<string>();
});
socket.emit("errorFirst", (err, value) => {
  expectTypeOf(err).toEqualTypeOf<Error>();
  expectTypeOf(value).toEqualTypeOf<Date>();
});
// @ts-expect-error unknown event
socket.emit("unknown");
// @ts-expect-error received, not sent
socket.emit("plain", "text", 1);
// @ts-expect-error wrong argument
socket.emit("note", 1);
// @ts-expect-error missing argument
socket.emit("note");
// @ts-expect-error too many arguments
socket.emit("note", "a", "b");
// @ts-expect-error missing acknowledgement
socket.emit("ask", "how far?");

expectTypeOf(socket.emitWithAck("ask", "how far?")).toEqualTypeOf<Promise<number>>();
expectTypeOf(socket.emitWithAck("onlyAck")).toEqualTypeOf<Promise<string>>();
expectTypeOf(socket.emitWithAck("emptyAck")).toEqualTypeOf<Promise<undefined>>();
expectTypeOf(socket.emitWithAck("optionalAck", "x")).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(socket.emitWithAck("errorFirst")).toEqualTypeOf<Promise<Date>>();
// @ts-expect-error is not acknowledged
void socket.emitWithAck("note", "hi");
// @ts-expect-error is not acknowledged
void socket.emitWithAck("bare");
// @ts-expect-error wrong argument
void socket.emitWithAck("ask", 1);

// After timeout() the error comes first, unless it did before.
const patient = socket.timeout(100);
patient.emit("ask", "how far?", (err, answer, unit) => {
  expectTypeOf(err).toEqualTypeOf<Error>();
  expectTypeOf(answer).toEqualTypeOf<number>();
  expectTypeOf(unit).toEqualTypeOf<string>();
});
patient.emit("errorFirst", (...args) => expectTypeOf(args).toEqualTypeOf<[err: Error, value: Date]>());
patient.emit("emptyAck", (...args) => expectTypeOf(args).toEqualTypeOf<[err: Error]>());
patient.emit("note", "hi");
expectTypeOf(patient.emitWithAck("ask", "how far?")).toEqualTypeOf<Promise<number>>();
expectTypeOf(patient.emitWithAck("errorFirst")).toEqualTypeOf<Promise<Date>>();
// @ts-expect-error the error comes first
patient.emit("onlyAck", (_value: string) => {});
expectTypeOf(socket.volatile.compress(true)).toEqualTypeOf<typeof socket>();

// --- many recipients

io.emit("note", "hi");
io.emit("optionalAck", "x");
io.sockets.emit("bare");
io.of("/other").emit("note", "hi");
// @ts-expect-error nobody would wait for the answers: use timeout()
io.emit("ask", "how far?", () => {});
// @ts-expect-error the same
io.sockets.emit("onlyAck", () => {});
// @ts-expect-error unknown event
io.emit("unknown");
// @ts-expect-error wrong argument
io.of("/other").emit("note", 1);

for (const operator of [
  io.to("a"),
  io.in(["a", "b"]),
  io.except("c"),
  io.volatile,
  io.local,
  io.compress(true),
]) {
  operator.emit("note", "hi");
  operator.emit("onlyAck", (values) => expectTypeOf(values).toEqualTypeOf<string[]>());
  // @ts-expect-error unknown event
  operator.emit("unknown");
}
for (const operator of [socket.to("a"), socket.in("a"), socket.except("b"), socket.broadcast, socket.local]) {
  operator.emit("note", "hi");
  operator.timeout(100).emit("onlyAck", (err, values) => {
    expectTypeOf(err).toEqualTypeOf<Error>();
    expectTypeOf(values).toEqualTypeOf<string[]>();
  });
}
io.timeout(100).emit("ask", "how far?", (err, answers, units) => {
  expectTypeOf(err).toEqualTypeOf<Error>();
  expectTypeOf(answers).toEqualTypeOf<number[]>();
  expectTypeOf(units).toEqualTypeOf<string[]>();
});
io.timeout(100).emit("errorFirst", (err, values) => {
  expectTypeOf(err).toEqualTypeOf<Error>();
  expectTypeOf(values).toEqualTypeOf<Date[]>();
});
expectTypeOf(io.timeout(100).emitWithAck("ask", "how far?")).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(io.to("a").timeout(100).emitWithAck("errorFirst")).toEqualTypeOf<Promise<Date[]>>();
expectTypeOf(socket.broadcast.timeout(100).emitWithAck("onlyAck")).toEqualTypeOf<Promise<string[]>>();
// @ts-expect-error is not acknowledged
void io.timeout(100).emitWithAck("note", "hi");

// --- between servers

expectTypeOf(io.serverSideEmit("sync", 1)).toEqualTypeOf<boolean>();
io.serverSideEmit("load", (err, loads) => {
  expectTypeOf(err).toEqualTypeOf<Error>();
  expectTypeOf(loads).toEqualTypeOf<number[]>();
});
io.of("/other").serverSideEmit("checked", (err, loads) => {
  expectTypeOf(err).toEqualTypeOf<Error>();
  expectTypeOf(loads).toEqualTypeOf<number[]>();
});
expectTypeOf(io.serverSideEmitWithAck("load")).toEqualTypeOf<Promise<number[]>>();
expectTypeOf(io.of("/other").serverSideEmitWithAck("checked")).toEqualTypeOf<Promise<number[]>>();
// @ts-expect-error is not acknowledged
void io.serverSideEmitWithAck("sync", 1);
// @ts-expect-error for clients, not for servers
io.serverSideEmit("note", "hi");
// @ts-expect-error wrong argument
io.serverSideEmit("sync", "1");

// --- the sockets of all servers

const remotes = await io.fetchSockets();
for (const remote of remotes) {
  expectTypeOf(remote.data).toEqualTypeOf<Data>();
  expectTypeOf(remote.rooms).toEqualTypeOf<Set<string>>();
  remote.emit("note", "hi");
  remote.timeout(100).emit("onlyAck", (err, value) => {
    expectTypeOf(err).toEqualTypeOf<Error>();
    expectTypeOf(value).toEqualTypeOf<string>();
  });
  // @ts-expect-error unknown event
  remote.emit("unknown");
}
expectTypeOf(remotes).toEqualTypeOf<RemoteSocket<ToClient, Data>[]>();
expectTypeOf((await io.in("a").fetchSockets())[0]?.data).toEqualTypeOf<Data | undefined>();
expectTypeOf(io.sockets.sockets.get("id")).toEqualTypeOf<typeof socket | undefined>();
expectTypeOf(io.of("/").adapter.rooms.get("a")).toEqualTypeOf<Set<string> | undefined>();

// --- middlewares

io.use((joining, next) => {
  joining.data.name = joining.handshake.auth["name"];
  expectTypeOf(joining.handshake.auth["name"]).toBeAny();
  expectTypeOf(joining.request.url).toEqualTypeOf<string | undefined>();
  next();
});

// --- maps that say only some of it

const echo = new Server<{ say: (text: string) => void }>();
echo.emit("say", "the same map both ways");
echo.on("connection", (each) => {
  each.on("say", (text) => expectTypeOf(text).toEqualTypeOf<string>());
  expectTypeOf(each.data).toBeAny();
  // @ts-expect-error unknown event
  each.emit("shout");
});
echo.on("whatever servers say", (...args) => expectTypeOf(args).toEqualTypeOf<any[]>());

const feed = new Server<DefaultEventsMap, { item: (title: string) => void }>();
feed.on("connection", (each) => each.on("anything", (a) => expectTypeOf(a).toBeAny()));
// @ts-expect-error unknown event
feed.emit("unknown");

const untyped = new Server();
untyped.emit("anything", 1, "2", {}, () => {});
untyped.on("connection", (each) => {
  each.on("anything", (a, b, ack) => ack(a, b));
  each.emit("anything", 1, (answer: string) => answer);
  expectTypeOf(each.emitWithAck("anything", 1)).toEqualTypeOf<Promise<any>>();
  each.timeout(1).emit("anything", (err: Error, value: number) => [err, value]);
  each.on("disconnect", (reason) => expectTypeOf(reason).toEqualTypeOf<DisconnectReason>());
});
untyped.timeout(1).emit("anything", (err: Error, answers: unknown[]) => [err, answers]);
untyped.serverSideEmit("anything", 1, (err: Error, answers: unknown[]) => [err, answers]);

const oneWay = new Server<{}, { item: (title: string) => void }>();
// @ts-expect-error clients say nothing
oneWay.on("connection", (each) => each.on("anything", () => {}));

// --- passed around

declare function takesUntyped(given: Socket): void;
declare function takesAny(given: Socket<any, any, any>): void;
declare function takesServer(given: Server<any, any, any>): void;
declare function takesOperator(given: BroadcastOperator<ToClient, Data>): void;
takesAny(socket);
takesServer(io);
takesServer(untyped);
untyped.on("connection", takesUntyped);
takesOperator(io.to("a"));
takesOperator(socket.broadcast);
const nsp: Namespace<FromClient, ToClient, BetweenServers, Data> = socket.nsp;
nsp.emit("note", "hi");
nsp.on("connection", (each) => expectTypeOf(each).toEqualTypeOf<typeof socket>());
// @ts-expect-error unknown event
nsp.emit("unknown");
