import { expect, test } from "vitest";
import {
  EngineClientError,
  ENGINE_CLIENT_ERRORS,
  isEngineClientError,
  ProbeError,
  TransportError,
} from "./errors.ts";

test("each code has a message, and the class carries both", () => {
  for (const [code, message] of Object.entries(ENGINE_CLIENT_ERRORS)) {
    const error = new EngineClientError(code as keyof typeof ENGINE_CLIENT_ERRORS);
    expect(error).toMatchObject({ code, message, name: "EngineClientError" });
  }
});

test("transport errors keep what applications look at", () => {
  expect(new TransportError("ERR_POLL_WRITE", 413, { status: 413 }, "cause")).toMatchObject({
    type: "TransportError",
    message: "xhr post error",
    description: 413,
    context: { status: 413 },
    cause: "cause",
  });
});

test("the guard knows its own, by brand", () => {
  expect(isEngineClientError(new ProbeError("websocket"))).toBe(true);
  expect(
    isEngineClientError(Object.assign(new Error("x"), { [Symbol.for("sockeye.EngineClientError")]: true })),
  ).toBe(true);
  expect(isEngineClientError(new Error("x"))).toBe(false);
  expect(isEngineClientError(undefined)).toBe(false);
});
