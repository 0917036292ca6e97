// Moving a session from polling to WebSocket.
import { engineConformance, next, statusAndBody, turn, until } from "./harness/index.ts";
import type { EngineHost, PollingPeer, Trace, WebSocketPeer } from "./harness/index.ts";

interface Probed {
  readonly peer: PollingPeer;
  readonly candidate: WebSocketPeer;
  readonly session: ReturnType<EngineHost["session"]>;
}

/** A polling session, and a candidate that has not said anything yet. */
async function dialled(server: EngineHost, trace: Trace): Promise<Probed> {
  const peer = await server.polling();
  const session = server.session(peer);
  session.on("upgrading", (transport: { name: string }) => trace("events", "upgrading", transport.name));
  session.on("upgrade", (transport: { name: string }) => trace("events", "upgrade", transport.name));
  session.on("message", (data: unknown) => trace("events", "message", data));
  session.on("close", (reason: string) => trace("events", "close", reason));
  const candidate = await server.candidate(peer).dialled();
  return { peer, session, candidate };
}

/** The same, and the probe has been answered. */
async function probed(server: EngineHost, trace: Trace): Promise<Probed> {
  const all = await dialled(server, trace);
  await all.candidate.send("2probe");
  trace("probe", await all.candidate.next());
  return all;
}

/** The same, and the session has moved. */
async function upgraded(server: EngineHost, trace: Trace): Promise<Probed> {
  const all = await probed(server, trace);
  const moved = next(all.session, "upgrade");
  await all.candidate.send("5");
  await moved;
  return all;
}

engineConformance("moves a session from polling to WebSocket", { trap: 41 }, async (server, trace) => {
  const { session, candidate } = await upgraded(server, trace);
  trace("state", session.transport.name, session.upgraded, session.upgrading);
  session.send("over WebSocket");
  trace("wire", await candidate.next());
  const heard = next(session, "message");
  await candidate.send("4heard");
  await heard;
});

engineConformance("says that it is upgrading from the probe on", {}, async (server, trace) => {
  const { session } = await probed(server, trace);
  trace("state", session.upgrading, session.upgraded, session.transport.name);
});

engineConformance(
  "answers a pending poll with a noop once it was probed",
  { trap: 43 },
  async (server, trace) => {
    const { peer, session, candidate } = await dialled(server, trace);
    const poll = peer.poll();
    await until(() => session.transport.writable);
    await candidate.send("2probe");
    trace("wire", await candidate.next(), statusAndBody(await poll));
    trace("wire", statusAndBody(await peer.poll()));
  },
);

engineConformance(
  "keeps sending over polling until the move is made",
  { trap: 41 },
  async (server, trace) => {
    const { peer, session, candidate } = await probed(server, trace);
    session.send("during", undefined, () => trace("callbacks", "during"));
    trace("polling", statusAndBody(await peer.poll()));
    const moved = next(session, "upgrade");
    await candidate.send("5");
    await moved;
    session.send("after", undefined, () => trace("callbacks", "after"));
    trace("websocket", await candidate.next());
    await turn();
  },
);

engineConformance("takes along what is queued", { trap: 41 }, async (server, trace) => {
  const { session, candidate } = await probed(server, trace);
  for (const name of ["a", "b"]) session.send(name, undefined, () => trace("callbacks", name));
  const moved = next(session, "upgrade");
  await candidate.send("5");
  await moved;
  session.send("c");
  trace("wire", ...(await candidate.take(3)));
});

engineConformance("sends what the upgrade handler sends over WebSocket", {}, async (server, trace) => {
  const { session, candidate } = await probed(server, trace);
  session.on("upgrade", () => session.send("from the handler"));
  await candidate.send("5");
  trace("wire", await candidate.next());
});

engineConformance("takes pushes until the move is made", { trap: 42 }, async (server, trace) => {
  const { peer, session, candidate } = await probed(server, trace);
  trace("push", statusAndBody(await peer.push("4before")));
  const heard = new Promise<void>((resolve) =>
    session.on("message", (data: unknown) => data === "after" && resolve()),
  );
  await candidate.send("5", "4after");
  await heard;
});

engineConformance("refuses polls and pushes when it has moved", {}, async (server, trace) => {
  const { peer } = await upgraded(server, trace);
  server.engine.on("connection_error", ({ code, context }) => trace("connection_error", code, context));
  trace("poll", statusAndBody(await peer.poll()));
  trace("push", statusAndBody(await peer.push("4a")));
});

engineConformance(
  "answers the poll that is pending when it moves with a noop",
  { difference: "poll-at-upgrade", ours: { poll: [[200, "6"]] } },
  async (server, trace) => {
    const peer = await server.polling();
    const candidate = await server.candidate(peer).dialled();
    await candidate.send("2probe");
    await candidate.next();
    const poll = peer.poll();
    await until(() => server.session(peer).transport.writable);
    await candidate.send("5");
    trace("poll", statusAndBody(await poll));
  },
);

// Candidates that fail

for (const [what, packet] of [
  ["a message", "4a"],
  ["a close", "1"],
  ["a ping that is no probe", "2"],
  ["garbage", "abc"],
  ["a binary message", Buffer.from([1])],
] as const) {
  engineConformance(
    `closes a candidate that sends ${what}, and stays on polling`,
    { trap: 45 },
    async (server, trace) => {
      const { peer, session, candidate } = await dialled(server, trace);
      await candidate.send(packet);
      trace("candidate", (await candidate.rest()).packets);
      session.send("still here");
      trace("polling", statusAndBody(await peer.poll()), session.transport.name);
    },
  );
}

engineConformance("stays on polling when the candidate hangs up", { trap: 45 }, async (server, trace) => {
  const { peer, session, candidate } = await probed(server, trace);
  candidate.ws.terminate();
  await until(() => !session.upgrading);
  session.send("still here");
  trace("polling", statusAndBody(await peer.poll()));
  const second = await server.candidate(peer).dialled();
  await second.send("2probe");
  trace("second", await second.next());
});

engineConformance(
  "gives a candidate up that takes too long",
  { trap: 45, options: { upgradeTimeout: 400 } },
  async (server, trace) => {
    const { peer, session, candidate } = await probed(server, trace);
    trace("candidate", (await candidate.rest()).packets);
    session.send("still here");
    trace("polling", statusAndBody(await peer.poll()), session.upgrading);
  },
);

engineConformance(
  "gives a candidate up that says nothing",
  { trap: 45, options: { upgradeTimeout: 400 } },
  async (server, trace) => {
    const { session, candidate } = await dialled(server, trace);
    trace("candidate", (await candidate.rest()).packets, session.readyState);
  },
);

engineConformance("closes a second candidate, and does not mind", { trap: 44 }, async (server, trace) => {
  const { peer, session, candidate } = await probed(server, trace);
  const second = await server.candidate(peer).dialled();
  trace("second", (await second.rest()).packets);
  const moved = next(session, "upgrade");
  await candidate.send("5");
  await moved;
  session.send("hi");
  trace("first", await candidate.next());
});

engineConformance(
  "closes a candidate of a session that has moved already",
  { trap: 44 },
  async (server, trace) => {
    const { peer, session, candidate } = await upgraded(server, trace);
    trace("second", (await (await server.candidate(peer).dialled()).rest()).packets);
    session.send("hi");
    trace("first", await candidate.next());
  },
);

engineConformance(
  "does not hand a session that began on WebSocket to a second one",
  { difference: "websocket-takeover", ours: { second: [[]], first: ["4hi"] } },
  async (server, trace) => {
    const peer = await server.webSocket();
    const session = server.session(peer);
    const second = await server.candidate(peer).dialled();
    await second.send("2probe");
    const answered = second.next().then(
      (packet) => [packet],
      () => [],
    );
    trace("second", await answered);
    session.send("hi");
    trace("first", await peer.next());
  },
);

engineConformance("closes the candidate when the session closes", { trap: 45 }, async (server, trace) => {
  const { session, candidate } = await probed(server, trace);
  session.close(true);
  trace("candidate", (await candidate.rest()).packets);
});

engineConformance(
  "closes the candidate when the client closes the session",
  { trap: 45 },
  async (server, trace) => {
    const { peer, candidate } = await probed(server, trace);
    trace("push", statusAndBody(await peer.push("1")));
    trace("candidate", (await candidate.rest()).packets);
  },
);

engineConformance(
  "closes for good when the move is made while it closes",
  { trap: 46 },
  async (server, trace) => {
    const { session, candidate } = await probed(server, trace);
    session.send("queued");
    session.close();
    trace("state", session.readyState);
    const closed = next(session, "close");
    await candidate.send("5");
    await closed;
    await candidate.closed;
    trace("state", session.readyState);
  },
);

engineConformance(
  "refuses a candidate of a session that does not exist",
  { trap: 2 },
  async (server, trace) => {
    trace("wire", await server.askUpgrade("?EIO=4&transport=websocket&sid=nobody"));
  },
);

engineConformance(
  "refuses to move when upgrades are not allowed",
  { options: { allowUpgrades: false } },
  async (server, trace) => {
    const peer = await server.polling();
    trace("open", peer.open);
  },
);

engineConformance(
  "goes on with the heartbeat after the move",
  { trap: 48, options: { pingInterval: 400, pingTimeout: 10_000 } },
  async (server, trace) => {
    const { candidate, session } = await upgraded(server, trace);
    for (let beat = 0; beat < 3; beat++) {
      trace("wire", await candidate.next());
      await candidate.send("3");
    }
    trace("state", session.readyState);
  },
);

engineConformance(
  "forgives a ping that was not answered before the move",
  { trap: 48, options: { pingInterval: 50, pingTimeout: 10_000 } },
  async (server, trace) => {
    const { peer, session, candidate } = await probed(server, trace);
    let body = "";
    // Polls may be answered with a noop on the way.
    while (!body.includes("2")) ({ body } = await peer.poll());
    const moved = next(session, "upgrade");
    await candidate.send("5");
    await moved;
    await candidate.send("3");
    for (let beat = 0; beat < 3; beat++) {
      trace("wire", await candidate.next());
      await candidate.send("3");
    }
    trace("state", session.readyState);
  },
);
