// A client as the scenarios see it, in whatever language it runs.
import type { Inbox } from "../inbox.ts";

export type TransportPlan = "polling" | "websocket" | "upgrade";

export interface OpenOptions {
  readonly namespaces?: readonly string[];
  readonly auth?: Record<string, unknown>;
  readonly query?: Record<string, string>;
  readonly reconnects?: boolean;
}

/** How one namespace answered the request to connect: with an id, or with an error. */
export type Answer =
  { readonly id: string } | { readonly error: { readonly message: string; readonly data?: unknown } };

export interface InteropClient {
  /** Connects once, with all the namespaces on that connection; with the plan `upgrade` waits until it is on WebSocket. */
  open(options?: OpenOptions): Promise<Readonly<Record<string, Answer>>>;
  emit(event: string, args: readonly unknown[], nsp?: string): void;
  /** Emits and waits for the acknowledgement. */
  call(event: string, args: readonly unknown[], nsp?: string): Promise<readonly unknown[]>;
  /** Every client acknowledges the event `question` with the arguments it came with; any other event it only keeps here. */
  inbox(nsp?: string): Inbox;
  /** The name of the transport in use. */
  transport(): Promise<string>;
  disconnect(nsp?: string): Promise<void>;
  /** Ends the client; safe to call in any state. */
  close(): Promise<void>;
}

/** What a scenario may ask of a client beyond the protocol itself. */
export type Ability = "auth" | "goodbye" | "leaving one namespace" | "silence";

/** What makes clients of one kind. */
export interface ClientKind {
  readonly name: string;
  /** What the client's own library has no means for; its `ended()` then has no reason to tell. */
  readonly cannot: ReadonlySet<Ability>;
  create(url: string, plan: TransportPlan): InteropClient;
  /** Ends what the kind as a whole holds, such as a child process. */
  stop(): Promise<void>;
}

export const TRANSPORTS: Readonly<Record<TransportPlan, readonly string[]>> = {
  polling: ["polling"],
  websocket: ["websocket"],
  upgrade: ["polling", "websocket"],
};
