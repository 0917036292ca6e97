// The engine's HTTP surface: who is let in, what refusals look like, headers, cookies, CORS, middlewares, ids, paths.
import { createServer } from "node:http";
import { connect as connectHttp2, createServer as createHttp2Server } from "node:http2";
import { connect } from "node:net";
import type { IncomingMessage, ServerResponse } from "node:http";
import { engineConformance, headersOf, next, statusAndBody, until, within } from "./harness/index.ts";
import { WebSocketPeer } from "./harness/peers.ts";
import type { EngineHost, Trace } from "./harness/index.ts";

const POLLING = "?EIO=4&transport=polling";
const WEBSOCKET = "?EIO=4&transport=websocket";

function traceErrors({ engine }: EngineHost, trace: Trace): void {
  engine.on("connection_error", ({ code, message, context, req }) => {
    trace("connection_error", code, message, context, typeof req.url);
  });
}

const REFUSED_REQUESTS: readonly [what: string, query: string, method: string, trap: number][] = [
  ["without a transport", "?EIO=4", "GET", 1],
  ["with an unknown transport", "?EIO=4&transport=tobi", "GET", 1],
  ["with the transport __proto__", "?EIO=4&transport=__proto__", "GET", 1],
  ["with the transport constructor", "?EIO=4&transport=constructor", "GET", 1],
  ["with the transport webtransport", "?EIO=4&transport=webtransport", "GET", 1],
  ["with an unknown sid", `${POLLING}&sid=test`, "GET", 2],
  ["with the sid __proto__", `${POLLING}&sid=__proto__`, "GET", 2],
  ["with the sid toString", `${POLLING}&sid=toString`, "POST", 2],
  ["that would open a session with POST", POLLING, "POST", 9],
  ["that would open a session with OPTIONS", POLLING, "OPTIONS", 9],
  ["that would open a session with DELETE", POLLING, "DELETE", 9],
  ["for a WebSocket that is no upgrade", WEBSOCKET, "GET", 10],
  ["without a protocol version", "?transport=polling", "GET", 67],
  ["of protocol version 3", "?EIO=3&transport=polling", "GET", 67],
  ["of protocol version abc", "?EIO=abc&transport=polling", "GET", 67],
];

for (const [what, query, method, trap] of REFUSED_REQUESTS) {
  engineConformance(
    `refuses a request ${what}, and says so in connection_error`,
    { trap, ...(query.includes("__proto__") && { cve: "CVE-2023-31125" }) },
    async (server, trace) => {
      traceErrors(server, trace);
      const answer = await server.ask(query, { method });
      trace("wire", statusAndBody(answer), headersOf(answer));
    },
  );
}

const REFUSED_UPGRADES: readonly [what: string, query: string, trap: number][] = [
  ["without a transport", "?EIO=4", 1],
  ["with the transport __proto__", "?EIO=4&transport=__proto__", 1],
  ["with the transport webtransport", "?EIO=4&transport=webtransport", 1],
  ["with an unknown sid", `${WEBSOCKET}&sid=test`, 2],
  ["with the sid constructor", `${WEBSOCKET}&sid=constructor`, 2],
];

for (const [what, query, trap] of REFUSED_UPGRADES) {
  engineConformance(
    `refuses an upgrade ${what} with raw text and hangs up`,
    { trap },
    async (server, trace) => {
      traceErrors(server, trace);
      trace("wire", await server.askUpgrade(query));
    },
  );
}

engineConformance(
  "refuses a WebSocket of another protocol version",
  { trap: [3, 67] },
  async (server, trace) => {
    traceErrors(server, trace);
    await server.dial("?EIO=abc&transport=websocket").closed;
    trace("sessions", server.engine.clientsCount);
  },
);

engineConformance("takes the last of several parameters of a name", {}, async (server, trace) => {
  for (const query of [
    "?EIO=4&transport=tobi&transport=polling",
    "?EIO=4&transport=polling&transport=tobi",
  ]) {
    trace("wire", (await server.ask(query)).status);
  }
});

engineConformance("answers only GET and POST of a session", { trap: 9 }, async (server, trace) => {
  const peer = await server.polling();
  for (const method of ["PUT", "DELETE", "OPTIONS"]) {
    trace("wire", method, statusAndBody(await server.ask(peer.url, { method })));
  }
});

engineConformance("opens a session over polling with the handshake", {}, async (server, trace) => {
  const { open, handshake } = await server.polling();
  trace("wire", open, headersOf(handshake));
});

engineConformance(
  "opens a session over WebSocket with the handshake, without upgrades",
  {},
  async (server, trace) => {
    const peer = server.dial();
    trace("wire", await peer.next());
    trace(
      "headers",
      headersOf(peer as never, "connection", "upgrade", "sec-websocket-extensions", "set-cookie"),
    );
  },
);

const ADVERTISED: readonly [what: string, options: object][] = [
  [
    "the options of the heartbeat and the size limit",
    { pingInterval: 1234, pingTimeout: 567, maxHttpBufferSize: 89 },
  ],
  ["no upgrade when upgrades are not allowed", { allowUpgrades: false }],
  ["no upgrade when there is only polling", { transports: ["polling"] }],
];
for (const [what, options] of ADVERTISED) {
  engineConformance(`advertises ${what}`, { options }, async (server, trace) => {
    trace("wire", (await server.polling()).open);
  });
}

engineConformance(
  "refuses a transport that is not offered",
  { options: { transports: ["websocket"] } },
  async (server, trace) => {
    traceErrors(server, trace);
    trace("wire", statusAndBody(await server.ask(POLLING)));
    trace("wire", await server.dial().next());
  },
);

engineConformance(
  "sends the initial packet right behind the handshake",
  { options: { initialPacket: "faster" } as object },
  async (server, trace) => {
    trace("wire", (await server.ask(POLLING)).body);
    trace("wire", await server.dial().take(2));
  },
);

// allowRequest

for (const [what, answer] of [
  ["with a text of its own", ["authentication required", false]],
  ["without a text", [null, false]],
] as const) {
  const allowRequest = (_req: unknown, decide: (error: string | null, success: boolean) => void): void => {
    setImmediate(() => decide(answer[0], answer[1]));
  };
  engineConformance(
    `lets allowRequest refuse ${what}`,
    { trap: [7, 10], options: { allowRequest } as object },
    async (server, trace) => {
      traceErrors(server, trace);
      const answered = await server.ask(POLLING);
      trace("wire", statusAndBody(answered), headersOf(answered));
      trace("upgrade", await server.askUpgrade(WEBSOCKET));
    },
  );
}

engineConformance(
  "asks allowRequest for new sessions only, not for requests of a session",
  {
    trap: 7,
    options: (trace) => ({
      allowRequest: (req: IncomingMessage, decide: (error: null, success: boolean) => void) => {
        trace("asked", req.method, req.url?.includes("sid="));
        decide(null, true);
      },
    }),
  },
  async (server, trace) => {
    const peer = await server.polling();
    const candidate = server.candidate(peer);
    await candidate.dialled();
    await candidate.send("2probe");
    trace("wire", await candidate.next());
    trace("wire", statusAndBody(await peer.push("4a")));
    await server.dial().next();
  },
);

// Origin and CORS

engineConformance(
  "refuses an Origin with control characters before anybody can reflect it",
  { trap: 8 },
  async (server, trace) => {
    traceErrors(server, trace);
    const origin = "http://a\x01b";
    server.engine.use((req: IncomingMessage, _res: unknown, go: () => void) => {
      req.headers.origin = origin;
      go();
    });
    trace("wire", statusAndBody(await server.ask(POLLING)));
    trace("upgrade", await server.askUpgrade(WEBSOCKET));
  },
);

engineConformance(
  "sends no CORS headers unless told to",
  { cve: "CVE-2020-28481" },
  async (server, trace) => {
    const answer = await server.ask(POLLING, { headers: { Origin: "http://evil.example" } });
    trace("wire", headersOf(answer));
  },
);

const CORS = {
  cors: {
    origin: "https://a.example",
    credentials: true,
    methods: ["GET", "POST"],
    allowedHeaders: ["x-one"],
  },
};

engineConformance("answers a preflight", { trap: 9, options: CORS }, async (server, trace) => {
  const headers = { Origin: "https://a.example", "Access-Control-Request-Method": "GET" };
  const answer = await server.ask(POLLING, { method: "OPTIONS", headers });
  trace("wire", statusAndBody(answer), headersOf(answer));
});

engineConformance(
  "answers a preflight with the defaults of CORS",
  { options: { cors: { origin: true } } },
  async (server, trace) => {
    const headers = { Origin: "https://b.example", "Access-Control-Request-Headers": "x-two" };
    const answer = await server.ask(POLLING, { method: "OPTIONS", headers });
    trace("wire", statusAndBody(answer), headersOf(answer));
  },
);

engineConformance(
  "puts CORS headers on polls, pushes and refusals",
  { options: CORS },
  async (server, trace) => {
    const headers = { Origin: "https://a.example" };
    const peer = await server.polling("", headers);
    trace("handshake", headersOf(peer.handshake));
    trace("push", headersOf(await peer.push("4a", headers)));
    trace("refusal", headersOf(await server.ask(`${POLLING}&sid=x`, { headers })));
  },
);

engineConformance(
  "lets a function decide about CORS",
  {
    options: {
      cors: ((_req: unknown, done: (e: null, o: object) => void) =>
        done(null, { origin: "https://c.example" })) as never,
    },
  },
  async (server, trace) => {
    trace("wire", headersOf(await server.ask(POLLING)));
  },
);

// Cookies

const COOKIES: readonly [what: string, cookie: unknown][] = [
  ["none by default", undefined],
  ["one named io", true],
  ["one of another name", { name: "woot" }],
  ["one of another path", { name: "woot", path: "/custom" }],
  ["one without a path", { name: "woot", path: false }],
  ["one that scripts can read", { name: "woot", httpOnly: false }],
  ["one that scripts cannot read, for any other value", { name: "woot", httpOnly: "no" }],
  ["one that is strict, secure and expires", { name: "woot", sameSite: "strict", secure: true, maxAge: 60 }],
];
for (const [what, cookie] of COOKIES) {
  engineConformance(
    `sets with the handshake a cookie: ${what}`,
    { trap: 20, options: { cookie } as object },
    async (server, trace) => {
      const peer = await server.polling();
      trace("handshake", headersOf(peer.handshake, "set-cookie"));
      trace("push", headersOf(await peer.push("4a"), "set-cookie"));
      const socket = server.dial();
      await socket.next();
      trace("upgrade", headersOf(socket as never, "set-cookie"));
    },
  );
}

// Headers events

engineConformance(
  "raises initial_headers once per session and headers once per answer",
  { trap: 19 },
  async (server, trace) => {
    for (const event of ["initial_headers", "headers"] as const) {
      server.engine.on(event, (headers: Record<string, string>, req: IncomingMessage) => {
        headers[`x-${event}`] = "yes";
        trace("events", event, req.method, Object.keys(headers).length > 0);
      });
    }
    const names = ["x-initial_headers", "x-headers"];
    const peer = await server.polling();
    trace("wire", headersOf(peer.handshake, ...names));
    trace("wire", headersOf(await peer.push("4a"), ...names));
    const poll = peer.poll();
    server.session(peer).send("hi");
    trace("wire", headersOf(await poll, ...names));
    const socket = server.dial();
    await socket.next();
    trace("wire", headersOf(socket as never, ...names));
    const candidate = server.candidate(peer);
    await candidate.dialled();
    trace("wire", headersOf(candidate as never, ...names));
  },
);

// Middlewares

engineConformance(
  "runs middlewares in order for every request and upgrade, before any check",
  { trap: 17 },
  async (server, trace) => {
    server.engine.use((req: IncomingMessage, _res: unknown, go: () => void) => {
      trace("calls", 1, req.method);
      go();
    });
    server.engine.use((_req: unknown, _res: unknown, go: () => void) => {
      trace("calls", 2);
      setImmediate(go);
    });
    const peer = await server.polling();
    await peer.push("4a");
    await server.ask(`${POLLING}&sid=nobody`);
    await server.dial().next();
  },
);

engineConformance(
  "puts headers of middlewares on answers and on the 101",
  { trap: 17 },
  async (server, trace) => {
    server.engine.use((_req: unknown, res: ServerResponse, go: () => void) => {
      res.setHeader("foo", "bar");
      res.setHeader("gone", "x");
      res.removeHeader("gone");
      trace("inside", res.getHeader("foo"), res.getHeader("gone"));
      go();
    });
    const peer = await server.polling();
    trace("wire", headersOf(peer.handshake, "foo", "gone"));
    const socket = server.dial();
    await socket.next();
    trace("wire", headersOf(socket as never, "foo", "gone"));
  },
);

engineConformance(
  "calls writeHead before the 101, for middlewares that wait for it",
  { trap: 17 },
  async (server, trace) => {
    server.engine.use((_req: unknown, res: ServerResponse, go: () => void) => {
      const { writeHead } = res;
      res.writeHead = function (this: ServerResponse, ...args: any[]) {
        this.setHeader("set-cookie", "session=1");
        return Reflect.apply(writeHead, this, args) as ServerResponse;
      } as typeof res.writeHead;
      go();
    });
    const socket = server.dial();
    await socket.next();
    trace("wire", headersOf(socket as never, "set-cookie"));
    trace("wire", headersOf((await server.polling()).handshake, "set-cookie"));
  },
);

engineConformance(
  "refuses what a middleware passes an error for",
  {
    trap: 18,
    difference: "middleware-error-context",
    ours: {
      connection_error: Array.from({ length: 2 }, () => [
        3,
        "Bad request",
        { name: "MIDDLEWARE_FAILURE", error: { error: "will always fail" } },
        "string",
      ]),
      upgrade: [
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-type: text/html\r\nContent-Length: 11\r\n\r\nBad request",
      ],
      wire: [[400, '{"code":3,"message":"Bad request"}']],
    },
  },
  async (server, trace) => {
    traceErrors(server, trace);
    server.engine.use((_req: unknown, _res: unknown, go: (error: Error) => void) =>
      go(new Error("will always fail")),
    );
    trace("wire", statusAndBody(await server.ask(POLLING)));
    trace("upgrade", await server.askUpgrade(WEBSOCKET));
  },
);

engineConformance(
  "lets a middleware answer itself, and end an upgrade",
  { trap: 17 },
  async (server, trace) => {
    server.engine.use((_req: unknown, res: ServerResponse) => {
      res.writeHead(503);
      res.end("later");
    });
    trace("wire", statusAndBody(await server.ask(POLLING)));
    const { code } = await server.dial().closed;
    trace("upgrade", code, server.engine.clientsCount);
  },
);

engineConformance("keeps what a middleware put on the request", { trap: 15 }, async (server, trace) => {
  server.engine.use((req: IncomingMessage & { user?: string }, _res: unknown, go: () => void) => {
    req.user = "tobi";
    go();
  });
  server.engine.on("connection", (session) => {
    trace("request", (session.request as unknown as { user: string }).user, session.request.url);
  });
  await server.polling("&a=1");
  await server.dial().next();
});

engineConformance("does not keep the response of the handshake", { trap: 15 }, async (server, trace) => {
  const peer = await server.polling();
  const { request } = server.session(peer) as unknown as { request: { res?: unknown } };
  trace("request", request.res ?? null);
});

engineConformance("lets the request of a session be dropped", { trap: 15 }, async (server, trace) => {
  const peer = await server.polling();
  const session = server.session(peer) as unknown as { request: unknown; send(data: string): void };
  session.request = null;
  session.send("still here");
  trace("wire", await peer.next(), session.request);
});

// Ids

engineConformance("gives ids of 20 url-safe characters", {}, async (server, trace) => {
  const { sid } = await server.polling();
  trace("sid", /^[\w-]{20}$/.test(sid));
});

for (const [what, generateId] of [
  ["returns", () => "custom-id-1"],
  ["resolves to", () => Promise.resolve("custom-id-2")],
] as const) {
  engineConformance(`takes the id that generateId ${what}`, { trap: 6 }, async (server, trace) => {
    (server.engine as unknown as { generateId: unknown }).generateId = generateId;
    trace("polling", (await server.ask(POLLING)).body);
  });
}

for (const [what, generateId] of [
  [
    "throws",
    () => {
      throw new Error("no ids left");
    },
  ],
  ["rejects", () => Promise.reject(new Error("no ids left"))],
] as const) {
  engineConformance(`refuses a session whose generateId ${what}`, { trap: [5, 6] }, async (server, trace) => {
    traceErrors(server, trace);
    (server.engine as unknown as { generateId: unknown }).generateId = generateId;
    trace("polling", statusAndBody(await server.ask(POLLING)));
    await server.dial().closed;
    trace("sessions", server.engine.clientsCount);
  });
}

engineConformance(
  "survives a peer that resets the connection while its id is made",
  { trap: [4, 5], cve: "CVE-2022-21676" },
  async (server, trace) => {
    let go: ((id: string) => void) | undefined;
    (server.engine as unknown as { generateId: unknown }).generateId = () =>
      new Promise((resolve) => (go = resolve));
    const socket = connect(server.port, "127.0.0.1");
    socket.on("error", () => {});
    socket.write(
      "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    );
    await until(() => go !== undefined);
    socket.resetAndDestroy();
    go?.("an-id");
    await until(() => server.engine.clientsCount === 0);
    (server.engine as unknown as { generateId: unknown }).generateId = () => "another-id";
    trace("others", (await server.polling()).sid);
  },
);

engineConformance(
  "survives garbage and resets during an upgrade",
  { trap: 4, cve: "CVE-2022-41940" },
  async (server, trace) => {
    const reset = async (bytes: string): Promise<void> => {
      const socket = connect(server.port, "127.0.0.1");
      socket.on("error", () => {});
      await within(new Promise((resolve) => socket.write(bytes, resolve)), "the write");
      socket.resetAndDestroy();
    };
    const head = "HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    await reset(`GET /engine.io/?transport=tobi ${head}`);
    await reset(`GET /engine.io/?EIO=4&transport=websocket&sid=x ${head}`);
    await reset(`GET /engine.io/?EIO=4&transport=websocket ${head}garbage`);
    const peer = await server.polling();
    trace("others", peer.open, server.engine.clientsCount);
  },
);

// Paths

engineConformance("serves everything whose url begins with the path", { trap: 11 }, async (server, trace) => {
  for (const path of ["/engine.io/", "/engine.io/foo/bar/", "/engine.io/default/"]) {
    trace(path, (await server.ask(`${path}?EIO=4&transport=polling`)).status);
  }
  for (const path of ["/engine.io", "/engine", "/other/engine.io/", "/"]) {
    trace(
      path,
      (await server.ask(`${path === "/" ? "/" : path}?EIO=4&transport=polling`.replace(/^\?/, "/?"))).status,
    );
  }
});

engineConformance(
  "serves urls without a trailing slash when told to",
  { trap: 11, options: { addTrailingSlash: false } as object },
  async (server, trace) => {
    for (const path of ["/engine.io", "/engine.io/", "/engine.io/foo", "/engine.iofoo", "/other"]) {
      trace(path, (await server.ask(`${path}?EIO=4&transport=polling`)).status);
    }
  },
);

engineConformance(
  "takes one trailing slash off the path",
  { trap: 11, options: { path: "/custom/" } },
  async (server, trace) => {
    trace("wire", (await server.ask("/custom/?EIO=4&transport=polling")).status);
    trace("wire", (await server.ask("/engine.io/?EIO=4&transport=polling")).status);
  },
);

engineConformance(
  "calls earlier request listeners for foreign paths only, in order, as methods of the server",
  { trap: 12 },
  async (server, trace) => {
    const { Engine } = server.implementation;
    const http = createServer();
    server.track(http);
    for (const name of ["first", "second"]) {
      http.on("request", function (this: unknown, req, res) {
        trace("listeners", name, req.url, this === http);
        if (name === "second") res.end("theirs");
      });
    }
    const engine = new Engine();
    engine.attach(http);
    server.defer(() => engine.close());
    server.defer(() => http.close());
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const { port } = http.address() as { port: number };
    const ask = async (path: string): Promise<number> =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    trace("wire", await ask("/theirs"), await ask("/engine.io/?EIO=4&transport=polling"));
  },
);

engineConformance(
  "ends a foreign upgrade that nobody answered",
  { trap: 13, options: { destroyUpgradeTimeout: 50 } as object },
  async (server, trace) => {
    trace(
      "wire",
      await server.exchange("GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: woot\r\n\r\n"),
    );
  },
);

engineConformance(
  "leaves a foreign upgrade alone that somebody answered",
  { trap: 13, options: { destroyUpgradeTimeout: 30 } as object },
  async (server, trace) => {
    server.http.on(
      "upgrade",
      (req: IncomingMessage, socket: { write(text: string): void; end(text: string): void }) => {
        if (req.url !== "/other") return;
        socket.write("HTTP/1.1 101 Switching Protocols\r\n\r\n");
        setTimeout(() => socket.end("goodbye"), 120);
      },
    );
    trace(
      "wire",
      await server.exchange("GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: woot\r\n\r\n"),
    );
  },
);

engineConformance(
  "leaves foreign upgrades alone when told to",
  { trap: 13, options: { destroyUpgrade: false, destroyUpgradeTimeout: 10 } as object },
  async (server, trace) => {
    server.http.on("upgrade", (_req: IncomingMessage, socket: { end(text: string): void }) => {
      setTimeout(() => socket.end("late"), 60);
    });
    trace(
      "wire",
      await server.exchange("GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: woot\r\n\r\n"),
    );
  },
);

engineConformance(
  "installs no upgrade listener without WebSocket",
  { options: { transports: ["polling"] } },
  (server, trace) => {
    trace("listeners", server.http.listenerCount("upgrade"));
  },
);

engineConformance(
  "serves again when the http server was closed and listens again",
  { trap: 14 },
  async (server, trace) => {
    await server.polling();
    server.cut();
    await new Promise((resolve) => server.http.close(resolve));
    trace("sessions", server.engine.clientsCount);
    await server.listen();
    trace("wire", (await server.polling()).open);
    trace("wire", await server.dial().next());
  },
);

engineConformance("counts its sessions", {}, async (server, trace) => {
  trace("count", server.engine.clientsCount);
  const peer = await server.polling();
  const socket = await server.webSocket();
  trace(
    "count",
    server.engine.clientsCount,
    Object.keys((server.engine as unknown as { clients: object }).clients).length,
  );
  const closed = next(server.session(socket), "close");
  socket.ws.close();
  trace("reason", (await closed)[0]);
  trace("count", server.engine.clientsCount, (server.session(peer) as any).id === peer.sid);
});

engineConformance(
  "ends every session at once when it is closed, and drops what is queued",
  { trap: 32 },
  async (server, trace) => {
    const polling = await server.polling();
    const idle = await server.polling();
    const socket = await server.webSocket();
    for (const [name, peer] of Object.entries({ polling, idle, socket })) {
      server.session(peer).on("close", (reason: string) => trace(name, reason));
    }
    server.session(idle).send("lost");
    const poll = polling.poll();
    await until(() => server.session(polling).transport.writable);
    const same = server.engine.close() === server.engine;
    trace("wire", statusAndBody(await poll), same, server.engine.clientsCount);
    trace("socket", (await socket.rest()).ended.code);
  },
);

engineConformance(
  "gives the http server back when it is closed",
  { difference: "closed-engine-gives-back", ours: { before: [200], after: [404] } },
  async (server, trace) => {
    trace("before", (await server.ask(POLLING)).status);
    server.engine.close();
    trace("after", (await server.ask(POLLING)).status);
  },
);

engineConformance("speaks HTTP/2", { trap: 16 }, async (server, trace) => {
  const http = createHttp2Server();
  const engine = new server.implementation.Engine();
  engine.attach(http as never);
  server.defer(() => engine.close());
  server.defer(() => http.close());
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const client = connectHttp2(`http://127.0.0.1:${(http.address() as { port: number }).port}`);
  server.defer(() => client.destroy());
  const ask = async (path: string, body?: string): Promise<[number, string]> => {
    const stream = client.request({
      ":path": `/engine.io/${path}`,
      ":method": body === undefined ? "GET" : "POST",
    });
    stream.end(body);
    const [headers] = await next(stream, "response");
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    return [headers[":status"], Buffer.concat(chunks).toString()];
  };
  const [status, open] = await ask(POLLING);
  trace("wire", status, open);
  const { sid } = JSON.parse(open.slice(1)) as { sid: string };
  trace("wire", await ask(`${POLLING}&sid=${sid}`, "4a"));
  server.session.call({ engine } as never, { sid }).send("b");
  trace("wire", await ask(`${POLLING}&sid=${sid}`));
  trace("wire", await ask("?EIO=4&transport=tobi"));
});

engineConformance(
  "serves requests it is given by hand, whatever their path",
  { trap: 12 },
  async (server, trace) => {
    const engine = new server.implementation.Engine();
    const http = createServer((req, res) => engine.handleRequest(req as never, res));
    http.on("upgrade", (req, socket, head) => engine.handleUpgrade(req as never, socket, head));
    server.track(http);
    server.defer(() => http.close());
    server.defer(() => engine.close());
    engine.on("connection", (session) => trace("sessions", session.transport.name));
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const { port } = http.address() as { port: number };
    const answer = await fetch(`http://127.0.0.1:${port}/any/path${POLLING}`);
    trace("wire", answer.status, (await answer.text()).slice(0, 8));
    const peer = new WebSocketPeer(`ws://127.0.0.1:${port}/any/path${WEBSOCKET}`);
    server.defer(() => peer.ws.terminate());
    trace("wire", String(await peer.next()).slice(0, 8));
  },
);

engineConformance("takes an empty sid for none", { trap: 2 }, async (server, trace) => {
  trace("wire", (await server.ask(`${POLLING}&sid=`)).body);
  trace("upgrade", await server.dial(`${WEBSOCKET}&sid=`).next());
});

engineConformance("refuses polling requests of a session that is on WebSocket", {}, async (server, trace) => {
  traceErrors(server, trace);
  const { sid } = await server.webSocket();
  for (const method of ["GET", "POST", "HEAD"]) {
    trace("wire", statusAndBody(await server.ask(`${POLLING}&sid=${sid}`, { method })));
  }
});

engineConformance("answers HEAD like any other method", { trap: 9 }, async (server, trace) => {
  const peer = await server.polling();
  trace("wire", (await server.ask(POLLING, { method: "HEAD" })).status);
  trace("wire", (await server.ask(peer.url, { method: "HEAD" })).status);
});
