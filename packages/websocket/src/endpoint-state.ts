/**
 * The life of an endpoint.
 *
 *            close()                  peer's Close · refusal · end of the carrier
 *   open ─────────────► closing-by-us ─────────────► ending ──────────► closed
 *    │                                                 ▲   carrier closed ▲
 *    └─────────────────────────────────────────────────┘                  │
 *      peer's Close · refusal · end of the carrier                        │
 *   any state: destroy(), failure of the carrier, close timeout ──────────┘
 *
 * open           reads and writes
 * closing-by-us  our Close is sent: nothing more is written, what the peer still sends is delivered
 * ending         the sink has had its onClose: what arrives is thrown away until the carrier has closed
 * closed         the carrier is gone
 */

export type EndpointState = "open" | "closing-by-us" | "ending" | "closed";

const MOVES: Readonly<Record<EndpointState, readonly EndpointState[]>> = {
  open: ["closing-by-us", "ending", "closed"],
  "closing-by-us": ["ending", "closed"],
  ending: ["closed"],
  closed: [],
};

export function canMove(from: EndpointState, to: EndpointState): boolean {
  return MOVES[from].includes(to);
}

/** Does what arrives still go to the sink? As long as it does, the sink's onClose is due. */
export function delivers(state: EndpointState): boolean {
  return state === "open" || state === "closing-by-us";
}
