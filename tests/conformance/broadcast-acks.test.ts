// Broadcasts that are answered.
import type { Socket } from "socket.io";
import { conformance, next } from "./harness/index.ts";
import type { Trace, WebSocketPeer } from "./harness/index.ts";

type Emits = { emit(event: string, ...args: unknown[]): unknown };

/** What the callback of a broadcast was called with; of an error, its text. */
async function answersTo(operator: unknown, ...args: unknown[]): Promise<unknown[]> {
  const [error, ...answers] = await callbackOf(operator, ...args);
  return [error instanceof Error ? error.message : error, ...answers];
}

function callbackOf(operator: unknown, ...args: unknown[]): Promise<unknown[]> {
  return new Promise((resolve) =>
    (operator as Emits).emit("ask", ...args, (...answer: unknown[]) => resolve(answer)),
  );
}

/** Answers the event the peer gets next. */
async function answer(trace: Trace, peer: WebSocketPeer | undefined, reply: string): Promise<void> {
  const packet = String(await peer?.next());
  trace("wire", packet);
  const id = /^42(\d+)/.exec(packet)?.[1];
  await peer?.send(`43${id}${reply}`);
}

conformance(
  "gathers the first value of each answer, in the order of arrival",
  { trap: 94 },
  async (server, trace) => {
    const [[a, b, c]] = (await server.crowd(3)) as [WebSocketPeer[], Socket[]];
    const answers = answersTo(server.io.timeout(5000), 1);
    for (const [peer, value] of [
      [b, '"b","more"'],
      [a, '"a"'],
      [c, ""],
    ] as const) {
      await answer(trace, peer, `[${value}]`);
      await peer?.barrier();
    }
    trace("answers", await answers);
  },
);

conformance("uses one id for all", { trap: 94 }, async (server, trace) => {
  const [peers] = await server.crowd(2);
  const answers = [answersTo(server.io.timeout(5000)), answersTo(server.io.timeout(5000))];
  for (const peer of peers) {
    const packets = await peer.take(2);
    trace("wire", packets);
    await peer.send('430["first"]', '431["second"]');
  }
  trace("answers", await Promise.all(answers));
});

for (const [what, ask] of [
  ["a callback", (operator: any) => answersTo(operator)],
  ["a promise", (operator: any) => operator.emitWithAck("ask").catch((error: Error) => error)],
] as const) {
  conformance(
    `fails with the answers that came when time is up, by ${what}`,
    { trap: 94 },
    async (server, trace) => {
      const [[a, b]] = (await server.crowd(2)) as [WebSocketPeer[], Socket[]];
      const answers = ask(server.io.timeout(600));
      await answer(trace, a, '["only one"]');
      await b?.next();
      trace("answers", await answers);
      await b?.send('430["late"]');
      trace("wire", await b?.barrier());
    },
  );

  conformance(
    `gives an empty list when nobody was meant, by ${what}`,
    { trap: 94 },
    async (server, trace) => {
      await server.crowd(1);
      trace("answers", await ask(server.io.to("nobody").timeout(5000)));
    },
  );

  conformance(`gives all answers, by ${what}`, { trap: 94 }, async (server, trace) => {
    const [peers, sockets] = await server.crowd(2);
    void sockets[0]?.join("x");
    const answers = ask(server.io.to("x").timeout(5000));
    await answer(trace, peers[0], '[{"a":1}]');
    trace("answers", await answers, await peers[1]?.barrier());
  });
}

conformance(
  "gives an empty list when nobody was meant, also without a timeout",
  { trap: 94 },
  async (server, trace) => {
    trace(
      "answers",
      await answersTo(server.io.to("nobody")),
      await server.io.to("nobody").emitWithAck("ask"),
    );
  },
);

conformance("hardly waits without a timeout", { trap: 94 }, async (server, trace) => {
  await server.crowd(1);
  trace("answers", await answersTo(server.io));
});

conformance("counts an answer once", { trap: 95 }, async (server, trace) => {
  const [[a, b]] = (await server.crowd(2)) as [WebSocketPeer[], Socket[]];
  const answers = answersTo(server.io.timeout(5000));
  await answer(trace, a, '["a"]');
  await a?.send('430["a again"]');
  await a?.barrier();
  await answer(trace, b, '["b"]');
  trace("answers", await answers);
});

conformance("takes answers with attachments", {}, async (server, trace) => {
  const [[a]] = (await server.crowd(1)) as [WebSocketPeer[], Socket[]];
  const answers = answersTo(server.io.timeout(5000), Buffer.from([1]));
  trace("wire", await a?.take(2));
  await a?.send('461-0[{"_placeholder":true,"num":0}]', Buffer.from([2]));
  trace("answers", await answers);
});

conformance("asks everybody but the sender", {}, async (server, trace) => {
  const [peers, sockets] = await server.crowd(2);
  const answers = answersTo(sockets[0]?.timeout(5000).broadcast);
  await answer(trace, peers[1], '["other"]');
  trace("answers", await answers, await peers[0]?.barrier());
});

conformance("asks those of a namespace", {}, async (server, trace) => {
  const nsp = server.io.of("/a");
  const [peer] = await server.joined("/a");
  await server.joined();
  const answers = answersTo(nsp.timeout(5000));
  trace("wire", await peer.next());
  await peer.send('43/a,0["yes"]');
  trace("answers", await answers);
});

conformance("shares its ids with those of emits to one socket", { trap: 95 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  socket.emit("one", () => {});
  void answersTo(server.io.timeout(500));
  socket.emit("two", () => {});
  trace("wire", await peer.take(3));
});

conformance("waits for a socket that goes until time is up", { trap: 95 }, async (server, trace) => {
  const [peers, sockets] = await server.crowd(2);
  const answers = answersTo(server.io.timeout(600));
  await answer(trace, peers[0], '["stays"]');
  const gone = next(sockets[1] as Socket, "disconnect");
  peers[1]?.ws.terminate();
  await gone;
  trace("answers", await answers);
});

conformance("can ask a fetched socket", {}, async (server, trace) => {
  const [client] = await server.connected();
  client.on("ask", (reply: (value: string) => void) => reply("yes"));
  const [fetched] = await server.io.fetchSockets();
  trace("answers", await answersTo((fetched as unknown as Socket).timeout(5000)));
});

conformance("asks published clients", { trap: 94 }, async (server, trace) => {
  for (const value of ["one", "two"]) {
    const [client] = await server.connected("/", value === "two" ? { transports: ["polling"] } : {});
    client.on("ask", (given: unknown, reply: (...values: unknown[]) => void) => reply([value, given]));
  }
  const answers = await server.io.timeout(5000).emitWithAck("ask", Buffer.from([1]));
  trace("answers", (answers as unknown[]).map(String).toSorted());
});

conformance(
  "gives the answers that came with the error, to a callback as well",
  {
    difference: "timeout-error-responses",
    ours: {
      answers: [[{ error: "operation has timed out", responses: ["a"] }, ["a"]]],
      wire: ['420["ask"]'],
    },
  },
  async (server, trace) => {
    const [[a]] = (await server.crowd(2)) as [WebSocketPeer[], Socket[]];
    const answers = callbackOf(server.io.timeout(600));
    await answer(trace, a, '["a"]');
    trace("answers", await answers);
  },
);
