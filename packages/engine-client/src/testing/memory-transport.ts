/** A transport without a network: tests see what was written and play the server. */
import { PacketChar } from "@sockeye/protocol/engine";
import { TransportError } from "../errors.ts";
import type { EngineInternals } from "../engine-client.ts";
import type { OutgoingPacket, Transport, TransportSetup, TransportSink } from "../transport.ts";

export class MemoryTransport implements Transport {
  readonly name: string;
  readonly setup: TransportSetup;
  sink: TransportSink | undefined;
  writable = false;
  state: "new" | "opening" | "open" | "paused" | "closed" | "destroyed" = "new";
  /** One entry per write: its packets as text. */
  readonly writes: string[][] = [];
  onPaused: (() => void) | undefined;

  constructor(name: string, setup: TransportSetup) {
    this.name = name;
    this.setup = setup;
  }

  get sent(): string[] {
    return this.writes.flat();
  }

  open(): void {
    this.state = "opening";
  }

  write(packets: readonly OutgoingPacket[]): void {
    if (!this.writable) throw new Error("written while not writable");
    this.writable = false;
    this.writes.push(
      packets.map(({ type, data = "" }) => PacketChar[type] + (typeof data === "string" ? data : "<bytes>")),
    );
  }

  pause(onPaused: () => void): void {
    this.onPaused = onPaused;
  }

  resume(): void {
    this.onPaused = undefined;
  }

  close(): void {
    this.state = "closed";
  }

  destroy(): void {
    this.state = "destroyed";
  }

  // The server's side

  accept(open: Partial<Record<string, unknown>> = {}): void {
    this.state = "open";
    this.writable = true;
    this.sink?.onOpen();
    const packet = {
      sid: "abc",
      upgrades: [],
      pingInterval: 25_000,
      pingTimeout: 20_000,
      maxPayload: 1_000_000,
      ...open,
    };
    if (this.name === "polling") this.receive(`0${JSON.stringify(packet)}`);
  }

  receive(packet: string): void {
    this.sink?.onPacket(packet);
  }

  drain(): void {
    this.writable = true;
    this.sink?.onDrain();
  }

  fail(cause?: unknown): void {
    this.sink?.onError(new TransportError("ERR_POLL_READ", 0, { status: 0, responseText: "" }, cause));
  }

  hangUp(): void {
    this.sink?.onClose({ description: "transport closed by the server" });
  }

  reachPause(): void {
    this.state = "paused";
    this.onPaused?.();
  }
}

/** `createTransport` that keeps what it made. */
export function memoryTransports(): {
  made: MemoryTransport[];
  createTransport: NonNullable<EngineInternals["createTransport"]>;
} {
  const made: MemoryTransport[] = [];
  return {
    made,
    createTransport(name, setup) {
      const transport = new MemoryTransport(name, setup);
      made.push(transport);
      return transport;
    },
  };
}
