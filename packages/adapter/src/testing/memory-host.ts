// A namespace without connections, for testing adapters: members keep what they are given, and answer when told to.

import type { EventPacket } from "@sockeye/protocol/socket";
import type { Clock } from "@sockeye/protocol";
import { defaultCodec } from "@sockeye/protocol/socket";
import type { SocketCodec } from "@sockeye/protocol/socket";
import type { AdapterContract } from "../adapter.ts";
import type { AdapterNamespace, ClusterMember, JoinedRooms } from "../member.ts";
import type { BroadcastFlags, BroadcastOptions, BroadcastPacket, Room, SocketId } from "../target.ts";
import { JoinedRoomsView } from "../views.ts";
import { ManualClock } from "./manual-clock.ts";

/** What a packet becomes: the packet itself, and how it is to be treated. */
export interface MemoryMessage {
  readonly packet: BroadcastPacket;
  readonly flags: Readonly<BroadcastFlags>;
}

export class MemoryMember implements ClusterMember<MemoryMessage> {
  readonly id: SocketId;
  connected = true;
  joinedRooms: JoinedRooms = undefined;
  gatheredIn = 0;
  readonly handshake: Record<string, unknown> = { address: "127.0.0.1" };
  data: unknown = {};
  readonly received: MemoryMessage[] = [];
  /** The argument of each `disconnect`. */
  readonly disconnects: boolean[] = [];
  /** Called with each message, as an outgoing listener would be. */
  onDelivery: ((message: MemoryMessage) => void) | undefined = undefined;
  readonly #acks = new Map<number, (...args: unknown[]) => void>();

  constructor(id: SocketId) {
    this.id = id;
  }

  get rooms(): Set<Room> {
    return new JoinedRoomsView(this);
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

export class MemoryHost implements AdapterNamespace<MemoryMember, MemoryMessage> {
  readonly name = "/";
  clock: Clock = new ManualClock();
  readonly codec: SocketCodec = defaultCodec;
  recoversState = false;
  readonly sockets: Map<SocketId, MemoryMember> = new Map();
  readonly warnings: string[] = [];
  /** What was reported. */
  readonly errors: unknown[] = [];
  /** Takes the events of other nodes. */
  onServerSideEmit: (args: readonly any[]) => void = () => {};
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

  encode(packet: BroadcastPacket, flags: Readonly<BroadcastFlags>): MemoryMessage {
    this.encoded++;
    return { packet, flags };
  }

  nextAckId(): number {
    return this.#ackIds++;
  }

  onAdapterError(error: unknown): void {
    this.errors.push(error);
  }

  warn(message: string): void {
    this.warnings.push(message);
  }
}

/** What the suites test. */
export type MemoryAdapterFactory = (host: MemoryHost) => AdapterContract<MemoryMember>;

/** A target of these rooms, without those. */
export function targetOf(
  rooms: Room[] = [],
  except: Room[] = [],
  flags: BroadcastFlags = {},
): BroadcastOptions {
  return { rooms: new Set(rooms), except: new Set(except), flags };
}
