import { describe, expect, test } from "vitest";
import { Heartbeat, HeartbeatSlot } from "./heartbeat.ts";
import { FakeClock } from "./testing/fake-clock.ts";

class Member {
  readonly slot = new HeartbeatSlot(this);
  readonly events: [what: string, at: number][] = [];
  readonly #clock: FakeClock;
  answers = true;
  readonly #heartbeat: Heartbeat;

  constructor(clock: FakeClock, heartbeat: Heartbeat) {
    this.#clock = clock;
    this.#heartbeat = heartbeat;
    heartbeat.restart(this.slot);
  }

  onPingDue(): void {
    this.events.push(["ping", this.#clock.now()]);
    if (this.answers) this.#heartbeat.onPong(this.slot);
  }

  onSilence(): void {
    this.events.push(["missed", this.#clock.now()]);
  }

  get pings(): number[] {
    return this.events.filter(([what]) => what === "ping").map(([, at]) => at);
  }
}

function wheel(intervalMs = 25_000, timeoutMs = 20_000) {
  const clock = new FakeClock();
  return { clock, heartbeat: new Heartbeat(clock, intervalMs, timeoutMs) };
}

describe("heartbeat", () => {
  test("pings after the interval, never before, and at most one quantum late", () => {
    const { clock, heartbeat } = wheel();
    clock.advance(777);
    const member = new Member(clock, heartbeat);
    const startedAt = clock.now();
    clock.advance(24_999);
    expect(member.events).toEqual([]);
    clock.advance(20_000 / 128 + 1);
    const [first = 0] = member.pings;
    expect(first).toBeGreaterThanOrEqual(startedAt + 25_000);
    expect(first).toBeLessThanOrEqual(startedAt + 25_000 + 156);
  });

  test("goes on pinging a peer that answers", () => {
    const { clock, heartbeat } = wheel();
    const member = new Member(clock, heartbeat);
    clock.advance(10 * 25_200);
    expect(member.pings).toHaveLength(10);
    expect(member.events.some(([what]) => what === "missed")).toBe(false);
  });

  test("gives a silent peer up within interval + timeout", () => {
    for (const [intervalMs, timeoutMs] of [
      [25_000, 20_000],
      [300, 200],
      [5, 3],
      [1, 1],
    ] as const) {
      const { clock, heartbeat } = wheel(intervalMs, timeoutMs);
      clock.advance(333);
      const member = new Member(clock, heartbeat);
      member.answers = false;
      const startedAt = clock.now();
      clock.advance(intervalMs + timeoutMs);
      expect(member.events.at(-1)).toEqual(["missed", startedAt + intervalMs + timeoutMs]);
      expect(heartbeat.isArmed).toBe(false);
    }
  });

  test("pings neighbours in one wake-up", () => {
    const { clock, heartbeat } = wheel();
    const members = Array.from({ length: 100 }, () => {
      clock.advance(1);
      return new Member(clock, heartbeat);
    });
    for (const member of members) member.answers = false;
    clock.started = 0;
    clock.advance(25_200);
    expect(members.every((member) => member.pings.length === 1)).toBe(true);
    expect(new Set(members.flatMap((member) => member.pings)).size).toBeLessThanOrEqual(2);
    expect(clock.started).toBeLessThanOrEqual(3);
  });

  test("holds one timer however many members there are, and none when they have left", () => {
    const { clock, heartbeat } = wheel();
    const members = Array.from({ length: 50 }, () => new Member(clock, heartbeat));
    expect(clock.pending).toBe(1);
    for (const member of members) heartbeat.remove(member.slot);
    expect(clock.pending).toBe(0);
  });

  test("ignores a member that leaves twice, and a pong of one that has left", () => {
    const { clock, heartbeat } = wheel();
    const member = new Member(clock, heartbeat);
    heartbeat.remove(member.slot);
    heartbeat.remove(member.slot);
    heartbeat.onPong(member.slot);
    clock.advance(100_000);
    expect(member.events).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("starts the interval anew on a pong nobody asked for", () => {
    const { clock, heartbeat } = wheel(1000, 1000);
    const member = new Member(clock, heartbeat);
    clock.advance(900);
    heartbeat.onPong(member.slot);
    clock.advance(900);
    expect(member.pings).toEqual([]);
    clock.advance(110);
    expect(member.pings).toHaveLength(1);
  });

  test("lets peers answer after the process was blocked, and then judges them", () => {
    const { clock, heartbeat } = wheel(1000, 1000);
    const member = new Member(clock, heartbeat);
    member.answers = false;
    clock.advance(1010);
    clock.block(5000);
    // The pong was waiting in the kernel and is read before anybody is judged.
    expect(member.events.map(([what]) => what)).toEqual(["ping"]);
    heartbeat.onPong(member.slot);
    clock.advance(1);
    expect(member.events.map(([what]) => what)).toEqual(["ping"]);

    clock.advance(1010);
    clock.block(5000);
    clock.advance(1);
    expect(member.events.map(([what]) => what)).toEqual(["ping", "ping", "missed"]);
  });

  test("does not shorten the time to answer a ping that was sent late", () => {
    const { clock, heartbeat } = wheel(1000, 1000);
    const member = new Member(clock, heartbeat);
    member.answers = false;
    clock.block(6000);
    clock.advance(990);
    expect(member.events.map(([what]) => what)).toEqual(["ping"]);
    clock.advance(11);
    expect(member.events.map(([what]) => what)).toEqual(["ping", "missed"]);
  });

  test("goes on when a member's close handler throws", () => {
    const { clock, heartbeat } = wheel(1000, 1000);
    const first = new Member(clock, heartbeat);
    const second = new Member(clock, heartbeat);
    first.answers = false;
    second.answers = false;
    first.onSilence = () => {
      throw new Error("in a listener");
    };
    expect(() => clock.advance(2000)).toThrow("in a listener");
    clock.advance(1);
    expect(second.events.at(-1)?.[0]).toBe("missed");
  });

  test("members may leave while others are being closed", () => {
    const { clock, heartbeat } = wheel(1000, 1000);
    const first = new Member(clock, heartbeat);
    const second = new Member(clock, heartbeat);
    first.answers = false;
    second.answers = false;
    first.onSilence = () => heartbeat.remove(second.slot);
    clock.advance(3000);
    expect(second.events.map(([what]) => what)).toEqual(["ping"]);
    expect(clock.pending).toBe(0);
  });
});

describe("where the peer pings", () => {
  test("a silent one is given up after interval and timeout, counted from its last ping", () => {
    const { clock, heartbeat } = wheel(1000, 500);
    const member = new Member(clock, heartbeat);
    heartbeat.expectPing(member.slot);
    clock.advance(1400);
    heartbeat.expectPing(member.slot);
    clock.advance(1499);
    expect(member.events).toEqual([]);
    clock.advance(1);
    expect(member.events.map(([what]) => what)).toEqual(["missed"]);
    expect(heartbeat.isArmed).toBe(false);
  });

  test("a ping costs no timer", () => {
    const { clock, heartbeat } = wheel(1000, 500);
    const member = new Member(clock, heartbeat);
    heartbeat.expectPing(member.slot);
    clock.started = 0;
    for (let ping = 0; ping < 100; ping++) heartbeat.expectPing(member.slot);
    expect(clock.started).toBe(0);
    heartbeat.remove(member.slot);
    expect(clock.pending).toBe(0);
  });

  test("it is heard first after the process was blocked", () => {
    const { clock, heartbeat } = wheel(1000, 500);
    const member = new Member(clock, heartbeat);
    heartbeat.expectPing(member.slot);
    clock.block(5000);
    expect(member.events).toEqual([]);
    heartbeat.expectPing(member.slot);
    clock.advance(1);
    expect(member.events).toEqual([]);
    clock.block(5000);
    clock.advance(1);
    expect(member.events.map(([what]) => what)).toEqual(["missed"]);
  });
});
