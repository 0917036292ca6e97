// The polling transport: polls, pushes, their overlaps and ends, limits, encodings, and closing from either side.
import { gunzipSync, inflateSync } from "node:zlib";
import { connect } from "node:net";
import { engineConformance, headersOf, next, statusAndBody, turn, until } from "./harness/index.ts";
import type { Answer, EngineHost, PollingPeer, Trace } from "./harness/index.ts";

/** Opens a session and notes its messages and its end. */
async function open(server: EngineHost, trace: Trace): Promise<PollingPeer> {
  const peer = await server.polling();
  const session = server.session(peer);
  session.on("message", (data: unknown) => trace("messages", data));
  session.on("close", (reason: string) => trace("closed", reason));
  return peer;
}

/** What became of a request that the server may answer or break off. */
function fate(answer: Promise<Answer>): Promise<unknown> {
  return answer.then(statusAndBody, () => "reset");
}

/** Starts a poll, and waits until the server has it. */
async function pendingPoll(
  server: EngineHost,
  peer: PollingPeer,
): Promise<{ poll: Promise<Answer>; abort(): void }> {
  const poll = peer.poll();
  await until(() => server.session(peer).transport.writable, "the poll");
  return { poll, abort: () => poll.abort() };
}

engineConformance("answers a poll with what is queued, in one batch", {}, async (server, trace) => {
  const peer = await open(server, trace);
  const session = server.session(peer);
  session.send("a");
  session.send("b");
  session.send(Buffer.from([1, 2, 3]));
  session.send("é€😀");
  const answer = await peer.poll();
  trace("wire", statusAndBody(answer), headersOf(answer));
});

engineConformance("keeps a poll until there is something to say", {}, async (server, trace) => {
  const peer = await open(server, trace);
  const { poll } = await pendingPoll(server, peer);
  server.session(peer).send("late");
  trace("wire", statusAndBody(await poll));
});

engineConformance(
  "sends what is sent in the connection handler with the next poll",
  {},
  async (server, trace) => {
    server.engine.on("connection", (session) => session.send("hello"));
    const peer = await server.polling();
    trace("open", peer.handshake.body);
    trace("wire", await peer.next());
  },
);

engineConformance("takes a push apart, and answers ok", {}, async (server, trace) => {
  const peer = await open(server, trace);
  const answer = await peer.push("4a\x1ebAQIDBA==\x1e4é€😀");
  trace("wire", statusAndBody(answer), headersOf(answer));
});

engineConformance(
  "gives an empty message as an empty text",
  { difference: "empty-message", ours: { messages: ["", "a"] } },
  async (server, trace) => {
    const peer = await open(server, trace);
    await peer.push("4\x1e4a");
  },
);

engineConformance("dispatches a push before it is answered", { trap: 29 }, async (server, trace) => {
  const peer = await server.polling();
  server.session(peer).on("message", (data: unknown) => trace("order", data));
  await peer.push("4first").then(() => trace("order", "answered"));
});

for (const [what, type] of [
  ["of plain text", "text/plain;charset=UTF-8"],
  ["of any other type", "application/x-whatever"],
] as const) {
  engineConformance(`takes a push ${what}`, {}, async (server, trace) => {
    const peer = await open(server, trace);
    trace("wire", statusAndBody(await peer.push("4a", { "Content-Type": type })));
  });
}

engineConformance("refuses a binary push, and closes the session", { trap: 25 }, async (server, trace) => {
  const peer = await open(server, trace);
  trace(
    "wire",
    statusAndBody(await peer.push(Buffer.from([4, 1]), { "Content-Type": "application/octet-stream" })),
  );
});

// Overlaps and aborts

engineConformance("closes the session when polls overlap", { trap: 22 }, async (server, trace) => {
  const peer = await open(server, trace);
  const { poll } = await pendingPoll(server, peer);
  trace("second", statusAndBody(await peer.poll()));
  trace("first", statusAndBody(await poll));
  trace("later", statusAndBody(await peer.poll()));
});

engineConformance("closes the session when pushes overlap", { trap: 22 }, async (server, trace) => {
  const peer = await open(server, trace);
  const slow = connect(server.port, "127.0.0.1");
  slow.on("error", () => {});
  const slowEnded = new Promise((resolve) => slow.on("close", resolve));
  slow.write(`POST ${peer.url} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n4a`);
  const requests: unknown[] = [];
  server.http.on("request", () => requests.push(1));
  await until(() => requests.length > 0, "the first push");
  await turn();
  trace("second", statusAndBody(await peer.push("4b")));
  await slowEnded;
  trace("sessions", server.engine.clientsCount);
});

engineConformance("closes the session when a poll is given up", { trap: 23 }, async (server, trace) => {
  const peer = await open(server, trace);
  const closed = next(server.session(peer), "close");
  (await pendingPoll(server, peer)).abort();
  trace("reason", (await closed)[0]);
});

engineConformance(
  "does not take an answered poll for one that was given up",
  { trap: 23 },
  async (server, trace) => {
    const peer = await open(server, trace);
    for (const text of ["one", "two"]) {
      server.session(peer).send(text);
      trace("wire", await peer.next());
    }
    trace("wire", statusAndBody(await peer.push("4still here")));
  },
);

engineConformance("closes the session when a push breaks off", { trap: 24 }, async (server, trace) => {
  const peer = await open(server, trace);
  const closed = next(server.session(peer), "close");
  const slow = connect(server.port, "127.0.0.1");
  slow.on("error", () => {});
  const requests: unknown[] = [];
  server.http.on("request", () => requests.push(1));
  slow.write(`POST ${peer.url} HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n4a`);
  await until(() => requests.length > 0, "the push");
  slow.destroy();
  trace("reason", (await closed)[0]);
});

// Malformed

for (const [what, body] of [
  ["is empty", ""],
  ["begins with an unknown type", "abc"],
  ["begins with a digit that is no type", "9a"],
  ["holds an unknown type", "4ok\x1e8\x1e4never"],
  ["ends with a separator", "4ok\x1e"],
  ["holds an empty packet", "4ok\x1e\x1e4never"],
] as const) {
  engineConformance(`closes the session when a push ${what}`, { trap: 34 }, async (server, trace) => {
    const peer = await open(server, trace);
    const closed = next(server.session(peer), "close");
    const answered = fate(peer.push(body));
    trace("reason", (await closed)[0]);
    await answered;
    trace("later", statusAndBody(await peer.poll()));
  });
}

engineConformance("closes the session on a ping from the client", { trap: 50 }, async (server, trace) => {
  const peer = await open(server, trace);
  const { poll } = await pendingPoll(server, peer);
  await fate(peer.push("2"));
  trace("wire", statusAndBody(await poll));
});

engineConformance("takes no notice of open, upgrade and noop packets", {}, async (server, trace) => {
  const peer = await open(server, trace);
  trace("wire", statusAndBody(await peer.push("0\x1e5\x1e6\x1e4on")));
});

// Limits

const SMALL = { options: { maxHttpBufferSize: 5 } };

engineConformance("takes a push of exactly the limit", SMALL, async (server, trace) => {
  const peer = await open(server, trace);
  trace("wire", statusAndBody(await peer.push("4abcd")));
});

engineConformance(
  "refuses a push above the limit, and leaves the session to the client",
  { ...SMALL, trap: 26 },
  async (server, trace) => {
    const peer = await open(server, trace);
    const answer = await peer.push("4abcde");
    trace("wire", statusAndBody(answer), server.engine.clientsCount);
    trace("wire", statusAndBody(await peer.push("4ok")));
  },
);

engineConformance(
  "counts bytes, not characters",
  { ...SMALL, trap: 28, cve: "CVE-2020-36048" },
  async (server, trace) => {
    const peer = await open(server, trace);
    trace("wire", statusAndBody(await peer.push("4€")), statusAndBody(await peer.push("4€€")));
  },
);

engineConformance(
  "refuses a chunked push above the limit while it arrives",
  { ...SMALL, trap: 26 },
  async (server, trace) => {
    const peer = await open(server, trace);
    const answer = await server.ask(peer.url, {
      method: "POST",
      body: "4".repeat(100),
      headers: { "Transfer-Encoding": "chunked" },
    });
    trace("wire", statusAndBody(answer));
  },
);

engineConformance(
  "refuses a push above the limit also behind a middleware that takes its time",
  { ...SMALL, trap: 26 },
  async (server, trace) => {
    server.engine.use((_req: unknown, _res: unknown, go: () => void) => setImmediate(go));
    const peer = await open(server, trace);
    trace("wire", statusAndBody(await peer.push("4abcde")));
  },
);

engineConformance(
  "limits a push to a million bytes unless told otherwise",
  { cve: "CVE-2020-36048" },
  async (server, trace) => {
    const peer = await server.polling();
    server.session(peer).on("message", (data: string) => trace("length", data.length));
    trace(
      "wire",
      (await peer.push(`4${"a".repeat(999_999)}`)).status,
      await peer.push(`4${"a".repeat(1_000_000)}`).then(
        ({ status }) => status,
        () => "reset",
      ),
    );
  },
);

engineConformance("puts characters together that arrive in pieces", { trap: 27 }, async (server, trace) => {
  const peer = await open(server, trace);
  const bytes = Buffer.from("4a€😀z");
  const socket = connect(server.port, "127.0.0.1");
  const ended = new Promise((resolve) => socket.on("close", resolve));
  const write = (chunk: Buffer | string): Promise<void> =>
    new Promise((resolve) => socket.write(chunk, () => setImmediate(resolve)));
  await write(
    `POST ${peer.url} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`,
  );
  for (const byte of bytes) {
    await write("1\r\n");
    await write(Buffer.from([byte]));
    await write("\r\n");
  }
  socket.resume();
  await write("0\r\n\r\n");
  await ended;
});

// Headers and compression

for (const agent of ["Mozilla/5.0 (compatible;MSIE 9.0)", "Mozilla/5.0 Trident/7.0", "Mozilla/5.0 Firefox"]) {
  engineConformance(`answers ${agent} with the headers it needs`, { trap: 35 }, async (server, trace) => {
    const peer = await server.polling();
    const headers = { "User-Agent": agent };
    trace("push", headersOf(await peer.push("4a", headers)));
    server.session(peer).send("x");
    trace("poll", headersOf(await peer.poll(headers)));
  });
}

const ENCODINGS: readonly [accept: string | undefined, options: object][] = [
  [undefined, {}],
  ["gzip", {}],
  ["deflate", {}],
  ["gzip, deflate", {}],
  ["deflate, gzip", {}],
  ["gzip;q=0.5, deflate;q=0.8", {}],
  ["gzip;q=0", {}],
  ["br", {}],
  ["gzip", { httpCompression: false }],
  ["gzip", { httpCompression: true }],
  ["gzip", { httpCompression: { threshold: 10_000 } }],
];
for (const [accept, options] of ENCODINGS) {
  const name = `compresses for Accept-Encoding ${accept ?? "(none)"} with ${JSON.stringify(options)}`;
  engineConformance(name, { trap: 21, options }, async (server, trace) => {
    const peer = await server.polling();
    const headers = accept === undefined ? {} : { "Accept-Encoding": accept };
    for (const text of ["short", "x".repeat(2000)]) {
      server.session(peer).send(text);
      const answer = await peer.poll(headers);
      const encoding = answer.headers["content-encoding"];
      const body =
        encoding === "gzip"
          ? gunzipSync(answer.bytes)
          : encoding === "deflate"
            ? inflateSync(answer.bytes)
            : answer.bytes;
      trace("wire", encoding, body.length, headersOf(answer, "content-type", "cache-control"));
    }
  });
}

engineConformance("does not compress what asks not to be", { trap: 98 }, async (server, trace) => {
  const peer = await server.polling();
  const headers = { "Accept-Encoding": "gzip" };
  server.session(peer).send("x".repeat(2000), { compress: false });
  trace("wire", (await peer.poll(headers)).headers["content-encoding"]);
  server.session(peer).send("x".repeat(2000), { compress: false });
  server.session(peer).send("y");
  trace("wire", (await peer.poll(headers)).headers["content-encoding"]);
});

engineConformance(
  "survives a poll that is given up while its answer is compressed",
  { trap: 36 },
  async (server, trace) => {
    const peer = await server.polling();
    const poll = peer.poll({ "Accept-Encoding": "gzip" });
    await until(() => server.session(peer).transport.writable, "the poll");
    server.session(peer).send("x".repeat(1_000_000));
    poll.abort();
    trace("others", (await server.polling()).open);
  },
);

// Closing

engineConformance(
  "answers the poll of a client that closes, and its push",
  { trap: 30 },
  async (server, trace) => {
    const peer = await open(server, trace);
    const { poll } = await pendingPoll(server, peer);
    trace("push", statusAndBody(await peer.push("1")));
    trace("poll", statusAndBody(await poll));
  },
);

engineConformance("processes nothing behind a close packet", { trap: 30 }, async (server, trace) => {
  const peer = await open(server, trace);
  trace("push", statusAndBody(await peer.push("4before\x1e1\x1e4after")));
  trace("later", statusAndBody(await peer.poll()));
});

engineConformance("answers the pending poll when the server closes", { trap: 31 }, async (server, trace) => {
  const peer = await open(server, trace);
  const { poll } = await pendingPoll(server, peer);
  server.session(peer).close();
  trace("wire", statusAndBody(await poll));
  trace("later", statusAndBody(await peer.poll()));
});

engineConformance(
  "answers the next poll with a noop and a close when the server closed before",
  { trap: 31 },
  async (server, trace) => {
    const peer = await open(server, trace);
    server.session(peer).close();
    trace("state", server.session(peer).readyState);
    trace("wire", statusAndBody(await peer.poll()));
    trace("later", statusAndBody(await peer.poll()));
  },
);

engineConformance("delivers what is queued before it closes", { trap: 31 }, async (server, trace) => {
  const peer = await open(server, trace);
  const session = server.session(peer);
  session.send("a");
  session.send("b");
  session.close();
  session.send("never");
  trace("state", session.readyState);
  trace("wire", statusAndBody(await peer.poll()));
  trace("wire", statusAndBody(await peer.poll()));
});

engineConformance("drops what is queued when it closes with discard", { trap: 31 }, async (server, trace) => {
  const peer = await open(server, trace);
  const session = server.session(peer);
  session.send("a");
  session.close(true);
  trace("state", session.readyState);
  trace("later", statusAndBody(await peer.poll()));
});

engineConformance(
  "closes a session whose message handler closes it",
  { trap: [29, 30] },
  async (server, trace) => {
    const peer = await open(server, trace);
    const { poll } = await pendingPoll(server, peer);
    server.session(peer).on("message", () => server.session(peer).close());
    const closed = next(server.session(peer), "close");
    await fate(peer.push("4a\x1e4b"));
    trace("reason", (await closed)[0]);
    trace("poll", statusAndBody(await poll));
  },
);

engineConformance("closes once, whatever happens later", { trap: 57 }, async (server, trace) => {
  const peer = await open(server, trace);
  const session = server.session(peer);
  session.close(true);
  session.close(true);
  session.close();
  session.send("never");
  await turn();
  trace("state", session.readyState, server.engine.clientsCount);
});

engineConformance("does without a keep-alive connection", { trap: 53 }, async (server, trace) => {
  const peer = await open(server, trace);
  const headers = { Connection: "close" };
  trace("wire", statusAndBody(await peer.push("4a", headers)));
  server.session(peer).send("b");
  trace("wire", statusAndBody(await peer.poll(headers)));
  server.session(peer).send("c");
  trace("wire", statusAndBody(await peer.poll(headers)));
});

// Callbacks and events

engineConformance(
  "calls the callbacks of sends once each, in the order of sending",
  { trap: 59 },
  async (server, trace) => {
    const peer = await server.polling();
    const session = server.session(peer);
    for (const name of ["a", "b", "c"]) {
      session.send(name, undefined, (transport: unknown) =>
        trace("callbacks", name, (transport as { name: string }).name),
      );
    }
    trace("callbacks", "none yet");
    await peer.poll();
    await until(() => session.transport.name === "polling");
    session.send("d", undefined, () => trace("callbacks", "d"));
    await peer.poll();
  },
);

engineConformance(
  "does not call the callbacks of what was never sent",
  { trap: 57 },
  async (server, trace) => {
    const peer = await server.polling();
    const session = server.session(peer);
    session.send("a", undefined, () => trace("callbacks", "a"));
    session.close(true);
    await turn();
    trace("state", session.readyState);
  },
);

engineConformance("raises packet, data, message and packetCreate", {}, async (server, trace) => {
  const peer = await server.polling();
  const session = server.session(peer);
  for (const event of ["packet", "data", "message", "packetCreate"]) {
    session.on(event, (what: { type?: string; data?: unknown }) => {
      trace("events", event, typeof what === "string" ? what : { type: what.type, data: what.data });
    });
  }
  await peer.push("4a");
  session.send("b");
  trace("wire", await peer.next());
});

engineConformance(
  "raises flush and drain on the session and on the engine",
  { trap: 59 },
  async (server, trace) => {
    const peer = await server.polling();
    const session = server.session(peer);
    session.on("flush", (buffer: unknown[]) => trace("session", "flush", buffer.length));
    session.on("drain", () => trace("session", "drain"));
    server.engine.on("flush", (of: unknown, buffer: unknown[]) =>
      trace("engine", "flush", of === session, buffer.length),
    );
    server.engine.on("drain", (of: unknown) => trace("engine", "drain", of === session));
    session.send("a");
    session.send("b");
    trace("wire", await peer.next());
  },
);

engineConformance("shows what is queued in the close handler", { trap: 58 }, async (server, trace) => {
  const peer = await server.polling();
  const session = server.session(peer) as unknown as {
    writeBuffer: unknown[];
    send(text: string): void;
    on(event: string, run: () => void): void;
  };
  session.on("close", () => trace("queued", session.writeBuffer.length));
  session.send("a");
  session.send("b");
  trace("queued", session.writeBuffer.length);
  const { poll } = { poll: peer.push("1") };
  await fate(poll);
  await turn();
  trace("queued", session.writeBuffer.length);
});

engineConformance("says what a session is", {}, async (server, trace) => {
  const peer = await server.polling("&a=b");
  const session = server.session(peer) as unknown as Record<string, unknown>;
  for (const name of ["id", "protocol", "readyState", "upgraded", "upgrading", "remoteAddress"])
    trace("session", name, session[name]);
  const transport = session["transport"] as Record<string, unknown>;
  for (const name of ["name", "writable", "readyState"]) trace("transport", name, transport[name]);
  const request = session["request"] as { url: string; method: string; headers: Record<string, string> };
  trace("request", request.url, request.method, Object.keys(request.headers).toSorted());
});

for (const [what, headers] of [
  ["that waits to be told to go on", { Expect: "100-continue" }],
  ["that says it is compressed", { "Content-Encoding": "gzip" }],
  ["from a form, without a callback", { "Content-Type": "application/x-www-form-urlencoded" }],
  ["of bytes with a parameter", { "Content-Type": "application/octet-stream; charset=x" }],
  ["of bytes in capitals", { "Content-Type": "Application/Octet-Stream" }],
] as const) {
  engineConformance(`takes a push ${what}`, { trap: 25 }, async (server, trace) => {
    const peer = await open(server, trace);
    trace("wire", statusAndBody(await peer.push("4a", headers as never)));
  });
}

engineConformance("drops a byte order mark nowhere", { trap: 27 }, async (server, trace) => {
  const peer = await open(server, trace);
  await peer.push("4\ufeffa\x1e4\u0000b");
});

engineConformance(
  "reads bytes that are no UTF-8 as replacement characters",
  { trap: 27 },
  async (server, trace) => {
    const peer = await open(server, trace);
    trace("wire", statusAndBody(await peer.push(Buffer.from([0x34, 0xc3, 0x28]))));
  },
);

for (const base64 of ["bAQID", "bAQI", "bAQI=", "b", "bA"]) {
  engineConformance(`reads the base64 packet ${base64}`, {}, async (server, trace) => {
    const peer = await open(server, trace);
    trace("wire", await fate(peer.push(`4before\x1e${base64}`)));
  });
}

for (const base64 of ["bAQI-_w==", "b A Q I D"]) {
  engineConformance(
    `takes only the standard alphabet for base64: ${base64}`,
    {
      difference: "strict-base64",
      ours: { messages: ["before"], closed: ["parse error"], wire: [[400, ""]] },
    },
    async (server, trace) => {
      const peer = await open(server, trace);
      trace("wire", await fate(peer.push(`4before\x1e${base64}`)));
    },
  );
}

engineConformance("has many packets in one push", {}, async (server, trace) => {
  const peer = await open(server, trace);
  const answer = await peer.push(Array.from({ length: 500 }, (_, index) => `4${index}`).join("\x1e"));
  trace("wire", answer.status);
});

engineConformance("has many packets in one poll", {}, async (server, trace) => {
  const peer = await open(server, trace);
  for (let count = 0; count < 500; count++) server.session(peer).send(String(count));
  trace("wire", (await peer.poll()).body);
});
