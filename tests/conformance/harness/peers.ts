// Peers without a client library: a polling session and a bare WebSocket, both spoken packet by packet.
import { WebSocket } from "ws";
import type { ClientOptions } from "ws";
import { ask } from "./http.ts";
import type { Answer, Pending } from "./http.ts";
import { within } from "./wait.ts";

const SEPARATOR = "\x1e";
const NOBODY = "/~nobody";

export type Packet = string | Buffer;

/** What both kinds of peers can do. */
abstract class Peer {
  /** Sends packets in order. */
  abstract send(...packets: Packet[]): Promise<unknown>;
  /** The next packet from the server. */
  abstract next(): Promise<Packet>;

  /** The next packets. */
  async take(count: number): Promise<Packet[]> {
    const packets: Packet[] = [];
    while (packets.length < count) packets.push(await this.next());
    return packets;
  }

  /** Asks to join a namespace, and gives the server's answer. */
  async join(nsp = "/", auth?: object): Promise<string> {
    const prefix = nsp === "/" ? "" : `${nsp},`;
    await this.send(`40${prefix}${auth === undefined ? "" : JSON.stringify(auth)}`);
    return String(await this.next());
  }

  /**
   * Everything the server sent before it had done with all that was sent to it. Asks twice for a namespace nobody has: what was
   * deferred while the first question was answered has been done when the second one is.
   */
  async barrier(): Promise<Packet[]> {
    return [...(await this.#settle()), ...(await this.#settle())];
  }

  async #settle(): Promise<Packet[]> {
    const packets: Packet[] = [];
    await this.send(`40${NOBODY},`);
    for (;;) {
      const packet = await this.next();
      if (typeof packet === "string" && packet.startsWith(`44${NOBODY},`)) return packets;
      packets.push(packet);
    }
  }
}

export class PollingPeer extends Peer {
  readonly sid: string;
  /** The packet the session was opened with. */
  readonly open: string;
  readonly handshake: Answer;
  readonly #port: number;
  readonly #path: string;
  #received: Packet[] = [];

  constructor(port: number, path: string, handshake: Answer) {
    super();
    this.#port = port;
    this.#path = path;
    this.handshake = handshake;
    const [open = "", ...more] = handshake.body.split(SEPARATOR);
    this.open = open;
    this.sid = (JSON.parse(open.slice(1)) as { sid: string }).sid;
    this.#received.push(...more);
  }

  get url(): string {
    return `${this.#path}?EIO=4&transport=polling&sid=${this.sid}`;
  }

  poll(headers?: Record<string, string>): Pending {
    return ask(this.#port, { path: this.url, headers });
  }

  push(body: string | Buffer, headers?: Record<string, string>): Pending {
    return ask(this.#port, { method: "POST", path: this.url, body, headers });
  }

  /** Takes the packets of a poll that was made by hand, for `next` to give. */
  receive({ body }: Answer): void {
    this.#received.push(...body.split(SEPARATOR));
  }

  override async send(...packets: Packet[]): Promise<void> {
    const texts = packets.map((packet) =>
      typeof packet === "string" ? packet : `b${packet.toString("base64")}`,
    );
    const { status } = await this.push(texts.join(SEPARATOR));
    if (status !== 200) throw new Error(`the push was answered with ${status}`);
  }

  override async next(): Promise<Packet> {
    while (this.#received.length === 0) {
      const { status, body } = await this.poll();
      if (status !== 200) throw new Error(`the poll was answered with ${status}: ${body}`);
      this.#received = body.split(SEPARATOR);
    }
    return this.#received.shift() ?? "";
  }
}

export interface Ended {
  readonly code: number;
  readonly reason: string;
}

export class WebSocketPeer extends Peer {
  readonly ws: WebSocket;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<Ended>;
  /** The headers of the 101. */
  headers: Record<string, unknown> = {};
  readonly #received: Packet[] = [];
  #wake: (() => void) | undefined = undefined;
  #hasEnded = false;

  constructor(url: string, options: ClientOptions = {}, protocols: string[] = []) {
    super();
    this.ws = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
    this.ws.on("upgrade", ({ headers }) => (this.headers = headers));
    this.ws.on("message", (data: Buffer, isBinary) => {
      this.#received.push(isBinary ? data : data.toString());
      this.#wake?.();
    });
    this.ws.on("error", () => {});
    const closed = new Promise<Ended>((resolve) => {
      this.ws.on("close", (code, reason) => {
        this.#hasEnded = true;
        resolve({ code, reason: reason.toString() });
        this.#wake?.();
      });
    });
    this.closed = within(closed, "the end of the WebSocket");
    this.closed.catch(() => {});
  }

  /** Resolves when the handshake is done, one way or the other. */
  async dialled(): Promise<this> {
    if (this.ws.readyState === WebSocket.CONNECTING) {
      const done = new Promise<void>((resolve) => {
        this.ws.once("open", resolve);
        this.ws.once("close", () => resolve());
      });
      await within(done, "the WebSocket handshake");
    }
    return this;
  }

  override send(...packets: Packet[]): Promise<void> {
    for (const packet of packets) this.ws.send(packet);
    return Promise.resolve();
  }

  override async next(): Promise<Packet> {
    const arrived = new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.#received.length > 0 || this.#hasEnded) resolve();
    });
    await within(arrived, "a packet");
    const packet = this.#received.shift();
    if (packet === undefined) throw new Error("the WebSocket ended before a packet came");
    return packet;
  }

  /** What came until the connection ended, and how it ended. */
  async rest(): Promise<{ packets: Packet[]; ended: Ended }> {
    const ended = await this.closed;
    return { packets: this.#received.splice(0), ended };
  }
}
