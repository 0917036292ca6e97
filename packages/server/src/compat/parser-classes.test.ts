import { Decoder, Encoder } from "socket.io-parser";
import { describe, expect, test } from "vitest";
import { Stage } from "../testing/fake-session.ts";
import { codecOf } from "./parser-classes.ts";

const parser = { Encoder, Decoder };

describe("a pair of classes", () => {
  test("carries events and answers both ways, binary included", () => {
    const { session, socket } = new Stage({ parser }).join();
    const received: unknown[] = [];
    socket.on("hi", (...args: any[]) => {
      received.push(args.slice(0, -1));
      args.at(-1)("yes", Buffer.from([2]));
    });
    session.receive('51-7["hi",{"_placeholder":true,"num":0}]', Buffer.from([1]));
    expect(received).toEqual([[Buffer.from([1])]]);
    expect(session.take()).toEqual(['61-7["yes",{"_placeholder":true,"num":0}]', Buffer.from([2])]);
    socket.emit("ho", 1);
    expect(session.take()).toEqual(['2["ho",1]']);
  });

  test("closes the connection on what it cannot read", () => {
    const { session } = new Stage({ parser }).join();
    session.receive("nonsense");
    expect(session.readyState).toBe("closed");
  });

  test("does not see the same packet twice, nor one that is written to", () => {
    const packet = Object.freeze({
      type: 2 as const,
      nsp: "/",
      data: ["hi", Buffer.from([1])] as [string, Buffer],
    });
    const codec = codecOf(parser);
    expect(codec.encode(packet)).toEqual(codec.encode(packet));
  });

  test.each([
    { type: 2, nsp: "/" },
    { type: 2, nsp: "/", data: [{}] },
    { type: 3, nsp: "/", data: [] },
    { type: 7, nsp: "/", data: [] },
    { type: 2, data: ["x"] },
    null,
  ])("may not give %j for a packet", (packet) => {
    class Careless {
      #listener: (packet: unknown) => void = () => {};
      on(_event: string, listener: (packet: unknown) => void): void {
        this.#listener = listener;
      }
      add(): void {
        this.#listener(packet);
      }
    }
    const decoder = codecOf({ Encoder, Decoder: Careless }).createDecoder();
    expect(() => decoder.push("x")).toThrow(expect.objectContaining({ code: "ERR_PARSER" }));
    expect(() => decoder.reset()).not.toThrow();
  });
});
