import { describe, expect, test, vi } from "vitest";
import { Stage } from "./testing/fake-session.ts";

describe("emit", () => {
  test("writes the event, of any arguments", () => {
    const { session, socket } = new Stage().join();
    expect(socket.emit("hi", 1, "two", null, { three: [3] })).toBe(true);
    expect(session.sent).toEqual(['2["hi",1,"two",null,{"three":[3]}]']);
  });

  test("writes binary as attachments", () => {
    const { session, socket } = new Stage().join();
    socket.emit("file", { bytes: Buffer.from([1, 2]) });
    expect(session.sent).toEqual([
      '51-["file",{"bytes":{"_placeholder":true,"num":0}}]',
      Buffer.from([1, 2]),
    ]);
  });

  test("names the namespace", () => {
    const { session, socket } = new Stage().join();
    expect(socket.nsp.name).toBe("/");
    const stage = new Stage();
    stage.io.of("/other");
    const other = stage.join("/other");
    other.socket.emit("hi");
    expect(other.session.sent).toEqual(['2/other,["hi"]']);
    expect(session.sent).toEqual([]);
  });

  test.each(["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])(
    "refuses the reserved name %s",
    (event) => {
      const { socket } = new Stage().join();
      expect(() => socket.emit(event)).toThrow(`"${event}" is a reserved event name`);
      expect(() => socket.emit(event)).toThrow(expect.objectContaining({ code: "ERR_RESERVED_EVENT" }));
    },
  );

  test("allows the name error", () => {
    const { session, socket } = new Stage().join();
    socket.emit("error", "x");
    expect(session.sent).toEqual(['2["error","x"]']);
  });

  test("send and write emit a message event", () => {
    const { session, socket } = new Stage().join();
    expect(socket.send("a").write("b", 1)).toBe(socket);
    expect(session.sent).toEqual(['2["message","a"]', '2["message","b",1]']);
  });

  test("writes nothing once the socket has left, and still says true", () => {
    const { session, socket } = new Stage().join();
    socket.disconnect();
    session.take();
    expect(socket.emit("hi")).toBe(true);
    expect(session.sent).toEqual([]);
  });

  test("does not write to its arguments", () => {
    const { socket } = new Stage().join();
    const args = Object.freeze([Object.freeze({ b: Buffer.from([1]) })]);
    expect(() => socket.emit("hi", ...args)).not.toThrow();
  });
});

describe("flags", () => {
  test("hold for one emit", () => {
    const { session, socket } = new Stage().join();
    socket.volatile.compress(false).emit("one");
    socket.emit("two");
    expect(session.messages.slice(-2).map(({ isVolatile, compress }) => [isVolatile, compress])).toEqual([
      [true, false],
      [false, true],
    ]);
  });

  test("drop a volatile event for a client that cannot take it, whole", () => {
    const { session, socket } = new Stage().join();
    session.transport.writable = false;
    socket.volatile.emit("lost", Buffer.from([1]));
    socket.emit("kept");
    expect(session.sent).toEqual(['2["kept"]']);
  });

  test("are taken over by a broadcast", () => {
    const stage = new Stage();
    const { socket } = stage.join();
    const { session } = stage.join();
    socket.volatile.broadcast.emit("hi");
    socket.emit("own");
    expect(session.messages.at(-1)?.isVolatile).toBe(true);
  });
});

describe("acknowledgements", () => {
  test("call back with the client's answer, once", () => {
    const { session, socket } = new Stage().join();
    const onAnswer = vi.fn();
    socket.emit("ask", 1, onAnswer);
    expect(session.sent).toEqual(['20["ask",1]']);
    session.receive('30["yes",2]', '30["again"]');
    expect(onAnswer.mock.calls).toEqual([["yes", 2]]);
  });

  test("share one count of ids in a namespace", () => {
    const stage = new Stage();
    const [a, b] = [stage.join(), stage.join()];
    a.socket.emit("ask", () => {});
    b.socket.emit("ask", () => {});
    expect([a.session.sent, b.session.sent]).toEqual([['20["ask"]'], ['21["ask"]']]);
  });

  test("of unknown ids are ignored", () => {
    const { session, socket } = new Stage().join();
    session.receive('37["who?"]');
    expect(socket.connected).toBe(true);
  });

  test("bring binary", () => {
    const { session, socket } = new Stage().join();
    const onAnswer = vi.fn();
    socket.emit("ask", onAnswer);
    session.receive('61-0[{"_placeholder":true,"num":0}]', Buffer.from([7]));
    expect(onAnswer).toHaveBeenCalledWith(Buffer.from([7]));
  });

  test("are error-first after timeout(), and then called exactly once", () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    const inTime = vi.fn();
    const late = vi.fn();
    socket.timeout(100).emit("a", inTime);
    socket.timeout(100).emit("b", late);
    session.receive('30["yes"]');
    stage.clock.advance(100);
    session.receive('31["too late"]');
    expect(inTime.mock.calls).toEqual([[null, "yes"]]);
    expect(late.mock.calls).toEqual([[expect.objectContaining({ message: "operation has timed out" })]]);
    expect(late.mock.calls[0]?.[0]).toMatchObject({ code: "ERR_ACK_TIMEOUT" });
    expect(stage.clock.pending).toBe(0);
  });

  test("time out even though the client has left", () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    const onAnswer = vi.fn();
    socket.timeout(100).emit("a", onAnswer);
    session.end("transport close");
    expect(onAnswer).not.toHaveBeenCalled();
    stage.clock.advance(100);
    expect(onAnswer).toHaveBeenCalledOnce();
  });

  test("resolve emitWithAck to the first argument, error or not", async () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    const plain = socket.emitWithAck("a", 1);
    const inTime = socket.timeout(100).emitWithAck("b");
    const late = socket.timeout(100).emitWithAck("c");
    expect(session.sent).toEqual(['20["a",1]', '21["b"]', '22["c"]']);
    session.receive('30["one","ignored"]', '31["two"]');
    stage.clock.advance(100);
    expect(await plain).toBe("one");
    expect(await inTime).toBe("two");
    await expect(late).rejects.toThrow("operation has timed out");
  });

  test("refuse a timeout that is none", () => {
    const { socket } = new Stage().join();
    expect(() => socket.timeout(Number.NaN)).toThrow(
      "timeout must be a number of ms up to 2147483647, got NaN (number)",
    );
    // What is left until a deadline may be a fraction, or nothing.
    expect(() => socket.timeout(0).timeout(0.5).timeout(-1)).not.toThrow();
  });

  test("are answered with the handler's last argument, once", () => {
    const { session, socket } = new Stage().join();
    socket.on("ask", (question: string, answer: (...args: unknown[]) => void) => {
      answer(question.toUpperCase(), Buffer.from([1]));
      answer("again");
    });
    session.receive('27["ask","x"]');
    expect(session.sent).toEqual(['61-7["X",{"_placeholder":true,"num":0}]', Buffer.from([1])]);
  });

  test("are answered by id 0 too", () => {
    const { session, socket } = new Stage().join();
    socket.on("ask", (answer: () => void) => answer());
    session.receive('20["ask"]');
    expect(session.sent).toEqual(["30[]"]);
  });

  test("are not sent once the socket has left", () => {
    const { session, socket } = new Stage().join();
    let answer = (): void => {};
    socket.on("ask", (given: () => void) => (answer = given));
    session.receive('20["ask"]', "1");
    answer();
    expect(session.sent).toEqual([]);
  });
});

describe("events from the client", () => {
  test("reach their listeners in order, synchronously", () => {
    const { session, socket } = new Stage().join();
    const calls: unknown[] = [];
    socket.on("hi", (...args: unknown[]) => calls.push(["first", ...args]));
    socket.on("hi", (...args: unknown[]) => calls.push(["second", ...args]));
    session.receive('2["hi",1,{"two":2}]');
    expect(calls).toEqual([
      ["first", 1, { two: 2 }],
      ["second", 1, { two: 2 }],
    ]);
  });

  test("are dispatched with the socket as receiver", () => {
    const { session, socket } = new Stage().join();
    const onEvent = vi.fn();
    socket.on("hi", onEvent);
    session.receive('2["hi"]');
    expect(onEvent.mock.contexts).toEqual([socket]);
  });

  test("may be named like properties of objects, numbers and error", () => {
    const { session, socket } = new Stage().join();
    const onEvent = vi.fn();
    for (const event of ["__proto__", "constructor", "error", "1"]) socket.on(event, () => onEvent(event));
    session.receive('2["__proto__"]', '2["constructor"]', '2["error"]', "2[1]");
    expect(onEvent.mock.calls).toEqual([["__proto__"], ["constructor"], ["error"], ["1"]]);
  });

  test("without listener are nothing", () => {
    const { session, socket } = new Stage().join();
    session.receive('2["unheard"]', '2["error","unheard"]');
    expect(socket.connected).toBe(true);
  });

  test("are dropped after one of them has disconnected the socket", () => {
    const { session, socket } = new Stage().join();
    const after = vi.fn();
    socket.on("first", () => socket.disconnect());
    socket.on("second", after);
    session.receive('2["first"]', '2["second"]');
    expect(after).not.toHaveBeenCalled();
  });
});

describe("failures of the application", () => {
  test("are reported with their context, and everything goes on", async () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    const next = vi.fn();
    const [thrown, rejected] = [new Error("thrown"), new Error("rejected")];
    socket.on("hi", () => {
      throw thrown;
    });
    socket.on("hi", async () => {
      throw rejected;
    });
    socket.on("hi", next);
    session.receive('2["hi"]');
    await Promise.resolve();
    const context = { in: "event handler", nsp: "/", event: "hi", socketId: socket.id };
    expect(stage.errors).toEqual([
      [thrown, context],
      [rejected, context],
    ]);
    expect(next).toHaveBeenCalledOnce();
    expect(socket.connected).toBe(true);
  });

  test("in acknowledgement callbacks are reported", () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    socket.emit("a", () => {
      throw new Error("plain");
    });
    socket.timeout(10).emit("b", () => {
      throw new Error("timed");
    });
    session.receive("30[]");
    stage.clock.advance(10);
    expect(stage.errors.map(([error, { in: where }]) => [String(error), where])).toEqual([
      ["Error: plain", "acknowledgement"],
      ["Error: timed", "acknowledgement"],
    ]);
  });

  test("in connection, disconnect and catch-all listeners are reported", () => {
    const stage = new Stage();
    stage.io.on("connection", (socket) => {
      for (const event of ["disconnecting", "disconnect"]) {
        socket.on(event, () => {
          throw new Error(event);
        });
      }
      socket.onAny(() => {
        throw new Error("any");
      });
      socket.onAnyOutgoing(() => {
        throw new Error("outgoing");
      });
      throw new Error("connection");
    });
    const { session, socket } = stage.join();
    session.receive('2["hi"]');
    socket.emit("hi");
    session.end("transport close");
    expect(stage.errors.map(([error, { in: where }]) => [(error as Error).message, where])).toEqual([
      ["connection", "connection handler"],
      ["any", "catch-all listener"],
      ["outgoing", "catch-all listener"],
      ["disconnecting", "disconnect handler"],
      ["disconnect", "disconnect handler"],
    ]);
    expect(session.sent).toEqual(['2["hi"]']);
  });

  test("of the hook itself end nothing", () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    const onError = (): void => {
      throw new Error("hook");
    };
    const { session, socket } = new Stage({ onError }).join();
    socket.on("hi", () => {
      throw new Error("handler");
    });
    session.receive('2["hi"]');
    expect(print.mock.calls.map(([, error]) => error)).toEqual([new Error("handler"), new Error("hook")]);
    expect(socket.connected).toBe(true);
    print.mockRestore();
  });

  test("are printed with where they happened if nobody else is told", () => {
    const print = vi.spyOn(console, "error").mockImplementation(() => {});
    const { session, socket } = new Stage({ onError: undefined }).join();
    const error = new Error("oops");
    socket.on("hi", () => {
      throw error;
    });
    session.receive('2["hi"]');
    expect(print).toHaveBeenCalledWith(
      expect.stringContaining(`event handler of "hi" failed (namespace /, socket ${socket.id})`),
      error,
    );
    print.mockRestore();
  });
});

describe("middlewares of a socket", () => {
  test("run in order, see the event, and may change it", () => {
    const { session, socket } = new Stage().join();
    const onEvent = vi.fn();
    socket.use((event, next) => {
      event.push("more");
      next();
    });
    socket.use(([name, ...args], next) => {
      expect([name, ...args]).toEqual(["hi", 1, "more"]);
      next();
    });
    socket.on("hi", onEvent);
    session.receive('2["hi",1]');
    expect(onEvent).toHaveBeenCalledWith(1, "more");
  });

  test("refuse an event with an error, which is raised on the socket", () => {
    const { session, socket } = new Stage().join();
    const [onEvent, onError, refusal] = [vi.fn(), vi.fn(), new Error("no")];
    socket.use((_event, next) => next(refusal));
    socket.on("hi", onEvent);
    socket.on("error", onError);
    session.receive('2["hi"]');
    expect(onEvent).not.toHaveBeenCalled();
    expect(onError.mock.calls).toEqual([[refusal]]);
  });

  test("may take their time, and nothing happens if the socket has left meanwhile", () => {
    const { session, socket } = new Stage().join();
    const onEvent = vi.fn();
    const waiting: (() => void)[] = [];
    socket.use((_event, next) => void waiting.push(next));
    socket.on("hi", onEvent);
    session.receive('2["hi"]', '2["hi"]');
    waiting[0]?.();
    socket.disconnect();
    waiting[1]?.();
    expect(onEvent).toHaveBeenCalledOnce();
  });

  test("that fail drop the event and are reported", async () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    const onEvent = vi.fn();
    socket.on("hi", onEvent);
    socket.use(async ([, how]) => {
      throw new Error(how);
    });
    session.receive('2["hi","rejected"]');
    await new Promise((resolve) => setImmediate(resolve));
    expect(onEvent).not.toHaveBeenCalled();
    expect(stage.errors).toEqual([
      [new Error("rejected"), expect.objectContaining({ in: "middleware", event: "hi" })],
    ]);
  });
});

describe("catch-all listeners", () => {
  test("hear every event before its listeners, acknowledgement function included", () => {
    const { session, socket } = new Stage().join();
    const calls: unknown[] = [];
    socket.on("hi", () => calls.push("own"));
    socket.onAny((event, ...args) => calls.push([event, ...args.map((arg: unknown) => typeof arg)]));
    socket.prependAny((event) => calls.push(`first ${event}`));
    session.receive('20["hi",1]');
    expect(calls).toEqual(["first hi", ["hi", "number", "function"], "own"]);
  });

  test("can be listed and removed", () => {
    const { session, socket } = new Stage().join();
    const [a, b] = [vi.fn(), vi.fn()];
    expect(socket.listenersAny()).toEqual([]);
    socket.onAny(a).onAny(b).offAny(a);
    expect(socket.listenersAny()).toEqual([b]);
    session.receive('2["hi"]');
    expect(a).not.toHaveBeenCalled();
    expect(b).toHaveBeenCalledOnce();
    socket.offAny();
    expect(socket.listenersAny()).toEqual([]);
  });

  test("that disconnect the socket keep the event from its listeners", () => {
    const { session, socket } = new Stage().join();
    const onEvent = vi.fn();
    socket.onAny(() => socket.disconnect());
    socket.on("hi", onEvent);
    session.receive('2["hi"]');
    expect(onEvent).not.toHaveBeenCalled();
  });

  test("hear what is sent, broadcasts included and acknowledgements excluded", () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    const calls: unknown[] = [];
    const listener = (...args: unknown[]): void => void calls.push(args);
    socket.onAnyOutgoing(listener);
    socket.prependAnyOutgoing((event) => calls.push(`first ${event}`));
    socket.emit("direct", 1, () => {});
    stage.io.emit("all", Buffer.from([1]));
    socket.on("ask", (answer: () => void) => answer());
    session.receive('20["ask"]');
    expect(calls).toEqual(["first direct", ["direct", 1], "first all", ["all", Buffer.from([1])]]);
    expect(socket.listenersAnyOutgoing()).toHaveLength(2);
    socket.offAnyOutgoing(listener).offAnyOutgoing();
    expect(socket.listenersAnyOutgoing()).toEqual([]);
  });
});

describe("disconnecting", () => {
  test("tells the client, and leaves the connection open", () => {
    const { session, socket } = new Stage().join();
    const reasons: unknown[] = [];
    socket.on("disconnect", (reason: string) => reasons.push(reason));
    expect(socket.disconnect()).toBe(socket);
    expect(session.sent).toEqual(["1"]);
    expect(session.readyState).toBe("open");
    expect(reasons).toEqual(["server namespace disconnect"]);
    expect([socket.connected, socket.disconnected]).toEqual([false, true]);
    socket.disconnect().disconnect(true);
    expect(session.sent).toEqual(["1"]);
  });

  test("with close tells every namespace and closes the connection", () => {
    const stage = new Stage();
    stage.io.of("/other");
    const { session, socket } = stage.join();
    const reasons: unknown[] = [];
    for (const one of [socket, stage.joinOn(session, "/other")]) {
      one.on("disconnect", (reason: string) => reasons.push([one.nsp.name, reason]));
    }
    socket.disconnect(true);
    expect(session.sent).toEqual(["1", "1/other,"]);
    expect(session.readyState).toBe("closed");
    expect(reasons).toEqual([
      ["/", "server namespace disconnect"],
      ["/other", "server namespace disconnect"],
    ]);
  });

  test("shows its rooms while disconnecting, none once disconnected", () => {
    const { session, socket } = new Stage().join();
    const seen: unknown[] = [];
    void socket.join("r");
    for (const event of ["disconnecting", "disconnect"]) {
      socket.on(event, (reason: string) => seen.push([event, reason, [...socket.rooms], socket.connected]));
    }
    session.receive("1");
    expect(seen).toEqual([
      ["disconnecting", "client namespace disconnect", [socket.id, "r"], true],
      ["disconnect", "client namespace disconnect", [], false],
    ]);
  });
});

describe("rooms", () => {
  test("begin with the socket's own and change with join and leave", () => {
    const { socket } = new Stage().join();
    void socket.join(["a", "b"]);
    void socket.join("a");
    expect([...socket.rooms]).toEqual([socket.id, "a", "b"]);
    void socket.leave("a");
    void socket.leave("never joined");
    expect([...socket.rooms]).toEqual([socket.id, "b"]);
  });

  test("cannot be joined any more once the socket has left", () => {
    const { socket } = new Stage().join();
    socket.disconnect();
    void socket.join("a");
    expect(socket.rooms.size).toBe(0);
    expect(socket.nsp.adapter.rooms.size).toBe(0);
  });
});

describe("what belongs to a socket", () => {
  test("is its data, {} until written", () => {
    const { socket } = new Stage().join();
    socket.data.user = "u";
    expect(socket.data).toEqual({ user: "u" });
    socket.data = 1;
    expect(socket.data).toBe(1);
  });

  test("is its handshake, its request and its connection", () => {
    const { session, socket } = new Stage().join("/", '{"a":1}');
    expect(socket.handshake).toEqual({ ...session.handshake, auth: { a: 1 } });
    expect(socket.handshake).toBe(socket.handshake);
    expect(socket.request).toBe(session.request);
    expect(socket.conn).toBe(session);
    expect(socket.recovered).toBe(false);
  });

  test("is the server, through its namespace", () => {
    const stage = new Stage();
    const { socket } = stage.join();
    expect(socket.nsp).toBe(stage.io.sockets);
    expect(socket.nsp.server).toBe(stage.io);
  });
});
