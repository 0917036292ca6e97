// Reads what a client sent: `unknown` in, a request of the contract out, or Refused. The only place where
// payloads are trusted, and only after their types, lengths and characters were looked at.
import { LIMITS } from "../shared/contract.ts";
import type { JoinRequest, MessageRequest, TypingRequest } from "../shared/contract.ts";
import { cleanMessage, cleanName, isMessageId, isRoomName } from "../shared/text.ts";
import { Refused } from "./refused.ts";

/** An own member of a plain JSON object; never one that it inherits. */
function member(payload: unknown, key: string): unknown {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) {
    throw new Refused("ERR_PAYLOAD_INVALID");
  }
  return Object.getOwnPropertyDescriptor(payload, key)?.value;
}

export function readRoom(payload: unknown): string {
  const room = member(payload, "room");
  if (typeof room !== "string" || !isRoomName(room)) throw new Refused("ERR_ROOM_INVALID");
  return room;
}

export function readJoin(payload: unknown): JoinRequest {
  const room = readRoom(payload);
  const given = member(payload, "name");
  const name = typeof given === "string" ? cleanName(given) : undefined;
  if (name === undefined) throw new Refused("ERR_NAME_INVALID");
  return { room, name };
}

export function readMessage(payload: unknown): MessageRequest {
  const room = readRoom(payload);
  const id = member(payload, "id");
  if (id !== undefined && (typeof id !== "string" || !isMessageId(id))) throw new Refused("ERR_ID_INVALID");
  const given = member(payload, "text");
  if (typeof given !== "string") throw new Refused("ERR_MESSAGE_EMPTY");
  if (given.length > LIMITS.messageLength) throw new Refused("ERR_MESSAGE_TOO_LONG");
  const text = cleanMessage(given);
  if (text === "") throw new Refused("ERR_MESSAGE_EMPTY");
  return { room, text, id };
}

export function readTyping(payload: unknown): TypingRequest {
  const room = readRoom(payload);
  const active = member(payload, "active");
  if (typeof active !== "boolean") throw new Refused("ERR_PAYLOAD_INVALID");
  return { room, active };
}
