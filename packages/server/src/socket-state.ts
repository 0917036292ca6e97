// The states of a server-side socket.
//
//   joining ──► connected ──► leaving ──► gone
//      └──────────────────────────────────►┘
//
// joining: the namespace's middlewares have it · leaving: `disconnecting` listeners run, its rooms are still there

export type SocketState = "joining" | "connected" | "leaving" | "gone";

const MOVES: Readonly<Record<SocketState, readonly SocketState[]>> = {
  joining: ["connected", "gone"],
  connected: ["leaving"],
  leaving: ["gone"],
  gone: [],
};

export function mayMove(from: SocketState, to: SocketState): boolean {
  return MOVES[from].includes(to);
}

/** Messages go both ways. */
export function canExchange(state: SocketState): boolean {
  return state === "connected" || state === "leaving";
}

/** May still join rooms. */
export function canJoin(state: SocketState): boolean {
  return state !== "gone";
}
