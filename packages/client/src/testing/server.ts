/** The published server on a free port: what this client must get along with. */
import { createServer } from "node:http";
import type { Server as HttpServer } from "node:http";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { Server } from "socket.io";
import type { ServerOptions } from "socket.io";

export interface TestServer extends AsyncDisposable {
  readonly io: Server;
  readonly http: HttpServer;
  readonly url: string;
  readonly port: number;
  /** Cuts every TCP connection, as a crash of the server would. */
  cut(): void;
  stop(): Promise<void>;
}

export async function startServer(options: Partial<ServerOptions> = {}, port = 0): Promise<TestServer> {
  const http = createServer();
  const io = new Server(http, options);
  const connections = new Set<NetSocket>();
  http.on("connection", (connection) => {
    connections.add(connection);
    connection.on("close", () => connections.delete(connection));
  });
  await new Promise<void>((resolve, reject) => {
    http.on("error", reject);
    http.listen(port, "127.0.0.1", resolve);
  });
  const bound = (http.address() as AddressInfo).port;
  const cut = (): void => {
    for (const connection of connections) connection.destroy();
  };
  const stop = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      void io.close(() => resolve());
      cut();
    });
  };
  return { io, http, url: `http://127.0.0.1:${bound}`, port: bound, cut, stop, [Symbol.asyncDispose]: stop };
}
