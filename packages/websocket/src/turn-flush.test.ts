import { describe, expect, test } from "vitest";
import { TurnFlush } from "./turn-flush.ts";

function manual() {
  const runs: (() => void)[] = [];
  return { turn: new TurnFlush((run) => runs.push(run)), runs };
}

describe("a turn", () => {
  test("flushes what was scheduled, in order, with one callback", () => {
    const { turn, runs } = manual();
    const flushed: number[] = [];
    for (let index = 0; index < 5; index++) turn.schedule({ flush: () => flushed.push(index) });
    expect([runs.length, flushed]).toEqual([1, []]);
    runs.shift()?.();
    expect([runs.length, flushed]).toEqual([0, [0, 1, 2, 3, 4]]);
  });

  test("leaves what is scheduled while flushing to the next turn", () => {
    const { turn, runs } = manual();
    let flushes = 0;
    const item = {
      flush() {
        flushes++;
        turn.schedule(item);
      },
    };
    turn.schedule(item);
    runs.shift()?.();
    expect([flushes, runs.length]).toEqual([1, 1]);
    runs.shift()?.();
    expect([flushes, runs.length]).toEqual([2, 1]);
  });

  test("flushes the others in the next turn when one throws", () => {
    const { turn, runs } = manual();
    const flushed: string[] = [];
    turn.schedule({ flush: () => flushed.push("a") });
    turn.schedule({
      flush() {
        turn.schedule({ flush: () => flushed.push("d") });
        throw new Error("sink");
      },
    });
    turn.schedule({ flush: () => flushed.push("b") });
    turn.schedule({ flush: () => flushed.push("c") });
    expect(() => runs.shift()?.()).toThrow("sink");
    expect([flushed, runs.length]).toEqual([["a"], 1]);
    runs.shift()?.();
    expect([flushed, runs.length]).toEqual([["a", "b", "c", "d"], 0]);
  });

  test("ends with the event loop's by default", async () => {
    const turn = new TurnFlush();
    let isFlushed = false;
    turn.schedule({ flush: () => (isFlushed = true) });
    await Promise.resolve();
    expect(isFlushed).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isFlushed).toBe(true);
  });
});
