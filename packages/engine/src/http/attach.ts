// Hangs an engine on an http server beside whatever else lives there: requests for our path are ours, all others go on
// to the listeners that were there before, as if we were not. Called by Engine; knows nothing of sessions.

import type { EventEmitter } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "@sockeye/protocol";
import { EngineError } from "../errors.ts";
import { pathPrefix } from "../options.ts";
import { respondEmpty } from "./respond.ts";

/** What is asked of a server: those of node:http, node:https and node:http2 have it. */
export type HttpServerLike = EventEmitter;

export interface AttachSettings {
  readonly path: string;
  readonly addTrailingSlash: boolean;
  readonly destroyUpgrade: boolean;
  readonly destroyUpgradeTimeout: number;
  readonly clock: Clock;
}

export interface AttachTarget {
  onRequest(req: IncomingMessage, res: ServerResponse): void;
  /** Undefined: upgrades are none of ours, not even those for our path. */
  readonly onUpgrade: ((req: IncomingMessage, socket: Duplex, head: Buffer) => void) | undefined;
  /** The server stopped listening and its connections are gone. It may listen again. */
  onServerClose(): void;
}

type RawListener = (req: IncomingMessage, res: ServerResponse) => void;

/** Gives the server back as it was found. */
export type Detach = () => void;

/**
 * Attaches. Each earlier `request` listener is called for foreign paths, in order, with the server as `this`. A foreign
 * upgrade nobody has answered after destroyUpgradeTimeout is closed. Throws ERR_INVALID_SERVER.
 */
export function attachTo(server: HttpServerLike, target: AttachTarget, settings: AttachSettings): Detach {
  if (typeof server?.rawListeners !== "function") {
    throw new EngineError("ERR_INVALID_SERVER", `got ${typeof server}`);
  }
  const prefix = pathPrefix(settings);
  const previous = rawListeners(server);
  let isAttached = true;

  function onRequest(req: IncomingMessage, res: ServerResponse): void {
    if (isAttached && isOurs(req, prefix)) return target.onRequest(req, res);
    if (previous.length === 0 && isOurs(req, prefix)) return respondClosed(res);
    for (const listener of previous) listener.call(server, req, res);
  }
  function onUpgrade(req: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (isOurs(req, prefix)) target.onUpgrade?.(req, socket, head);
    else if (settings.destroyUpgrade)
      endUnlessAnswered(socket, settings.destroyUpgradeTimeout, settings.clock);
  }
  function onClose(): void {
    target.onServerClose();
  }

  server.removeAllListeners("request");
  server.on("request", onRequest);
  server.on("close", onClose);
  if (target.onUpgrade !== undefined) server.on("upgrade", onUpgrade);

  return () => {
    if (!isAttached) return;
    // If somebody else has wrapped our dispatcher meanwhile, it stays where it is and lets everything through.
    isAttached = false;
    server.off("close", onClose);
    server.off("upgrade", onUpgrade);
    // A connection may outlive us, and a poll on it that nobody answers would keep the server from closing: where we are
    // the only listener, we stay and say that we are gone.
    if (previous.length > 0) restore(server, onRequest, previous);
  };
}

function isOurs(req: IncomingMessage, prefix: string): boolean {
  return req.url?.startsWith(prefix) ?? false;
}

/** The `request` listeners as they are stored, so that a `once` stays one. */
function rawListeners(server: HttpServerLike): RawListener[] {
  return server.rawListeners("request").map((listener) => (isRawListener(listener) ? listener : ignore));
}

function isRawListener(value: unknown): value is RawListener {
  return typeof value === "function";
}

/** Puts the earlier listeners where the dispatcher is, in front of those that came later. */
function restore(server: HttpServerLike, dispatcher: RawListener, previous: readonly RawListener[]): void {
  const current = rawListeners(server);
  const at = current.indexOf(dispatcher);
  if (at < 0) return;
  server.removeAllListeners("request");
  for (const listener of [...current.slice(0, at), ...previous, ...current.slice(at + 1)]) {
    server.on("request", listener);
  }
}

function respondClosed(res: ServerResponse): void {
  res.shouldKeepAlive = false;
  respondEmpty(res, 503);
}

function endUnlessAnswered(socket: Duplex, timeoutMs: number, clock: Clock): void {
  // Nobody else may be listening, and a peer that resets the connection must not end the process.
  socket.on("error", ignore);
  const cancel = clock.after(timeoutMs, () => {
    socket.off("close", cancel);
    if (!socket.writable || (socket instanceof Socket && socket.bytesWritten > 0)) return;
    socket.end();
  });
  socket.once("close", cancel);
}

function ignore(): void {}
