// Adapters as people write them in TypeScript, with the import changed and nothing else: that this compiles is half of the test.
import {
  Adapter,
  ClusterAdapter,
  ClusterAdapterWithHeartbeat,
  MessageType,
  type BroadcastFlags,
  type BroadcastOptions,
  type ClusterAdapterOptions,
  type ClusterMessage,
  type ClusterResponse,
  type Offset,
  type PrivateSessionId,
  type Room,
  type ServerId,
  type Session,
  type SocketId,
} from "@sockeye/adapter";
import { Server } from "@sockeye/server";
import { expect, test } from "vitest";

class CountingAdapter extends Adapter {
  private count = 0;
  public readonly limit: number;

  constructor(nsp: any, limit = 10) {
    super(nsp);
    this.limit = limit;
    this.on("create-room", (room) => this.noteRoom(room));
  }

  override async init(): Promise<void> {
    await Promise.resolve();
  }

  override addAll(id: SocketId, rooms: Set<Room>): Promise<void> | void {
    return super.addAll(id, rooms);
  }

  override broadcast(packet: any, opts: BroadcastOptions): void {
    const flags: BroadcastFlags = opts.flags || {};
    if (opts.rooms.size > this.limit && flags.volatile) return;
    this.count += [...opts.rooms, ...(opts.except || [])].length;
    super.broadcast(packet, opts);
  }

  override async fetchSockets(opts: BroadcastOptions): Promise<any[]> {
    const sockets = await super.fetchSockets({ rooms: opts.rooms, flags: { local: true } });
    return sockets.filter((socket) => socket.id !== "hidden");
  }

  override serverSideEmit(packet: any[]): void {
    this.nsp._onServerSideEmit(packet);
  }

  override persistSession(session: any): void {
    this.sessions.set(session.pid, { ...session, missedPackets: [] });
  }

  override async restoreSession(pid: PrivateSessionId, _offset: string): Promise<Session> {
    const session = this.sessions.get(pid);
    if (!session) throw new Error("unknown");
    return session;
  }

  get counted(): number {
    return this.count;
  }

  private noteRoom(room: Room): void {
    if (this.nsp.name && this.rooms.has(room) && this.nsp.sockets.size > 1000) throw new Error("too many");
  }

  private readonly sessions = new Map<PrivateSessionId, Session>();
}

interface Channel {
  send(to: ServerId | undefined, text: string): Promise<void>;
  onText: (text: string) => void;
}

interface ChannelOptions extends ClusterAdapterOptions {
  prefix?: string;
}

/** As vendors export it. */
function createAdapter(channel: Channel, opts: ChannelOptions = {}) {
  return function (nsp: any) {
    return new ChannelAdapter(nsp, channel, opts);
  };
}

class ChannelAdapter extends ClusterAdapterWithHeartbeat {
  private readonly channel: Channel;

  constructor(nsp: any, channel: Channel, opts: ChannelOptions) {
    super(nsp, opts);
    this.channel = channel;
    channel.onText = (text) => {
      const message = JSON.parse(text);
      if (message.type === MessageType.BROADCAST && !message.data) return;
      this.onMessage(message as ClusterMessage, "1");
    };
  }

  protected override async doPublish(message: ClusterMessage): Promise<Offset> {
    await this.channel.send(undefined, JSON.stringify(message));
    return "0";
  }

  protected override doPublishResponse(requesterUid: ServerId, response: ClusterResponse): Promise<void> {
    return this.channel.send(requesterUid, JSON.stringify(response));
  }

  override close(): void {
    super.close();
    this.channel.onText = () => {};
  }
}

class LoneAdapter extends ClusterAdapter {
  constructor(nsp: any) {
    super(nsp);
    this.publish({ type: MessageType.SERVER_SIDE_EMIT, data: { packet: ["hello"] } });
  }

  override serverCount(): Promise<number> {
    return Promise.resolve(1);
  }

  async doPublish(_message: ClusterMessage): Promise<Offset> {
    return "";
  }

  async doPublishResponse(_requester: ServerId, _response: ClusterResponse): Promise<void> {}
}

test("are taken as classes, as functions, and later", async () => {
  const io = new Server({ adapter: CountingAdapter });
  const counting = io.of("/").adapter as CountingAdapter;
  expect(counting).toBeInstanceOf(CountingAdapter);
  io.to(["a", "b"]).except("c").emit("hi");
  expect(counting.counted).toBe(3);
  const told: unknown[] = [];
  io.on("told", (value: unknown) => void told.push(value));
  io.serverSideEmit("told", 1);
  expect(told).toEqual([1]);

  expect(new Server({ adapter: (nsp) => new CountingAdapter(nsp, 1) }).of("/").adapter).toHaveProperty(
    "limit",
    1,
  );

  const sent: string[] = [];
  const channel: Channel = {
    send: async (_to, text) => void sent.push(text),
    onText: () => {},
  };
  io.adapter(createAdapter(channel, { prefix: "x", heartbeatInterval: 1_000 }));
  expect(io.of("/").adapter).toBeInstanceOf(ChannelAdapter);
  expect(JSON.parse(sent[0] ?? "")).toMatchObject({ type: MessageType.INITIAL_HEARTBEAT, nsp: "/" });
  channel.onText(JSON.stringify({ uid: "other", nsp: "/", type: MessageType.HEARTBEAT }));
  expect(await io.of("/").adapter.serverCount()).toBe(2);

  io.adapter(LoneAdapter);
  expect(await io.fetchSockets()).toEqual([]);
  await io.close();
});
