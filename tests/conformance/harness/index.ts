/** What cases are written with. */
export { conformance, engineConformance } from "./conformance.ts";
export { headersOf, statusAndBody } from "./http.ts";
export type { Answer } from "./http.ts";
export type { PollingPeer, WebSocketPeer } from "./peers.ts";
export type { EngineHost, IoHost } from "./server.ts";
export type { Trace } from "./trace.ts";
export { next, turn, until, within } from "./wait.ts";
