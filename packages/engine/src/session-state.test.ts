import { expect, test } from "vitest";
import { canExchange, mayMove, SESSION_STATES } from "./session-state.ts";

test("the session's table allows these moves and no others", () => {
  const allowed = SESSION_STATES.flatMap((from) =>
    SESSION_STATES.filter((to) => mayMove(from, to)).map((to) => `${from} → ${to}`),
  );
  expect(allowed).toEqual([
    "opening → open",
    "opening → closed",
    "open → closing",
    "open → closed",
    "closing → closed",
  ]);
});

test("messages flow in the state open only", () => {
  expect(SESSION_STATES.filter(canExchange)).toEqual(["open"]);
});
