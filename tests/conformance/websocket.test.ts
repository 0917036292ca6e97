// The WebSocket transport: frames in both directions, limits, compression, ends.
import { connect } from "node:net";
import { engineConformance, next, turn, until } from "./harness/index.ts";
import type { EngineHost, Trace, WebSocketPeer } from "./harness/index.ts";

type Opened = WebSocketPeer & { readonly sid: string };

/** Opens a session and notes its messages and its end. */
async function open(server: EngineHost, trace: Trace, query = "", options = {}): Promise<Opened> {
  const peer = await server.webSocket(query, options);
  const session = server.session(peer);
  session.on("message", (data: unknown) => trace("messages", data));
  session.on("close", (reason: string) => trace("closed", reason));
  return peer;
}

/** The server's answer to everything sent so far: its echo of a last message. */
async function settled(server: EngineHost, peer: Opened): Promise<void> {
  server.session(peer).once("message", () => {});
  const arrived = new Promise<void>((resolve) => {
    server.session(peer).on("message", (data: unknown) => data === "over" && resolve());
  });
  await peer.send("4over");
  await arrived;
}

engineConformance("sends one frame per packet", {}, async (server, trace) => {
  const peer = await open(server, trace);
  const session = server.session(peer);
  session.send("a");
  session.send("é€😀");
  session.send(Buffer.from([1, 2, 3]));
  session.send("");
  trace("wire", ...(await peer.take(4)));
});

engineConformance("reads one packet per frame", {}, async (server, trace) => {
  const peer = await open(server, trace);
  await peer.send("4a", "4é€😀", Buffer.from([1, 2, 3]), "bAQIDBA==", "4a\x1e4b");
  await settled(server, peer);
});

engineConformance("sends base64 to a peer that takes no binary", {}, async (server, trace) => {
  const peer = await open(server, trace, "&b64=1");
  server.session(peer).send(Buffer.from([1, 2, 3, 4]));
  trace("wire", await peer.next());
});

for (const [what, view] of [
  ["a Buffer", () => Buffer.from([1, 2, 3])],
  ["a part of a Buffer", () => Buffer.from([9, 9, 1, 2, 3, 9]).subarray(2, 5)],
  ["an ArrayBuffer", () => Uint8Array.of(1, 2, 3).buffer],
  ["a Uint8Array on a larger buffer", () => new Uint8Array(Uint8Array.of(0, 1, 2, 3, 4).buffer, 1, 3)],
  ["an Int32Array on a larger buffer", () => new Int32Array(Int32Array.of(1, 2, 3, 4).buffer, 4, 2)],
  ["a DataView", () => new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 2, 2)],
] as const) {
  engineConformance(
    `sends exactly the bytes of ${what}, over both transports`,
    { trap: 60 },
    async (server, trace) => {
      const value = view();
      const socket = await open(server, trace);
      server.session(socket).send(value as Buffer);
      const polling = await server.polling();
      server.session(polling).send(value as Buffer);
      trace("wire", await socket.next(), await polling.next(), value);
    },
  );
}

engineConformance(
  "does not let what the sender does later change what is sent",
  { trap: 60 },
  async (server, trace) => {
    const peer = await open(server, trace);
    const bytes = Buffer.from([1, 2, 3]);
    server.session(peer).send(bytes);
    trace("wire", await peer.next(), bytes);
  },
);

for (const [what, packet] of [
  ["of an unknown type", "abc"],
  ["that is empty", ""],
  ["of a type that is no digit", "xyz"],
] as const) {
  engineConformance(`closes the session on a packet ${what}`, {}, async (server, trace) => {
    const peer = await open(server, trace);
    await peer.send("4before", packet, "4after");
    trace("wire", (await peer.rest()).packets);
  });
}

engineConformance("closes the session on a ping from the client", { trap: 50 }, async (server, trace) => {
  const peer = await open(server, trace);
  await peer.send("2");
  await peer.closed;
});

engineConformance(
  "takes no notice of open, upgrade and noop packets, and of a pong nobody asked for",
  {},
  async (server, trace) => {
    const peer = await open(server, trace);
    await peer.send("0", "5", "6", "3");
    await settled(server, peer);
  },
);

engineConformance(
  "ends the session on a close packet",
  {
    trap: 37,
    difference: "websocket-close-packet",
    ours: { closed: ["transport close"], messages: ["before"] },
  },
  async (server, trace) => {
    const peer = await open(server, trace);
    const session = server.session(peer);
    await peer.send("4before", "1", "4over");
    let isOver = false;
    session.on("message", (data: unknown) => (isOver ||= data === "over"));
    await until(() => isOver || session.readyState === "closed");
  },
);

// Ends

engineConformance("reports a connection the client closed", {}, async (server, trace) => {
  const peer = await open(server, trace);
  const closed = next(server.session(peer), "close");
  peer.ws.close();
  await closed;
  trace("sessions", server.engine.clientsCount);
});

engineConformance("reports a connection that broke", {}, async (server, trace) => {
  const peer = await open(server, trace);
  const closed = next(server.session(peer), "close");
  peer.ws.terminate();
  await closed;
  trace("sessions", server.engine.clientsCount);
});

engineConformance(
  "closes the connection when the server closes, without a packet",
  {},
  async (server, trace) => {
    const peer = await open(server, trace);
    const session = server.session(peer);
    session.close();
    trace("state", session.readyState);
    const { packets, ended } = await peer.rest();
    trace("wire", packets, ended.code, ended.reason);
  },
);

engineConformance("delivers what was sent before it closes", { trap: 31 }, async (server, trace) => {
  const peer = await open(server, trace);
  const session = server.session(peer);
  for (const text of ["a", "b", "c"]) session.send(text);
  session.close();
  session.send("never");
  trace("wire", (await peer.rest()).packets);
});

engineConformance("closes once, whatever happens later", { trap: [52, 57] }, async (server, trace) => {
  const peer = await open(server, trace);
  const session = server.session(peer);
  session.close();
  session.close(true);
  await peer.send("4late", "garbage");
  await peer.closed;
  session.close();
  await turn();
  trace("state", session.readyState, server.engine.clientsCount);
});

engineConformance(
  "refuses a message above the limit with 1009, and goes on with others",
  { trap: 38, options: { maxHttpBufferSize: 10 } },
  async (server, trace) => {
    const peer = await open(server, trace);
    const other = await open(server, trace);
    await peer.send(`4${"a".repeat(9)}`, `4${"b".repeat(10)}`);
    trace("wire", (await peer.closed).code);
    await settled(server, other);
  },
);

engineConformance("closes on bytes that are no frames", { trap: 4 }, async (server, trace) => {
  const peer = await open(server, trace);
  const closed = next(server.session(peer), "close");
  (peer.ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
  );
  trace("wire", (await peer.closed).code);
  await closed;
});

engineConformance("closes on a frame that is not masked", {}, async (server, trace) => {
  const peer = await open(server, trace);
  const closed = next(server.session(peer), "close");
  (peer.ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket.write(
    Buffer.from([0x81, 0x01, 0x34]),
  );
  trace("wire", (await peer.closed).code);
  await closed;
});

engineConformance("closes on text that is not UTF-8", { trap: 27 }, async (server, trace) => {
  const peer = await open(server, trace);
  const closed = next(server.session(peer), "close");
  peer.ws.send(Buffer.from([0x34, 0xc3, 0x28]), { binary: false });
  trace("wire", (await peer.closed).code);
  await closed;
});

engineConformance("puts fragments together", {}, async (server, trace) => {
  const peer = await open(server, trace);
  peer.ws.send("4a", { fin: false });
  peer.ws.send("b€", { fin: false });
  peer.ws.send("c", { fin: true });
  await settled(server, peer);
});

engineConformance("answers WebSocket pings", {}, async (server, trace) => {
  const peer = await open(server, trace);
  const pong = next(peer.ws, "pong");
  peer.ws.ping("hello");
  trace("wire", (await pong)[0]);
});

const HANDSHAKE =
  "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n";

engineConformance("refuses a handshake without a key", {}, async (server, trace) => {
  const answer = await server.exchange(`${HANDSHAKE}Sec-WebSocket-Version: 13\r\n\r\n`);
  trace("wire", answer.split("\r\n")[0], server.engine.clientsCount);
});

engineConformance(
  "refuses a handshake of another version",
  { difference: "websocket-version-refusal", ours: { wire: [["HTTP/1.1 426 Upgrade Required", 0]] } },
  async (server, trace) => {
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    const answer = await server.exchange(`${HANDSHAKE}Sec-WebSocket-Version: 12\r\n${key}\r\n\r\n`);
    trace("wire", answer.split("\r\n")[0], server.engine.clientsCount);
  },
);

engineConformance("takes the first subprotocol offered", {}, async (server, trace) => {
  const peer = server.dial("?EIO=4&transport=websocket", {}, ["one", "two"]);
  await peer.next();
  trace("wire", peer.ws.protocol);
});

engineConformance(
  "does not stumble over very many headers",
  { cve: "CVE-2024-37890" },
  async (server, trace) => {
    const many = Array.from({ length: 1999 }, (_, index) => `x-${index}: 1`);
    const answer = await server.askUpgrade("?EIO=4&transport=tobi", ...many.slice(0, 500));
    trace("wire", answer.split("\r\n")[0]);
    await server.exchange(
      `GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\n${many.join("\r\n")}\r\n\r\n`,
    );
    trace("others", (await server.polling()).open);
  },
);

// Compression

engineConformance("does not compress unless told to", { trap: 40 }, async (server, trace) => {
  const peer = await open(server, trace, "", { perMessageDeflate: true });
  trace("extensions", peer.ws.extensions);
});

/** Whether the next frame from the server has the bit of a compressed message set. */
async function isCompressed(peer: WebSocketPeer, send: () => unknown): Promise<[boolean, string]> {
  const raw = (peer.ws as unknown as { _socket: NodeJS.ReadableStream })._socket;
  const chunk = next(raw as never, "data") as Promise<Buffer[]>;
  send();
  const [bytes] = await chunk;
  return [((bytes?.[0] ?? 0) & 0x40) !== 0, String(await peer.next()).slice(0, 3)];
}

const COMPRESSED: readonly [what: string, options: boolean | object, text: string, difference?: string][] = [
  ["a long message", true, "a".repeat(2000)],
  ["a short message above a low threshold", { threshold: 10 }, "a".repeat(100)],
  ["characters by their bytes", { threshold: 90 }, "€".repeat(31)],
  ["a short message", true, "a".repeat(100), "websocket-compress-threshold"],
];
for (const [what, perMessageDeflate, text, difference] of COMPRESSED) {
  const differs = difference !== undefined && { difference, ours: { wire: [[false, "4aa"]] } };
  engineConformance(
    `compresses or does not: ${what}`,
    { trap: 40, options: { perMessageDeflate }, ...differs },
    async (server, trace) => {
      const peer = await open(server, trace, "", { perMessageDeflate: true });
      trace("wire", await isCompressed(peer, () => server.session(peer).send(text)));
    },
  );
}

engineConformance(
  "does not compress a message that asks not to be",
  {
    trap: [40, 98],
    options: { perMessageDeflate: true },
    difference: "websocket-compress-flag",
    ours: { wire: [[false, "4aa"]] },
  },
  async (server, trace) => {
    const peer = await open(server, trace, "", { perMessageDeflate: true });
    const send = (): unknown => server.session(peer).send("a".repeat(2000), { compress: false });
    trace("wire", await isCompressed(peer, send));
  },
);

engineConformance(
  "takes a ready-made frame as a hint at most",
  { trap: 39, options: { perMessageDeflate: true } },
  async (server, trace) => {
    const wsPreEncodedFrame = [Buffer.from([129, 2]), Buffer.from("4a")];
    const socket = await server.webSocket();
    const polling = await server.polling();
    const deflating = await server.webSocket("", { perMessageDeflate: true });
    for (const peer of [socket, polling, deflating]) {
      server.session(peer).send("a", { wsPreEncodedFrame } as never);
      trace("wire", await peer.next());
    }
  },
);

engineConformance(
  "reads compressed messages",
  { trap: 40, options: { perMessageDeflate: true } },
  async (server, trace) => {
    const peer = await open(server, trace, "", { perMessageDeflate: { threshold: 0 } });
    for (const text of ["4one", `4${"ab€".repeat(500)}`, "4one"]) peer.ws.send(text, { compress: true });
    await settled(server, peer);
  },
);

engineConformance(
  "refuses a message that inflates beyond the limit",
  { trap: 38, options: { perMessageDeflate: true, maxHttpBufferSize: 1000 } },
  async (server, trace) => {
    const peer = await open(server, trace, "", { perMessageDeflate: { threshold: 0 } });
    peer.ws.send(`4${"a".repeat(100_000)}`, { compress: true });
    trace("wire", (await peer.closed).code);
  },
);

// Pre-encoded frames, callbacks, events

engineConformance(
  "calls the callbacks of sends once each, in the order of sending",
  { trap: 59 },
  async (server, trace) => {
    const peer = await open(server, trace);
    const session = server.session(peer);
    for (const name of ["a", "b", "c"]) {
      session.send(name, undefined, (transport: unknown) =>
        trace("callbacks", name, (transport as { name: string }).name),
      );
    }
    trace("callbacks", "none yet");
    await peer.take(3);
    session.send("d", undefined, () => trace("callbacks", "d"));
    await peer.next();
    await turn();
  },
);

engineConformance("raises open, then message for each message, then close", {}, async (server, trace) => {
  server.engine.on("connection", (session) => {
    trace("order", "connection", session.readyState);
    session.on("message", (data: unknown) => trace("order", data));
    session.on("close", (reason: string) => trace("order", reason, session.readyState));
  });
  const peer = await server.webSocket();
  await peer.send("4a", "4b");
  await settled(server, peer);
  const closed = next(server.session(peer), "close");
  peer.ws.close();
  await closed;
});

engineConformance("lets a message handler close the session", { trap: 57 }, async (server, trace) => {
  const peer = await open(server, trace);
  server.session(peer).on("message", () => server.session(peer).close());
  await peer.send("4a", "4b");
  await peer.closed;
});

engineConformance(
  "works behind a TCP connection that delivers byte by byte",
  { trap: 27 },
  async (server, trace) => {
    server.engine.on("connection", (session) => {
      session.on("message", (data: unknown) => {
        trace("messages", data);
        session.close();
      });
    });
    const frame = Buffer.from([0x81, 0x85, 0, 0, 0, 0, ...Buffer.from("4€z")]);
    const head =
      "GET /engine.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    const socket = connect(server.port, "127.0.0.1");
    socket.setNoDelay(true);
    const ended = new Promise((resolve) => socket.on("close", resolve));
    socket.on("data", (chunk) => chunk.includes(Buffer.from([0x88])) && socket.end());
    for (const byte of Buffer.concat([Buffer.from(head), frame])) {
      await new Promise<void>((resolve) => socket.write(Buffer.from([byte]), () => setImmediate(resolve)));
    }
    await ended;
  },
);

engineConformance(
  "keeps going when Object.prototype is messed with",
  { trap: 62, isAlone: true },
  async (server, trace) => {
    Reflect.defineProperty(Object.prototype, "mess", {
      value: "x",
      enumerable: true,
      configurable: true,
      writable: true,
    });
    server.defer(() => Reflect.deleteProperty(Object.prototype, "mess"));
    const peer = await server.polling();
    server.session(peer).on("message", (data: unknown) => trace("messages", data));
    await peer.push("4a");
    const socket = await server.webSocket();
    server.session(socket).send("b");
    trace("wire", await socket.next());
    trace(
      "refused",
      (await server.ask("?EIO=4&transport=mess")).body,
      (await server.ask("?EIO=4&transport=polling&sid=mess")).body,
    );
  },
);

/** Bytes of a frame as a client would send it, masked with zeros. */
function rawFrame(first: number, payload: Uint8Array | string = ""): Buffer {
  const bytes = Buffer.from(payload as string);
  return Buffer.concat([Buffer.from([first, 0x80 | bytes.length, 0, 0, 0, 0]), bytes]);
}

for (const [what, ...frames] of [
  ["a continuation of nothing", rawFrame(0x80, "4a")],
  ["a text within a fragmented text", rawFrame(0x01, "4a"), rawFrame(0x81, "4b")],
  ["a reserved opcode", rawFrame(0x83, "4a")],
  ["a reserved control opcode", rawFrame(0x8b)],
  ["a compressed frame without compression", rawFrame(0xc1, "4a")],
  ["a reserved bit", rawFrame(0xa1, "4a")],
  ["a fragmented ping", rawFrame(0x09)],
  ["a close with half a code", rawFrame(0x88, Uint8Array.of(3))],
  ["a close with a code nobody may send", rawFrame(0x88, Uint8Array.of(3, 237))],
  ["a close whose reason is not UTF-8", rawFrame(0x88, Uint8Array.of(3, 232, 0xc3, 0x28))],
] as const) {
  engineConformance(
    `closes on ${what}, with the same code`,
    { cve: "CVE-2024-37890" },
    async (server, trace) => {
      const peer = await open(server, trace);
      const closed = next(server.session(peer), "close");
      const raw = (peer.ws as unknown as { _socket: { write(bytes: Buffer): void } })._socket;
      raw.write(Buffer.concat(frames));
      trace("wire", (await peer.closed).code);
      await closed;
    },
  );
}

for (const code of [1000, 1001, 1011, 3000, 4999]) {
  engineConformance(`answers a close with the code ${code} in kind`, {}, async (server, trace) => {
    const peer = await open(server, trace);
    const closed = next(server.session(peer), "close");
    peer.ws.close(code, "bye");
    trace("wire", (await peer.closed).code);
    await closed;
  });
}

engineConformance(
  "answers a close with its code alone",
  { difference: "close-reason", ours: { wire: [{ code: 4000, reason: "" }] } },
  async (server, trace) => {
    const peer = await server.webSocket();
    peer.ws.close(4000, "bye");
    trace("wire", await peer.closed);
  },
);

for (const [what, value] of [
  ["a number", 12],
  ["zero", 0],
  ["a boolean", true],
  ["nothing", undefined],
  ["null", null],
] as const) {
  engineConformance(`sends ${what} as text`, {}, async (server, trace) => {
    const socket = await server.webSocket();
    const polling = await server.polling();
    for (const peer of [socket, polling]) {
      server.session(peer).send(value as never);
      trace("wire", await peer.next());
    }
  });
}

engineConformance(
  "takes the callback of a send in the place of options",
  { trap: 59 },
  async (server, trace) => {
    const peer = await open(server, trace);
    const sent = new Promise<void>((resolve) => {
      server.session(peer).send("a", (() => resolve()) as never);
    });
    trace("wire", await peer.next());
    await sent;
  },
);
