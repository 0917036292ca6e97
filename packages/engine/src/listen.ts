// The two shorthands of the published package: an engine with a server of its own, and an engine on a server.

import { createServer } from "node:http";
import { Engine } from "./engine.ts";
import type { HttpServerLike } from "./http/attach.ts";
import { respondEmpty } from "./http/respond.ts";
import type { EngineOptions } from "./options.ts";

/** An engine on a new http server that listens on `port` and answers everything else with 501. */
export function listen(
  port: number,
  options?: EngineOptions | (() => void),
  onListening?: () => void,
): Engine {
  const isCallback = typeof options === "function";
  const server = createServer((_req, res) => respondEmpty(res, 501));
  const engine = attach(server, isCallback ? undefined : options);
  server.listen(port, isCallback ? options : onListening);
  return engine;
}

/** An engine on an existing http server. */
export function attach(server: HttpServerLike, options?: EngineOptions): Engine {
  return new Engine(options).attach(server);
}
