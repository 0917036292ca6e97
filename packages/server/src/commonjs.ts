// The package as CommonJS code knows it: a function that makes a server, which carries the classes.

import { BroadcastOperator } from "./broadcast-operator.ts";
import { AckTimeoutError, isServerError, SERVER_ERRORS, ServerError } from "./errors.ts";
import { Namespace } from "./namespace.ts";
import { Server } from "./server.ts";
import type { Attachable } from "./server.ts";
import { SERVER_DEFAULTS } from "./options.ts";
import type { ServerOptions } from "./options.ts";
import { ParentNamespace } from "./parent-namespace.ts";
import { Socket } from "./socket.ts";
import { SERVER_WARNINGS } from "./warnings.ts";

interface CommonJsServer {
  (server?: Attachable, options?: ServerOptions): Server;
  readonly Server: typeof Server;
  readonly Namespace: typeof Namespace;
  readonly ParentNamespace: typeof ParentNamespace;
  readonly Socket: typeof Socket;
  readonly BroadcastOperator: typeof BroadcastOperator;
  readonly ServerError: typeof ServerError;
  readonly AckTimeoutError: typeof AckTimeoutError;
  readonly isServerError: typeof isServerError;
  readonly SERVER_ERRORS: typeof SERVER_ERRORS;
  readonly SERVER_DEFAULTS: typeof SERVER_DEFAULTS;
  readonly SERVER_WARNINGS: typeof SERVER_WARNINGS;
}

function createServer(server?: Attachable, options?: ServerOptions): Server {
  return new Server(server, options);
}

export const commonjs: CommonJsServer = Object.assign(createServer, {
  Server,
  Namespace,
  ParentNamespace,
  Socket,
  BroadcastOperator,
  ServerError,
  AckTimeoutError,
  isServerError,
  SERVER_ERRORS,
  SERVER_DEFAULTS,
  SERVER_WARNINGS,
});
