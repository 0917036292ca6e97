/** An endpoint on a memory carrier with a sink that records, for tests. */
import { setImmediate as turn } from "node:timers/promises";
import { type EndpointClock, type EndpointOptions, WebSocketEndpoint } from "../endpoint.ts";
import type { WebSocketError } from "../errors.ts";
import type { FrameSink } from "../frame-sink.ts";
import { type Flushable, TurnFlush } from "../turn-flush.ts";
import { type ServerFrame, serverFrames } from "./client-frames.ts";
import { MemoryDuplex } from "./memory-duplex.ts";

export class RecordingSink implements FrameSink {
  readonly messages: (string | Uint8Array)[] = [];
  drains = 0;
  closes: { code: number; reason: string; error: string | undefined }[] = [];

  onText(text: string): void {
    this.messages.push(text);
  }
  onBinary(bytes: Buffer): void {
    this.messages.push(bytes);
  }
  onDrain(): void {
    this.drains++;
  }
  onClose(code: number, reason: string, error?: WebSocketError): void {
    this.closes.push({ code, reason, error: error?.code });
  }
}

/** A clock the test turns. */
export class FakeClock implements EndpointClock {
  #now = 0;
  readonly #due = new Set<{ at: number; run: () => void }>();

  get pending(): number {
    return this.#due.size;
  }

  after(delayMs: number, run: () => void): () => void {
    const entry = { at: this.#now + delayMs, run };
    this.#due.add(entry);
    return () => this.#due.delete(entry);
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const entry of this.#due) {
      if (entry.at <= this.#now && this.#due.delete(entry)) entry.run();
    }
  }
}

/** A turn that ends when the test says so. */
export class ManualTurn extends TurnFlush {
  readonly #runs: (() => void)[];
  scheduled = 0;

  constructor() {
    const runs: (() => void)[] = [];
    super((run) => runs.push(run));
    this.#runs = runs;
  }

  override schedule(item: Flushable): void {
    this.scheduled++;
    super.schedule(item);
  }

  end(): void {
    for (const run of this.#runs.splice(0)) run();
  }
}

export interface OpenEndpoint {
  readonly endpoint: WebSocketEndpoint;
  readonly carrier: MemoryDuplex;
  readonly sink: RecordingSink;
  readonly clock: FakeClock;
  readonly turn: ManualTurn;
  /** Ends the turn and gives all frames written so far. */
  readonly sent: () => ServerFrame[];
  /** The code of the Close that was written: 1005 if it has none, undefined if there is no Close. */
  readonly sentCloseCode: () => number | undefined;
}

/** Opens an endpoint and waits until its carrier flows, from where on received bytes are read in the same call. */
export async function openEndpoint(
  options: Partial<EndpointOptions> & { carrier?: MemoryDuplex } = {},
): Promise<OpenEndpoint> {
  const carrier = options.carrier ?? new MemoryDuplex();
  const sink = new RecordingSink();
  const clock = new FakeClock();
  const manualTurn = new ManualTurn();
  const endpoint = new WebSocketEndpoint(carrier, {
    maxMessageBytes: 0,
    sink,
    clock,
    turn: manualTurn,
    ...options,
  });
  await turn();
  const sent = (): ServerFrame[] => {
    manualTurn.end();
    return serverFrames(carrier.written);
  };
  const sentCloseCode = (): number | undefined => {
    const close = sent().find((frame) => frame.first === 0x88);
    return close && (close.payload.length === 0 ? 1005 : close.payload.readUInt16BE(0));
  };
  return { endpoint, carrier, sink, clock, turn: manualTurn, sent, sentCloseCode };
}
