// The heartbeat of all sessions of an engine: one timer, three first-in-first-out lists. Each list holds deadlines a
// constant delay after they were entered, so it stays ordered by itself and entering, leaving and expiring cost O(1).
// Called by Session (restart, onPong, remove), or expectPing where the peer is the one that pings (wire.md §2); calls
// back the member. It knows nothing of packets or transports.
//
// Bounds (wire.md §1.10): a ping is never early; it may be late by one quantum, so that neighbours share a wake-up.
// A pong is due pingTimeout after the ping was *due*, so a dead peer is closed within pingInterval + pingTimeout.

import type { Cancel, Clock } from "@sockeye/protocol";

/** What a session must answer to. */
export interface HeartbeatMember {
  onPingDue(): void;
  /** Nothing was heard in time: no pong, or no ping where the peer is to ping. */
  onSilence(): void;
}

/** A wake-up this late means that the process was blocked: pongs may wait unread in the kernel. */
const BLOCKED_MS = 100;
const QUANTA = 128;

/** A session's place in the wheel. Only the wheel writes to it. */
export class HeartbeatSlot {
  readonly member: HeartbeatMember;
  dueMs = 0;
  list: DeadlineList | undefined = undefined;
  previous: HeartbeatSlot | undefined = undefined;
  next: HeartbeatSlot | undefined = undefined;

  constructor(member: HeartbeatMember) {
    this.member = member;
  }
}

/** Slots in the order of their deadlines, linked through the slots themselves. */
class DeadlineList {
  head: HeartbeatSlot | undefined = undefined;
  #tail: HeartbeatSlot | undefined = undefined;

  push(slot: HeartbeatSlot, dueMs: number): void {
    slot.dueMs = dueMs;
    slot.list = this;
    slot.previous = this.#tail;
    if (this.#tail === undefined) this.head = slot;
    else this.#tail.next = slot;
    this.#tail = slot;
  }

  remove(slot: HeartbeatSlot): void {
    if (slot.previous === undefined) this.head = slot.next;
    else slot.previous.next = slot.next;
    if (slot.next === undefined) this.#tail = slot.previous;
    else slot.next.previous = slot.previous;
    slot.previous = undefined;
    slot.next = undefined;
    slot.list = undefined;
  }
}

export class Heartbeat {
  readonly #clock: Clock;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  readonly #quantumMs: number;
  readonly #pings = new DeadlineList();
  readonly #pongs = new DeadlineList();
  /** Of peers that ping us. */
  readonly #theirPings = new DeadlineList();
  #cancel: Cancel | undefined = undefined;
  #wakeMs = Infinity;
  #isRunning = false;

  constructor(clock: Clock, intervalMs: number, timeoutMs: number) {
    this.#clock = clock;
    this.#intervalMs = intervalMs;
    this.#timeoutMs = timeoutMs;
    this.#quantumMs = Math.max(1, Math.floor(Math.min(intervalMs, timeoutMs) / QUANTA));
  }

  /** True while a timer is pending, that is while there is at least one member. */
  get isArmed(): boolean {
    return this.#cancel !== undefined;
  }

  /** Enters a member, or starts its interval anew: the next ping is due in pingInterval. */
  restart(slot: HeartbeatSlot): void {
    slot.list?.remove(slot);
    this.#pings.push(slot, this.#clock.now() + this.#intervalMs);
    this.#arm();
  }

  /** The peer answered: the next ping is due in pingInterval. A pong nobody asked for starts the interval anew too. */
  onPong(slot: HeartbeatSlot): void {
    if (slot.list !== undefined) this.restart(slot);
  }

  /** Enters a member whose peer is to ping, now and whenever it has: within pingInterval + pingTimeout. */
  expectPing(slot: HeartbeatSlot): void {
    slot.list?.remove(slot);
    this.#theirPings.push(slot, this.#clock.now() + this.#intervalMs + this.#timeoutMs);
    this.#arm();
  }

  /** The member leaves. With the last one the timer goes, so nothing keeps the process alive. */
  remove(slot: HeartbeatSlot): void {
    if (slot.list === undefined) return;
    slot.list.remove(slot);
    if (this.#nextWake() === Infinity) this.#disarm();
  }

  #arm(): void {
    if (this.#isRunning) return;
    const wakeMs = this.#nextWake();
    if (wakeMs === Infinity || (this.#cancel !== undefined && this.#wakeMs <= wakeMs)) return;
    this.#armAt(wakeMs);
  }

  #armAt(wakeMs: number): void {
    this.#disarm();
    this.#wakeMs = wakeMs;
    // Node fires timers up to a millisecond early, and truncates fractions: rounding up keeps pings from being early.
    this.#cancel = this.#clock.after(Math.max(0, Math.ceil(wakeMs - this.#clock.now())), () => this.#wake());
  }

  #disarm(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#wakeMs = Infinity;
  }

  #nextWake(): number {
    const ping = this.#pings.head;
    const pingMs = ping === undefined ? Infinity : Math.ceil(ping.dueMs / this.#quantumMs) * this.#quantumMs;
    return Math.min(pingMs, this.#nextSilence());
  }

  #nextSilence(): number {
    return Math.min(this.#pongs.head?.dueMs ?? Infinity, this.#theirPings.head?.dueMs ?? Infinity);
  }

  #wake(): void {
    const now = this.#clock.now();
    const isLate = now - this.#wakeMs > BLOCKED_MS;
    this.#cancel = undefined;
    this.#wakeMs = Infinity;
    this.#isRunning = true;
    try {
      this.#sendPings(now);
      if (!isLate) {
        closeSilent(this.#pongs, now);
        closeSilent(this.#theirPings, now);
      }
    } finally {
      this.#isRunning = false;
      // After a blockade what has arrived is read first; the silent are judged a moment later.
      if (isLate && this.#nextSilence() !== Infinity) this.#armAt(now + 1);
      else this.#arm();
    }
  }

  #sendPings(now: number): void {
    for (let slot = this.#pings.head; slot !== undefined && slot.dueMs <= now; slot = this.#pings.head) {
      this.#pings.remove(slot);
      // A ping that is late through our own fault does not shorten the peer's time to answer.
      this.#pongs.push(slot, Math.max(slot.dueMs, now - this.#quantumMs) + this.#timeoutMs);
      slot.member.onPingDue();
    }
  }
}

function closeSilent(list: DeadlineList, now: number): void {
  for (let slot = list.head; slot !== undefined && slot.dueMs <= now; slot = list.head) {
    list.remove(slot);
    slot.member.onSilence();
  }
}
