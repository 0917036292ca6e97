/**
 * Socket.IO protocol v5, packet format: turns the messages of one connection into packets. Owns the one that still
 * waits for attachments, and nothing else. Whatever the peer sends, it throws nothing but `ProtocolError`.
 */
import { isBinary } from "../binary.ts";
import type { Binary } from "../binary.ts";
import { ProtocolError, isProtocolError } from "../errors.ts";
import { resolveAttachments } from "./attachments.ts";
import { PacketType, checkedPacket } from "./packet.ts";
import type { AckPacket, EventPacket, SocketPacket } from "./packet.ts";

/** The second argument of `JSON.parse`. */
export type JsonReviver = (this: unknown, key: string, value: unknown) => unknown;

export interface SocketDecoderOptions {
  /** Most attachments one packet may announce. They are held in memory until all have come. @default 10 */
  maxAttachments?: number | undefined;
  /** Passed to `JSON.parse`. @default none */
  reviver?: JsonReviver | undefined;
}

interface PendingPacket {
  readonly packet: EventPacket | AckPacket;
  readonly due: number;
  readonly attachments: Binary[];
}

export class SocketDecoder {
  readonly #options: SocketDecoderOptions;
  #pending: PendingPacket | undefined;

  constructor(options: SocketDecoderOptions = {}) {
    this.#options = options;
  }

  /**
   * Takes the next message: text without the type character of the engine packet, or an attachment. Returns the
   * packet it completes, or undefined while attachments are due. Attachments come out as they went in, not copied.
   *
   * Throws a `ProtocolError` for what no correct peer sends. The decoder then waits for a new packet, but who sent
   * that is best disconnected.
   */
  push(payload: string | Binary): SocketPacket | undefined {
    const pending = this.#pending;
    if (typeof payload === "string") {
      this.#pending = undefined;
      if (pending !== undefined) throw new ProtocolError("ERR_ATTACHMENT_PENDING");
      return this.#onText(payload);
    }
    if (!isBinary(payload)) throw new ProtocolError("ERR_PAYLOAD_TYPE", typeof payload);
    if (pending === undefined) throw new ProtocolError("ERR_ATTACHMENT_UNEXPECTED");
    const { packet, due, attachments } = pending;
    if (attachments.push(payload) < due) return undefined;
    this.#pending = undefined;
    try {
      resolveAttachments(packet.data, attachments);
    } catch (cause) {
      // Other errors need a reviver that returns what cannot be assigned to.
      throw isProtocolError(cause) ? cause : new ProtocolError("ERR_PAYLOAD", undefined, { cause });
    }
    return packet;
  }

  /** Forgets a packet whose attachments have not all come: for the end of a connection. */
  reset(): void {
    this.#pending = undefined;
  }

  #onText(text: string): SocketPacket | undefined {
    let type = text.charCodeAt(0) - ZERO;
    if (!(type >= PacketType.CONNECT && type <= PacketType.BINARY_ACK)) {
      throw new ProtocolError(text === "" ? "ERR_PACKET_EMPTY" : "ERR_PACKET_TYPE", text[0]);
    }
    let at = 1;
    let due = 0;
    if (type >= PacketType.BINARY_EVENT) {
      type -= PacketType.BINARY_EVENT - PacketType.EVENT;
      const dash = digitsEnd(text, at);
      if (dash === at || text[dash] !== "-") throw new ProtocolError("ERR_ATTACHMENT_COUNT");
      due = Number(text.slice(at, dash));
      const { maxAttachments = DEFAULT_MAX_ATTACHMENTS } = this.#options;
      if (due > maxAttachments)
        throw new ProtocolError("ERR_TOO_MANY_ATTACHMENTS", `${due} of ${maxAttachments}`);
      at = dash + 1;
    }

    let nsp = "/";
    if (text[at] === "/") {
      const comma = text.indexOf(",", at);
      const end = comma < 0 ? text.length : comma;
      nsp = text.slice(at, end);
      at = end + 1;
    }

    let id: number | undefined;
    const idEnd = digitsEnd(text, at);
    if (idEnd > at) {
      id = Number(text.slice(at, idEnd));
      // A longer one would be answered with another id than was asked.
      if (!Number.isSafeInteger(id)) throw new ProtocolError("ERR_PACKET_ID");
      at = idEnd;
    }

    const data = at < text.length ? parseJson(text.slice(at), this.#options.reviver) : undefined;
    const packet = checkedPacket(type, nsp, id, data);
    if (due === 0 || (packet.type !== PacketType.EVENT && packet.type !== PacketType.ACK)) return packet;
    this.#pending = { packet, due, attachments: [] };
    return undefined;
  }
}

const ZERO = 0x30;
const DEFAULT_MAX_ATTACHMENTS = 10;

/** Where the decimal digits that start at `at` end. */
function digitsEnd(text: string, at: number): number {
  let end = at;
  for (;;) {
    const digit = text.charCodeAt(end) - ZERO;
    // NaN, at the end of the text, is no digit.
    if (!(digit >= 0 && digit <= 9)) return end;
    end++;
  }
}

function parseJson(json: string, reviver: JsonReviver | undefined): unknown {
  try {
    return JSON.parse(json, reviver);
  } catch (cause) {
    throw new ProtocolError("ERR_PAYLOAD", "not JSON", { cause });
  }
}
