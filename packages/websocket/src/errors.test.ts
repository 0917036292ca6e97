import { expect, test } from "vitest";
import { isSendableCloseCode } from "./close-codes.ts";
import { WEBSOCKET_ERRORS, WebSocketError, type WebSocketErrorCode, isWebSocketError } from "./errors.ts";

const codes = Object.keys(WEBSOCKET_ERRORS).filter(
  (key): key is WebSocketErrorCode => key in WEBSOCKET_ERRORS,
);

test.each(codes)("%s has a text in the house form and a close code that fits", (code) => {
  const { closeCode, message } = WEBSOCKET_ERRORS[code];
  expect(message).toMatch(/^[a-z].*[^.]$/);
  expect(closeCode === 0 || closeCode === 1006 || isSendableCloseCode(closeCode)).toBe(true);
  const error = new WebSocketError(code, "detail");
  expect(error).toMatchObject({ name: "WebSocketError", code, closeCode, message: `${message}: detail` });
  expect(new WebSocketError(code).message).toBe(message);
});

test("recognises its errors by brand, also those of another copy of the package", () => {
  expect(isWebSocketError(new WebSocketError("ERR_WS_UTF8"))).toBe(true);
  expect(isWebSocketError({ [Symbol.for("sockeye.websocket.error")]: true })).toBe(true);
  for (const other of [new Error("no"), null, undefined, "ERR_WS_UTF8", { code: "ERR_WS_UTF8" }]) {
    expect(isWebSocketError(other)).toBe(false);
  }
});

test("keeps the cause", () => {
  const cause = new Error("below");
  expect(new WebSocketError("ERR_WS_CARRIER", "below", { cause }).cause).toBe(cause);
});
