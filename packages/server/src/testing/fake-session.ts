/// <reference types="node" />

// A server without a network: sessions are plain objects that keep what they are given, and time is the test's.

import type { Session, SessionHandler, SharedMessage } from "@sockeye/engine";
import type { CloseReason } from "@sockeye/protocol";
import type { ErrorContext } from "../guard.ts";
import type { ServerOptions } from "../options.ts";
import { Server } from "../server.ts";
import type { Socket } from "../socket.ts";
import { FakeClock } from "./fake-clock.ts";

let ids = 0;

export class FakeSession {
  readonly id = `session-${++ids}`;
  readyState: "open" | "closing" | "closed" = "open";
  /** What the client has been sent: socket packets and attachments. */
  readonly sent: (string | Uint8Array)[] = [];
  /** The same as messages, for those who ask how it was sent. */
  readonly messages: SharedMessage[] = [];
  readonly transport = { name: "websocket", writable: true };
  readonly request: unknown = { url: "/socket.io/" };
  readonly handshake = {
    url: "/socket.io/?EIO=4&transport=websocket&token=q",
    headers: { "user-agent": "test" },
    query: { EIO: "4", transport: "websocket", token: "q" },
    time: "Thu Jan 01 1970",
    issued: 0,
    address: "127.0.0.1",
    secure: false,
    xdomain: false,
  };
  #handler: SessionHandler | undefined = undefined;

  start(handler: SessionHandler): void {
    this.#handler = handler;
  }

  sendMessage(message: SharedMessage): boolean {
    if (this.readyState !== "open") return false;
    if (message.isVolatile && !this.transport.writable) return false;
    this.messages.push(message);
    this.sent.push(...message.parts);
    return true;
  }

  close(): this {
    if (this.readyState === "closed") return this;
    this.end("forced close");
    return this;
  }

  /** The client sends messages. */
  receive(...payloads: (string | Buffer)[]): this {
    for (const payload of payloads) {
      if (this.readyState === "open") this.#handler?.onMessage(payload);
    }
    return this;
  }

  /** The session ends. */
  end(reason: CloseReason, description?: unknown): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.#handler?.onClose(reason, description);
  }

  /** What was sent since the last call. */
  take(): (string | Uint8Array)[] {
    return this.sent.splice(0);
  }
}

/** A server on a fake engine. */
export class Stage {
  readonly clock = new FakeClock();
  readonly io: Server<any, any, any>;
  /** What was reported to onError. */
  readonly errors: [error: unknown, context: ErrorContext][] = [];
  #connect: ((session: Session) => void) | undefined = undefined;
  isEngineClosed = false;

  constructor(options: ServerOptions = {}) {
    this.io = new Server({
      clock: this.clock,
      onError: (error, context) => this.errors.push([error, context]),
      ...options,
    });
    this.io.bind({
      on: (_event: "connection", listener: (session: Session) => void) => {
        this.#connect = listener;
      },
      close: () => {
        this.isEngineClosed = true;
      },
    });
  }

  /** A connection that has joined nothing. */
  connect(): FakeSession {
    const session = new FakeSession();
    this.#connect?.(session as unknown as Session);
    return session;
  }

  /** A connection that has joined a namespace, and its socket. */
  join(nsp = "/", auth = ""): { session: FakeSession; socket: Socket<any, any, any> } {
    const session = this.connect();
    return { session, socket: this.joinOn(session, nsp, auth) };
  }

  /** The same over a connection there is. */
  joinOn(session: FakeSession, nsp: string, auth = ""): Socket<any, any, any> {
    session.receive(nsp === "/" ? `0${auth}` : `0${nsp},${auth}`);
    const answer = String(session.sent.at(-1));
    const socket = this.io.of(nsp).sockets.get(/"sid":"([^"]+)"/.exec(answer)?.[1] ?? "");
    if (socket === undefined) throw new Error(`not let in: ${answer}`);
    session.take();
    return socket;
  }
}
