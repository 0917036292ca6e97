// Recovery with published clients and ours, on the published server and on ours: what both sides see must be the same.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Manager as OurManager } from "@sockeye/client";
import { Server } from "@sockeye/server";
import { Server as PublishedServer } from "socket.io";
import { Manager as PublishedManager } from "socket.io-client";
import { describe, expect, test } from "vitest";
import { fetchFrom, next, until } from "../../packages/server/src/testing/http.ts";

type Trace = unknown[];

interface Lab extends AsyncDisposable {
  readonly io: PublishedServer;
  readonly port: number;
  readonly trace: Trace;
  /** A client whose events are noted, with its ids and offsets by the order in which they appear. */
  connect(options?: object): any;
  note(...what: unknown[]): void;
}

type Scenario = (lab: Lab) => Promise<void>;

/** Names instead of what is different each time. */
function namer(kind: string): (value: unknown) => unknown {
  const names = new Map<unknown, string>();
  return (value) => {
    if (typeof value !== "string") return value;
    if (!names.has(value)) names.set(value, `${kind}${names.size}`);
    return names.get(value);
  };
}

async function startLab(ServerOf: any, ManagerOf: any, transport: string, options: object): Promise<Lab> {
  const http = createServer();
  const io: PublishedServer = new ServerOf(http, { serveClient: false, ...options });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  const trace: Trace = [];
  const idName = namer("id");
  const offsetName = namer("offset");
  const clients: any[] = [];
  const note = (...what: unknown[]): void => void trace.push(structuredClone(what));
  io.on("connection", (socket) => {
    note(
      "server connection",
      idName(socket.id),
      socket.recovered,
      [...socket.rooms].map(idName),
      socket.data,
    );
    socket.on("disconnect", (reason) => note("server disconnect", reason));
    socket.on("join", (room, done) => {
      void socket.join(room);
      socket.data.joined = room;
      done();
    });
  });
  return {
    io,
    port,
    trace,
    note,
    connect(more = {}) {
      const manager = new ManagerOf(`http://127.0.0.1:${port}`, {
        transports: [transport],
        reconnection: false,
        ...more,
      });
      const socket = manager.socket("/");
      clients.push(socket);
      socket.onAny((event: string, ...args: unknown[]) =>
        note("client", event, ...args.slice(0, -1), offsetName(args.at(-1))),
      );
      socket.on("connect", () => note("client connect", idName(socket.id), socket.recovered ?? false));
      socket.on("disconnect", (reason: string) => note("client disconnect", reason));
      return socket;
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.disconnect();
      const closed = io.close();
      http.closeAllConnections();
      await closed;
    },
  };
}

/** Drops the connection as a network would, runs `meanwhile` once both sides know, and connects again. */
async function drop({ io }: Lab, client: any, meanwhile: () => void | Promise<void>): Promise<void> {
  const gone = new Promise<void>((resolve) => {
    for (const socket of io.of("/").sockets.values()) socket.once("disconnect", () => resolve());
  });
  const noticed = next(client, "disconnect");
  client.io.engine.close();
  await Promise.all([gone, noticed]);
  await meanwhile();
  client.connect();
  await next(client, "connect");
}

const SCENARIOS: Readonly<Record<string, readonly [options: object, scenario: Scenario]>> = {
  "a drop": [
    {},
    async (lab) => {
      const client = lab.connect();
      await next(client, "connect");
      await client.emitWithAck("join", "room");
      lab.io.emit("hello", 1, { a: Buffer.from([1]) });
      await next(client, "hello");
      const { id } = client;
      await drop(lab, client, () => {
        lab.io.emit("all", 1);
        lab.io.to("room").emit("to the room", Buffer.from([2]));
        lab.io.to("elsewhere").emit("not for it");
        lab.io.except("room").emit("not for it either");
        lab.io.to(id).emit("to itself");
        lab.io.volatile.emit("volatile");
      });
      lab.io.to("room").emit("after");
      await next(client, "after");
    },
  ],
  "several drops": [
    {},
    async (lab) => {
      const client = lab.connect();
      await next(client, "connect");
      for (let round = 0; round < 3; round++) {
        const got = next(client, "online");
        for (const socket of lab.io.of("/").sockets.values()) socket.emit("online", round);
        await got;
        await drop(lab, client, () => {
          lab.io.emit("offline", round, 1);
          lab.io.emit("offline", round, 2);
        });
      }
    },
  ],
  "a session that has expired": [
    { connectionStateRecovery: { maxDisconnectionDuration: 1 } },
    async (lab) => {
      const client = lab.connect();
      await next(client, "connect");
      lab.io.emit("hello");
      await next(client, "hello");
      await drop(lab, client, () => {
        lab.io.emit("missed");
        const start = performance.now();
        return until(() => performance.now() > start + 5);
      });
    },
  ],
  "a server that does not recover": [
    { connectionStateRecovery: undefined },
    async (lab) => {
      const client = lab.connect();
      await next(client, "connect");
      lab.io.emit("hello", "text");
      await next(client, "hello");
      await drop(lab, client, () => {
        lab.io.emit("missed", "text");
      });
    },
  ],
  "an offset nobody knows": [
    {},
    async (lab) => {
      const client = lab.connect();
      client.auth = { offset: "nowhere" };
      await next(client, "connect");
      lab.io.emit("hello");
      await next(client, "hello");
      await drop(lab, client, () => {
        lab.io.emit("missed");
      });
    },
  ],
  "a pid nobody knows": [
    {},
    async (lab) => {
      const client = lab.connect();
      client.auth = { pid: "nobody" };
      await next(client, "connect");
      lab.io.emit("hello");
      await next(client, "hello");
      await drop(lab, client, () => {
        lab.io.emit("missed");
      });
    },
  ],
  "a client that leaves and comes back": [
    {},
    async (lab) => {
      const client = lab.connect();
      await next(client, "connect");
      lab.io.emit("hello");
      await next(client, "hello");
      const gone = new Promise<void>((resolve) => {
        for (const socket of lab.io.of("/").sockets.values()) socket.once("disconnect", () => resolve());
      });
      client.disconnect();
      await gone;
      lab.io.emit("missed");
      client.connect();
      await next(client, "connect");
    },
  ],
  "a server that disconnects": [
    {},
    async (lab) => {
      const client = lab.connect();
      await next(client, "connect");
      lab.io.emit("hello");
      await next(client, "hello");
      const gone = next(client, "disconnect");
      lab.io.disconnectSockets();
      await gone;
      client.connect();
      await next(client, "connect");
    },
  ],
  "middlewares that are skipped": [
    {},
    async (lab) => {
      lab.io.use((socket, done) => {
        lab.note("middleware", socket.recovered);
        done();
      });
      const client = lab.connect();
      await next(client, "connect");
      lab.io.emit("hello");
      await next(client, "hello");
      await drop(lab, client, () => {
        lab.io.emit("missed");
      });
    },
  ],
  "middlewares that are not skipped": [
    { connectionStateRecovery: { skipMiddlewares: false } },
    async (lab) => {
      lab.io.use((socket, done) => {
        lab.note("middleware", socket.recovered, socket.data);
        done();
      });
      const client = lab.connect();
      await next(client, "connect");
      lab.io.emit("hello");
      await next(client, "hello");
      await drop(lab, client, () => {
        lab.io.emit("missed");
      });
    },
  ],
};

async function traceOf(
  ServerOf: any,
  ManagerOf: any,
  transport: string,
  [options, scenario]: readonly [object, Scenario],
): Promise<Trace> {
  await using lab = await startLab(ServerOf, ManagerOf, transport, {
    connectionStateRecovery: {},
    ...options,
  });
  await scenario(lab);
  await until(
    () =>
      lab.io.of("/").sockets.size === 1 &&
      lab.trace.filter(([what]: any) => what === "server connection").length > 1,
  );
  return [...lab.trace];
}

/** The two sides are not ordered between them. */
function sides(trace: Trace): [server: Trace, client: Trace] {
  const isClient = ([what]: any): boolean => String(what).startsWith("client");
  return [trace.filter((entry) => !isClient(entry)), trace.filter(isClient)];
}

describe.each(Object.entries(SCENARIOS))("%s", (_name, scenario) => {
  test.each(["polling", "websocket"])("over %s", async (transport) => {
    const published = sides(await traceOf(PublishedServer, PublishedManager, transport, scenario));
    expect(sides(await traceOf(Server, PublishedManager, transport, scenario))).toEqual(published);
    expect(sides(await traceOf(PublishedServer, OurManager, transport, scenario))).toEqual(published);
    expect(sides(await traceOf(Server, OurManager, transport, scenario))).toEqual(published);
  });
});

test.each([
  ["published", PublishedServer],
  ["Sockeye", Server],
])("on polling, what was missed comes before the reply: %s", async (_name, ServerOf: any) => {
  await using lab = await startLab(ServerOf, PublishedManager, "polling", { connectionStateRecovery: {} });
  const url = "/socket.io/?EIO=4&transport=polling";
  const open = async (auth: object): Promise<[sid: string, answer: string]> => {
    const opened = await fetchFrom(lab.port, url);
    const { sid } = JSON.parse(opened.body.toString().slice(1));
    const response = await fetch(`http://127.0.0.1:${lab.port}${url}&sid=${sid}`, {
      method: "POST",
      body: `40${JSON.stringify(auth)}`,
    });
    expect(response.status).toBe(200);
    await response.text();
    return [sid, (await fetchFrom(lab.port, `${url}&sid=${sid}`)).body.toString()];
  };
  const [sid, greeting] = await open({});
  const { sid: id, pid } = JSON.parse(greeting.slice(2));
  lab.io.emit("hello");
  const hello = (await fetchFrom(lab.port, `${url}&sid=${sid}`)).body.toString();
  const [, offset] = JSON.parse(hello.slice(2));
  const [socket] = [...lab.io.of("/").sockets.values()];
  const gone = next(socket as any, "disconnect");
  await fetch(`http://127.0.0.1:${lab.port}${url}&sid=${sid}`, { method: "POST", body: "1" }).then((r) =>
    r.text(),
  );
  await gone;
  for (const n of [1, 2, 3]) lab.io.emit(`hello${n}`, n);
  const [, answer] = await open({ pid, offset });
  const packets = answer.split("\x1e");
  expect(packets.slice(0, 3).map((packet) => JSON.parse(packet.slice(2)).slice(0, 2))).toEqual([
    ["hello1", 1],
    ["hello2", 2],
    ["hello3", 3],
  ]);
  expect(packets.slice(3)).toEqual([`40${JSON.stringify({ sid: id, pid })}`]);
});

test.each([
  ["published", PublishedManager],
  ["Sockeye", OurManager],
])("a client that received nothing comes back too: %s", async (_name, ManagerOf: any) => {
  await using lab = await startLab(Server, ManagerOf, "websocket", { connectionStateRecovery: {} });
  const client = lab.connect();
  await next(client, "connect");
  const { id } = client;
  await drop(lab, client, () => {
    lab.io.emit("missed", 1);
  });
  expect([client.id, client.recovered]).toEqual([id, true]);
  expect(lab.trace).toContainEqual(["client", "missed", 1, "offset0"]);
});
