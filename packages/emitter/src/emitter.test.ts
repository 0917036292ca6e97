import { once as nodeOnce } from "node:events";
import { describe, expect, test, vi } from "vitest";
import { Emitter, EmitterError, Listenable, NodeEmitter, isEmitterError } from "./index.ts";
import type { Listeners } from "./index.ts";

function noop(): void {}

/** Opens the protected surface that owners of an emitter use. */
class Owner extends NodeEmitter {
  stored(event: string): Listeners | undefined {
    return this.listenersOf(event);
  }
  raise(event: string, ...args: unknown[]): boolean {
    return this.dispatch(event, args);
  }
}

describe("an emitter", () => {
  test("calls listeners in the order they were added, with the arguments and itself as this", () => {
    const emitter = new Emitter();
    const calls: unknown[] = [];
    emitter.on("a", function (this: unknown, ...args: unknown[]) {
      calls.push(["first", this === emitter, ...args]);
    });
    emitter.addListener("a", (...args) => calls.push(["second", ...args]));
    emitter.addEventListener("a", (...args) => calls.push(["third", ...args]));
    expect(emitter.emit("a", 1, "x")).toBe(true);
    expect(calls).toEqual([
      ["first", true, 1, "x"],
      ["second", 1, "x"],
      ["third", 1, "x"],
    ]);
  });

  test("reports that nobody listened", () => {
    const emitter = new Emitter();
    expect(emitter.emit("a")).toBe(false);
    emitter.on("a", () => {});
    expect(emitter.emit("b")).toBe(false);
  });

  test.each(["__proto__", "constructor", "hasOwnProperty", "toString", "error"])(
    "takes %s as a plain name",
    (name) => {
      const emitter = new Emitter();
      expect(emitter.emit(name)).toBe(false);
      expect(emitter.listeners(name)).toEqual([]);
      expect(emitter.hasListeners(name)).toBe(false);
      const listener = vi.fn();
      emitter.on(name, listener);
      expect(emitter.emit(name, 1)).toBe(true);
      expect(listener).toHaveBeenCalledExactlyOnceWith(1);
      expect(emitter.off(name, listener).eventNames()).toEqual([]);
    },
  );

  test("takes symbols as names", () => {
    const name = Symbol("name");
    const emitter = new Emitter<{ [name](value: number): void }>();
    const listener = vi.fn();
    emitter.on(name, listener);
    emitter.emit(name, 3);
    expect(listener).toHaveBeenCalledExactlyOnceWith(3);
    expect(emitter.eventNames()).toEqual([name]);
  });

  test("treats a number on the wire as the event named by its decimal string", () => {
    const emitter = new (class extends Emitter {
      receive(event: number): boolean {
        return this.dispatch(event, []);
      }
    })();
    const listener = vi.fn();
    emitter.on("12", listener);
    expect(emitter.receive(12)).toBe(true);
    expect(listener).toHaveBeenCalledOnce();
  });

  test("lets an exception of a listener reach the caller of emit", () => {
    const emitter = new Emitter();
    const later = vi.fn();
    emitter.on("a", () => {
      throw new Error("mine");
    });
    emitter.on("a", later);
    expect(() => emitter.emit("a")).toThrow("mine");
    expect(later).not.toHaveBeenCalled();
  });

  test.each([undefined, null, "listener", {}])("refuses %s as a listener", (wrong) => {
    const emitter = new NodeEmitter();
    const listener: any = wrong;
    for (const add of ["on", "once", "prependListener", "prependOnceListener"] as const) {
      expect(() => emitter[add]("a", listener)).toThrow(EmitterError);
      expect(() => emitter[add]("a", listener)).toThrow(/^the listener of "a" must be a function, got /);
    }
    expect(emitter.hasListeners()).toBe(false);
  });

  test("gives its errors a code and a brand", () => {
    const error = new EmitterError("x");
    expect(error).toBeInstanceOf(TypeError);
    expect(error.code).toBe("ERR_LISTENER_TYPE");
    expect(isEmitterError(error)).toBe(true);
    expect(isEmitterError(new TypeError("x"))).toBe(false);
    expect(isEmitterError(undefined)).toBe(false);
  });
});

describe("while an event is being dispatched", () => {
  test("listeners added are not called, listeners removed still are", () => {
    const emitter = new Emitter();
    const calls: string[] = [];
    const second = (): void => void calls.push("second");
    const third = (): void => void calls.push("third");
    emitter.on("a", () => {
      calls.push("first");
      emitter.off("a", second);
      emitter.on("a", third);
    });
    emitter.on("a", second);
    emitter.emit("a");
    expect(calls).toEqual(["first", "second"]);
    calls.length = 0;
    emitter.emit("a");
    expect(calls).toEqual(["first", "third"]);
  });

  test("removing everything does not disturb the loop", () => {
    const emitter = new Emitter();
    const last = vi.fn();
    emitter.on("a", () => emitter.removeAllListeners());
    emitter.on("a", last);
    emitter.emit("a");
    emitter.emit("a");
    expect(last).toHaveBeenCalledOnce();
  });
});

describe("once", () => {
  test("calls the listener one time, and removes it before the call", () => {
    const emitter = new Emitter();
    const counts: number[] = [];
    emitter.once("a", () => void counts.push(emitter.listenerCount("a")));
    emitter.emit("a");
    emitter.emit("a");
    expect(counts).toEqual([0]);
  });

  test("holds when the event is raised again from a listener in front of it", () => {
    const emitter = new Emitter();
    const listener = vi.fn();
    let isNested = false;
    emitter.on("a", () => {
      if (isNested) return;
      isNested = true;
      emitter.emit("a");
    });
    emitter.once("a", listener);
    emitter.emit("a");
    expect(listener).toHaveBeenCalledOnce();
  });

  test("can be undone with the function that was given", () => {
    const emitter = new Emitter();
    const listener = vi.fn();
    emitter.once("a", listener);
    expect(emitter.listeners("a")).toEqual([listener]);
    emitter.removeListener("a", listener);
    emitter.emit("a");
    expect(listener).not.toHaveBeenCalled();
  });

  test("passes this and the arguments on", () => {
    const emitter = new Emitter();
    let seen: unknown[] = [];
    emitter.once("a", function (this: unknown, ...args: unknown[]) {
      seen = [this, ...args];
    });
    emitter.emit("a", 1, 2);
    expect(seen).toEqual([emitter, 1, 2]);
  });

  test("given the same function twice, calls it twice at one event", () => {
    const emitter = new Emitter();
    const listener = vi.fn();
    emitter.once("a", listener).once("a", listener).emit("a");
    emitter.emit("a");
    expect(listener).toHaveBeenCalledTimes(2);
  });
});

describe("removing", () => {
  test("takes the copy of a listener that was added last", () => {
    const emitter = new Emitter();
    const calls: string[] = [];
    const a = (): void => void calls.push("a");
    const b = (): void => void calls.push("b");
    emitter.on("x", a).on("x", b).on("x", a).off("x", a);
    emitter.emit("x");
    expect(calls).toEqual(["a", "b"]);
  });

  test("clears one event, or all", () => {
    const emitter = new Emitter();
    emitter.on("a", noop).on("b", noop).on("c", noop);
    emitter.off("a");
    expect(emitter.eventNames()).toEqual(["b", "c"]);
    emitter.removeAllListeners("b");
    expect(emitter.eventNames()).toEqual(["c"]);
    emitter.removeAllListeners();
    expect(emitter.hasListeners()).toBe(false);
    emitter.on("a", noop).off();
    expect(emitter.hasListeners()).toBe(false);
  });

  test("ignores what is not there, and an undefined listener", () => {
    const emitter = new Emitter();
    const missing: any = undefined;
    const other = (): void => noop();
    emitter.off("a", noop);
    emitter.on("a", noop);
    emitter.off("b", noop);
    emitter.removeEventListener("a", other);
    emitter.off("a", missing);
    expect(emitter.listenerCount("a")).toBe(1);
  });
});

describe("storage", () => {
  test("holds a single listener bare, several in an array, and forgets events without any", () => {
    const owner = new Owner();
    const [a, b] = [(): void => {}, (): void => {}];
    expect(owner.stored("x")).toBeUndefined();
    owner.on("x", a);
    expect(owner.stored("x")).toBe(a);
    owner.on("x", b);
    expect(owner.stored("x")).toEqual([a, b]);
    owner.off("x", a);
    expect(owner.stored("x")).toBe(b);
    owner.off("x", b);
    expect(owner.stored("x")).toBeUndefined();
    expect(owner.hasListeners()).toBe(false);
  });

  test("never changes an array it has handed out", () => {
    const owner = new Owner();
    const [a, b, c] = [(): void => {}, (): void => {}, (): void => {}];
    owner.on("x", a).on("x", b);
    const seen = owner.stored("x");
    owner.on("x", c).off("x", a);
    expect(seen).toEqual([a, b]);
    expect(owner.stored("x")).toEqual([b, c]);
  });

  test("hands out copies to users", () => {
    const emitter = new NodeEmitter();
    emitter.on("x", noop).on("x", noop);
    emitter.listeners("x").pop();
    emitter.rawListeners("x").pop();
    expect(emitter.listenerCount("x")).toBe(2);
  });
});

describe("the surface of node:events", () => {
  test("prepends", () => {
    const emitter = new NodeEmitter();
    const calls: string[] = [];
    emitter.on("a", () => void calls.push("first"));
    emitter.prependListener("a", () => void calls.push("before"));
    emitter.prependOnceListener("a", () => void calls.push("once"));
    emitter.emit("a");
    emitter.emit("a");
    expect(calls).toEqual(["once", "before", "first", "before", "first"]);
  });

  test("shows once wrappers in rawListeners", () => {
    const emitter = new NodeEmitter();
    const listener = vi.fn();
    expect(emitter.rawListeners("a")).toEqual([]);
    emitter.once("a", listener);
    const [raw] = emitter.rawListeners("a");
    expect(raw).toHaveProperty("listener", listener);
    raw?.();
    expect(listener).toHaveBeenCalledOnce();
    expect(emitter.listenerCount("a")).toBe(0);
  });

  test("has no limit of listeners", () => {
    const emitter = new NodeEmitter();
    expect(emitter.setMaxListeners(1)).toBe(emitter);
    expect(emitter.getMaxListeners()).toBe(Infinity);
  });

  test("works with the once of node:events", async () => {
    const emitter = new NodeEmitter();
    const ready = nodeOnce(emitter, "ready");
    emitter.emit("ready", 1, 2);
    expect(await ready).toEqual([1, 2]);
    expect(emitter.hasListeners()).toBe(false);
  });
});

test("a subclass can send with emit and raise its own events apart from it", () => {
  class Peer extends Listenable<{ chat: (text: string) => void }, { connect: () => void }> {
    readonly sent: unknown[] = [];
    emit(event: "shout", ...args: [text: string]): this {
      this.sent.push([event, ...args]);
      return this;
    }
    connected(): boolean {
      return this.emitReserved("connect");
    }
  }
  const peer = new Peer();
  const onConnect = vi.fn();
  peer.on("connect", onConnect);
  expect(peer.emit("shout", "hi").sent).toEqual([["shout", "hi"]]);
  expect(peer.connected()).toBe(true);
  expect(onConnect).toHaveBeenCalledExactlyOnceWith();
});

test("raises without looking at the event's type for owners", () => {
  const owner = new Owner();
  const listener = vi.fn();
  owner.on("anything", listener);
  expect(owner.raise("anything", 1)).toBe(true);
  expect(listener).toHaveBeenCalledExactlyOnceWith(1);
});
