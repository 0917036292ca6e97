// Who may come in: the checks every plain and upgrade request passes before it reaches a session, and the six errors
// they end in (wire.md §1.3, §1.4; the texts are frozen by the wire). Pure but for the user's allowRequest.

import type { IncomingMessage } from "node:http";
import type { AllowRequest } from "../options.ts";
import { revisionOf } from "../revisions/choose.ts";
import type { TransportName } from "../transport.ts";

/** The codes peers are told. */
export const RequestErrorCode = {
  unknownTransport: 0,
  unknownSid: 1,
  badHandshakeMethod: 2,
  badRequest: 3,
  forbidden: 4,
  unsupportedProtocolVersion: 5,
} as const;

export type RequestErrorCode = (typeof RequestErrorCode)[keyof typeof RequestErrorCode];

export const REQUEST_ERROR_MESSAGES: Readonly<Record<RequestErrorCode, string>> = Object.freeze({
  0: "Transport unknown",
  1: "Session ID unknown",
  2: "Bad handshake method",
  3: "Bad request",
  4: "Forbidden",
  5: "Unsupported protocol version",
});

/** A refused request: what the peer is told, and what `connection_error` listeners learn on top. */
export interface Refusal {
  readonly code: RequestErrorCode;
  readonly context: Readonly<Record<string, unknown>>;
  /** The text of allowRequest, sent instead of the table's. */
  readonly text?: string | undefined;
}

/** The session a request says it belongs to. An empty one is none. */
export function sidOf(query: Readonly<Record<string, string>>): string | undefined {
  return query["sid"] === "" ? undefined : query["sid"];
}

/** What the checks need to know of a session. */
export interface GatedSession {
  readonly transport: { readonly name: TransportName };
  readonly protocol: 3 | 4;
}

/** What the checks need to know of the engine. */
export interface Gate {
  readonly transports: readonly TransportName[];
  readonly allowRequest: AllowRequest | undefined;
  /** The transport a session is on, and the revision of Engine.IO its peer speaks; undefined: no such session. */
  sessionOf(sid: string): GatedSession | undefined;
}

/**
 * Runs the checks in the order of wire.md §1.3 and calls `decide` exactly once, synchronously unless allowRequest
 * takes its time. `undefined` means: come in.
 */
export function verifyRequest(
  gate: Gate,
  req: IncomingMessage,
  query: Readonly<Record<string, string>>,
  isUpgrade: boolean,
  decide: (refusal: Refusal | undefined) => void,
): void {
  const refusal = checkRequest(gate, req, query, isUpgrade);
  if (refusal !== undefined || sidOf(query) !== undefined || gate.allowRequest === undefined)
    return decide(refusal);
  askUser(gate.allowRequest, req, decide);
}

/** A function that fails lets nobody in. */
function askUser(
  allowRequest: AllowRequest,
  req: IncomingMessage,
  decide: (refusal: Refusal | undefined) => void,
): void {
  let isDecided = false;
  const decideOnce = (refusal: Refusal | undefined): void => {
    if (isDecided) return;
    isDecided = true;
    decide(refusal);
  };
  const onFailure = (error: unknown): void => {
    decideOnce({ code: RequestErrorCode.badRequest, context: { name: "ALLOW_REQUEST_FAILURE", error } });
  };
  try {
    const pending = allowRequest(req, (error, success) => {
      if (success) return decideOnce(undefined);
      const message = typeof error === "string" ? error : REQUEST_ERROR_MESSAGES[RequestErrorCode.forbidden];
      decideOnce({ code: RequestErrorCode.forbidden, context: { message: error }, text: message });
    });
    if (pending instanceof Promise) pending.catch(onFailure);
  } catch (error) {
    // What is thrown behind a decision comes from those who carried it out.
    if (isDecided) throw error;
    onFailure(error);
  }
}

function checkRequest(
  gate: Gate,
  req: IncomingMessage,
  query: Readonly<Record<string, string>>,
  isUpgrade: boolean,
): Refusal | undefined {
  const transport = query["transport"];
  if (!isOffered(gate.transports, transport)) {
    return { code: RequestErrorCode.unknownTransport, context: { transport } };
  }
  const origin = req.headers.origin;
  if (origin !== undefined && !isHeaderText(origin)) {
    // Nothing behind us may reflect it.
    delete req.headers.origin;
    return { code: RequestErrorCode.badRequest, context: { name: "INVALID_ORIGIN", origin } };
  }
  const sid = sidOf(query);
  if (sid !== undefined) return checkSession(gate, sid, query, isUpgrade);
  if (req.method !== "GET") {
    return { code: RequestErrorCode.badHandshakeMethod, context: { method: req.method } };
  }
  if (transport === "websocket" && !isUpgrade) {
    return { code: RequestErrorCode.badRequest, context: { name: "TRANSPORT_HANDSHAKE_ERROR" } };
  }
  return undefined;
}

function checkSession(
  gate: Gate,
  sid: string,
  query: Readonly<Record<string, string>>,
  isUpgrade: boolean,
): Refusal | undefined {
  const session = gate.sessionOf(sid);
  if (session === undefined) return { code: RequestErrorCode.unknownSid, context: { sid } };
  const { transport } = query;
  const previousTransport = session.transport.name;
  if (!isUpgrade && previousTransport !== transport) {
    const context = { name: "TRANSPORT_MISMATCH", transport, previousTransport };
    return { code: RequestErrorCode.badRequest, context };
  }
  const protocol = revisionOf(query).number;
  if (session.protocol !== protocol) {
    const context = { name: "PROTOCOL_MISMATCH", protocol, previousProtocol: session.protocol };
    return { code: RequestErrorCode.badRequest, context };
  }
  return undefined;
}

function isOffered(offered: readonly TransportName[], name: string | undefined): name is TransportName {
  // WebTransport never comes over an HTTP request of ours.
  return name !== "webtransport" && offered.some((known) => known === name);
}

/** Only what a header value may hold: tab, printable ASCII and 0x80 to 0xFF. */
function isHeaderText(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code !== 0x09 && (code < 0x20 || code === 0x7f || code > 0xff)) return false;
  }
  return true;
}
