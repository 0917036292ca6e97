/// <reference types="node" />

// A server on a free port of the loopback interface, with published clients, and requests to it.

import { createServer, request } from "node:http";
import type { IncomingHttpHeaders, OutgoingHttpHeaders, Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { io as connect } from "socket.io-client";
import type { ManagerOptions, Socket as ClientSocket, SocketOptions } from "socket.io-client";
import type { ServerOptions } from "../options.ts";
import { Server } from "../server.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export function portOf(server: HttpServer): number {
  return (server.address() as AddressInfo).port;
}

/** Resolves when the condition holds, rejects after ten seconds. */
export async function until(condition: () => boolean, what = "the condition"): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Resolves with the arguments of the next such event. */
export function next(emitter: { once(event: any, listener: any): unknown }, event: string): Promise<any[]> {
  return new Promise((resolve) => emitter.once(event, (...args: any[]) => resolve(args)));
}

export function fetchFrom(
  port: number,
  path: string,
  headers: OutgoingHttpHeaders = {},
  method = "GET",
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const req = request({ port, host: "127.0.0.1", path, headers, method, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on("data", (chunk: Buffer) => chunks.push(chunk));
      res.on("error", reject);
      res.on("end", () =>
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks) }),
      );
    });
    req.on("error", reject);
    req.end();
  });
}

/** A server and the clients of it. `ServerOf` may be the published class, to compare with. */
export class Live implements AsyncDisposable {
  readonly http: HttpServer = createServer();
  readonly io: Server<any, any, any>;
  readonly #clients: ClientSocket[] = [];

  private constructor(options: ServerOptions, ServerOf: new (...args: any[]) => any) {
    this.io = new ServerOf(this.http, options);
  }

  static async start(
    options: ServerOptions = {},
    ServerOf: new (...args: any[]) => any = Server,
  ): Promise<Live> {
    const live = new Live(options, ServerOf);
    await new Promise<void>((resolve) => live.http.listen(0, "127.0.0.1", resolve));
    return live;
  }

  get port(): number {
    return portOf(this.http);
  }

  client(nsp = "/", options: Partial<ManagerOptions & SocketOptions> = {}): ClientSocket {
    const client = connect(`http://127.0.0.1:${this.port}${nsp}`, {
      forceNew: true,
      reconnection: false,
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** A client that has joined, and the server's socket of it. */
  async join(
    nsp = "/",
    options: Partial<ManagerOptions & SocketOptions> = {},
  ): Promise<{ client: ClientSocket; socket: any }> {
    const client = this.client(nsp, options);
    await next(client, "connect");
    await until(() => this.io.of(nsp).sockets.has(client.id ?? ""));
    return { client, socket: this.io.of(nsp).sockets.get(client.id ?? "") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.disconnect();
    const closed = this.io.close();
    this.http.closeAllConnections();
    await closed;
  }
}
