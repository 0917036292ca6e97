// A namespace without connections, for testing adapters: members keep what they are given, and answer when told to.

import type { EventPacket } from "@sockeye/protocol/socket";
import type { Adapter } from "../adapter.ts";
import type { AdapterHost, JoinedRooms, RoomMember } from "../member.ts";
import type { BroadcastFlags, Room, SocketId, Target } from "../target.ts";

/** What a packet becomes: the packet itself, and how it is to be treated. */
export interface MemoryMessage {
  readonly packet: EventPacket;
  readonly flags: Readonly<BroadcastFlags>;
}

export class MemoryMember implements RoomMember<MemoryMessage> {
  readonly id: SocketId;
  connected = true;
  joinedRooms: JoinedRooms = undefined;
  gatheredIn = 0;
  readonly received: MemoryMessage[] = [];
  /** The argument of each `disconnect`. */
  readonly disconnects: boolean[] = [];
  /** Called with each message, as an outgoing listener would be. */
  onDelivery: ((message: MemoryMessage) => void) | undefined = undefined;
  readonly #acks = new Map<number, (...args: unknown[]) => void>();

  constructor(id: SocketId) {
    this.id = id;
  }

  /** How many answers are waited for. */
  get owed(): number {
    return this.#acks.size;
  }

  /** The data of what was received. */
  get events(): EventPacket["data"][] {
    return this.received.map(({ packet }) => packet.data);
  }

  deliver(message: MemoryMessage): void {
    this.received.push(message);
    this.onDelivery?.(message);
  }

  expectAck(id: number, onAck: (...args: unknown[]) => void): void {
    this.#acks.set(id, onAck);
  }

  forgetAck(id: number): void {
    this.#acks.delete(id);
  }

  /** Answers what was received last. */
  answer(...args: unknown[]): void {
    const id = this.received.at(-1)?.packet.id;
    if (id === undefined) throw new Error("nothing to answer");
    const onAck = this.#acks.get(id);
    this.#acks.delete(id);
    onAck?.(...args);
  }

  disconnect(close = false): void {
    this.disconnects.push(close);
  }
}

export class MemoryHost implements AdapterHost<MemoryMember, MemoryMessage> {
  readonly name = "/";
  readonly sockets: Map<SocketId, MemoryMember> = new Map();
  readonly warnings: string[] = [];
  /** How many packets were encoded. */
  encoded = 0;
  #ackIds = 0;

  /** Adds connected members. */
  connect(...ids: SocketId[]): MemoryMember[] {
    return ids.map((id) => {
      const member = new MemoryMember(id);
      this.sockets.set(id, member);
      return member;
    });
  }

  memberOf(id: SocketId): MemoryMember | undefined {
    return this.sockets.get(id);
  }

  encode(packet: EventPacket, flags: Readonly<BroadcastFlags>): MemoryMessage {
    this.encoded++;
    return { packet, flags };
  }

  nextAckId(): number {
    return this.#ackIds++;
  }

  warn(message: string): void {
    this.warnings.push(message);
  }
}

/** What the suites test. */
export type MemoryAdapterFactory = (host: MemoryHost) => Adapter<MemoryMember>;

/** A target of these rooms, without those. */
export function targetOf(rooms: Room[] = [], except: Room[] = [], flags: BroadcastFlags = {}): Target {
  return { rooms: new Set(rooms), except: new Set(except), flags };
}
