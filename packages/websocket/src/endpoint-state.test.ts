import { expect, test } from "vitest";
import { type EndpointState, canMove, delivers } from "./endpoint-state.ts";

const STATES: readonly EndpointState[] = ["open", "closing-by-us", "ending", "closed"];

test("allows exactly the moves of the diagram", () => {
  const allowed = STATES.flatMap((from) =>
    STATES.filter((to) => canMove(from, to)).map((to) => `${from} > ${to}`),
  );
  expect(allowed).toEqual([
    "open > closing-by-us",
    "open > ending",
    "open > closed",
    "closing-by-us > ending",
    "closing-by-us > closed",
    "ending > closed",
  ]);
});

test("delivers until the sink has been told of the end", () => {
  expect(STATES.filter(delivers)).toEqual(["open", "closing-by-us"]);
});
