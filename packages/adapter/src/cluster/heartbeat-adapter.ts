// A cluster whose bus cannot say who is there: nodes tell one another, and one that falls silent is taken for gone. Owns the
// list of the other nodes; requests wait for those on it by name.

import type { Cancel } from "@sockeye/protocol";
import type { AnyData } from "../compat/any-data.ts";
import type { AdapterNamespace, ClusterMember } from "../member.ts";
import { ClusterAdapter } from "./cluster-adapter.ts";
import { MessageType } from "./messages.ts";
import type { ClusterMessage, ClusterResponse, Offset, ServerId, Unsigned } from "./messages.ts";
import { resolveClusterAdapterOptions } from "./options.ts";
import type { ClusterAdapterOptions, ResolvedClusterAdapterOptions } from "./options.ts";
import { NamedNodes } from "./requests.ts";
import type { AwaitedNodes } from "./requests.ts";

/** Messages of emitters that serve nobody carry this id. */
const EMITTER: ServerId = "emitter";
const SWEEP_INTERVAL_MS = 1_000;

export abstract class ClusterAdapterWithHeartbeat<
  Message = AnyData,
  Member extends ClusterMember<Message> = AnyData,
> extends ClusterAdapter<Message, Member> {
  readonly #options: ResolvedClusterAdapterOptions;
  /** When each other node was heard last. */
  readonly #lastHeard = new Map<ServerId, number>();
  #heartbeat: Cancel | undefined = undefined;
  #sweep: Cancel | undefined = undefined;
  #isClosed = false;

  /** Throws AdapterError ERR_INVALID_OPTION. */
  protected constructor(nsp: AdapterNamespace<Member, Message>, opts?: ClusterAdapterOptions) {
    super(nsp);
    this.#options = resolveClusterAdapterOptions(opts);
  }

  /** Asks who is there. */
  override init(): void {
    this.#isClosed = false;
    this.publish({ type: MessageType.INITIAL_HEARTBEAT });
    this.#scheduleSweep();
  }

  /** Tells the others that this node goes. */
  override close(): void {
    this.#isClosed = true;
    this.publish({ type: MessageType.ADAPTER_CLOSE });
    this.#heartbeat?.();
    this.#sweep?.();
  }

  override onMessage(message: ClusterMessage | ClusterResponse, offset?: Offset): void {
    const { uid } = message;
    if (uid === this.uid) return;
    if (uid && uid !== EMITTER) this.#lastHeard.set(uid, this.nsp.clock.now());
    if (message.type === MessageType.INITIAL_HEARTBEAT) this.publish({ type: MessageType.HEARTBEAT });
    else if (message.type === MessageType.ADAPTER_CLOSE) this.#remove(uid);
    else super.onMessage(message, offset);
  }

  override onResponse(response: ClusterResponse): void {
    super.onResponse(response);
  }

  override serverCount(): Promise<number> {
    return Promise.resolve(1 + this.#lastHeard.size);
  }

  override publish(message: Unsigned<ClusterMessage>): void {
    super.publish(message);
  }

  protected override publishAndReturnOffset(message: Unsigned<ClusterMessage>): Promise<Offset> {
    this.#scheduleHeartbeat();
    return super.publishAndReturnOffset(message);
  }

  protected override awaitedNodes(): Promise<AwaitedNodes> {
    return Promise.resolve(new NamedNodes(this.#lastHeard.keys()));
  }

  /** Whatever is published says that this node is there, so the next heartbeat is due a whole interval later. */
  #scheduleHeartbeat(): void {
    this.#heartbeat?.();
    if (this.#isClosed) return;
    this.#heartbeat = this.nsp.clock.after(this.#options.heartbeatInterval, () =>
      this.publish({ type: MessageType.HEARTBEAT }),
    );
  }

  #scheduleSweep(): void {
    this.#sweep = this.nsp.clock.after(SWEEP_INTERVAL_MS, () => {
      const silentSince = this.nsp.clock.now() - this.#options.heartbeatTimeout;
      for (const [node, heardAt] of this.#lastHeard) if (heardAt < silentSince) this.#remove(node);
      this.#scheduleSweep();
    });
  }

  #remove(node: ServerId): void {
    this.#lastHeard.delete(node);
    this.onNodeGone(node);
  }
}
