// Three nodes in one process on one bus, each with an http server and one published client.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Server, Socket } from "socket.io";
import { io as connect } from "socket.io-client";
import type { Socket as Client } from "socket.io-client";
import { Bus, busAdapter } from "./bus.ts";
import type { AdapterKind } from "./bus.ts";
import type { Side } from "./sides.ts";

const DEADLINE_MS = 10_000;
const STEP_MS = 5;

export interface Node {
  readonly io: Server;
  readonly client: Client;
  /** The server's side of that client. */
  readonly socket: Socket;
  /** The events the client got, with their arguments. */
  readonly received: unknown[][];
}

export interface Cluster {
  readonly side: Side;
  readonly bus: Bus;
  readonly nodes: readonly [Node, Node, Node];
  /** What was reported, by those who report. */
  readonly errors: unknown[];
  /** How many times each client got this event. */
  counts(event: string): number[];
  [Symbol.asyncDispose](): Promise<void>;
}

/** Waits until it is so. */
export async function until(isMet: () => boolean | Promise<boolean>, what = String(isMet)): Promise<void> {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await isMet())) {
    if (Date.now() > deadline) throw new Error(`not so within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, STEP_MS));
  }
}

export async function startNode(
  side: Side,
  adapter: unknown,
  errors: unknown[] = [],
): Promise<Node & { close(): Promise<void> }> {
  const http = createServer();
  const io = new side.Server(http, {
    serveClient: false,
    adapter: adapter as never,
    ...side.options(errors),
  });
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const connected = new Promise<Socket>((resolve) => io.once("connection", resolve));
  const client = connect(url, { transports: ["websocket"], forceNew: true, auth: { token: "t" } });
  const received: unknown[][] = [];
  client.onAny((...event: unknown[]) => void received.push(event.filter((arg) => typeof arg !== "function")));
  client.on("ask", (...args: unknown[]) =>
    (args.at(-1) as (answer: string) => void)(`answer of ${client.id}`),
  );
  const socket = await connected;
  await until(() => client.connected);
  return {
    io,
    client,
    socket,
    received,
    async close() {
      client.disconnect();
      await io.close();
    },
  };
}

/** @param others whose nodes the second and the third are, if not of the same side as the first */
export async function startCluster(side: Side, kind: AdapterKind, others: Side = side): Promise<Cluster> {
  const bus = new Bus();
  const errors: unknown[] = [];
  const [a, b, c] = await Promise.all(
    [side, others, others].map((each) => startNode(each, busAdapter(each.library, kind, bus), errors)),
  );
  if (a === undefined || b === undefined || c === undefined) throw new Error("no nodes");
  const nodes = [a, b, c] as const;
  await Promise.all(
    nodes.map(({ io }) => until(async () => (await io.of("/").adapter.serverCount()) === 3, "three nodes")),
  );
  bus.log.length = 0;
  return {
    side,
    bus,
    nodes: [a, b, c],
    errors,
    counts: (event) => nodes.map(({ received }) => received.filter(([name]) => name === event).length),
    async [Symbol.asyncDispose]() {
      await Promise.all(nodes.map((node) => node.close()));
    },
  };
}
