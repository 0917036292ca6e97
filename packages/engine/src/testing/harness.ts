// An engine on a real http server, time in the test's hands, and peers that speak raw HTTP and WebSocket.

import { createServer, request } from "node:http";
import type { IncomingHttpHeaders, OutgoingHttpHeaders, Server } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { WebSocket } from "ws";
import { Engine } from "../engine.ts";
import type { AttachOptions, EngineOptions } from "../options.ts";
import type { Session } from "../session.ts";
import { FakeClock } from "./fake-clock.ts";

export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly bytes: Buffer;
  readonly headers: IncomingHttpHeaders;
}

export interface RequestInit {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string | Buffer;
}

/** Resolves when the condition holds, rejects after ten seconds. */
export async function until(condition: () => boolean, what = "the condition"): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** One turn of the event loop, turn flush included. */
export async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await new Promise((resolve) => setImmediate(resolve));
}

export class Harness implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly server: Server;
  readonly engine: Engine;
  readonly sessions: Session[] = [];
  /** Reasons and descriptions, in order. */
  readonly closes: [reason: string, description: unknown][] = [];
  readonly errors: { code: number; message: string; context: Readonly<Record<string, unknown>> }[] = [];
  readonly #sockets: (WebSocket | Socket)[] = [];

  constructor(options: EngineOptions = {}, attach: AttachOptions = {}, server: Server = createServer()) {
    this.server = server;
    this.engine = new Engine({ clock: this.clock, ...options });
    this.engine.attach(server, attach);
    this.engine.on("connection", (session) => {
      this.sessions.push(session);
      session.on("close", (reason, description) => this.closes.push([reason, description]));
    });
    this.engine.on("connection_error", ({ code, message, context }) =>
      this.errors.push({ code, message, context }),
    );
  }

  static async start(options?: EngineOptions, attach?: AttachOptions, server?: Server): Promise<Harness> {
    const harness = new Harness(options, attach, server);
    await new Promise<void>((resolve) => harness.server.listen(0, "127.0.0.1", resolve));
    return harness;
  }

  get port(): number {
    const address = this.server.address();
    if (!isAddress(address)) throw new Error("not listening");
    return address.port;
  }

  get session(): Session {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error("no session");
    return session;
  }

  /** A plain request. Resolves with the answer, rejects if the connection breaks. */
  request(path: string, { method = "GET", headers = {}, body }: RequestInit = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const req = request(
        { port: this.port, host: "127.0.0.1", path, method, headers, agent: false },
        (res) => {
          const chunks: Buffer[] = [];
          res.on("data", (chunk: Buffer) => chunks.push(chunk));
          res.on("error", reject);
          res.on("end", () => {
            const bytes = Buffer.concat(chunks);
            resolve({ status: res.statusCode ?? 0, body: bytes.toString(), bytes, headers: res.headers });
          });
        },
      );
      req.on("error", reject);
      req.end(body);
    });
  }

  /** A request on the polling transport. */
  polling(sid?: string, init?: RequestInit, query = ""): Promise<Answer> {
    const session = sid === undefined ? "" : `&sid=${sid}`;
    return this.request(`/engine.io/?EIO=4&transport=polling${session}${query}`, init);
  }

  /** Opens a polling session, and returns its id. */
  async handshake(): Promise<string> {
    const { body } = await this.polling();
    const open: unknown = JSON.parse(body.slice(1));
    if (typeof open !== "object" || open === null || !("sid" in open))
      throw new Error(`no open packet: ${body}`);
    return String(open.sid);
  }

  /** Polls, and resolves once the engine holds the poll. */
  async pendingPoll(sid: string): Promise<{ answer: Promise<Answer> }> {
    const answer = this.polling(sid);
    answer.catch(() => {});
    await until(() => this.engine.clients[sid]?.transport.writable ?? false, "a pending poll");
    return { answer };
  }

  push(sid: string, body: string): Promise<Answer> {
    return this.polling(sid, { method: "POST", body });
  }

  /** A WebSocket with everything it received. */
  webSocket(query = "", headers: OutgoingHttpHeaders = {}, deflate = false): Peer {
    const url = `ws://127.0.0.1:${this.port}/engine.io/?EIO=4&transport=websocket${query}`;
    const socket = new WebSocket(url, {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      perMessageDeflate: deflate,
    });
    this.#sockets.push(socket);
    return new Peer(socket);
  }

  /** A bare TCP connection. */
  async tcp(): Promise<Socket> {
    const socket = connect(this.port, "127.0.0.1");
    socket.on("error", () => {});
    this.#sockets.push(socket);
    await new Promise<void>((resolve) => socket.once("connect", resolve));
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.engine.close();
    for (const socket of this.#sockets) {
      if (socket instanceof WebSocket) socket.terminate();
      else socket.destroy();
    }
    this.server.closeAllConnections();
    if (this.server.listening) await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The other end of a WebSocket. */
export class Peer {
  readonly socket: WebSocket;
  readonly received: (string | Buffer)[] = [];
  closed: { code: number } | undefined = undefined;
  responseHeaders: IncomingHttpHeaders = {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer, isBinary) => this.received.push(isBinary ? data : data.toString()));
    socket.on("error", () => {});
    socket.on("close", (code) => (this.closed = { code }));
    socket.on("upgrade", (response) => (this.responseHeaders = response.headers));
  }

  /** Resolves once this many messages have come. */
  async has(count: number): Promise<void> {
    await until(() => this.received.length >= count, `${count} messages, have ${String(this.received)}`);
  }

  async isOpen(): Promise<void> {
    await until(() => this.socket.readyState === WebSocket.OPEN, "an open socket");
  }

  async isClosed(): Promise<void> {
    await until(() => this.closed !== undefined, "a closed socket");
  }
}

function isAddress(value: unknown): value is AddressInfo {
  return typeof value === "object" && value !== null;
}
