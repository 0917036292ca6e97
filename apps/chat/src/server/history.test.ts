import { expect, test } from "vitest";
import { History } from "./history.ts";

const draft = (id: string, text = "hello") => ({ room: "lobby", id, person: "ada", name: "Ada", text });

test("keeps the last messages, at most as many as allowed", () => {
  const history = new History({ messages: 3, characters: 1000, ids: 10 });
  for (let i = 1; i <= 5; i++) history.add(draft(`m${i}`), i);
  expect(history.list().map(({ id, seq }) => [id, seq])).toEqual([
    ["m3", 3],
    ["m4", 4],
    ["m5", 5],
  ]);
});

test("keeps no more characters than allowed, even if that is not one message", () => {
  const history = new History({ messages: 100, characters: 50, ids: 100 });
  for (let i = 1; i <= 4; i++) history.add(draft(`m${i}`, "x".repeat(17)), i);
  expect(history.list().map(({ id }) => id)).toEqual(["m3", "m4"]);
  history.add(draft("huge", "x".repeat(60)), 5);
  expect(history.list()).toEqual([]);
});

test("knows a message again after it left the history, and forgets ids in the end", () => {
  const history = new History({ messages: 1, characters: 1000, ids: 3 });
  for (let i = 1; i <= 3; i++) history.add(draft(`m${i}`), i);
  expect(history.add(draft("m1"), 9)).toEqual({ seq: 1, at: 1, message: undefined });
  history.add(draft("m4"), 4);
  expect(history.add(draft("m1"), 9).seq).toBe(5);
});

test("gives out copies", () => {
  const history = new History({ messages: 3, characters: 1000, ids: 10 });
  const before = history.list();
  history.add(draft("m1"), 1);
  expect(before).toEqual([]);
});
