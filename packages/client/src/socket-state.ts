/**
 * What a socket is doing about its namespace.
 *
 *   inactive ──► active ──► connected
 *      ▲            │  ◄──────┘ connection lost
 *      └────────────┴─────────┘ disconnected by either side, or refused
 *
 * active: the socket wants to be connected and follows its manager.
 */
export type SocketState = "inactive" | "active" | "connected";

const MOVES: Readonly<Record<SocketState, readonly SocketState[]>> = {
  inactive: ["active"],
  active: ["connected", "inactive"],
  connected: ["active", "inactive"],
};

export function canMove(from: SocketState, to: SocketState): boolean {
  return MOVES[from].includes(to);
}
