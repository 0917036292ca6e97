/**
 * What a manager is doing about its connection.
 *
 *   idle ──► connecting ──► open
 *    ▲ │         │           │ lost
 *    │ │ ◄───────┴───────────┘
 *    │ └─► waiting ──► reconnecting ──► open
 *    │        ▲  ◄──────────┘ failed
 *    └────────┴── given up
 *
 *   any ──► closed ──► connecting
 *
 * idle: nothing is planned, or something just failed and it is about to be decided what comes next. closed: the same, but
 * because the application wants it so.
 */
export type ManagerState = "idle" | "connecting" | "open" | "waiting" | "reconnecting" | "closed";

const MOVES: Readonly<Record<ManagerState, readonly ManagerState[]>> = {
  idle: ["connecting", "waiting", "closed"],
  connecting: ["open", "idle", "closed"],
  open: ["idle", "closed"],
  waiting: ["reconnecting", "idle", "closed"],
  reconnecting: ["open", "waiting", "idle", "closed"],
  closed: ["connecting"],
};

export function canMove(from: ManagerState, to: ManagerState): boolean {
  return MOVES[from].includes(to);
}

/** An attempt is under way. */
export function isConnecting(state: ManagerState): boolean {
  return state === "connecting" || state === "reconnecting";
}

/** The connection was lost and the manager is about getting it back. */
export function isReconnecting(state: ManagerState): boolean {
  return state === "waiting" || state === "reconnecting";
}
