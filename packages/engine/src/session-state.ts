// The life of a session, as a table. Session is the only writer; everybody else asks the predicates.
//
//            open packet handed over          close()                  last poll answered,
//                                                                      or 30 s without one
//   ┌─────────┐              ┌──────┐              ┌─────────┐              ┌────────┐
//   │ opening │─────────────▶│ open │─────────────▶│ closing │─────────────▶│ closed │
//   └─────────┘              └──────┘              └─────────┘              └────────┘
//        │                       │                                               ▲
//        └───────────────────────┴───────────────────────────────────────────────┘
//          transport error · transport close · ping timeout · parse error · close(true)
//
// opening  the id exists, the peer has not been told
// open     messages flow both ways, the heartbeat runs
// closing  close() was called and the transport still owes the peer data or a goodbye; nothing new is accepted
// closed   everything is released; onClose was called exactly once

export type SessionState = "opening" | "open" | "closing" | "closed";

export const SESSION_STATES: readonly SessionState[] = Object.freeze([
  "opening",
  "open",
  "closing",
  "closed",
]);

const MOVES: Readonly<Record<SessionState, readonly SessionState[]>> = Object.freeze({
  opening: ["open", "closed"],
  open: ["closing", "closed"],
  closing: ["closed"],
  closed: [],
});

export function mayMove(from: SessionState, to: SessionState): boolean {
  return MOVES[from].includes(to);
}

/** May messages be sent and received? */
export function canExchange(state: SessionState): boolean {
  return state === "open";
}
