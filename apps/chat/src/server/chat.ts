// The chat as one thing to start and to stop: an HTTP server with the page, and the realtime server on it.
// Called by main.ts and by tests. Reads no environment, prints nothing, ends no process.
import { createServer } from "node:http";
import type { Server as HttpServer } from "node:http";
import { fileURLToPath } from "node:url";
import type { ClientToServer, ServerToClient } from "../shared/contract.ts";
import { systemClock } from "./clock.ts";
import { admit, createOutlet } from "./gate.ts";
import { HUB_DEFAULTS, Hub } from "./hub.ts";
import type { HubOptions } from "./hub.ts";
import { Server } from "./realtime.ts";
import { StaticFiles } from "./static-files.ts";

export interface ChatOptions {
  /** TCP port, 0 for any free one. @default 3000 */
  port?: number | undefined;
  /** Address to listen on. @default every address of the machine */
  host?: string | undefined;
  /** Folder with the built page. @default dist/public of this package */
  publicFolder?: string | undefined;
  /** Bounds and delays of the rooms. @default HUB_DEFAULTS */
  limits?: Partial<HubOptions> | undefined;
}

export interface Chat {
  readonly port: number;
  readonly url: string;
  /** Says goodbye to every connection and resolves when the port is free. */
  close(): Promise<void>;
}

/** The largest event a client may send: the longest message in the widest encoding, with room to spare. */
const MAX_EVENT_BYTES = 32_768;

/** Starts a chat. Rejects with the error of node:fs (page not built) or node:net (EADDRINUSE, EACCES). */
export async function createChat(options: ChatOptions = {}): Promise<Chat> {
  const files = new StaticFiles(
    options.publicFolder ?? fileURLToPath(new URL("../../dist/public", import.meta.url)),
  );
  const http = createServer((request, response) => files.handle(request, response));
  const io = new Server<ClientToServer, ServerToClient>(http, {
    serveClient: false,
    maxHttpBufferSize: MAX_EVENT_BYTES,
    // A dead phone leaves the list of people within these 18 seconds.
    pingInterval: 10_000,
    pingTimeout: 8_000,
  });
  const hub = new Hub(createOutlet(io), systemClock, { ...HUB_DEFAULTS, ...options.limits });
  io.on("connection", (socket) => admit(socket, hub, systemClock));
  const port = await listen(http, options.port ?? 3000, options.host).catch(async (error: unknown) => {
    await io.close().catch(() => undefined); // it never listened; only its timers are to be stopped
    throw error;
  });
  return {
    port,
    url: `http://localhost:${port}`,
    async close() {
      await io.close();
      http.closeAllConnections();
    },
  };
}

function listen(http: HttpServer, port: number, host: string | undefined): Promise<number> {
  return new Promise((resolve, reject) => {
    http.once("error", reject);
    http.listen({ port, host }, () => {
      http.off("error", reject);
      const address = http.address();
      resolve(typeof address === "object" && address !== null ? address.port : port);
    });
  });
}
