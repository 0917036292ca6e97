/**
 * One attempt to move a connection from polling to a better transport (wire §1.12). It listens to the candidate until
 * the move is made or given up; the connection only learns of the turning points.
 *
 *   probing ──► switching ──► done
 *      └────────────┴───────► failed
 *
 * probing: the candidate opens and answers a ping; traffic stays where it is. switching: polling is brought to rest, both
 * directions, so that no packet is lost or overtaken; then `upgrade` goes out on the candidate.
 */
import { PacketChar } from "@sockeye/protocol/engine";
import { ProbeError } from "./errors.ts";
import type { OutgoingType, Transport, TransportSink } from "./transport.ts";

export interface UpgradeHost {
  /** The candidate works: hold all writes and bring the current transport to rest. */
  onSwitching(candidate: Transport, whenPaused: () => void): void;
  /** The upgrade packet was sent; the candidate is the connection's transport from here on. */
  onUpgraded(candidate: Transport): void;
  onUpgradeFailed(error: ProbeError): void;
}

type UpgradeState = "probing" | "switching" | "done" | "failed";

export class Upgrade implements TransportSink {
  readonly #candidate: Transport;
  readonly #host: UpgradeHost;
  #state: UpgradeState = "probing";

  constructor(candidate: Transport, host: UpgradeHost) {
    this.#candidate = candidate;
    this.#host = host;
    candidate.sink = this;
    candidate.open();
  }

  get isSwitching(): boolean {
    return this.#state === "switching";
  }

  onOpen(): void {
    this.#send("ping", "probe");
  }

  onPacket(packet: string): void {
    if (this.#state !== "probing") return;
    if (packet !== `${PacketChar.pong}probe`) return this.fail(`unexpected packet "${packet.slice(0, 20)}"`);
    this.#state = "switching";
    this.#host.onSwitching(this.#candidate, () => {
      if (this.#state !== "switching") return;
      this.#state = "done";
      this.#send("upgrade");
      this.#host.onUpgraded(this.#candidate);
    });
  }

  onBinary(): void {
    this.fail("unexpected binary packet");
  }

  onDrain(): void {}

  onError(error: Error): void {
    this.fail(error.message, error);
  }

  onClose(): void {
    this.fail("transport closed");
  }

  /** Gives up and closes the candidate; no-op once the move is made. */
  fail(detail: string, cause?: unknown): void {
    if (this.#state === "done" || this.#state === "failed") return;
    this.#state = "failed";
    this.#candidate.sink = undefined;
    this.#candidate.close();
    this.#host.onUpgradeFailed(new ProbeError(this.#candidate.name, detail, cause));
  }

  #send(type: OutgoingType, data?: string): void {
    this.#candidate.write([{ type, data, options: { compress: false } }]);
  }
}
