import { Decoder, Encoder } from "socket.io-parser";
import { expect, test } from "vitest";
import { codecOf } from "./parser-classes.ts";

const EVENT = { type: 2, nsp: "/", data: ["hi", Buffer.from([1])] } as const;

test("a codec is what it is", () => {
  const codec = { encode: () => [], createDecoder: () => ({ push: () => undefined, reset() {} }) };
  expect(codecOf(codec)).toBe(codec);
});

test("a pair of classes encodes without seeing a packet that is written to", () => {
  const packet = Object.freeze({ ...EVENT, data: [...EVENT.data] as [string, Buffer] });
  const codec = codecOf({ Encoder, Decoder });
  expect(codec.encode(packet)).toEqual(['51-["hi",{"_placeholder":true,"num":0}]', Buffer.from([1])]);
  expect(codec.encode(packet)).toEqual(codec.encode(packet));
});

test("gives the packet a message completes, and nothing for those that complete none", () => {
  const decoder = codecOf({ Encoder, Decoder }).createDecoder();
  expect(decoder.push('51-["hi",{"_placeholder":true,"num":0}]')).toBeUndefined();
  expect(decoder.push(Buffer.from([1]))).toMatchObject({ data: ["hi", Buffer.from([1])] });
  expect(() => decoder.push("nonsense")).toThrow();
});

test("takes another decoder after each reset, made when it is needed", () => {
  const log: string[] = [];
  class Short {
    #listener: ((packet: unknown) => void) | undefined;
    constructor() {
      log.push("made");
    }
    on(_event: string, listener: (packet: unknown) => void): void {
      this.#listener = listener;
    }
    add(payload: unknown): void {
      this.#listener?.({ type: 2, nsp: "/", data: [payload] });
    }
    destroy(): void {
      log.push("destroyed");
      this.#listener = undefined;
    }
  }
  const decoder = codecOf({ Encoder, Decoder: Short }).createDecoder();
  decoder.reset();
  expect(decoder.push("a")).toMatchObject({ data: ["a"] });
  decoder.reset();
  decoder.reset();
  expect(decoder.push("b")).toMatchObject({ data: ["b"] });
  expect(log).toEqual(["made", "destroyed", "made"]);
});
