// The package as CommonJS code knows it: a function that makes a server, which carries the classes.

import { Namespace } from "./namespace.ts";
import { Server } from "./server.ts";
import type { Attachable } from "./server.ts";
import type { ServerOptions } from "./options.ts";
import { Socket } from "./socket.ts";

interface CommonJsServer {
  (server?: Attachable, options?: ServerOptions): Server;
  readonly Server: typeof Server;
  readonly Namespace: typeof Namespace;
  readonly Socket: typeof Socket;
}

function createServer(server?: Attachable, options?: ServerOptions): Server {
  return new Server(server, options);
}

export const commonjs: CommonJsServer = Object.assign(createServer, { Server, Namespace, Socket });
