import { readFileSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { PROTOCOL_ERRORS, ProtocolError, isProtocolError } from "./index.ts";
import type * as original from "./errors.ts";

const isCode = (key: string): key is keyof typeof PROTOCOL_ERRORS => key in PROTOCOL_ERRORS;
const codes = Object.keys(PROTOCOL_ERRORS).filter(isCode);

test.each(codes)("%s has a message in the house style", (code) => {
  expect(code).toMatch(/^ERR_[A-Z0-9_]+$/);
  expect(new ProtocolError(code).message).toMatch(/^[^.]*[^.]$/);
});

test("every code is thrown somewhere", () => {
  const source = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && file !== "errors.ts")
    .map((file) => readFileSync(`${import.meta.dirname}/${file}`, "utf8"))
    .join("\n");
  expect(codes.filter((code) => !source.includes(`"${code}"`))).toEqual([]);
});

test("an error carries its code, a detail and its cause", () => {
  const cause = new Error("inner");
  const error = new ProtocolError("ERR_PAYLOAD", "of packet type 2", { cause });
  expect(error).toMatchObject({
    name: "ProtocolError",
    code: "ERR_PAYLOAD",
    message: "invalid payload: of packet type 2",
    cause,
  });
});

test("the guard knows errors of another copy of the package and refuses everything else", async () => {
  const url = new URL("./errors.ts?copy", import.meta.url).href;
  const copy: typeof original = await import(/* @vite-ignore */ url);
  expect(copy.ProtocolError).not.toBe(ProtocolError);
  expect(isProtocolError(new copy.ProtocolError("ERR_BASE64"))).toBe(true);
  for (const other of [new Error("x"), { code: "ERR_BASE64" }, null, undefined, "ERR_BASE64", 1]) {
    expect(isProtocolError(other)).toBe(false);
  }
});
