// What clients of Socket.IO 2 say and expect to hear differently (wire.md §2): as one object per protocol, found by the
// revision of Engine.IO a session speaks, since either comes with its own. Pure; asked by Connection and Socket.

import { generateSessionId } from "@sockeye/engine";
import type { SocketId } from "@sockeye/adapter";
import type { ConnectPacket } from "@sockeye/protocol/socket";
import type { AuthPayload } from "./broadcast-operator.ts";

/** Why a client was not let into a namespace. */
export interface Refusal {
  readonly message: string;
  readonly data?: unknown;
}

export interface Dialect {
  /** Whether a client may come back to the session it had. */
  readonly comesBack: boolean;
  /** Whether a client is in the main namespace from the start, without asking. */
  readonly joinsMainAtOnce: boolean;
  /** The namespace a client wants to join, and what it says of itself. */
  readWish(packet: ConnectPacket): { readonly nsp: string; readonly auth: AuthPayload | undefined };
  /** The id of its socket there. */
  socketId(sessionId: string, nsp: string): SocketId;
  /** What it is told when it is let in. */
  greeting(id: SocketId, pid?: string): Record<string, unknown> | undefined;
  /** What it is told when it is not. */
  refusal(refusal: Refusal): string | object;
}

const version5: Dialect = {
  comesBack: true,
  joinsMainAtOnce: false,
  readWish: ({ nsp, data }) => ({ nsp, auth: data }),
  socketId: () => generateSessionId(),
  greeting: (id, pid) => (pid === undefined ? { sid: id } : { sid: id, pid }),
  refusal: (refusal) => refusal,
};

const version4: Dialect = {
  comesBack: false,
  joinsMainAtOnce: true,
  readWish({ nsp }) {
    const at = nsp.indexOf("?");
    if (at < 0) return { nsp, auth: undefined };
    return { nsp: nsp.slice(0, at), auth: Object.fromEntries(new URLSearchParams(nsp.slice(at + 1))) };
  },
  // Known to the client, which takes it from the handshake: so the session's id is no secret here.
  socketId: (sessionId, nsp) => (nsp === "/" ? sessionId : `${nsp}#${sessionId}`),
  greeting: () => undefined,
  refusal({ message, data }) {
    if (typeof data === "object" && data !== null) return data;
    return (typeof data === "string" || typeof data === "number") && data !== "" ? String(data) : message;
  },
};

/** The Socket.IO protocol a client with this revision of Engine.IO speaks. */
export function dialectOf(revision: 3 | 4): Dialect {
  return revision === 3 ? version4 : version5;
}
