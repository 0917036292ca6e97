/** The connection under a manager, without a network: tests see what was sent and play the server. */
import type { EngineClient, EngineHandler } from "@sockeye/engine-client";
import { FakeClock } from "../../../engine-client/src/testing/fake-clock.ts";
import { Manager } from "../manager.ts";
import type { ManagerOptions } from "../options.ts";

export class FakeEngine {
  handler: EngineHandler | undefined;
  /** What was sent, as it would travel. */
  readonly sent: unknown[] = [];
  readonly compressed: boolean[] = [];
  readonly transport = { name: "websocket", writable: true };
  isClosed = false;
  isExpired = false;

  constructor(handler: EngineHandler) {
    this.handler = handler;
  }

  setHandler(handler: EngineHandler | undefined): void {
    this.handler = handler;
  }

  hasPingExpired(): boolean {
    return this.isExpired;
  }

  send(data: unknown, options?: { compress: boolean }): void {
    this.sent.push(data);
    this.compressed.push(options?.compress !== false);
  }

  close(): void {
    this.isClosed = true;
  }

  // The server's side

  open(): void {
    this.handler?.onOpen();
  }

  /** Socket packets as they travel, in order. */
  receive(...packets: (string | Uint8Array)[]): void {
    for (const packet of packets) this.handler?.onMessage(packet);
  }

  fail(message = "boom"): void {
    const error = new Error(message);
    this.transport.writable = false;
    this.handler?.onError(error);
    this.handler?.onClose("transport error", error);
  }

  drop(reason: "transport close" | "ping timeout" = "transport close"): void {
    this.transport.writable = false;
    this.handler?.onClose(reason);
  }

  /** What was sent since the last call. */
  take(): unknown[] {
    return this.sent.splice(0);
  }
}

export interface Bench {
  readonly clock: FakeClock;
  readonly manager: Manager;
  readonly engines: FakeEngine[];
  /** Of the attempt under way or the open connection. */
  readonly engine: FakeEngine;
  /** Manager events, one line each. */
  readonly log: string[];
}

/** A manager on fake engines. `random` is 0 unless given, which makes delays exact. */
export function bench(options: ManagerOptions = {}, random = () => 0): Bench {
  const clock = new FakeClock();
  const engines: FakeEngine[] = [];
  const manager = new Manager("http://host", options, {
    clock,
    random,
    createEngine(_uri, _options, handler) {
      const engine = new FakeEngine(handler);
      engines.push(engine);
      return engine as unknown as EngineClient;
    },
  });
  const log: string[] = [];
  manager.on("open", () => log.push("open"));
  manager.on("error", (error) => log.push(`error ${error.message}`));
  manager.on("close", (reason) => log.push(`close ${reason}`));
  manager.on("ping", () => log.push("ping"));
  manager.on("reconnect_attempt", (attempt) => log.push(`reconnect_attempt ${attempt}`));
  manager.on("reconnect", (attempt) => log.push(`reconnect ${attempt}`));
  manager.on("reconnect_error", (error) => log.push(`reconnect_error ${error.message}`));
  manager.on("reconnect_failed", () => log.push("reconnect_failed"));
  return {
    clock,
    manager,
    engines,
    log,
    get engine() {
      return engines.at(-1)!;
    },
  };
}
