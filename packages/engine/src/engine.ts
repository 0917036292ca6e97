// The engine: takes HTTP requests and upgrades, lets in whom it should, and keeps the table of sessions. This file
// owns the handshake; everything after it is Session's. Attached to a server, or called with requests directly.

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { stringifySetCookie } from "cookie";
import type { SetCookie } from "cookie";
import cors from "cors";
import { NodeEmitter } from "@sockeye/emitter";
import { checkUpgrade, processTurn, upgradeResponse, WebSocketEndpoint } from "@sockeye/websocket";
import type { FrameSink, UpgradeAccepted } from "@sockeye/websocket";
import { EngineError } from "./errors.ts";
import { HandshakeSnapshot, queryOf } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import { attachTo } from "./http/attach.ts";
import type { Detach, HttpServerLike } from "./http/attach.ts";
import { runMiddlewares, UpgradeResponse } from "./http/middlewares.ts";
import type { Middleware } from "./http/middlewares.ts";
import { rejectUpgrade, rejectUpgradeWith, respondRefusal } from "./http/respond.ts";
import { REQUEST_ERROR_MESSAGES, RequestErrorCode, sidOf, verifyRequest } from "./http/verify.ts";
import type { Gate, Refusal } from "./http/verify.ts";
import { generateSessionId } from "./ids.ts";
import { resolveAttachOptions, resolveEngineOptions } from "./options.ts";
import type { AttachOptions, EngineOptions, ResolvedEngineOptions } from "./options.ts";
import { messagePackets } from "./packet-view.ts";
import type { PacketView } from "./packet-view.ts";
import { Session } from "./session.ts";
import type { SessionHost } from "./session.ts";
import type { Transport } from "./transport.ts";
import { PollingTransport } from "./transports/polling.ts";
import type { PollingHost } from "./transports/polling.ts";
import { revisionOf } from "./revisions/choose.ts";
import { WebSocketTransport } from "./transports/websocket.ts";
import { turnAway } from "./transports/webtransport-session.ts";
import type { WebTransportSessionLike } from "./transports/webtransport-session.ts";
import type { WebTransportTransport } from "./transports/webtransport.ts";
import { warnOnce } from "./warnings.ts";
import { WebTransportEntrance } from "./webtransport-entrance.ts";

/** What `connection_error` listeners learn about a refused request. */
export interface ConnectionError {
  readonly req: IncomingMessage;
  readonly code: RequestErrorCode;
  /** The text of the code's table row. */
  readonly message: string;
  /** What exactly was wrong, e.g. `{ name: "TRANSPORT_MISMATCH", … }`. */
  readonly context: Readonly<Record<string, unknown>>;
}

export interface EngineEvents {
  /** A session is open. */
  connection: (session: Session) => void;
  /** A request was refused. */
  connection_error: (error: ConnectionError) => void;
  /** The first answer of a session is about to be sent; the headers may be changed. */
  initial_headers: (headers: OutgoingHttpHeaders, req: IncomingMessage) => void;
  /** Any answer of a session is about to be sent; the headers may be changed. */
  headers: (headers: OutgoingHttpHeaders, req: IncomingMessage) => void;
  flush: (session: Session, packets: readonly PacketView[]) => void;
  drain: (session: Session) => void;
}

const UPGRADE_TARGETS: readonly string[] = ["websocket", "webtransport"];

/** An Engine.IO v4 server. */
export class Engine extends NodeEmitter<EngineEvents> {
  /** The options in force: complete, and never written to again. */
  readonly opts: ResolvedEngineOptions;
  /** The open sessions by id. Has no prototype, so every key is a session. */
  readonly clients: Readonly<Record<string, Session>>;
  /** The server of the last `attach`. */
  httpServer: HttpServerLike | undefined = undefined;
  readonly #clients: Record<string, Session> = Object.create(null);
  readonly #gate: Gate;
  readonly #sessionHost: SessionHost;
  readonly #pollingHost: PollingHost;
  readonly #webTransports: WebTransportEntrance;
  readonly #middlewares: Middleware[] = [];
  readonly #detach: Detach[] = [];
  #clientsCount = 0;
  #serve: ((req: IncomingMessage, res: ServerResponse) => boolean) | undefined = undefined;
  /** Whether a middleware of the user's, or allowRequest, may leave something on a request. */
  #mayDecorate: boolean;

  /** Throws EngineError ERR_INVALID_OPTION. */
  constructor(options?: EngineOptions) {
    super();
    const opts = resolveEngineOptions(options);
    this.opts = opts;
    this.clients = this.#clients;
    this.#mayDecorate = opts.allowRequest !== undefined;
    this.#gate = {
      transports: opts.transports,
      allowRequest: opts.allowRequest,
      sessionOf: (sid) => this.#clients[sid],
    };
    this.#sessionHost = this.#createSessionHost();
    this.#pollingHost = {
      maxBodyBytes: opts.maxHttpBufferSize,
      compression: opts.httpCompression,
      clock: opts.clock,
      turn: opts.turn ?? processTurn,
      onHeaders: (headers, req, sid) => this.#onHeaders(headers, req, sid),
    };
    this.#webTransports = this.#createWebTransportEntrance();
    // The `cors` package leaves nothing on a request, so it does not count as decorating.
    if (opts.cors !== undefined) this.#middlewares.push(cors(opts.cors));
  }

  /** How many sessions are open. */
  get clientsCount(): number {
    return this.#clientsCount;
  }

  /**
   * Serves the path on this server; other requests and upgrades go on as before. Options given here win over those of
   * the constructor. May be called for several servers. Throws ERR_INVALID_OPTION, ERR_INVALID_SERVER.
   */
  attach(server: HttpServerLike, options: AttachOptions = {}): this {
    const target = {
      onRequest: (req: IncomingMessage, res: ServerResponse) => this.#onRequest(req, res, this.#mayDecorate),
      onUpgrade: this.opts.transports.includes("websocket")
        ? (req: IncomingMessage, socket: Duplex, head: Buffer) =>
            this.#onUpgrade(req, socket, head, this.#mayDecorate)
        : undefined,
      onServerClose: () => this.#closeSessions(),
    };
    const settings = { ...resolveAttachOptions(options, this.opts), clock: this.opts.clock };
    this.#detach.push(attachTo(server, target, settings));
    this.httpServer = server;
    return this;
  }

  /** Adds an express-style middleware. It runs for every HTTP request and upgrade, before any check. */
  use(middleware: Middleware): this {
    this.#middlewares.push(middleware);
    this.#mayDecorate = true;
    return this;
  }

  /**
   * Asks `answer` first about every plain request, behind the middlewares; true means that it has answered. For files
   * that live below the engine's path.
   */
  serve(answer: (req: IncomingMessage, res: ServerResponse) => boolean): this {
    this.#serve = answer;
    return this;
  }

  /** Serves a plain request, whatever its path. */
  handleRequest(req: IncomingMessage, res: ServerResponse): void {
    // Whoever calls this by hand may have put something on the request before.
    this.#onRequest(req, res, true);
  }

  /** Serves an upgrade request, whatever its path. */
  handleUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#onUpgrade(req, socket, head, true);
  }

  /**
   * Takes a WebTransport session: of a new client, or of one that moves over from polling. Resolves when that is
   * decided, within upgradeTimeout. Neither `allowRequest` nor `generateId` is asked, for want of a request: whoever
   * should not come in must be kept out before. For the same reason it is refused, with a warning, if there are
   * middlewares, `cors` being one.
   */
  async onWebTransportSession(session: WebTransportSessionLike): Promise<void> {
    if (this.#middlewares.length === 0) return this.#webTransports.enter(session);
    warnOnce("SKW105");
    turnAway(session);
  }

  /** Makes the id of a new session. May be overridden; ids must be unique and impossible to guess. */
  generateId(_req: IncomingMessage): string | Promise<string> {
    return generateSessionId();
  }

  /** The transports a session may move to from this one. */
  upgrades(transport: string): string[] {
    if (!this.opts.allowUpgrades || transport !== "polling") return [];
    return UPGRADE_TARGETS.filter((name) => this.opts.transports.some((offered) => offered === name));
  }

  /** Closes every session at once, without delivering what is queued, and gives the servers back. */
  close(): this {
    for (const detach of this.#detach.splice(0)) detach();
    this.#webTransports.close();
    this.#closeSessions();
    return this;
  }

  #closeSessions(): void {
    for (const session of Object.values(this.#clients)) session.close(true);
  }

  #createSessionHost(): SessionHost {
    const { opts } = this;
    return {
      options: opts,
      clock: opts.clock,
      heartbeat: new Heartbeat(opts.clock, opts.pingInterval, opts.pingTimeout),
      upgradesOf: (transport) => this.upgrades(transport),
      onSessionFlush: (session, items) => {
        if (this.hasListeners("flush")) this.emit("flush", session, items.flatMap(messagePackets));
      },
      onSessionDrain: (session) => {
        if (this.hasListeners("drain")) this.emit("drain", session);
      },
      onSessionClosed: (session) => {
        delete this.#clients[session.id];
        this.#clientsCount--;
      },
    };
  }

  #createWebTransportEntrance(): WebTransportEntrance {
    const { clock, turn, maxHttpBufferSize, upgradeTimeout } = this.opts;
    return new WebTransportEntrance({
      clock,
      turn: turn ?? processTurn,
      maxPacketBytes: maxHttpBufferSize,
      timeoutMs: upgradeTimeout,
      sessionOf: (sid) => this.#clients[sid],
      openSession: (transport) => this.#openWebTransport(transport),
    });
  }

  #onRequest(req: IncomingMessage, res: ServerResponse, keepsRequest: boolean): void {
    this.#admit(req, res, false, (refusal) => {
      if (refusal !== undefined) return this.#refuse(req, res, refusal);
      const sid = sidOf(queryOf(req));
      if (sid === undefined) return this.#openPolling(req, res, keepsRequest);
      const transport = this.#clients[sid]?.transport;
      if (transport?.onRequest !== undefined) transport.onRequest(req, res);
      else this.#refuse(req, res, badRequest("TRANSPORT_HANDSHAKE_ERROR"));
    });
  }

  #onUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer, keepsRequest: boolean): void {
    // Whatever the peer does to the connection from here on, it must not throw in our face.
    socket.on("error", ignore);
    const res = this.#middlewares.length > 0 ? new UpgradeResponse(req, socket) : undefined;
    this.#admit(req, res, true, (refusal) => {
      if (socket.destroyed) return;
      if (refusal !== undefined) return this.#refuseUpgrade(req, socket, refusal);
      const sid = sidOf(queryOf(req));
      if (sid === undefined) this.#openWebSocket(req, res, socket, head, keepsRequest);
      else this.#upgradeSession(sid, req, res, socket, head);
    });
  }

  /** Middlewares, then checks. */
  #admit(
    req: IncomingMessage,
    res: ServerResponse | undefined,
    isUpgrade: boolean,
    decide: (refusal: Refusal | undefined) => void,
  ): void {
    const verify = (): void => {
      if (!isUpgrade && res !== undefined && this.#serve?.(req, res) === true) return;
      verifyRequest(this.#gate, req, queryOf(req), isUpgrade, decide);
    };
    if (res === undefined || this.#middlewares.length === 0) return verify();
    runMiddlewares(this.#middlewares, req, res, (error) => {
      if (error === undefined) verify();
      else decide(badRequest("MIDDLEWARE_FAILURE", error));
    });
  }

  #openPolling(req: IncomingMessage, res: ServerResponse, keepsRequest: boolean): void {
    const refuse = (refusal: Refusal): void => this.#refuse(req, res, refusal);
    this.#chooseId(req, refuse, (id) => {
      // The peer may have left while the id was made.
      if (res.destroyed) return;
      const query = queryOf(req);
      const connect = (owner: Session): PollingTransport =>
        new PollingTransport(owner, this.#pollingHost, revisionOf(query).pollingFormat(query));
      const session = this.#createSession(id, req, keepsRequest, connect);
      session.open();
      session.transport.onRequest?.(req, res);
      this.emit("connection", session);
    });
  }

  #openWebSocket(
    req: IncomingMessage,
    res: UpgradeResponse | undefined,
    socket: Duplex,
    head: Buffer,
    keepsRequest: boolean,
  ): void {
    const refuse = (refusal: Refusal): void => this.#refuseUpgrade(req, socket, refusal);
    this.#chooseId(req, refuse, (id) => {
      if (socket.destroyed) return;
      const accepted = this.#checkUpgrade(req, socket);
      const answer = accepted && this.#switchingProtocols(accepted, req, res, socket, id);
      if (accepted === undefined || answer === undefined) return;
      const connect = (owner: Session): WebSocketTransport =>
        this.#connect(owner, accepted, answer, req, socket, head);
      const session = this.#createSession(id, req, keepsRequest, connect);
      session.open();
      this.emit("connection", session);
    });
  }

  #openWebTransport(transport: WebTransportTransport): void {
    const connect = (owner: Session): WebTransportTransport => {
      transport.own(owner);
      return transport;
    };
    const id = generateSessionId();
    const session = this.#enter(new Session(this.#sessionHost, id, new HandshakeSnapshot(), connect, null));
    session.open();
    this.emit("connection", session);
  }

  #upgradeSession(
    sid: string,
    req: IncomingMessage,
    res: UpgradeResponse | undefined,
    socket: Duplex,
    head: Buffer,
  ): void {
    const accepted = this.#checkUpgrade(req, socket);
    const answer = accepted && this.#switchingProtocols(accepted, req, res, socket, sid);
    if (accepted === undefined || answer === undefined) return;
    const candidate = this.#connect(NOBODY, accepted, answer, req, socket, head);
    // A socket nobody needs is accepted and closed; the session itself does not notice (wire.md §1.12).
    if (this.#clients[sid]?.startUpgrade(candidate) !== true) candidate.endpoint.close();
  }

  #createSession(
    id: string,
    req: IncomingMessage,
    keepsRequest: boolean,
    connect: (session: Session) => Transport,
  ): Session {
    // The response would be kept alive by the request.
    if (keepsRequest) Reflect.deleteProperty(req, "res");
    const request = keepsRequest ? req : undefined;
    const session = new Session(
      this.#sessionHost,
      id,
      new HandshakeSnapshot(req),
      connect,
      request,
      revisionOf(queryOf(req)),
    );
    return this.#enter(session);
  }

  /** The way every session comes into the table. */
  #enter(session: Session): Session {
    this.#clients[session.id] = session;
    this.#clientsCount++;
    return session;
  }

  #connect(
    owner: FrameSink,
    accepted: UpgradeAccepted,
    answer: Buffer,
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
  ): WebSocketTransport {
    const endpoint = new WebSocketEndpoint(socket, {
      sink: owner,
      head,
      maxMessageBytes: this.opts.maxHttpBufferSize,
      deflate: accepted.deflate,
      turn: this.opts.turn,
      clock: this.opts.clock,
    });
    // The endpoint listens for errors now.
    socket.off("error", ignore);
    // Ahead of the first frames in the queue: the 101 and the handshake leave in one write.
    endpoint.sendFrames(answer);
    const query = queryOf(req);
    const format = revisionOf(query).webSocketFormat(query);
    const transport = new WebSocketTransport(endpoint, accepted.deflate, format);
    if (owner instanceof Session) transport.own(owner);
    return transport;
  }

  /** The verdict on the request's WebSocket headers; undefined if it was refused, and answered. */
  #checkUpgrade(req: IncomingMessage, socket: Duplex): UpgradeAccepted | undefined {
    const verdict = checkUpgrade(req, { deflate: this.opts.perMessageDeflate });
    if (verdict.ok) return verdict;
    const error = new EngineError("ERR_UPGRADE_REFUSED", verdict.message);
    this.#raiseConnectionError(req, badRequest("TRANSPORT_HANDSHAKE_ERROR", error));
    rejectUpgradeWith(socket, verdict.status, verdict.message, verdict.headers);
    return undefined;
  }

  /** The head of the 101 answer, with what middlewares and listeners want on it; undefined if that cannot be sent. */
  #switchingProtocols(
    accepted: UpgradeAccepted,
    req: IncomingMessage,
    res: UpgradeResponse | undefined,
    socket: Duplex,
    sid: string,
  ): Buffer | undefined {
    try {
      const headers = res?.takeHeaders() ?? {};
      this.#onHeaders(headers, req, sid);
      return Buffer.from(upgradeResponse(accepted, headerPairs(headers)), "latin1");
    } catch (error) {
      this.#refuseUpgrade(req, socket, badRequest("TRANSPORT_HANDSHAKE_ERROR", error));
      return undefined;
    }
  }

  /** Makes an id, at once if generateId does, and calls either `refuse` or `done`. */
  #chooseId(req: IncomingMessage, refuse: (refusal: Refusal) => void, done: (id: string) => void): void {
    if (revisionOf(queryOf(req)).number === 3 && !this.opts.allowEIO3) {
      return refuse({ code: RequestErrorCode.unsupportedProtocolVersion, context: { protocol: 3 } });
    }
    const fail = (error: unknown): void => refuse(badRequest("ID_GENERATION_ERROR", error));
    const check = (id: unknown): void => {
      if (typeof id === "string" && id !== "" && !(id in this.#clients)) done(id);
      else
        fail(
          new EngineError("ERR_SESSION_ID", `got ${typeof id === "string" ? JSON.stringify(id) : typeof id}`),
        );
    };
    let made: string | Promise<string>;
    try {
      made = this.generateId(req);
    } catch (error) {
      return fail(error);
    }
    if (typeof made === "string") check(made);
    else void Promise.resolve(made).then(check, fail);
  }

  #onHeaders(headers: OutgoingHttpHeaders, req: IncomingMessage, sid: string): void {
    const { cookie } = this.opts;
    if (cookie === false && !this.hasListeners("headers") && !this.hasListeners("initial_headers")) return;
    const query = queryOf(req);
    if (sidOf(query) === undefined) {
      // Balancers route by it when polling; a direct WebSocket needs no routing.
      if (cookie !== false && query["transport"] === "polling")
        headers["Set-Cookie"] = cookieHeader(cookie, sid);
      this.emit("initial_headers", headers, req);
    }
    this.emit("headers", headers, req);
  }

  #refuse(req: IncomingMessage, res: ServerResponse, refusal: Refusal): void {
    this.#raiseConnectionError(req, refusal);
    if (!res.headersSent && !res.destroyed) respondRefusal(res, refusal);
  }

  #refuseUpgrade(req: IncomingMessage, socket: Duplex, refusal: Refusal): void {
    this.#raiseConnectionError(req, refusal);
    rejectUpgrade(socket, refusal);
  }

  #raiseConnectionError(req: IncomingMessage, { code, context }: Refusal): void {
    this.emit("connection_error", { req, code, message: REQUEST_ERROR_MESSAGES[code], context });
  }
}

function badRequest(name: string, error?: unknown): Refusal {
  return { code: RequestErrorCode.badRequest, context: error === undefined ? { name } : { name, error } };
}

function cookieHeader(
  { name, encode, path, ...attributes }: Exclude<ResolvedEngineOptions["cookie"], false>,
  sid: string,
): string {
  const cookie: SetCookie = { name: name ?? "io", value: sid };
  for (const [key, value] of Object.entries({ ...attributes, path: path === false ? undefined : path })) {
    if (value !== undefined) Reflect.set(cookie, key, value);
  }
  return stringifySetCookie(cookie, encode === undefined ? {} : { encode });
}

function headerPairs(headers: OutgoingHttpHeaders): [name: string, value: string][] {
  return Object.entries(headers).flatMap(([name, value]) => {
    if (value === undefined) return [];
    return (Array.isArray(value) ? value : [value]).map((single): [string, string] => [name, String(single)]);
  });
}

function ignore(): void {}

/** Listens to a candidate socket until somebody takes it. */
const NOBODY: FrameSink = { onText: ignore, onBinary: ignore, onDrain: ignore, onClose: ignore };
