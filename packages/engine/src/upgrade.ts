// A session's move from polling to a better transport (wire.md §1.12), as seen by the candidate: this object is its
// sink until the move is done. The session stays on polling, and keeps delivering there, until the peer says `5`.
//
//               2probe → 3probe             5
//   ┌─────────┐             ┌───────────┐        ┌──────┐
//   │ probing │────────────▶│ switching │───────▶│ done │      the session takes the candidate over
//   └─────────┘             └───────────┘        └──────┘
//        │                        │
//        │  any other packet · candidate closed · upgradeTimeout · session closed
//        ▼                        ▼
//   ┌────────────────────────────────┐
//   │             failed             │                         the candidate is closed, the session stays as it is
//   └────────────────────────────────┘

import type { Cancel, Clock } from "@sockeye/protocol";
import type { CandidateSink, CandidateTransport } from "./transport.ts";

export type UpgradeState = "probing" | "switching" | "done" | "failed";

export const UPGRADE_STATES: readonly UpgradeState[] = Object.freeze([
  "probing",
  "switching",
  "done",
  "failed",
]);

const MOVES: Readonly<Record<UpgradeState, readonly UpgradeState[]>> = Object.freeze({
  // A peer that skips the probe takes the risk itself; stock servers let it.
  probing: ["switching", "done", "failed"],
  switching: ["done", "failed"],
  done: [],
  failed: [],
});

export function mayUpgradeMove(from: UpgradeState, to: UpgradeState): boolean {
  return MOVES[from].includes(to);
}

/** How often a pending poll is answered, so that the peer can stop polling. */
const NUDGE_MS = 100;

/** What the session does on the way. */
export interface UpgradeTarget {
  onUpgrading(candidate: CandidateTransport): void;
  /** Answers a pending poll with a noop. */
  nudgePoll(): void;
  onUpgraded(candidate: CandidateTransport): void;
  onUpgradeFailed(): void;
}

export class Upgrade implements CandidateSink {
  readonly #target: UpgradeTarget;
  readonly #candidate: CandidateTransport;
  readonly #clock: Clock;
  #state: UpgradeState = "probing";
  #cancelTimeout: Cancel | undefined;
  #cancelNudge: Cancel | undefined = undefined;

  constructor(target: UpgradeTarget, candidate: CandidateTransport, clock: Clock, timeoutMs: number) {
    this.#target = target;
    this.#candidate = candidate;
    this.#clock = clock;
    this.#cancelTimeout = clock.after(timeoutMs, () => this.fail());
    candidate.listen(this);
  }

  get state(): UpgradeState {
    return this.#state;
  }

  onText(packet: string): void {
    if (packet === "2probe") this.#onProbe();
    else if (packet === "5") this.#onUpgrade();
    else this.fail();
  }

  onBinary(): void {
    this.fail();
  }

  onDrain(): void {}

  onClose(): void {
    this.fail();
  }

  onTransportClose(): void {
    this.fail();
  }

  /** Gives the candidate up. The session is told; it closes the upgrade itself when it closes. */
  fail(): void {
    if (!this.#become("failed")) return;
    this.#candidate.release("forced close");
    this.#target.onUpgradeFailed();
  }

  #onProbe(): void {
    if (this.#state !== "switching" && !this.#become("switching")) return;
    this.#candidate.sendPacket("3probe");
    this.#target.onUpgrading(this.#candidate);
    this.#armNudge();
  }

  #onUpgrade(): void {
    if (this.#become("done")) this.#target.onUpgraded(this.#candidate);
  }

  #armNudge(): void {
    this.#cancelNudge?.();
    this.#cancelNudge = undefined;
    // The session may have been closed by a listener of `upgrading`.
    if (this.#state !== "switching") return;
    this.#cancelNudge = this.#clock.after(NUDGE_MS, () => {
      this.#target.nudgePoll();
      this.#armNudge();
    });
  }

  #become(next: UpgradeState): boolean {
    if (!mayUpgradeMove(this.#state, next)) return false;
    this.#state = next;
    if (next !== "switching") {
      this.#cancelTimeout?.();
      this.#cancelTimeout = undefined;
      this.#cancelNudge?.();
      this.#cancelNudge = undefined;
    }
    return true;
  }
}
