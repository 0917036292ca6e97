// Express-style middlewares in front of the engine, on plain requests and on upgrades. An upgrade has no response
// yet, so middlewares get a stand-in: its headers travel on the 101. Called by Engine, holds no session state.

import { ServerResponse } from "node:http";
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import type { Duplex } from "node:stream";

export type NextFunction = (error?: unknown) => void;

/**
 * Runs per HTTP request, before any check; not per packet. A promise it returns may reject instead of `next(error)`.
 * Written as a method, whose parameters the compiler compares both ways: middlewares declared for express's request fit.
 */
export type Middleware = {
  run(req: IncomingMessage, res: ServerResponse, next: NextFunction): unknown;
}["run"];

/**
 * Runs the middlewares one after the other. `done` is called once with what was passed to `next`, or thrown, and
 * never if a middleware answered the request itself.
 */
export function runMiddlewares(
  middlewares: readonly Middleware[],
  req: IncomingMessage,
  res: ServerResponse,
  done: (error?: unknown) => void,
): void {
  // A copy: `use` while a request is under way concerns later requests.
  const chain = middlewares.slice();
  function step(at: number): void {
    const middleware = chain[at];
    if (middleware === undefined) return done();
    let isCalled = false;
    const next: NextFunction = (error) => {
      if (isCalled) return;
      isCalled = true;
      if (error !== undefined && error !== null && error !== false) done(error);
      else step(at + 1);
    };
    try {
      const pending = middleware(req, res, next);
      if (pending instanceof Promise) pending.catch(next);
    } catch (error) {
      if (isCalled) throw error;
      next(error ?? new Error("a middleware threw nothing"));
    }
  }
  step(0);
}

/** The response middlewares see on an upgrade: collects headers, and ends the connection when it is ended. */
export class UpgradeResponse extends ServerResponse {
  readonly #socket: Duplex;

  constructor(req: IncomingMessage, socket: Duplex) {
    super(req);
    this.#socket = socket;
  }

  /** Nothing can be written before the protocol is switched. */
  override write(): boolean {
    return true;
  }

  /** The middleware answered the request itself: there will be no upgrade. */
  override end(): this {
    this.#socket.destroy();
    return this;
  }

  /**
   * The headers for the 101. Calls writeHead first, since that is what session middlewares wait for to add theirs.
   */
  takeHeaders(): OutgoingHttpHeaders {
    if (!this.headersSent) this.writeHead(200);
    const headers: OutgoingHttpHeaders = {};
    for (const name of this.getHeaderNames()) {
      headers[name] = this.getHeader(name);
    }
    return headers;
  }
}
