// A bus between adapters of one process, for testing what they say: delivers at once, keeps what was said, fails when told to.

import { ClusterAdapter } from "../cluster/cluster-adapter.ts";
import { ClusterAdapterWithHeartbeat } from "../cluster/heartbeat-adapter.ts";
import type { ClusterMessage, ClusterResponse, Offset, ServerId } from "../cluster/messages.ts";
import type { ClusterAdapterOptions } from "../cluster/options.ts";
import type { MemoryHost, MemoryMember, MemoryMessage } from "./memory-host.ts";

interface Station {
  readonly uid: ServerId;
  take(message: ClusterMessage | ClusterResponse, offset?: Offset): void;
}

export class MemoryBus {
  readonly messages: ClusterMessage[] = [];
  readonly responses: ClusterResponse[] = [];
  /** What sending fails with. */
  failure: Error | undefined = undefined;
  readonly stations: Set<Station> = new Set();

  publish(message: ClusterMessage): Promise<Offset> {
    if (this.failure !== undefined) throw this.failure;
    const offset = `offset-${this.messages.push(message)}`;
    for (const station of this.stations) station.take(copy(message), offset);
    return Promise.resolve(offset);
  }

  respond(requester: ServerId, response: ClusterResponse): Promise<void> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.responses.push(response);
    for (const station of this.stations) if (station.uid === requester) station.take(copy(response));
    return Promise.resolve();
  }
}

export class MemoryClusterAdapter extends ClusterAdapter<MemoryMessage, MemoryMember> {
  readonly #bus: MemoryBus;

  constructor(nsp: MemoryHost, bus: MemoryBus) {
    super(nsp);
    this.#bus = bus;
    bus.stations.add({
      uid: this.uid,
      take: (message, offset) => this.onMessage(message, offset),
    });
  }

  override serverCount(): Promise<number> {
    return Promise.resolve(this.#bus.stations.size);
  }

  protected override doPublish(message: ClusterMessage): Promise<Offset> {
    return this.#bus.publish(message);
  }

  protected override doPublishResponse(requester: ServerId, response: ClusterResponse): Promise<void> {
    return this.#bus.respond(requester, response);
  }
}

export class MemoryHeartbeatAdapter extends ClusterAdapterWithHeartbeat<MemoryMessage, MemoryMember> {
  readonly #bus: MemoryBus;

  constructor(nsp: MemoryHost, bus: MemoryBus, options?: ClusterAdapterOptions) {
    super(nsp, options);
    this.#bus = bus;
    bus.stations.add({
      uid: this.uid,
      take: (message, offset) => this.onMessage(message, offset),
    });
  }

  protected override doPublish(message: ClusterMessage): Promise<Offset> {
    return this.#bus.publish(message);
  }

  protected override doPublishResponse(requester: ServerId, response: ClusterResponse): Promise<void> {
    return this.#bus.respond(requester, response);
  }
}

function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}
