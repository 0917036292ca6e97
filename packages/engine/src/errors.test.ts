import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { ENGINE_ERRORS, EngineError, isEngineError } from "./errors.ts";
import { ENGINE_WARNINGS, RETIRED } from "./warnings.ts";

const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts") && !name.includes(".test.") && !/(errors|warnings)\.ts$/.test(name))
  .map((name) => readFileSync(`${import.meta.dirname}/${name}`, "utf8"))
  .join("\n");

test("every error code of the table is raised somewhere, and every code raised is in the table", () => {
  const raised = new Set(sources.match(/\bERR_[A-Z_]+\b/g));
  expect([...raised].toSorted()).toEqual(Object.keys(ENGINE_ERRORS).toSorted());
});

test("every warning of the table is given somewhere, and every number given is in the table", () => {
  const given = new Set(sources.match(/\bSKW\d+\b/g));
  expect([...given].toSorted()).toEqual(Object.keys(ENGINE_WARNINGS).toSorted());
  expect(Object.keys(ENGINE_WARNINGS).filter((code) => RETIRED.includes(code))).toEqual([]);
});

test("an error carries its code, its text, its details and its cause", () => {
  const cause = new Error("why");
  const error = new EngineError("ERR_POLL_OVERLAP", "twice", { cause });
  expect(error).toMatchObject({ name: "EngineError", code: "ERR_POLL_OVERLAP", cause });
  expect(error.message).toBe("overlap from client: twice");
});

test("errors are recognised by brand, not by class", () => {
  expect(isEngineError(new EngineError("ERR_POLL_OVERLAP"))).toBe(true);
  expect(isEngineError({ [Symbol.for("sockeye.EngineError")]: true })).toBe(true);
  expect(isEngineError(new Error("other"))).toBe(false);
  expect(isEngineError(null)).toBe(false);
});
