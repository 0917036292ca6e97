// One session with its decoder and its sockets, by namespace: what users see as `socket.client`. Turns engine messages
// into socket packets and hands each to its socket; enforces the order of the protocol. Runs no code of the application.

import type { SocketId } from "@sockeye/adapter";
import type { Session, SessionHandler } from "@sockeye/engine";
import type { CloseReason } from "@sockeye/protocol";
import { PacketType } from "@sockeye/protocol/socket";
import type { ConnectPacket, PacketDecoder, SocketCodec, SocketPacket } from "@sockeye/protocol/socket";
import type { AuthPayload } from "./broadcast-operator.ts";
import { dialectOf } from "./dialect.ts";
import type { Dialect, Refusal } from "./dialect.ts";
import { OutgoingMessage } from "./outgoing-message.ts";
import type { Socket, SocketConnection } from "./socket.ts";

/** A namespace a client may ask to join. */
export interface JoinableNamespace {
  /** Begins to admit the client; the socket says later whether it was let in. */
  admit(connection: Connection, auth: AuthPayload | undefined): void;
  /** The client it was made or found for has left before it could join. */
  onNobodyCame(): void;
}

/** What connections need of the server. */
export interface ConnectionServer {
  readonly codec: SocketCodec;
  /** Calls `found` with the namespace, at once or later; with undefined if there is none of that name. */
  findNamespace(name: string, auth: AuthPayload, found: (nsp: JoinableNamespace | undefined) => void): void;
  /** The connection has joined its first namespace. */
  onConnectionJoined(connection: Connection): void;
  onConnectionClosed(connection: Connection): void;
}

/** How many namespaces a connection remembers to have been taken out of. */
const MAX_LEFT = 32;

export class Connection implements SessionHandler, SocketConnection {
  readonly conn: Session;
  readonly #server: ConnectionServer;
  #decoder: PacketDecoder | undefined = undefined;
  // Nearly every connection is in one namespace: the first socket needs no map.
  #first: Socket | undefined = undefined;
  #others: Map<string, Socket> | undefined = undefined;
  /** Namespaces the client is out of. What it sent before it heard of that, or an answer it still owed, is no offence. */
  #left: Set<string> | undefined = undefined;

  constructor(server: ConnectionServer, session: Session) {
    this.#server = server;
    this.conn = session;
  }

  /** The engine's session id: a secret of this client. */
  get id(): string {
    return this.conn.id;
  }

  get request(): Session["request"] {
    return this.conn.request;
  }

  /** The sockets by id. */
  get sockets(): ReadonlyMap<string, Socket> {
    return new Map(this.#all().map((socket) => [socket.id, socket]));
  }

  /** The sockets by namespace. */
  get nsps(): ReadonlyMap<string, Socket> {
    return new Map(this.#all().map((socket) => [socket.nsp.name, socket]));
  }

  /** One message of the session: a socket packet, or an attachment of one. */
  onMessage(payload: string | Buffer): void {
    let packet: SocketPacket | undefined;
    try {
      packet = (this.#decoder ??= this.#server.codec.createDecoder()).push(payload);
    } catch (error) {
      return this.#onMalformed(error);
    }
    if (packet === undefined) return;
    const socket = this.#socketIn(packet.nsp);
    if (packet.type === PacketType.CONNECT) {
      if (socket === undefined) this.#onConnect(packet);
      else this.#refuse();
    } else if (packet.type === PacketType.CONNECT_ERROR) this.#refuse();
    else if (socket?.connected === true) {
      if (packet.type === PacketType.DISCONNECT) this.onSocketLeft(packet.nsp);
      socket.onPacket(packet);
    } else if (socket !== undefined || !this.#left?.has(packet.nsp)) this.#refuse();
  }

  onClose(reason: CloseReason, description?: unknown): void {
    for (const socket of this.#all()) socket.onClose(reason, description);
    this.#decoder?.reset();
    this.#server.onConnectionClosed(this);
  }

  /** Takes every socket out of its namespace, telling the client, and closes the session. */
  disconnect(): void {
    for (const socket of this.#all()) socket.disconnect();
    this.conn.close();
  }

  /** Nobody has joined a namespace in time. */
  onJoinTimeout(): void {
    this.#refuse();
  }

  onSocketAdmitted(): void {
    this.#server.onConnectionJoined(this);
  }

  onSocketLeft(nsp: string): void {
    const left = (this.#left ??= new Set());
    // A client that is thrown out of ever more namespaces must not make it grow without end.
    if (left.size >= MAX_LEFT) left.clear();
    left.add(nsp);
  }

  onSocketGone(nsp: string): void {
    if (this.#first?.nsp.name === nsp) this.#first = undefined;
    else this.#others?.delete(nsp);
  }

  /** Lets a client in that expects to be in the main namespace from the start. */
  begin(): void {
    if (this.#dialect.joinsMainAtOnce) this.#onConnect({ type: PacketType.CONNECT, nsp: "/" });
  }

  /** Whether the client may come back to the session it had. */
  get comesBack(): boolean {
    return this.#dialect.comesBack;
  }

  /** The id of this client's next socket in a namespace. */
  newSocketId(nsp: string): SocketId {
    return this.#dialect.socketId(this.conn.id, nsp);
  }

  /** Tells the client why it may not join. */
  sendConnectError(nsp: string, refusal: Refusal): void {
    const data = this.#dialect.refusal(refusal);
    this.conn.sendMessage(
      new OutgoingMessage(this.#server.codec, { type: PacketType.CONNECT_ERROR, nsp, data }),
    );
  }

  get #dialect(): Dialect {
    return dialectOf(this.conn.protocol);
  }

  #onConnect(packet: ConnectPacket): void {
    const { nsp: name, auth } = this.#dialect.readWish(packet);
    this.#left?.delete(name);
    this.#server.findNamespace(name, auth ?? {}, (nsp) => {
      if (this.conn.readyState !== "open") return nsp?.onNobodyCame();
      if (nsp === undefined) return this.sendConnectError(name, { message: "Invalid namespace" });
      // Asked for twice while a pattern was being matched.
      if (this.#socketIn(name) !== undefined) return this.#refuse();
      nsp.admit(this, auth);
    });
  }

  /** Called by the namespace with the socket it is about to admit. */
  onSocketCreated(socket: Socket): void {
    if (this.#first === undefined) this.#first = socket;
    else (this.#others ??= new Map()).set(socket.nsp.name, socket);
  }

  /** Socket.IO protocol v5, packet format: whoever sends what cannot be read is not listened to any longer. */
  #onMalformed(error: unknown): void {
    const cause = error instanceof Error ? error : new Error(String(error));
    for (const socket of this.#all()) socket.onMalformed(cause);
    this.conn.close();
  }

  /** The client broke the order of the protocol. A session that still owes it data closes later than its sockets. */
  #refuse(): void {
    this.conn.close();
    for (const socket of this.#all()) socket.onClose("forced server close");
  }

  #socketIn(nsp: string): Socket | undefined {
    const first = this.#first;
    return first !== undefined && first.nsp.name === nsp ? first : this.#others?.get(nsp);
  }

  #all(): Socket[] {
    const first = this.#first;
    return [...(first === undefined ? [] : [first]), ...(this.#others?.values() ?? [])];
  }
}
