// A bus in memory and the adapters on it, written as a vendor would write them: each extends a documented class and brings the
// sending and the receiving. The bus copies what it carries, keeps the order, and fails when told to.
import type { ClusterMessage, ClusterResponse } from "socket.io-adapter";
import type { AdapterLibrary } from "./sides.ts";

interface Station {
  readonly uid: string;
  readonly nsp: string;
  onMessage(message: ClusterMessage): void;
  onResponse(response: ClusterResponse): void;
}

export class Bus {
  /** What is done, in order: "publish <type>" here, whatever tests add. */
  readonly log: string[] = [];
  /** Publishing waits for this. */
  gate: Promise<void> = Promise.resolve();
  /** Publishing fails with this. */
  failure: Error | undefined;
  readonly #stations = new Set<Station>();
  readonly #cut = new Set<string>();

  join(station: Station): void {
    this.#stations.add(station);
  }

  leave(uid: string): void {
    for (const station of this.#stations) if (station.uid === uid) this.#stations.delete(station);
  }

  /** The station hears and says nothing any more, and has told nobody. */
  cut(uid: string): void {
    this.#cut.add(uid);
  }

  count(nsp: string): number {
    return [...this.#stations].filter((station) => station.nsp === nsp).length;
  }

  async publish(message: ClusterMessage): Promise<string> {
    this.log.push(`publish ${message.type}`);
    if (this.failure !== undefined) throw this.failure;
    await this.gate;
    this.#deliver(message.uid, (station) => station.onMessage(structuredClone(message)));
    return "";
  }

  async respond(requester: string, response: ClusterResponse): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    this.#deliver(response.uid, (station) => {
      if (station.uid === requester) station.onResponse(structuredClone(response));
    });
  }

  #deliver(from: string, give: (station: Station) => void): void {
    if (this.#cut.has(from)) return;
    for (const station of this.#stations) {
      setImmediate(() => {
        if (!this.#cut.has(station.uid)) give(station);
      });
    }
  }
}

export type AdapterKind = "ClusterAdapter" | "ClusterAdapterWithHeartbeat";

/** Makes the option `adapter` of one node. */
export function busAdapter(library: AdapterLibrary, kind: AdapterKind, bus: Bus): (nsp: any) => any {
  const { ClusterAdapter, ClusterAdapterWithHeartbeat } = library;

  class CountedBusAdapter extends ClusterAdapter {
    constructor(nsp: any) {
      super(nsp);
      bus.join({
        uid: this.uid,
        nsp: nsp.name,
        onMessage: (message) => this.onMessage(message),
        onResponse: (response) => this.onResponse(response),
      });
    }

    override serverCount(): Promise<number> {
      return Promise.resolve(bus.count(this.nsp.name));
    }

    override doPublish(message: ClusterMessage): Promise<string> {
      return bus.publish(message);
    }

    override doPublishResponse(requester: string, response: ClusterResponse): Promise<void> {
      return bus.respond(requester, response);
    }

    override close(): void {
      bus.leave(this.uid);
    }
  }

  class BeatingBusAdapter extends ClusterAdapterWithHeartbeat {
    constructor(nsp: any) {
      super(nsp, { heartbeatInterval: 200, heartbeatTimeout: 2_000 });
      bus.join({
        uid: this.uid,
        nsp: nsp.name,
        // Responses come the same way: adapters need not tell them apart.
        onMessage: (message) => this.onMessage(message),
        onResponse: (response) => this.onMessage(response as never),
      });
    }

    override doPublish(message: ClusterMessage): Promise<string> {
      return bus.publish(message);
    }

    override doPublishResponse(requester: string, response: ClusterResponse): Promise<void> {
      return bus.respond(requester, response);
    }

    override close(): void {
      super.close();
      bus.leave(this.uid);
    }
  }

  // A plain function, as vendors export it: it is called with `new` and returns what it made.
  return function createAdapter(nsp: any): unknown {
    return kind === "ClusterAdapter" ? new CountedBusAdapter(nsp) : new BeatingBusAdapter(nsp);
  };
}
