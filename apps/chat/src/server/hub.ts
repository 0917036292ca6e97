// The chat's rules: who may do what in which room, and who hears of it. Knows members and rooms, no sockets
// and no wire; what it has to say goes through an Outlet. Called by gate.ts with requests already checked.
import { randomUUID } from "node:crypto";
import { DEFAULT_ROOMS, LIMITS } from "../shared/contract.ts";
import type {
  ChatMessage,
  JoinAnswer,
  JoinRequest,
  MessageAnswer,
  MessageRequest,
  Presence,
  RoomCount,
  Typing,
  TypingRequest,
} from "../shared/contract.ts";
import type { Clock } from "./clock.ts";
import { History } from "./history.ts";
import type { HistoryLimits } from "./history.ts";
import { People } from "./people.ts";
import { Refused } from "./refused.ts";
import { RoomTable } from "./room-table.ts";
import { TypingBoard } from "./typing-board.ts";

/** How the hub speaks to the connections in a room. */
export interface Outlet {
  message(message: ChatMessage, exceptSocketId: string): void;
  presence(presence: Presence): void;
  typing(typing: Typing, exceptSocketId: string): void;
  /** To every connection, in a room or not. */
  rooms(rooms: readonly RoomCount[]): void;
}

export interface HubOptions {
  /** Rooms kept, the default ones included. */
  rooms: number;
  /** Connections in one room. */
  socketsPerRoom: number;
  history: HistoryLimits;
  /** After this time without a sign, somebody no longer types. */
  typingExpiryMs: number;
  /** Arrivals and departures within this time are told in one event. */
  presenceDelayMs: number;
}

/** With the longest texts this is at most 200 rooms × 64 Ki characters of history: some 25 MB. */
export const HUB_DEFAULTS: Readonly<HubOptions> = Object.freeze({
  rooms: 200,
  socketsPerRoom: 500,
  history: Object.freeze({ messages: 100, characters: 65_536, ids: 400 }),
  typingExpiryMs: 5_000,
  presenceDelayMs: 150,
});

const LISTED_PEOPLE = 200;

/** One connection, as the rules see it. */
export interface Member {
  readonly socketId: string;
  readonly person: string;
  name: string;
  readonly rooms: Set<string>;
}

interface Room {
  readonly name: string;
  readonly epoch: string;
  readonly history: History;
  readonly people: People;
  readonly typing: TypingBoard;
  readonly isEmpty: boolean;
}

export class Hub {
  readonly #clock: Clock;
  readonly #outlet: Outlet;
  readonly #options: HubOptions;
  readonly #rooms: RoomTable<Room>;
  /** Rooms whose people changed since the last announcement. */
  readonly #changed = new Set<Room>();

  constructor(outlet: Outlet, clock: Clock, options: HubOptions = HUB_DEFAULTS) {
    this.#outlet = outlet;
    this.#clock = clock;
    this.#options = options;
    this.#rooms = new RoomTable(options.rooms, DEFAULT_ROOMS, (name) => this.#createRoom(name));
  }

  /** Enters a room, or takes a new name in it, and answers with what there is to see. */
  join(member: Member, request: JoinRequest): JoinAnswer {
    const isNew = !member.rooms.has(request.room);
    if (isNew && member.rooms.size >= LIMITS.roomsPerSocket) throw new Refused("ERR_TOO_MANY_ROOMS");
    const room = this.#rooms.open(request.room);
    if (isNew && room.people.sockets >= this.#options.socketsPerRoom) throw new Refused("ERR_ROOM_FULL");
    member.name = request.name;
    member.rooms.add(room.name);
    // A name belongs to the connection: its other rooms learn it too.
    for (const name of member.rooms) this.#enter(name, member);
    return {
      room: room.name,
      you: { person: member.person, name: member.name },
      epoch: room.epoch,
      history: room.history.list(),
      total: room.people.total,
      people: room.people.list(LISTED_PEOPLE),
      typing: room.typing.list(),
    };
  }

  leave(member: Member, roomName: string): void {
    if (!member.rooms.delete(roomName)) return;
    const room = this.#rooms.get(roomName);
    if (room === undefined) return;
    room.typing.stop(member.socketId);
    room.people.leave(member.socketId, member.person);
    this.#announceLater(room);
  }

  leaveAll(member: Member): void {
    for (const room of member.rooms) this.leave(member, room);
  }

  message(member: Member, request: MessageRequest): MessageAnswer {
    const room = this.#roomOf(member, request.room);
    const id = request.id ?? randomUUID();
    const draft = { room: room.name, id, person: member.person, name: member.name, text: request.text };
    const { seq, at, message } = room.history.add(draft, this.#clock.now());
    room.typing.stop(member.socketId);
    if (message !== undefined) this.#outlet.message(message, member.socketId);
    return { id, seq, at, duplicate: message === undefined };
  }

  typing(member: Member, request: TypingRequest): void {
    const { typing } = this.#roomOf(member, request.room);
    if (request.active) typing.start({ socketId: member.socketId, person: member.person, name: member.name });
    else typing.stop(member.socketId);
  }

  /** Head counts of the default rooms. */
  counts(): RoomCount[] {
    return DEFAULT_ROOMS.map((room) => ({ room, total: this.#rooms.get(room)?.people.total ?? 0 }));
  }

  #createRoom(name: string): Room {
    const people = new People();
    return {
      name,
      epoch: randomUUID(),
      history: new History(this.#options.history),
      people,
      typing: new TypingBoard(this.#clock, this.#options.typingExpiryMs, (writer, active) => {
        const typing = { room: name, person: writer.person, name: writer.name, active };
        this.#outlet.typing(typing, writer.socketId);
      }),
      get isEmpty() {
        return people.sockets === 0;
      },
    };
  }

  #roomOf(member: Member, name: string): Room {
    const room = member.rooms.has(name) ? this.#rooms.get(name) : undefined;
    if (room === undefined) throw new Refused("ERR_NOT_JOINED");
    return room;
  }

  #enter(roomName: string, member: Member): void {
    const room = this.#rooms.get(roomName);
    if (room === undefined) return;
    room.people.enter(member.socketId, member.person, member.name);
    this.#announceLater(room);
  }

  /** A hundred arrivals in one moment are one list, not a hundred lists to a hundred people. */
  #announceLater(room: Room): void {
    if (this.#changed.size === 0) this.#clock.after(this.#options.presenceDelayMs, () => this.#announce());
    this.#changed.add(room);
  }

  #announce(): void {
    const changed = [...this.#changed];
    this.#changed.clear();
    for (const { name, people } of changed) {
      this.#outlet.presence({ room: name, total: people.total, people: people.list(LISTED_PEOPLE) });
    }
    if (changed.some((room) => DEFAULT_ROOMS.includes(room.name))) this.#outlet.rooms(this.counts());
  }
}
