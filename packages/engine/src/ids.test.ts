import { expect, test } from "vitest";
import { generateSessionId } from "./ids.ts";

test("ids have 20 characters of the url-safe alphabet", () => {
  for (let count = 0; count < 1000; count++) expect(generateSessionId()).toMatch(/^[\w-]{20}$/);
});

test("ids do not repeat, nor do their random parts", () => {
  const ids = Array.from({ length: 5000 }, generateSessionId);
  expect(new Set(ids).size).toBe(5000);
  expect(new Set(ids.map((id) => id.slice(0, 16))).size).toBe(5000);
});
