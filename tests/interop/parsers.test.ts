// Wire formats other than the default: the whole table in MessagePack, and a format as applications have written them.
// The published parser with the published server and client is the control.
import { EventEmitter, once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Manager } from "@sockeye/client";
import { msgpackCodec } from "@sockeye/protocol/msgpack";
import { Server } from "@sockeye/server";
import { Server as PublishedServer } from "socket.io";
import { Manager as PublishedManager } from "socket.io-client";
import publishedMsgpack from "socket.io-msgpack-parser";
import { describe, expect, test } from "vitest";
import type { ServerClass } from "./app.ts";
import { javaScriptClients } from "./clients/javascript.ts";
import type { ManagerClass } from "./clients/javascript.ts";
import { interopSuite } from "./suite.ts";

const OurServer = Server as unknown as ServerClass;
const OurManager = Manager as unknown as ManagerClass;

function managerWith(ManagerOf: ManagerClass, parser: unknown): ManagerClass {
  return class extends ManagerOf {
    constructor(uri: any, options: any) {
      super(uri, { ...options, parser });
    }
  } as ManagerClass;
}

const codecServer = {
  name: "Sockeye msgpack",
  Server: OurServer,
  options: { parser: msgpackCodec as never },
};
const codecClient = javaScriptClients("Sockeye msgpack", managerWith(OurManager, msgpackCodec));
const publishedServers = [
  { name: "published msgpack", Server: PublishedServer, options: { parser: publishedMsgpack } },
  { name: "Sockeye, published msgpack", Server: OurServer, options: { parser: publishedMsgpack } },
] as const;
const publishedClients = [
  javaScriptClients("published msgpack", managerWith(PublishedManager, publishedMsgpack)),
  javaScriptClients("Sockeye, published msgpack", managerWith(OurManager, publishedMsgpack)),
] as const;

/** What the published encoder writes wrongly, the control shows it too: numbers from 2^64 on, and views of a buffer. */
const EXCUSED = new Set([
  "carries every JSON value both ways",
  "carries binary in acknowledgements both ways",
  "carries several attachments among other values, nested, in events",
  "keeps the order of 1,000 events from the server, text and binary mixed",
  "reaches one socket by its id, with binary broadcast intact",
]);

const [publishedServer, mixedServer] = publishedServers;
const [publishedClient, mixedClient] = publishedClients;
interopSuite([codecServer], [codecClient]);
interopSuite([codecServer], [publishedClient], EXCUSED);
interopSuite([publishedServer], [codecClient, publishedClient], EXCUSED);
interopSuite([mixedServer], [mixedClient], EXCUSED);

describe.each([codecServer, ...publishedServers])("$name server", ({ Server: ServerOf, options }) => {
  test.each([
    { client: "published msgpack", ManagerOf: PublishedManager as ManagerClass, parser: publishedMsgpack },
    { client: "Sockeye msgpack", ManagerOf: OurManager, parser: msgpackCodec },
    { client: "Sockeye, published msgpack", ManagerOf: OurManager, parser: publishedMsgpack },
  ])("carries binary, dates and undefined both ways, $client client", async ({ ManagerOf, parser }) => {
    const { io, url } = await listen(ServerOf, options.parser);
    io.on("connection", (socket: any) => socket.on("echo", (value: unknown, answer: any) => answer(value)));
    for (const transport of ["polling", "websocket"]) {
      const manager = new ManagerOf(url, {
        parser: parser as never,
        transports: [transport],
        reconnection: false,
      });
      const socket = manager.socket("/");
      const sent = {
        bytes: Buffer.from("a longer text"),
        date: new Date(7),
        deep: [[null, undefined, -1.5]],
      };
      const got = await socket.emitWithAck("echo", sent);
      expect({ ...got, bytes: Buffer.from(got.bytes) }).toEqual(sent);
      socket.disconnect();
    }
    await io.close();
  });
});

/** What the documentation of Socket.IO shows, as applications have copied it. */
class JsonEncoder {
  encode(packet: unknown): string[] {
    return [JSON.stringify(packet)];
  }
}

class JsonDecoder extends EventEmitter {
  add(chunk: string): void {
    const packet = JSON.parse(chunk);
    if (packet.type < 0 || packet.type > 4) throw new Error("invalid packet type");
    this.emit("decoded", packet);
  }

  destroy(): void {}
}

const jsonParser = { Encoder: JsonEncoder, Decoder: JsonDecoder };

const SERVERS = [
  { server: "published", ServerOf: PublishedServer as ServerClass },
  { server: "Sockeye", ServerOf: OurServer },
];
const CLIENTS = [
  { client: "published", ManagerOf: PublishedManager as ManagerClass },
  { client: "Sockeye", ManagerOf: OurManager },
];
const TABLE = SERVERS.flatMap((server) => CLIENTS.map((client) => ({ ...server, ...client }))).flatMap(
  (pair) => ["polling", "websocket"].map((transport) => ({ ...pair, transport })),
);

async function listen(ServerOf: ServerClass, parser: any): Promise<{ io: any; url: string }> {
  const http = createServer();
  const io = new ServerOf(http, { parser });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  return { io, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}` };
}

describe.each(TABLE)("a JSON parser, $server server, $client client, $transport", (row) => {
  test("carries events, acknowledgements, refusals and disconnections", async () => {
    const { io, url } = await listen(row.ServerOf, jsonParser);
    io.of("/no").use((_socket: any, next: any) => next(Object.assign(new Error("no"), { data: { why: 1 } })));
    io.on("connection", (socket: any) => {
      socket.on("echo", (...args: any[]) => args.at(-1)(...args.slice(0, -1)));
      socket.on("bye", () => socket.disconnect());
    });
    const manager = new row.ManagerOf(url, {
      parser: jsonParser,
      transports: [row.transport],
      reconnection: false,
    });
    const socket = manager.socket("/", { auth: { token: 1 } } as never);
    const [server] = await once(io, "connection");
    expect(server.handshake.auth).toEqual({ token: 1 });
    expect(await socket.emitWithAck("echo", { a: [1, null, "two"] })).toEqual({ a: [1, null, "two"] });
    const asked = new Promise((resolve) =>
      socket.once("ask", (n: number, answer: any) => resolve(answer(n + 1))),
    );
    expect(await server.emitWithAck("ask", 1)).toBe(2);
    await asked;
    const heard = new Promise((resolve) => socket.once("all", (...args: unknown[]) => resolve(args)));
    io.emit("all", 1, "2");
    expect(await heard).toEqual([1, "2"]);
    const refused: any = await new Promise((resolve) => manager.socket("/no").once("connect_error", resolve));
    expect([refused.message, refused.data]).toEqual(["no", { why: 1 }]);
    const gone = new Promise((resolve) => socket.once("disconnect", resolve));
    socket.emit("bye");
    expect(await gone).toBe("io server disconnect");
    await io.close();
  });

  test("ends the connection on what its decoder refuses", async () => {
    const { io, url } = await listen(row.ServerOf, jsonParser);
    const manager = new row.ManagerOf(url, {
      parser: jsonParser,
      transports: [row.transport],
      reconnection: false,
    });
    const socket = manager.socket("/");
    const [server] = await once(io, "connection");
    await new Promise<void>((resolve) =>
      socket.connected ? resolve() : socket.once("connect", () => resolve()),
    );
    const gone = new Promise((resolve) => socket.once("disconnect", resolve));
    const ended = new Promise((resolve) => server.once("disconnect", resolve));
    server.conn.send("not JSON");
    expect(await gone).toBe("parse error");
    await ended;
    await io.close();
  });
});
