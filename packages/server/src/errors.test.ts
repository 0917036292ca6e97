import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { AckTimeoutError, isServerError, SERVER_ERRORS, ServerError } from "./errors.ts";
import { RETIRED, SERVER_WARNINGS } from "./warnings.ts";

const folder = new URL("./", import.meta.url);
const source = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
  .map((name) => readFileSync(new URL(name, folder), "utf8"))
  .join("\n");

test("every error and warning of the tables is used, and none beside them", () => {
  const used = new Set([...source.matchAll(/"(ERR_[A-Z_]+|SKW\d+)"/g)].map(([, code]) => code));
  const known = [...Object.keys(SERVER_ERRORS), ...Object.keys(SERVER_WARNINGS)];
  expect(used).toEqual(new Set([...known, ...RETIRED]));
  expect(known.filter((code) => RETIRED.includes(code))).toEqual([]);
});

test("an error says what its code means, unless something better is known", () => {
  expect(new ServerError("ERR_ACK_TIMEOUT")).toMatchObject({
    name: "ServerError",
    message: "operation has timed out",
  });
  expect(new ServerError("ERR_INVALID_OPTION", "x must be y").message).toBe("x must be y");
});

test("errors are known by their brand", () => {
  expect(isServerError(new AckTimeoutError([]))).toBe(true);
  expect(isServerError({ [Symbol.for("sockeye.ServerError")]: true })).toBe(true);
  expect([new Error("x"), null, "x"].map(isServerError)).toEqual([false, false, false]);
});
