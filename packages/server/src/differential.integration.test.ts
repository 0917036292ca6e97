// The same bytes to the published server and to ours: what comes back, and what the application is told, must be the same.

import { Server as PublishedServer } from "socket.io";
import { describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { Server } from "./server.ts";
import { Live, until } from "./testing/http.ts";

/** The application, written against the API both have. Returns what it was told. */
function serve(io: Server<any, any, any>): unknown[] {
  const told: unknown[] = [];
  const onConnection = (socket: any): void => {
    const note = (...what: unknown[]): void => void told.push([socket.nsp.name, ...what]);
    note("connected", socket.handshake.auth, socket.rooms.size);
    socket.onAny((event: string, ...args: unknown[]) => note("any", event, ...args.map(plain)));
    socket.use(([event]: [string], next: (error?: Error) => void) =>
      next(event === "forbidden" ? new Error("forbidden") : undefined),
    );
    socket.on("error", (error: unknown) => note("error", error instanceof Error));
    socket.on("disconnecting", (reason: string) =>
      note("disconnecting", reason, socket.rooms.size, socket.connected),
    );
    socket.on("disconnect", (reason: string) =>
      note("disconnect", reason, socket.rooms.size, socket.connected),
    );
    socket.on("echo", (...args: any[]) => {
      const answer = args.at(-1);
      if (typeof answer === "function") answer(...args.slice(0, -1));
      else socket.emit("echo", ...args);
    });
    socket.on("ask me", (...args: unknown[]) => {
      socket.emit("question", ...args, (...answer: unknown[]) => note("answered", ...answer.map(plain)));
    });
    socket.on("twice", (answer: (count: number) => void) => {
      answer(1);
      answer(2);
    });
    socket.on("broadcast", () => {
      io.of(socket.nsp.name).emit("all", { bytes: Buffer.from([1]) });
      socket.broadcast.emit("others");
      socket.nsp.except(socket.id).emit("others too");
    });
    socket.on("leave me", () => socket.disconnect());
    socket.on("close me", () => socket.disconnect(true));
    socket.on("sync", (answer: () => void) => answer());
  };
  for (const nsp of ["/", "/chat", "/guarded", /^\/dyn-\d+$/])
    io.of(nsp as string).on("connection", onConnection);
  io.of("/guarded").use((socket, next) => {
    if (socket.handshake.auth["token"] === "secret") next();
    else next(Object.assign(new Error("not you"), { data: { code: 1 } }));
  });
  return told;
}

function plain(value: unknown): unknown {
  if (typeof value === "function") return "a function";
  return Buffer.isBuffer(value) ? `bytes ${value.toString("hex")}` : value;
}

interface Run {
  readonly received: string[];
  readonly isClosed: boolean;
  readonly told: unknown[];
}

/** Sends the messages to one server, and waits until it has answered all of them or hung up. */
async function run(
  ServerOf: new (...args: any[]) => any,
  messages: readonly (string | Buffer)[],
): Promise<Run> {
  await using live = await Live.start({ connectTimeout: 60_000 }, ServerOf);
  const told = serve(live.io);
  const received: string[] = [];
  const socket = new WebSocket(`ws://127.0.0.1:${live.port}/socket.io/?EIO=4&transport=websocket`);
  let isClosed = false;
  socket.on("error", () => {});
  socket.on("close", () => (isClosed = true));
  socket.on("message", (data: Buffer, isBinary) => {
    received.push(
      isBinary ? `bytes ${data.toString("hex")}` : data.toString().replace(/"sid":"[\w-]{20}"/, '"sid"'),
    );
  });
  await until(() => received.length > 0, "the open packet");
  received.shift();
  let pongs = 0;
  socket.on("pong", () => pongs++);
  for (const [index, message] of messages.entries()) {
    if (isClosed) break;
    socket.send(message);
    // The published server deals with a packet in the turn after; a pong says that it has.
    socket.ping();
    await until(() => isClosed || pongs > index, "a pong");
  }
  // The answer to the last message: everything before it has been dealt with, in every namespace and middleware.
  socket.send("40/chat,");
  await until(() => isClosed || received.some((text) => text.startsWith("40/chat,")), "the end");
  if (!isClosed) socket.send('42/chat,999["sync"]');
  await until(() => isClosed || received.includes("43/chat,999[]"), "the end");
  const state = { received: [...received], isClosed, told: [...told] };
  socket.terminate();
  // The published server tells of the end a turn later.
  if (isClosed) {
    await until(() => live.io.engine.clientsCount === 0);
    return { ...state, told: [...told] };
  }
  return state;
}

const JOIN = "40";
const PLACEHOLDER = '{"_placeholder":true,"num":0}';

const SCENARIOS: Readonly<Record<string, readonly (string | Buffer)[]>> = {
  "nothing at all": [],
  joining: [JOIN],
  "joining with auth": ['40{"token":"x","deep":{"a":[1]}}'],
  "joining without the comma": ["40/dyn-1"],
  "joining with auth in a namespace": ['40/dyn-2,{"token":"x"}'],
  "joining where there is nothing": ["40/nowhere,", "40/nowhere?x=1,", "40/dyn-x,"],
  "being refused": ["40/guarded,", '40/guarded,{"token":"secret"}'],
  "an event": [JOIN, '42["echo",1,"two",null,{"three":[3]},"☕"]'],
  "an event in a namespace": ["40/dyn-1,", '42/dyn-1,["echo",1]'],
  "an event nobody listens to": [JOIN, '42["unheard",1]', '42["error",1]'],
  "an event whose name is a number": [JOIN, "42[1,2]"],
  "names of properties": [JOIN, '42["__proto__"]', '42["constructor"]', '42["toString"]'],
  "an event with an acknowledgement": [JOIN, '420["echo",1]', '42123456["echo",[]]'],
  "an answer given twice": [JOIN, '425["twice"]'],
  "a binary event": [JOIN, `451-["echo",${PLACEHOLDER}]`, Buffer.from([1, 2, 3])],
  "a binary event with an acknowledgement": [JOIN, `451-9["echo",${PLACEHOLDER}]`, Buffer.from([1])],
  "binary in a namespace": ["40/dyn-1,", `451-/dyn-1,9["echo",${PLACEHOLDER}]`, Buffer.from([1])],
  "being asked": [JOIN, '42["ask me",1]', '430["yes",2]', '430["again"]', '437["unknown"]'],
  "being asked, with a binary answer": [JOIN, '42["ask me"]', `461-0[${PLACEHOLDER}]`, Buffer.from([9])],
  "a broadcast": [JOIN, '42["broadcast"]'],
  "a forbidden event": [JOIN, '42["forbidden"]', '42["echo"]'],
  leaving: [JOIN, "41", JOIN],
  "leaving one of two": [JOIN, "40/dyn-1,", "41/dyn-1,", '42["echo"]'],
  "being sent away": [JOIN, '42["leave me"]'],
  "being sent away, then joining again": [JOIN, '42["leave me"]', JOIN, '42["echo"]'],
  "being closed": [JOIN, "40/dyn-1,", '42["close me"]'],
  "an event before joining": ['42["echo"]'],
  "an event where it never was": [JOIN, '42/dyn-1,["echo"]'],
  "joining twice": [JOIN, JOIN],
  "a connect error": [JOIN, '44{"message":"x"}'],
  "leaving before joining": ["41"],
  "an unknown type": [JOIN, "49"],
  "an empty message": [JOIN, "4"],
  "broken JSON": [JOIN, '42["echo"'],
  "an object for an event": [JOIN, "42{}"],
  "an event without name": [JOIN, "42[]"],
  "an object for a name": [JOIN, "42[{}]"],
  "a reserved name": [JOIN, '42["disconnect"]'],
  "no array for an answer": [JOIN, "431{}"],
  "an array for auth": ["40[]"],
  "a string for auth": ['40"x"'],
  "leaving with data": [JOIN, '41{"a":1}'],
  "no number of attachments": [JOIN, '45["echo"]'],
  "a word for a number of attachments": [JOIN, '45woooot-["echo"]'],
  "more attachments than allowed": [JOIN, '4511-["echo"]'],
  "a placeholder out of range": [JOIN, '451-["echo",{"_placeholder":true,"num":1}]', Buffer.from([1])],
  "text while attachments are due": [JOIN, `451-["echo",${PLACEHOLDER}]`, '42["echo"]'],
  "a stray attachment": [JOIN, Buffer.from([1])],
  "a placeholder in a text event": [JOIN, `42["echo",${PLACEHOLDER}]`],
  "an event behind a malformed one": [JOIN, "4nonsense", '42["echo"]'],
};

describe("the published server and ours agree on", () => {
  test.each(Object.entries(SCENARIOS))("%s", async (_name, messages) => {
    const published = await run(PublishedServer, messages);
    const ours = await run(Server, messages);
    expect(ours).toEqual(published);
  });
});

describe("ours is kinder about", () => {
  test("what a client sends to a namespace it has left, such as an answer it still owed", async () => {
    const messages = [
      JOIN,
      "40/dyn-1,",
      "41/dyn-1,",
      '42/dyn-1,["echo"]',
      '43/dyn-1,0["late"]',
      '42["echo","here"]',
    ];
    const { received, isClosed } = await run(Server, messages);
    expect(isClosed).toBe(false);
    expect(received).toContain('42["echo","here"]');
  });

  test("what was on its way when the server sent a client out of one namespace", async () => {
    const messages = [JOIN, "40/dyn-1,", '42/dyn-1,["leave me"]'];
    // Published: the second event may arrive after the server has forgotten that it closed the namespace.
    const late = [...messages, '42/dyn-1,["echo"]', '42["echo","still here"]'];
    const { received, isClosed } = await run(Server, late);
    expect(isClosed).toBe(false);
    expect(received).toContain('42["echo","still here"]');
  });
});
