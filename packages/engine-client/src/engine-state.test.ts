import { expect, test } from "vitest";
import { canMove } from "./engine-state.ts";
import type { EngineState } from "./engine-state.ts";

test("a connection moves forward only", () => {
  const states: EngineState[] = ["opening", "open", "closing", "closed"];
  const moves = states.flatMap((from) =>
    states.filter((to) => canMove(from, to)).map((to) => `${from} > ${to}`),
  );
  expect(moves).toEqual([
    "opening > open",
    "opening > closed",
    "open > closing",
    "open > closed",
    "closing > closed",
  ]);
});
