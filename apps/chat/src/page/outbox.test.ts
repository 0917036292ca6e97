import { expect, test } from "vitest";
import { Outbox } from "./outbox.ts";
import type { Letter, Outcome } from "./outbox.ts";

interface Bench {
  outbox: Outbox;
  log: string[];
  setOnline: (isOnline: boolean) => void;
  /** Answers the letter that is on its way, and lets the outbox go on. */
  answer: (outcome: Outcome) => Promise<void>;
  alarms: (() => void)[];
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
const sent: Outcome = { kind: "sent", place: { seq: 1, at: 1 } };
const refused = (retryAfterMs?: number): Outcome => ({
  kind: "refused",
  code: retryAfterMs === undefined ? "ERR_ID_TAKEN" : "ERR_RATE_LIMITED",
  message: "no",
  retryAfterMs,
});
const letter = (id: string, room = "lobby"): Letter => ({ id, room, text: id });

function bench(): Bench {
  const log: string[] = [];
  const alarms: (() => void)[] = [];
  let isOnline = true;
  let resolve: ((outcome: Outcome) => void) | undefined;
  const outbox = new Outbox({
    canSend: (room) => isOnline && room === "lobby",
    send: () => new Promise((done) => (resolve = done)),
    after: (_delayMs, run) => alarms.push(run),
    onSending: ({ id }) => log.push(`sending ${id}`),
    onQueued: ({ id }) => log.push(`queued ${id}`),
    onSent: ({ id }) => log.push(`sent ${id}`),
    onFailed: ({ id }, problem) => log.push(`failed ${id}: ${problem}`),
  });
  return {
    outbox,
    log,
    alarms,
    setOnline: (value) => (isOnline = value),
    async answer(outcome) {
      resolve?.(outcome);
      await settled();
    },
  };
}

test("sends one message after another, in the order they were written", async () => {
  const { outbox, log, answer } = bench();
  outbox.add(letter("a"));
  outbox.add(letter("b"));
  expect(log).toEqual(["sending a"]);
  await answer(sent);
  await answer(sent);
  expect(log).toEqual(["sending a", "sent a", "sending b", "sent b"]);
  expect(outbox.rooms.size).toBe(0);
});

test("waits for the connection, and repeats what broke with it under the same id", async () => {
  const { outbox, log, setOnline, answer } = bench();
  outbox.add(letter("a"));
  setOnline(false);
  await answer({ kind: "unanswered" });
  outbox.add(letter("b"));
  expect(log).toEqual(["sending a", "queued a"]);
  setOnline(true);
  outbox.flush();
  await answer(sent);
  await answer(sent);
  expect(log.slice(2)).toEqual(["sending a", "sent a", "sending b", "sent b"]);
});

test("gives a message back when nobody answers, and sends it again on request", async () => {
  const { outbox, log, answer } = bench();
  outbox.add(letter("a"));
  await answer({ kind: "unanswered" });
  outbox.retry("a");
  await answer(sent);
  outbox.retry("a");
  expect(log).toEqual([
    "sending a",
    "failed a: the server did not answer",
    "queued a",
    "sending a",
    "sent a",
  ]);
});

test("waits as long as the server asks when it is too fast", async () => {
  const { outbox, log, alarms, answer } = bench();
  outbox.add(letter("a"));
  await answer(refused(500));
  expect(log).toEqual(["sending a", "queued a"]);
  alarms.shift()?.();
  await settled();
  await answer(sent);
  expect(log.slice(2)).toEqual(["sending a", "sent a"]);
});

test("does not let a refused message hold up the next one", async () => {
  const { outbox, log, answer } = bench();
  outbox.add(letter("a"));
  outbox.add(letter("b"));
  await answer(refused());
  await answer(sent);
  expect(log).toEqual(["sending a", "failed a: no", "sending b", "sent b"]);
});

test("names the rooms that messages wait for, and sends round them", async () => {
  const { outbox, log, answer } = bench();
  outbox.add(letter("x", "elsewhere"));
  outbox.add(letter("a"));
  await answer(sent);
  expect([...outbox.rooms]).toEqual(["elsewhere"]);
  expect(log).toEqual(["sending a", "sent a"]);
});
