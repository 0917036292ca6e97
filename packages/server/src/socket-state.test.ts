import { expect, test } from "vitest";
import { canExchange, canJoin, mayMove } from "./socket-state.ts";
import type { SocketState } from "./socket-state.ts";

const STATES: readonly SocketState[] = ["joining", "connected", "leaving", "gone"];

test("moves forward only", () => {
  const moves = STATES.flatMap((from) =>
    STATES.filter((to) => mayMove(from, to)).map((to) => `${from} > ${to}`),
  );
  expect(moves).toEqual(["joining > connected", "joining > gone", "connected > leaving", "leaving > gone"]);
});

test("exchanges messages while it is in its namespace, and joins rooms until it is gone", () => {
  expect(STATES.filter(canExchange)).toEqual(["connected", "leaving"]);
  expect(STATES.filter(canJoin)).toEqual(["joining", "connected", "leaving"]);
});
