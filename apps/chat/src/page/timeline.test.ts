import { expect, test } from "vitest";
import type { ChatMessage } from "../shared/contract.ts";
import { Timeline, isAfterGap } from "./timeline.ts";

const message = (id: string, seq: number): ChatMessage => ({
  room: "lobby",
  id,
  seq,
  at: 1000 + seq,
  person: "bo",
  name: "Bo",
  text: id,
});
const own = (id: string) => ({ id, person: "ada", name: "Ada", text: id, at: 5 });
const ids = (timeline: Timeline) => timeline.entries.map((entry) => entry.id);

test("shows each message once, in the server's order", () => {
  const timeline = new Timeline();
  timeline.merge([message("b", 2), message("c", 3)], "e1");
  expect(timeline.add(message("d", 4))).toBe(true);
  expect(timeline.add(message("d", 4))).toBe(false);
  timeline.merge([message("a", 1), message("b", 2), message("c", 3), message("d", 4)], "e1");
  expect(ids(timeline)).toEqual(["a", "b", "c", "d"]);
});

test("keeps unsent messages at the end, and moves them to their place when they are sent", () => {
  const timeline = new Timeline();
  timeline.merge([message("a", 1)], "e1");
  timeline.write(own("mine"));
  timeline.write(own("mine-too"));
  timeline.add(message("b", 3));
  expect(ids(timeline)).toEqual(["a", "b", "mine", "mine-too"]);
  timeline.confirm("mine", { seq: 2, at: 1002 });
  expect(ids(timeline)).toEqual(["a", "mine", "b", "mine-too"]);
});

test("takes an own message that comes back in a history as sent", () => {
  const timeline = new Timeline();
  timeline.write(own("mine"));
  timeline.mark("mine", "sending");
  timeline.merge([message("mine", 1)], "e1");
  timeline.mark("mine", "failed", "too late");
  expect(timeline.entries.map(({ id, delivery }) => [id, delivery])).toEqual([["mine", "sent"]]);
});

test("puts what a new epoch brings after what the old one had", () => {
  const timeline = new Timeline();
  timeline.merge([message("a", 1), message("b", 2)], "e1");
  timeline.merge([message("c", 1)], "e2");
  expect(ids(timeline)).toEqual(["a", "b", "c"]);
  timeline.merge([message("c", 1), message("b", 2)], "e2"); // "b" was sent again to the new server
  expect(ids(timeline)).toEqual(["a", "c", "b"]);
});

test("knows where messages are missing", () => {
  const timeline = new Timeline();
  timeline.merge([message("a", 1), message("b", 2)], "e1");
  timeline.merge([message("f", 6), message("g", 7)], "e1");
  timeline.merge([message("h", 1)], "e2");
  const gaps = timeline.entries.filter((entry, i) => isAfterGap(entry, timeline.entries[i - 1]));
  expect(gaps.map((entry) => entry.id)).toEqual(["f"]);
});

test("takes what was written before the first connection as ours", () => {
  const timeline = new Timeline();
  timeline.write({ ...own("mine"), person: "" });
  timeline.merge([message("a", 1)], "e1");
  timeline.adopt("ada");
  expect(timeline.entries.map((entry) => entry.person)).toEqual(["bo", "ada"]);
});

test("is bounded", () => {
  const timeline = new Timeline();
  timeline.write(own("mine"));
  for (let i = 1; i <= 700; i++) timeline.add(message(`m${i}`, i));
  expect(timeline.entries).toHaveLength(500);
  expect(ids(timeline).at(-1)).toBe("mine");
});
