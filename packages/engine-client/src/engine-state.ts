/**
 * The life of one connection; it is never opened a second time.
 *
 *   opening ──► open ──► closing ──► closed
 *      │          └────────────────►   ▲     (lost: transport close, transport error, ping timeout)
 *      └───────────────────────────────┘     (failed, or closed before the handshake)
 *
 * `closing` is left once the queue is flushed and a running upgrade has come to an end.
 */
export type EngineState = "opening" | "open" | "closing" | "closed";

const MOVES: Readonly<Record<EngineState, readonly EngineState[]>> = {
  opening: ["open", "closed"],
  open: ["closing", "closed"],
  closing: ["closed"],
  closed: [],
};

export function canMove(from: EngineState, to: EngineState): boolean {
  return MOVES[from].includes(to);
}
