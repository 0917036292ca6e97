// Rooms over several nodes, given a way to send a message to all of them and a response to one. Whoever extends it brings
// those two and feeds what arrives to `onMessage` and `onResponse`. What concerns all nodes is published first and then
// applied here, so that all see the same order; a publish that fails is reported, and does not keep this node from its part.

import { randomBytes } from "node:crypto";
import type { AnyData } from "../compat/any-data.ts";
import { LocalAdapter } from "../local-adapter.ts";
import type { AdapterNamespace, ClusterMember, SocketDetails } from "../member.ts";
import type { BroadcastAck, BroadcastOptions, BroadcastPacket, Room } from "../target.ts";
import { decodeOptions, describe, encodeOptions, MessageType, packetOf } from "./messages.ts";
import type { ClusterMessage, ClusterResponse, Offset, ServerId, Unsigned } from "./messages.ts";
import { CountedNodes, RequestTable } from "./requests.ts";
import type { AwaitedNodes } from "./requests.ts";

const REQUEST_TIMEOUT_MS = 5_000;

/** A broadcast whose answers come from several nodes. */
interface AskedBroadcast {
  readonly onClientCount: (clientCount: number) => void;
  readonly ack: BroadcastAck;
}

export abstract class ClusterAdapter<
  Message = AnyData,
  Member extends ClusterMember<Message> = AnyData,
> extends LocalAdapter<Message, Member> {
  /** Names this node: 16 hexadecimal digits. */
  protected readonly uid: ServerId;
  readonly #requests: RequestTable;
  readonly #broadcasts = new Map<string, AskedBroadcast>();

  protected constructor(nsp: AdapterNamespace<Member, Message>) {
    super(nsp);
    this.uid = randomId();
    this.#requests = new RequestTable(nsp.clock);
  }

  /** Sends a message to all other nodes. Resolves to its offset, where the bus knows such a thing. */
  protected abstract doPublish(message: ClusterMessage): Promise<Offset>;

  /** Sends a response to the node that asked. */
  protected abstract doPublishResponse(requesterUid: ServerId, response: ClusterResponse): Promise<void>;

  /** A message has arrived. Those of this node and of other namespaces are ignored; responses are taken too. */
  protected onMessage(message: ClusterMessage | ClusterResponse, offset?: Offset): void {
    if (message.uid === this.uid || message.nsp !== this.nsp.name) return;
    switch (message.type) {
      case MessageType.BROADCAST: {
        const { packet, opts, requestId } = message.data;
        if (requestId !== undefined) this.#onAskingBroadcast(message.uid, requestId, packetOf(packet), opts);
        else {
          const decoded = decodeOptions(opts);
          super.broadcast(this.#withOffset(packetOf(packet), decoded, offset), decoded);
        }
        break;
      }
      case MessageType.SOCKETS_JOIN:
        super.addSockets(decodeOptions(message.data.opts), message.data.rooms);
        break;
      case MessageType.SOCKETS_LEAVE:
        super.delSockets(decodeOptions(message.data.opts), message.data.rooms);
        break;
      case MessageType.DISCONNECT_SOCKETS:
        super.disconnectSockets(decodeOptions(message.data.opts), message.data.close ?? false);
        break;
      case MessageType.FETCH_SOCKETS:
        this.#onFetchSockets(message.uid, message.data.requestId, decodeOptions(message.data.opts));
        break;
      case MessageType.SERVER_SIDE_EMIT:
        this.#onServerSideEmit(message.uid, message.data.requestId, message.data.packet);
        break;
      case MessageType.FETCH_SOCKETS_RESPONSE:
      case MessageType.SERVER_SIDE_EMIT_RESPONSE:
      case MessageType.BROADCAST_CLIENT_COUNT:
      case MessageType.BROADCAST_ACK:
        this.onResponse(message);
        break;
      default:
      // Heartbeats are for those who count nodes; kinds that are not known yet are for later versions.
    }
  }

  /** A response to one of this node's requests has arrived. */
  protected onResponse(response: ClusterResponse): void {
    const { uid, data } = response;
    switch (response.type) {
      case MessageType.FETCH_SOCKETS_RESPONSE:
        this.#requests.onAnswers(data.requestId, uid, response.data.sockets);
        break;
      case MessageType.SERVER_SIDE_EMIT_RESPONSE:
        this.#requests.onAnswers(data.requestId, uid, [response.data.packet]);
        break;
      case MessageType.BROADCAST_CLIENT_COUNT:
        this.#broadcasts.get(data.requestId)?.onClientCount(response.data.clientCount);
        break;
      case MessageType.BROADCAST_ACK:
        this.#broadcasts.get(data.requestId)?.ack(response.data.packet);
        break;
      default:
    }
  }

  override async broadcast(packet: BroadcastPacket, opts: BroadcastOptions): Promise<void> {
    if (isLocal(opts)) return super.broadcast(packet, opts);
    const offset = await this.#tell({
      type: MessageType.BROADCAST,
      data: { packet, opts: encodeOptions(opts) },
    });
    return super.broadcast(this.#withOffset(packet, opts, offset), opts);
  }

  override broadcastWithAck(
    packet: BroadcastPacket,
    opts: BroadcastOptions,
    clientCountCallback: (clientCount: number) => void,
    ack: BroadcastAck,
  ): void {
    if (!isLocal(opts)) {
      const requestId = randomId();
      this.#broadcasts.set(requestId, { onClientCount: clientCountCallback, ack });
      const forget = (): void => void this.#broadcasts.delete(requestId);
      if (ack.whenSettled === undefined) this.nsp.clock.after(timeoutOf(opts), forget);
      else ack.whenSettled(forget);
      this.publish({
        type: MessageType.BROADCAST,
        data: { packet, requestId, opts: encodeOptions(opts) },
      });
    }
    super.broadcastWithAck(packet, opts, clientCountCallback, ack);
  }

  override async addSockets(opts: BroadcastOptions, rooms: Room[]): Promise<void> {
    if (!isLocal(opts)) {
      await this.#tell({ type: MessageType.SOCKETS_JOIN, data: { opts: encodeOptions(opts), rooms } });
    }
    super.addSockets(opts, rooms);
  }

  override async delSockets(opts: BroadcastOptions, rooms: Room[]): Promise<void> {
    if (!isLocal(opts)) {
      await this.#tell({ type: MessageType.SOCKETS_LEAVE, data: { opts: encodeOptions(opts), rooms } });
    }
    super.delSockets(opts, rooms);
  }

  override async disconnectSockets(opts: BroadcastOptions, close: boolean): Promise<void> {
    if (!isLocal(opts)) {
      await this.#tell({ type: MessageType.DISCONNECT_SOCKETS, data: { opts: encodeOptions(opts), close } });
    }
    super.disconnectSockets(opts, close);
  }

  /** Rejects if a node does not answer within `flags.timeout`, by default 5 s. */
  override async fetchSockets(opts: BroadcastOptions): Promise<(Member | SocketDetails)[]> {
    const [mine, nodes] = await Promise.all([super.fetchSockets(opts), this.awaitedNodes()]);
    if (isLocal(opts) || nodes.isEmpty) return mine;
    return new Promise((resolve, reject) => {
      const requestId = randomId();
      this.#requests.open(requestId, nodes, timeoutOf(opts), (error, others) => {
        if (error === null) resolve([...mine, ...(others as SocketDetails[])]);
        else reject(error);
      });
      this.publish({ type: MessageType.FETCH_SOCKETS, data: { opts: encodeOptions(opts), requestId } });
    });
  }

  /** Answers are waited for 5 s. */
  override async serverSideEmit(packet: AnyData[]): Promise<void> {
    const ack: unknown = packet.at(-1);
    if (typeof ack !== "function") {
      this.publish({ type: MessageType.SERVER_SIDE_EMIT, data: { packet } });
      return;
    }
    const nodes = await this.awaitedNodes();
    if (nodes.isEmpty) {
      ack(null, []);
      return;
    }
    const requestId = randomId();
    this.#requests.open(requestId, nodes, REQUEST_TIMEOUT_MS, (error, answers) => ack(error, answers));
    this.publish({
      type: MessageType.SERVER_SIDE_EMIT,
      data: { requestId, packet: packet.slice(0, -1) },
    });
  }

  /** The other nodes there are now. */
  protected async awaitedNodes(): Promise<AwaitedNodes> {
    return new CountedNodes((await this.serverCount()) - 1);
  }

  /** A node will never answer. */
  protected onNodeGone(node: ServerId): void {
    this.#requests.onNodeGone(node);
  }

  /** Sends a message to all other nodes. A failure is reported. */
  protected publish(message: Unsigned<ClusterMessage>): void {
    this.publishAndReturnOffset(message).catch((error: unknown) => this.nsp.onAdapterError(error));
  }

  /** The same; resolves to the offset, and rejects on failure. */
  protected async publishAndReturnOffset(message: Unsigned<ClusterMessage>): Promise<Offset> {
    return this.doPublish({ ...message, uid: this.uid, nsp: this.nsp.name });
  }

  /** Sends a response to the node that asked. A failure is reported. */
  protected publishResponse(requesterUid: ServerId, response: Unsigned<ClusterResponse>): void {
    const signed = { ...response, uid: this.uid, nsp: this.nsp.name };
    const send = async (): Promise<void> => this.doPublishResponse(requesterUid, signed);
    send().catch((error: unknown) => this.nsp.onAdapterError(error));
  }

  /** Publishes what this node is going to do as well, whether that succeeds or not. */
  async #tell(message: Unsigned<ClusterMessage>): Promise<Offset | undefined> {
    try {
      return await this.publishAndReturnOffset(message);
    } catch (error) {
      this.nsp.onAdapterError(error);
      return undefined;
    }
  }

  #onAskingBroadcast(
    asker: ServerId,
    requestId: string,
    packet: BroadcastPacket,
    encoded: Parameters<typeof decodeOptions>[0],
  ): void {
    const opts = decodeOptions(encoded);
    const ack: BroadcastAck = (answer: unknown) =>
      this.publishResponse(asker, { type: MessageType.BROADCAST_ACK, data: { requestId, packet: answer } });
    // Nobody says when the asker has stopped waiting.
    ack.whenSettled = (run) => void this.nsp.clock.after(timeoutOf(opts), run);
    const onClientCount = (clientCount: number): void =>
      this.publishResponse(asker, {
        type: MessageType.BROADCAST_CLIENT_COUNT,
        data: { requestId, clientCount },
      });
    super.broadcastWithAck(packet, opts, onClientCount, ack);
  }

  #onFetchSockets(asker: ServerId, requestId: string, opts: BroadcastOptions): void {
    super.fetchSockets(opts).then(
      (sockets) =>
        this.publishResponse(asker, {
          type: MessageType.FETCH_SOCKETS_RESPONSE,
          data: { requestId, sockets: sockets.map(describe) },
        }),
      (error: unknown) => this.nsp.onAdapterError(error),
    );
  }

  #onServerSideEmit(asker: ServerId, requestId: string | undefined, packet: readonly AnyData[]): void {
    if (requestId === undefined) return this.nsp.onServerSideEmit(packet);
    let isAnswered = false;
    const answer = (first: unknown): void => {
      if (isAnswered) return;
      isAnswered = true;
      this.publishResponse(asker, {
        type: MessageType.SERVER_SIDE_EMIT_RESPONSE,
        data: { requestId, packet: first },
      });
    };
    this.nsp.onServerSideEmit([...packet, answer]);
  }

  /** Clients that may come back say the offset of the last event they got, so each carries its own as last argument. */
  #withOffset(packet: BroadcastPacket, opts: BroadcastOptions, offset: Offset | undefined): BroadcastPacket {
    if (this.nsp.recoversState !== true || offset === undefined) return packet;
    if (packet.id !== undefined || opts.flags?.volatile !== undefined) return packet;
    return { ...packet, data: [...packet.data, offset] };
  }
}

function isLocal(opts: BroadcastOptions): boolean {
  return opts.flags?.local === true;
}

function timeoutOf(opts: BroadcastOptions): number {
  return opts.flags?.timeout || REQUEST_TIMEOUT_MS;
}

function randomId(): string {
  return randomBytes(8).toString("hex");
}
