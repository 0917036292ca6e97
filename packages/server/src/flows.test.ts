// The two flows of the architecture, counted on real connections: how many of our functions a frame passes on its way to
// a handler, and what a broadcast does per recipient. Counts, not times: they hold on any machine.

import { Socket as NetSocket } from "node:net";
import { RoomIndex } from "@sockeye/adapter";
import { WebSocketEndpoint } from "@sockeye/websocket";
import { Listenable } from "@sockeye/emitter";
import { defaultCodec } from "@sockeye/protocol/socket";
import { expect, test, vi } from "vitest";
import type { MockInstance } from "vitest";
import { Socket } from "./socket.ts";
import { Live, next, portOf, until } from "./testing/http.ts";

/** Our own functions on the stack, innermost first, without those of tests. */
function hops(): string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 100;
  const stack = new Error("here").stack ?? "";
  Error.stackTraceLimit = limit;
  return stack
    .split("\n")
    .filter((line) => /packages\/[\w-]+\/src\//.test(line) && !line.includes(".test.ts"))
    .map((line) => /at (?:async )?(\S+(?: \[as \w+\])?)/.exec(line)?.[1] ?? line);
}

/** Counts the events our emitters raise, for users or among themselves. */
function spyOnDispatch(): MockInstance {
  return vi.spyOn(Listenable.prototype as unknown as { dispatch(): boolean }, "dispatch");
}

function joinAll(live: Live, count: number): Promise<Awaited<ReturnType<Live["join"]>>[]> {
  return Promise.all(Array.from({ length: count }, () => live.join("/", { transports: ["websocket"] })));
}

async function stackInHandler(transport: "websocket" | "polling", event: string): Promise<string[]> {
  await using live = await Live.start();
  const { client, socket } = await live.join("/", { transports: [transport] });
  const stack = new Promise<string[]>((resolve) => {
    socket.on("plain", () => resolve(hops()));
    socket.on("asks", (answer: () => void) => {
      resolve(hops());
      answer();
    });
    if (event === "answers") socket.emit("ask", () => resolve(hops()));
  });
  client.on("ask", (answer: () => void) => answer());
  if (event === "plain") client.emit("plain", { some: "data" });
  if (event === "asks") client.emit("asks", () => {});
  // Awaited here, since the server is closed on return.
  const seen = await stack;
  return seen;
}

test.each(["plain", "asks", "answers"])(
  "a WebSocket frame (%s) is five of our calls from the user's handler",
  async (event) => {
    const stack = await stackInHandler("websocket", event);
    expect(stack.length, stack.join(" < ")).toBeLessThanOrEqual(5);
    expect(stack.at(-1)).toContain("onData");
  },
);

test("a polled packet passes the same functions behind the batch", async () => {
  const stack = await stackInHandler("polling", "plain");
  const ours = stack.map((name) => name.replace(/^.*\./, ""));
  expect(ours.slice(0, 4)).toEqual(["callGuarded", "onPacket", "onMessage", "onText"]);
});

test("a broadcast is encoded once, framed once, and raises nothing per recipient", async () => {
  const encode = vi.fn(defaultCodec.encode);
  await using live = await Live.start({ parser: { ...defaultCodec, encode } });
  const peers = await joinAll(live, 100);
  const received = Promise.all(peers.map(({ client }) => next(client, "hi")));
  encode.mockClear();
  const sendFrames = vi.spyOn(WebSocketEndpoint.prototype, "sendFrames");
  const dispatch = spyOnDispatch();
  live.io.emit("hi", "everybody");
  const sent = sendFrames.mock.calls.map(([bytes]) => bytes);
  const dispatched = dispatch.mock.calls.length;
  sendFrames.mockRestore();
  dispatch.mockRestore();
  expect(await received).toEqual(peers.map(() => ["everybody"]));
  expect(encode).toHaveBeenCalledOnce();
  expect(sent).toHaveLength(100);
  expect(new Set(sent).size).toBe(1);
  expect(dispatched).toBe(0);
});

test("a broadcast hands one message object to a hundred sockets, through one function", async () => {
  await using live = await Live.start();
  const peers = await joinAll(live, 100);
  const received = Promise.all(peers.map(({ client }) => next(client, "hi")));
  const forEachMember = vi.spyOn(RoomIndex.prototype, "forEachMember");
  const deliver = vi.spyOn(Socket.prototype, "deliver");
  live.io.emit("hi");
  const visits = forEachMember.mock.calls.map(([, , visit]) => visit);
  const messages = deliver.mock.calls.map(([message]) => message);
  forEachMember.mockRestore();
  deliver.mockRestore();
  await received;
  expect(visits).toHaveLength(1);
  expect(messages).toHaveLength(100);
  expect(new Set(messages).size).toBe(1);
});

test("whatever is broadcast in a turn leaves each connection in one write", async () => {
  await using live = await Live.start();
  const peers = await joinAll(live, 100);
  const received = Promise.all(peers.map(({ client }) => next(client, "last")));
  const write = vi.spyOn(NetSocket.prototype, "write");
  for (let count = 0; count < 9; count++) live.io.emit("first", count);
  live.io.emit("last");
  await received;
  const writers = write.mock.contexts.filter(
    (socket) => (socket as NetSocket).localPort === portOf(live.http),
  );
  write.mockRestore();
  expect(writers).toHaveLength(100);
  expect(new Set(writers).size).toBe(100);
});

test("an event that arrives is dispatched by one look-up, without an event of ours", async () => {
  await using live = await Live.start();
  const { client, socket } = await live.join("/", { transports: ["websocket"] });
  const onEvent = vi.fn();
  socket.on("hi", onEvent);
  const dispatch = spyOnDispatch();
  client.emit("hi");
  await until(() => onEvent.mock.calls.length === 1);
  expect(dispatch).not.toHaveBeenCalled();
  dispatch.mockRestore();
});
