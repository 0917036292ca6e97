/**
 * Why a session or a socket ended: the exact strings users see in `disconnect`, with the policy that follows from
 * each. The tables replace conditions elsewhere: ask them, do not compare strings.
 */

/** The reasons an Engine.IO session itself can end with, on the server. */
export type EngineCloseReason =
  "transport error" | "transport close" | "forced close" | "ping timeout" | "parse error";

/** The reasons a server-side socket can end with. */
export type CloseReason =
  | EngineCloseReason
  | "server shutting down"
  | "forced server close"
  | "client namespace disconnect"
  | "server namespace disconnect";

export interface CloseReasonPolicy {
  /** Whether connection state recovery may restore the session of a peer that comes back. */
  readonly recoverable: boolean;
  /** Who ended it: a decision of the server's or the client's application, a fault, or the library's own rules. */
  readonly by: "server" | "client" | "network" | "protocol";
  /** What happened, for people. */
  readonly when: string;
}

/** Server side: Socket.IO protocol v5, reasons of `disconnecting` and `disconnect`. */
export const CLOSE_REASONS: Readonly<Record<CloseReason, CloseReasonPolicy>> = {
  "transport error": { recoverable: true, by: "network", when: "the connection failed" },
  "transport close": {
    recoverable: true,
    by: "network",
    when: "the peer closed the connection or went away",
  },
  "forced close": {
    recoverable: true,
    by: "protocol",
    when: "the session was closed, or a socket packet was malformed",
  },
  "ping timeout": { recoverable: true, by: "network", when: "the client did not answer a ping in time" },
  "parse error": { recoverable: false, by: "protocol", when: "an engine packet was malformed" },
  "server shutting down": { recoverable: true, by: "server", when: "the server was closed" },
  "forced server close": {
    recoverable: true,
    by: "protocol",
    when: "the client joined no namespace in time, or broke the order of the protocol",
  },
  "client namespace disconnect": { recoverable: false, by: "client", when: "the client left the namespace" },
  "server namespace disconnect": { recoverable: false, by: "server", when: "the server removed the socket" },
};

/** The reasons a client-side socket can end with. */
export type ClientCloseReason =
  | "io server disconnect"
  | "io client disconnect"
  | "ping timeout"
  | "transport close"
  | "transport error"
  | "parse error"
  | "forced close";

export interface ClientCloseReasonPolicy {
  /** Whether the client connects again by itself. */
  readonly reconnects: boolean;
}

/** Client side: after a decision of either application the client stays away, after a fault it comes back. */
export const CLIENT_CLOSE_REASONS: Readonly<Record<ClientCloseReason, ClientCloseReasonPolicy>> = {
  "io server disconnect": { reconnects: false },
  "io client disconnect": { reconnects: false },
  "ping timeout": { reconnects: true },
  "transport close": { reconnects: true },
  "transport error": { reconnects: true },
  "parse error": { reconnects: true },
  "forced close": { reconnects: true },
};
