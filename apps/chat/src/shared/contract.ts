// The event contract of the chat, in one place: what a client may send, what the server answers and
// sends by itself, and why it may refuse. Used by the server and by the page; README.md tells the same
// story for clients in other languages. Holds types and constants only.

/** Rooms that always exist. Their names and head counts are shown to everybody. */
export const DEFAULT_ROOMS: readonly string[] = ["lobby", "help", "campfire"];

export interface Limits {
  /** Longest name, in UTF-16 code units. */
  readonly nameLength: number;
  /** Longest room name, in UTF-16 code units. */
  readonly roomLength: number;
  /** Longest message, in UTF-16 code units. */
  readonly messageLength: number;
  /** Longest message id made by a client. */
  readonly idLength: number;
  /** Rooms one connection may be in at a time. */
  readonly roomsPerSocket: number;
}
export const LIMITS: Limits = Object.freeze({
  nameLength: 32,
  roomLength: 32,
  messageLength: 2000,
  idLength: 64,
  roomsPerSocket: 8,
});

export type RefusalCode =
  | "ERR_RATE_LIMITED"
  | "ERR_PAYLOAD_INVALID"
  | "ERR_NAME_INVALID"
  | "ERR_ROOM_INVALID"
  | "ERR_MESSAGE_EMPTY"
  | "ERR_MESSAGE_TOO_LONG"
  | "ERR_ID_INVALID"
  | "ERR_ID_TAKEN"
  | "ERR_NOT_JOINED"
  | "ERR_TOO_MANY_ROOMS"
  | "ERR_ROOM_FULL"
  | "ERR_NO_ROOM_LEFT"
  | "ERR_UNKNOWN_EVENT"
  | "ERR_INTERNAL";

/** Why the server may refuse an event. Codes never change meaning; texts may be improved. */
export const REFUSALS: Readonly<Record<RefusalCode, string>> = Object.freeze({
  ERR_RATE_LIMITED: "too many events in a short time",
  ERR_PAYLOAD_INVALID: "the payload must be an object",
  ERR_NAME_INVALID: `name must be text of 1 to ${LIMITS.nameLength} visible characters`,
  ERR_ROOM_INVALID: `room must be 1 to ${LIMITS.roomLength} lower-case letters, digits or hyphens`,
  ERR_MESSAGE_EMPTY: "text must have at least one visible character",
  ERR_MESSAGE_TOO_LONG: `text must have at most ${LIMITS.messageLength} characters`,
  ERR_ID_INVALID: `id must be 1 to ${LIMITS.idLength} letters, digits, hyphens or underscores`,
  ERR_ID_TAKEN: "somebody else already used this message id",
  ERR_NOT_JOINED: "join the room first",
  ERR_TOO_MANY_ROOMS: `a connection may be in at most ${LIMITS.roomsPerSocket} rooms`,
  ERR_ROOM_FULL: "the room is full",
  ERR_NO_ROOM_LEFT: "the server keeps no more rooms, try one that exists",
  ERR_UNKNOWN_EVENT: "the server knows no such event",
  ERR_INTERNAL: "the server could not handle this event",
});

export interface Refusal {
  ok: false;
  code: RefusalCode;
  message: string;
  /** With ERR_RATE_LIMITED: when the same event will be taken, in ms from now. */
  retryAfterMs?: number | undefined;
}
export type Reply<Answer> = ({ ok: true } & Answer) | Refusal;

/** Somebody in a room; several tabs or devices with the same key are one person. */
export interface Person {
  /** Public id, derived by the server from the secret `auth.key` of the connection. */
  person: string;
  name: string;
  /** Connections of this person in the room. */
  tabs: number;
}

export interface ChatMessage {
  room: string;
  id: string;
  /** Position in the room, from 1, without holes while the room's epoch stays the same. */
  seq: number;
  /** Server time, ms since 1970. */
  at: number;
  person: string;
  name: string;
  text: string;
}

export interface JoinRequest {
  room: string;
  name: string;
}
export interface JoinAnswer {
  room: string;
  you: { person: string; name: string };
  /** Names this history: another epoch means that the room began anew (a restart, say) and `seq` with it. */
  epoch: string;
  /** The last messages, oldest first. */
  history: readonly ChatMessage[];
  total: number;
  people: readonly Person[];
  /** Who is writing at the moment; changes come as `typing`. */
  typing: readonly Typist[];
}

/** Somebody who writes. */
export interface Typist {
  person: string;
  name: string;
}

export interface MessageRequest {
  room: string;
  text: string;
  /** Made by the client; the same id is stored once however often it is sent. Made by the server if absent. */
  id?: string | undefined;
}
export interface MessageAnswer {
  id: string;
  seq: number;
  at: number;
  /** The server had this id already and did not store it again. */
  duplicate: boolean;
}

export interface TypingRequest {
  room: string;
  active: boolean;
}

export interface Presence {
  room: string;
  /** People in the room; `people` lists the first 200 of them. */
  total: number;
  people: readonly Person[];
}
export interface Typing extends Typist {
  room: string;
  active: boolean;
}
export interface RoomCount {
  room: string;
  total: number;
}
/** What a client that sent no acknowledgement hears instead. */
export interface RefusedEvent {
  event: string;
  code: RefusalCode;
  message: string;
}

export interface ClientToServer {
  join(request: JoinRequest, reply: (reply: Reply<JoinAnswer>) => void): void;
  leave(request: { room: string }, reply: (reply: Reply<object>) => void): void;
  message(request: MessageRequest, reply: (reply: Reply<MessageAnswer>) => void): void;
  typing(request: TypingRequest, reply: (reply: Reply<object>) => void): void;
  /** Does nothing but answer: the time to the answer is the latency. */
  latency(reply: (reply: Reply<object>) => void): void;
}

export interface ServerToClient {
  /** To everybody in the room but the connection that sent it, which has the acknowledgement. */
  message(message: ChatMessage): void;
  presence(presence: Presence): void;
  typing(typing: Typing): void;
  /** Head counts of the default rooms. */
  rooms(rooms: readonly RoomCount[]): void;
  refused(refused: RefusedEvent): void;
}
