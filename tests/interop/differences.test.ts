// What KNOWN_DIFFERENCES.md says of the server, shown on both: what the published one does, and what ours does instead.
import { once } from "node:events";
import { expect, test, vi } from "vitest";
import { Server } from "@sockeye/server";
import { Server as PublishedServer } from "socket.io";
import {
  ask,
  dialWebSocket,
  frame,
  openPolling,
  openWebSocket,
  readUntil,
  startTarget,
} from "../security/peer.ts";
import type { ServerClass } from "./app.ts";

interface Side<Outcome> {
  readonly name: string;
  readonly Server: ServerClass;
  readonly outcome: Outcome;
}

function sides<Outcome>(outcomes: { published: Outcome; ours: Outcome }): readonly Side<Outcome>[] {
  return [
    { name: "published", Server: PublishedServer, outcome: outcomes.published },
    { name: "Sockeye", Server: Server as unknown as ServerClass, outcome: outcomes.ours },
  ];
}

test.each(sides({ published: "connected", ours: "forced close" }))(
  "an event without data closes the connection: $name, $outcome",
  async ({ Server: ServerOf, outcome }) => {
    const target = await startTarget(ServerOf);
    const arrived = once(target.io, "connection");
    const peer = await openWebSocket(target.port);
    const [socket] = await arrived;
    const ended = vi.fn();
    socket.on("disconnect", ended);
    peer.write(frame(1, "42"));
    peer.write(frame(1, '42["after"]'));
    const after = new Promise((resolve) => socket.on("after", () => resolve("connected")));
    const closed = readUntil(peer).then(() => ended.mock.calls[0]?.[0]);
    expect(await Promise.race([after, closed])).toBe(outcome);
  },
);

test.each(sides({ published: 0, ours: 1 }))(
  "a handler runs as its event is read, so what comes before a malformed packet counts: $name, $outcome",
  async ({ Server: ServerOf, outcome }) => {
    const target = await startTarget(ServerOf);
    const arrived = once(target.io, "connection");
    const sid = await openPolling(target.port);
    const [socket] = await arrived;
    let runs = 0;
    socket.on("note", () => (runs += 1));
    const ended = once(socket, "disconnect");
    await ask(target.port, "POST", `transport=polling&sid=${sid}`, '42["note"]\x1ex').catch(() => {});
    await ended;
    expect(runs).toBe(outcome);
  },
);

test.each(
  sides({
    published: "permessage-deflate",
    ours: "permessage-deflate; server_no_context_takeover; client_no_context_takeover",
  }),
)("compression keeps no context between messages: $name", async ({ Server: ServerOf, outcome }) => {
  const target = await startTarget(ServerOf, { perMessageDeflate: true });
  const peer = dialWebSocket(target.port, ["Sec-WebSocket-Extensions: permessage-deflate"]);
  const head = await readUntil(peer, "\r\n\r\n");
  expect(/sec-websocket-extensions: (.*)\r/i.exec(head)?.[1]).toBe(outcome);
});

test("an exception in a handler goes to onError, and neither the process nor the connection ends", async () => {
  const onError = vi.fn();
  const target = await startTarget(Server as unknown as ServerClass, { onError });
  const arrived = once(target.io, "connection");
  const peer = await openWebSocket(target.port);
  const [socket] = await arrived;
  const failure = new Error("a bug of the application");
  socket.on("boom", () => {
    throw failure;
  });
  socket.on("late boom", () => Promise.reject(failure));
  const after = once(socket, "after");
  for (const event of ["boom", "late boom", "after"]) peer.write(frame(1, `42["${event}"]`));
  await after;
  const context = { in: "event handler", nsp: "/", socketId: socket.id };
  await vi.waitFor(() => {
    expect(onError.mock.calls).toEqual([
      [failure, { ...context, event: "boom" }],
      [failure, { ...context, event: "late boom" }],
    ]);
  });
  expect(socket.connected).toBe(true);
  peer.destroy();
});
