// A hostile peer: raw HTTP and raw WebSocket bytes against a running server, with no client library in between.
import { once } from "node:events";
import { createServer, request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import type { AddressInfo, Socket as NetSocket } from "node:net";
import { randomBytes } from "node:crypto";
import { io as connectClient } from "socket.io-client";
import { onTestFinished } from "vitest";
import type { ServerClass } from "../interop/app.ts";

export interface Target {
  readonly port: number;
  readonly io: InstanceType<ServerClass>;
  /** Connects a stock client and has it answered: fails unless the server is alive and well. */
  answersOthers(): Promise<boolean>;
}

/** Starts a server with an echo handler; it ends with the test. */
export async function startTarget(ServerOf: ServerClass, options: object = {}): Promise<Target> {
  const http = createServer();
  const sockets = new Set<NetSocket>();
  http.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const io = new ServerOf(http, { serveClient: false, ...options });
  io.on("connection", (socket) => {
    socket.on("echo", (value: unknown, answer: (value: unknown) => void) => answer(value));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const { port } = http.address() as AddressInfo;
  onTestFinished(async () => {
    const closed = io.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return {
    port,
    io,
    async answersOthers() {
      const socket = connectClient(`http://127.0.0.1:${port}`, { forceNew: true, reconnection: false });
      try {
        return (await socket.timeout(10_000).emitWithAck("echo", "alive")) === "alive";
      } finally {
        socket.disconnect();
      }
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** One HTTP request, answered. Rejects when the server resets the connection. */
export function ask(
  port: number,
  method: string,
  query: string,
  body = "",
  headers: Record<string, string> = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const path = `/socket.io/?EIO=4&${query}`;
    const outgoing = request({ port, host: "127.0.0.1", method, path, headers, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
      });
      response.on("error", reject);
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** Opens a polling session with a socket in the namespace "/". */
export async function openPolling(port: number): Promise<string> {
  const open = await ask(port, "GET", "transport=polling");
  const { sid } = JSON.parse(open.body.slice(1)) as { sid: string };
  await ask(port, "POST", `transport=polling&sid=${sid}`, "40");
  return sid;
}

/** A connection on which the upgrade request has been written, and nothing has been waited for. */
export function dialWebSocket(port: number, extraHeaders: readonly string[] = []): NetSocket {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(
    [
      "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
      `Host: 127.0.0.1:${port}`,
      "Connection: Upgrade",
      "Upgrade: websocket",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${randomBytes(16).toString("base64")}`,
      ...extraHeaders,
      "\r\n",
    ].join("\r\n"),
  );
  return socket;
}

/** A WebSocket connection with a socket in the namespace "/". */
export async function openWebSocket(port: number): Promise<NetSocket> {
  const socket = dialWebSocket(port);
  await seen(socket, "0{");
  socket.write(frame(1, "40"));
  await seen(socket, "40{");
  return socket;
}

function seen(socket: NetSocket, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      if (!chunk.includes(what)) return;
      socket.off("data", onData);
      resolve();
    };
    socket.on("data", onData);
    socket.on("close", () => reject(new Error(`the server hung up before ${what}`)));
  });
}

/** A masked frame, as clients send them. */
export function frame(opcode: number, payload: string | Uint8Array): Buffer {
  const bytes = Buffer.from(payload as string);
  const mask = randomBytes(4);
  const long = bytes.length > 125;
  const head = Buffer.from(
    long
      ? [0x80 | opcode, 0x80 | 126, bytes.length >> 8, bytes.length & 0xff]
      : [0x80 | opcode, 0x80 | bytes.length],
  );
  return Buffer.concat([head, mask, bytes.map((byte, index) => byte ^ (mask[index % 4] ?? 0))]);
}

/** Everything the server sends until it says goodbye or hangs up, or until it sends what `stop` looks for. Ends the connection. */
export function readUntil(socket: NetSocket, stop?: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    socket.on("data", (chunk) => {
      text += chunk.toString("latin1");
      const isGoodbye = text.includes("\x88\x00") || text.includes("\x88\x02");
      if (isGoodbye || (stop !== undefined && text.includes(stop))) socket.destroy();
    });
    socket.on("close", () => resolve(text));
  });
}
