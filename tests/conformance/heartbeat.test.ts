// The heartbeat: who pings, who answers, and what becomes of those who do not.
import { engineConformance, conformance, next, statusAndBody } from "./harness/index.ts";

// Late enough for a loaded machine to have come so far, and soon enough not to wait for.
const QUICK = { options: { pingInterval: 100, pingTimeout: 10_000 } };
const STRICT = { options: { pingInterval: 400, pingTimeout: 400 } };

engineConformance("pings over WebSocket, and again after each pong", QUICK, async (server, trace) => {
  const peer = await server.webSocket();
  const session = server.session(peer);
  session.on("heartbeat", () => trace("events", "heartbeat"));
  for (let beat = 0; beat < 3; beat++) {
    trace("wire", await peer.next());
    const heard = next(session, "heartbeat");
    await peer.send("3");
    await heard;
  }
});

engineConformance("pings over polling", QUICK, async (server, trace) => {
  const peer = await server.polling();
  for (let beat = 0; beat < 2; beat++) {
    trace("wire", statusAndBody(await peer.poll()));
    trace("push", statusAndBody(await peer.push("3")));
  }
});

engineConformance("closes a session that does not answer over WebSocket", STRICT, async (server, trace) => {
  const peer = await server.webSocket();
  const closed = next(server.session(peer), "close");
  trace("wire", await peer.next());
  trace("reason", await closed);
  trace("wire", (await peer.rest()).packets);
});

engineConformance(
  "closes a session that does not answer over polling",
  { ...STRICT, trap: 33 },
  async (server, trace) => {
    const peer = await server.polling();
    const closed = next(server.session(peer), "close");
    trace("wire", statusAndBody(await peer.poll()));
    trace("reason", await closed);
    trace("wire", statusAndBody(await peer.poll()));
  },
);

engineConformance(
  "closes a session that does not even poll",
  { ...STRICT, trap: 33 },
  async (server, trace) => {
    const peer = await server.polling();
    trace("reason", await next(server.session(peer), "close"));
    trace("wire", statusAndBody(await peer.poll()));
  },
);

engineConformance("keeps a ping for the next poll", { ...QUICK, trap: 33 }, async (server, trace) => {
  const peer = await server.polling();
  const [packet] = await next(server.session(peer), "packetCreate");
  trace("created", (packet as { type: string }).type);
  trace("wire", statusAndBody(await peer.poll()));
  trace("push", statusAndBody(await peer.push("3")));
});

engineConformance(
  "is not impressed by messages instead of pongs",
  { ...STRICT, trap: 49 },
  async (server, trace) => {
    const peer = await server.webSocket();
    const closed = next(server.session(peer), "close");
    const chatter = setInterval(() => peer.ws.readyState === 1 && peer.ws.send("4hello"), 5);
    trace("reason", await closed);
    clearInterval(chatter);
  },
);

engineConformance(
  "closes a pending poll when the heartbeat ends the session",
  { ...STRICT, trap: 33 },
  async (server, trace) => {
    const peer = await server.polling();
    trace("wire", statusAndBody(await peer.poll()));
    trace("wire", statusAndBody(await peer.poll()));
  },
);

engineConformance(
  "does not take the pong of a probe for a heartbeat",
  { ...QUICK, trap: 50 },
  async (server, trace) => {
    const peer = await server.webSocket();
    const session = server.session(peer);
    await peer.send("3", "3probe");
    trace("wire", await peer.next());
    await peer.send("3");
    trace("wire", await peer.next());
    trace("state", session.readyState);
  },
);

conformance("tells the socket that the ping was not answered", STRICT, async (server, trace) => {
  const [peer, socket] = await server.joined();
  socket.on("disconnecting", (reason) => trace("events", "disconnecting", reason));
  const [reason] = await next(socket, "disconnect");
  trace("events", "disconnect", reason);
  trace("wire", (await peer.rest()).ended.code);
});

conformance(
  "keeps a published client alive",
  { options: { pingInterval: 50, pingTimeout: 10_000 } },
  async (server, trace) => {
    const [client] = await server.connected();
    let pings = 0;
    await new Promise<void>((resolve) => client.io.on("ping", () => ++pings === 3 && resolve()));
    trace("client", client.connected, pings);
  },
);

conformance(
  "is heard by a published client over polling",
  { options: { pingInterval: 50, pingTimeout: 10_000 } },
  async (server, trace) => {
    const [client] = await server.connected("/", { transports: ["polling"] });
    let pings = 0;
    await new Promise<void>((resolve) => client.io.on("ping", () => ++pings === 3 && resolve()));
    trace("client", client.connected, pings);
  },
);
