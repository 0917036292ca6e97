// What the compiler knows of the client. Compiled by types.test.ts, never run.

import { expectTypeOf } from "vitest";
import connectByDefault, { connect, io, Manager } from "@sockeye/client";
import type {
  DisconnectDescription,
  ExtendedError,
  ManagerOptions,
  ManagerReservedEvents,
  Socket,
  SocketOptions,
} from "@sockeye/client";

interface FromServer {
  note: (text: string) => void;
  ask: (question: string, ack: (answer: number) => void) => void;
}

interface ToServer {
  plain: (text: string, count: number) => void;
  empty: () => void;
  ack: (text: string, ack: (ok: boolean, at: Date) => void) => void;
  onlyAck: (ack: (value: string) => void) => void;
  emptyAck: (ack: () => void) => void;
  optionalAck: (text: string, ack?: (ok: boolean) => void) => void;
  errorFirst: (ack: (err: Error, value: Date) => void) => void;
}

const socket: Socket<FromServer, ToServer> = io("http://localhost");

// --- what arrives

socket.on("note", (text) => expectTypeOf(text).toEqualTypeOf<string>());
socket.once("ask", (_question, ack) => {
  ack(1);
  // @ts-expect-error the answer is a number
  ack("1");
});
socket.on("connect", () => {});
socket.on("connect_error", (error) => {
  expectTypeOf(error).toExtend<ExtendedError>();
  expectTypeOf(error.data).toBeAny();
});
socket.on("disconnect", (reason, details) => {
  expectTypeOf(reason).toEqualTypeOf<Socket.DisconnectReason>();
  expectTypeOf(details).toEqualTypeOf<DisconnectDescription | undefined>();
});
// @ts-expect-error unknown event
socket.on("unknown", () => {});
// @ts-expect-error sent, not received
socket.on("plain", () => {});
// @ts-expect-error wrong parameter
socket.on("note", (_text: number) => {});
// @ts-expect-error unknown event
socket.off("unknown", () => {});
expectTypeOf(socket.listeners("note")).toEqualTypeOf<FromServer["note"][]>();

// --- what is sent

expectTypeOf(socket.emit("plain", "a", 1)).toEqualTypeOf<typeof socket>();
socket.emit("empty");
socket.emit("ack", "a", (ok, at) => {
  expectTypeOf(ok).toEqualTypeOf<boolean>();
  expectTypeOf(at).toEqualTypeOf<Date>();
});
socket.emit("optionalAck", "a");
// @ts-expect-error unknown event
socket.emit("unknown");
// @ts-expect-error received, not sent
socket.emit("note", "hi");
// @ts-expect-error wrong argument
socket.emit("plain", "a", "1");
// @ts-expect-error missing argument
socket.emit("plain", "a");
// @ts-expect-error missing acknowledgement
socket.emit("ack", "a");

expectTypeOf(socket.emitWithAck("ack", "a")).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(socket.emitWithAck("onlyAck")).toEqualTypeOf<Promise<string>>();
expectTypeOf(socket.emitWithAck("emptyAck")).toEqualTypeOf<Promise<undefined>>();
expectTypeOf(socket.emitWithAck("optionalAck", "a")).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(socket.emitWithAck("errorFirst")).toEqualTypeOf<Promise<Date>>();
// @ts-expect-error is not acknowledged
void socket.emitWithAck("plain", "a", 1);
// @ts-expect-error wrong argument
void socket.emitWithAck("ack", 1);

const patient = socket.timeout(100);
patient.emit("ack", "a", (err, ok, at) => {
  expectTypeOf(err).toEqualTypeOf<Error>();
  expectTypeOf(ok).toEqualTypeOf<boolean>();
  expectTypeOf(at).toEqualTypeOf<Date>();
});
patient.emit("errorFirst", (...args) => expectTypeOf(args).toEqualTypeOf<[err: Error, value: Date]>());
expectTypeOf(patient.emitWithAck("ack", "a")).toEqualTypeOf<Promise<boolean>>();
expectTypeOf(socket.volatile.compress(false)).toEqualTypeOf<typeof socket>();
expectTypeOf(socket.connect().disconnect().open().close()).toEqualTypeOf<typeof socket>();

// --- its manager and connection

expectTypeOf(socket.id).toEqualTypeOf<string | undefined>();
expectTypeOf(socket.io).toEqualTypeOf<Manager>();
expectTypeOf(socket.io.engine.transport.name).toEqualTypeOf<string>();
expectTypeOf<keyof ManagerReservedEvents>().toEqualTypeOf<
  | "open"
  | "error"
  | "ping"
  | "packet"
  | "close"
  | "reconnect_attempt"
  | "reconnect"
  | "reconnect_error"
  | "reconnect_failed"
>();
socket.io.on("reconnect_attempt", (attempt) => expectTypeOf(attempt).toEqualTypeOf<number>());
socket.io.on("reconnect_error", (error) => expectTypeOf(error).toEqualTypeOf<Error>());
// @ts-expect-error an event of sockets
socket.io.on("connect", () => {});
expectTypeOf(socket.io.reconnection()).toEqualTypeOf<boolean>();
expectTypeOf(socket.io.reconnection(false)).toEqualTypeOf<Manager>();

const options: Partial<ManagerOptions & SocketOptions> = { auth: { token: "a" }, reconnectionDelay: 100 };
const manager = new Manager("http://localhost", options);
expectTypeOf(manager.socket("/a")).toEqualTypeOf<Socket>();
expectTypeOf(new Manager<FromServer, ToServer>().socket("/a")).toEqualTypeOf<Socket<FromServer, ToServer>>();
expectTypeOf(new Manager(options)).toEqualTypeOf<Manager>();
// @ts-expect-error neither an object nor a function
manager.socket("/a", { auth: "token" });

// --- untyped

for (const untyped of [io(), io({ path: "/x" }), connect("/a"), connectByDefault("/b", options)]) {
  expectTypeOf(untyped).toEqualTypeOf<Socket>();
  untyped.on("anything", (a, b) => expectTypeOf([a, b]).toEqualTypeOf<any[]>());
  untyped.emit("anything", 1, "2", () => {});
  expectTypeOf(untyped.emitWithAck("anything")).toEqualTypeOf<Promise<any>>();
}
expectTypeOf(io<FromServer, ToServer>("/typed")).toEqualTypeOf<typeof socket>();

declare function takesAny(given: Socket<any, any>): void;
takesAny(socket);
takesAny(io());
