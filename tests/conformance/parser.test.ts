// Socket.IO packets on the wire, in both directions, well formed and not.
import { conformance, next } from "./harness/index.ts";
import type { IoHost, Trace } from "./harness/index.ts";

type Joined = Awaited<ReturnType<IoHost["joined"]>>;

/** A joined peer; what the socket hears, and how it ends, is noted. */
async function listening(server: IoHost, trace: Trace, nsp = "/"): Promise<Joined> {
  const [peer, socket] = await server.joined(nsp);
  socket.onAny((...event: unknown[]) => trace("events", ...event));
  socket.on("disconnect", (reason) => trace("ended", reason));
  return [peer, socket];
}

const READ: readonly [what: string, ...packets: (string | Buffer)[]][] = [
  ["an event without arguments", '42["a"]'],
  ["an event with arguments of all kinds", '42["a",1,"two",null,true,[3],{"four":5},{"é€😀":"\\u2028"}]'],
  ["an event with a number for a name", '42[1,"a"]'],
  ["an event with an empty name", '42[""]'],
  ["an event with the name __proto__", '42["__proto__",{"__proto__":1}]'],
  ["an event with the name error", '42["error","oh"]'],
  ["an event with the name connection", '42["connection"]'],
  ["an event that looks like a placeholder", '42["a",{"_placeholder":true,"num":0}]'],
  ["a binary event", '451-["a",{"_placeholder":true,"num":0}]', Buffer.from([1, 2])],
  [
    "a binary event with an attachment twice",
    '451-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]',
    Buffer.from([1]),
  ],
  [
    "a binary event with attachments out of order",
    '452-["a",{"_placeholder":true,"num":1},{"x":{"_placeholder":true,"num":0}}]',
    Buffer.from([1]),
    Buffer.from([2]),
  ],
  ["a binary event with an empty attachment", '451-["a",{"_placeholder":true,"num":0}]', Buffer.alloc(0)],
  [
    "a binary event with ten attachments",
    `4510-["a"]`,
    ...Array.from({ length: 10 }, (_, index) => Buffer.from([index])),
  ],
  ["a binary event with an attachment in base64", '451-["a",{"_placeholder":true,"num":0}]', "bAQI="],
  ["white space in the data", '42[ "a" , 1 ]'],
];
for (const [what, ...packets] of READ) {
  conformance(`reads ${what}`, { trap: [70] }, async (server, trace) => {
    const [peer] = await listening(server, trace);
    await peer.send(...packets);
    trace("wire", await peer.barrier());
  });
}

for (const nsp of ["/", "/chat", "/a-b/c d", "/é"]) {
  conformance(
    `reads events, acknowledgements and binary events of the namespace ${nsp}`,
    {},
    async (server, trace) => {
      server.io.of(nsp);
      const [peer, socket] = await listening(server, trace, nsp);
      const prefix = nsp === "/" ? "" : `${nsp},`;
      socket.on("ask", (...args: any[]) => args.pop()("answer", Buffer.from([9])));
      await peer.send(
        `42${prefix}["a"]`,
        `451-${prefix}["b",{"_placeholder":true,"num":0}]`,
        Buffer.from([1]),
      );
      await peer.send(`42${prefix}7["ask",1]`);
      trace("wire", await peer.barrier());
    },
  );
}

// Malformed: [what, the packets, the traps]
const MALFORMED: readonly [what: string, packets: (string | Buffer)[], trap: number][] = [
  ["an unknown packet type", ["4999"], 71],
  ["a packet type that is no digit", ["4abc"], 71],
  ["an event that is no JSON", ['42["a"'], 71],
  ["an event whose data is an object", ["42{}"], 68],
  ["an event whose data is a text", ['42"a"'], 68],
  ["an event whose data is an empty list", ["42[]"], 68],
  ["an event named by an object", ['42[{"toString":"foo"}]'], 68],
  ["an event named by a list", ['42[["a"]]'], 68],
  ["an event named by null", ["42[null]"], 68],
  ["an event named by a boolean", ["42[true]"], 68],
  ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"].map(
    (name): [string, string[], number] => [`an event with the reserved name ${name}`, [`42["${name}"]`], 68],
  ),
  ["an acknowledgement whose data is an object", ["430{}"], 68],
  ["a disconnect with data", ["41{}"], 75],
  ["a connect with a text for data", ['40/other,"a"'], 75],
  ["a connect with a list for data", ["40/other,[]"], 75],
  ["a connect with broken data", ["40/other,{"], 75],
  ["a binary event without a count", ["45"], 71],
  ["a binary event with a count alone", ["451"], 71],
  ["a binary event with a dash alone", ["45-"], 71],
  ["a binary event with a word for a count", ["45woooot"], 71],
  ["a binary event with a negative count", ['45-1-["a"]'], 69],
  ["a binary event with a broken count", ['451.5-["a"]'], 69],
  ["a binary event with eleven attachments", ['4511-["a"]'], 69],
  ["a binary event with very many attachments", ['4599999999999-["a"]'], 69],
  ["a text where an attachment is due", ['451-["a",{"_placeholder":true,"num":0}]', '42["b"]'], 72],
  ["an attachment nobody announced", [Buffer.from([1])], 72],
  [
    "one attachment too many",
    ['451-["a",{"_placeholder":true,"num":0}]', Buffer.from([1]), Buffer.from([2])],
    72,
  ],
  ["a placeholder out of range", ['451-["a",{"_placeholder":true,"num":1}]', Buffer.from([1])], 70],
  ["a negative placeholder", ['451-["a",{"_placeholder":true,"num":-1}]', Buffer.from([1])], 70],
  ["a placeholder that is a text", ['451-["a",{"_placeholder":true,"num":"0"}]', Buffer.from([1])], 70],
  [
    "a placeholder that is a method",
    ['451-["a",{"_placeholder":true,"num":"splice"}]', Buffer.from([1])],
    70,
  ],
  ["a placeholder without a number", ['451-["a",{"_placeholder":true}]', Buffer.from([1])], 70],
];
const ADVISORIES: Readonly<Record<number, string>> = {
  68: "CVE-2023-32695",
  69: "CVE-2026-33151",
  70: "CVE-2022-2421",
};
for (const [what, packets, trap] of MALFORMED) {
  const cve = ADVISORIES[trap];
  conformance(
    `closes on ${what}, and tells the socket`,
    { trap, ...(cve !== undefined && { cve }) },
    async (server, trace) => {
      server.io.of("/other");
      const [peer, socket] = await listening(server, trace);
      let errors = 0;
      socket.on("error", () => (errors += 1));
      await peer.send(...packets, '42["after"]');
      const { packets: wire } = await peer.rest();
      await server.empty();
      trace("wire", wire);
      trace("errors", errors > 0);
    },
  );
}

conformance(
  "closes on a malformed packet also when nobody listens for errors",
  { trap: 78, cve: "CVE-2024-38355" },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    socket.on("disconnect", (reason) => trace("ended", reason));
    await peer.send("4abc");
    trace("wire", (await peer.rest()).packets);
    await server.empty();
  },
);

conformance(
  "closes on a malformed packet before anything was joined",
  { trap: 71 },
  async (server, trace) => {
    const peer = await server.webSocket();
    await peer.send("4abc");
    trace("wire", (await peer.rest()).packets);
  },
);

conformance(
  "takes a malformed packet over polling for a goodbye to the next poll",
  { trap: [31, 79] },
  async (server, trace) => {
    const [peer, socket] = await server.joinedPolling();
    socket.on("disconnect", (reason) => trace("ended", reason));
    await peer.push("4abc").catch(() => {});
    const { status, body } = await peer.poll();
    trace("wire", status, body);
    await server.empty();
  },
);

conformance("drops half a packet when the connection ends", { trap: 72 }, async (server, trace) => {
  const [peer] = await listening(server, trace);
  await peer.send('451-["a",{"_placeholder":true,"num":0}]');
  peer.ws.close();
  await server.empty();
  const [, other] = await server.joined();
  trace("others", other.connected);
});

conformance(
  "closes on an event without data",
  { difference: "event-without-data", ours: { ended: ["forced close"], wire: ["closed"] } },
  async (server, trace) => {
    const [peer] = await listening(server, trace);
    await peer.send("42");
    trace("wire", await peer.barrier().catch(() => "closed"));
  },
);

conformance(
  "closes on an acknowledgement without an id",
  { trap: 76, difference: "ack-without-id", ours: { ended: ["forced close"], wire: ["closed"] } },
  async (server, trace) => {
    const [peer] = await listening(server, trace);
    await peer.send('43["a"]');
    trace("wire", await peer.barrier().catch(() => "closed"));
  },
);

// Written

class Pair {
  left = 1;
  right = Buffer.from([1]);
}

const WRITTEN: readonly [what: string, count: number, args: () => unknown[], trap?: number][] = [
  ["values of all kinds", 1, () => [1, "two", null, true, [3], { four: 5 }, "é€😀"]],
  ["undefined and functions inside values", 1, () => [undefined, [undefined], { a: undefined, b: () => 1 }]],
  ["a Date", 1, () => [new Date(0), { at: new Date(1) }], 74],
  ["a value with toJSON", 1, () => [{ toJSON: () => "mine" }], 74],
  ["NaN and Infinity", 1, () => [Number.NaN, Number.POSITIVE_INFINITY]],
  ["a Buffer", 2, () => [Buffer.from([1, 2])], 73],
  [
    "Buffers at several depths, in order",
    4,
    () => [Buffer.from([1]), { a: [Buffer.from([2])], b: { c: Buffer.from([3]) } }],
    73,
  ],
  ["the same Buffer twice", 3, () => [Buffer.from([1]), Buffer.from([1])]],
  ["an ArrayBuffer", 2, () => [Uint8Array.of(1, 2).buffer], 60],
  ["a Uint8Array on a larger buffer", 2, () => [Uint8Array.of(0, 1, 2, 3).subarray(1, 3)], 60],
  ["an Int16Array", 2, () => [Int16Array.of(1, 2)], 60],
  ["a DataView", 2, () => [new DataView(Uint8Array.of(1, 2, 3).buffer, 1, 1)], 60],
  ["an empty Buffer", 2, () => [Buffer.alloc(0)]],
  ["an instance of a class with binary", 2, () => [new Pair()], 74],
  ["a Date beside binary", 2, () => [new Date(0), Buffer.from([1])], 74],
  [
    "an object without a prototype beside binary",
    2,
    () => [Object.assign(Object.create(null), { a: Buffer.from([1]) })],
    74,
  ],
  ["what toJSON gives, with binary", 2, () => [{ toJSON: () => ({ b: Buffer.from([1]) }) }], 74],
  [
    "own keys only, beside binary",
    2,
    () => [Object.assign(Object.create({ inherited: 1 }), { own: Buffer.from([1]) })],
    74,
  ],
  ["null and undefined beside binary", 2, () => [null, undefined, Buffer.from([1]), { a: undefined }]],
];
for (const [what, count, args, trap = 73] of WRITTEN) {
  conformance(`writes ${what}, and leaves the arguments alone`, { trap }, async (server, trace) => {
    const [peer, socket] = await server.joined();
    const given = args();
    socket.emit("ev", ...given);
    trace("wire", ...(await peer.take(count)));
    server.io.emit("ev", ...given);
    trace("broadcast", ...(await peer.take(count)));
    trace("arguments", given);
  });
}

conformance(
  "writes a key named __proto__ beside binary",
  {
    trap: 74,
    difference: "proto-key",
    ours: { wire: ['451-["ev",{"__proto__":{"a":1}},{"_placeholder":true,"num":0}]', "<bytes 01>"] },
  },
  async (server, trace) => {
    const [peer, socket] = await server.joined();
    socket.emit("ev", JSON.parse('{"__proto__":{"a":1}}'), Buffer.from([1]));
    for (const packet of await peer.take(2)) trace("wire", packet);
  },
);

conformance("writes the namespace only if it is not the main one", {}, async (server, trace) => {
  server.io.of("/chat");
  const peer = await server.webSocket();
  trace("wire", await peer.join(), await peer.join("/chat"));
  server.io.emit("a");
  server.io.of("/chat").emit("b", Buffer.from([1]));
  trace("wire", await peer.take(3));
});

conformance("counts acknowledgement ids from 0 and per namespace", { trap: 76 }, async (server, trace) => {
  server.io.of("/chat");
  const [peer, socket] = await server.joined();
  const [other, second] = await server.joined("/chat");
  socket.emit("a", () => {});
  socket.emit("b", () => {});
  second.emit("c", () => {});
  server.io.timeout(1000).emit("d", () => {});
  trace("wire", await peer.take(3), await other.next());
});

conformance("takes an answer to id 0", { trap: 76 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  const answered = new Promise<void>((resolve) => {
    socket.emit("ask", (...answer: unknown[]) => {
      trace("answer", answer);
      resolve();
    });
  });
  trace("wire", await peer.next());
  await peer.send('430["yes",1]');
  await answered;
});

conformance("answers id 0", { trap: 76 }, async (server, trace) => {
  const [peer, socket] = await server.joined();
  socket.on("ask", (answer: (...args: unknown[]) => void) => answer("yes", null, undefined));
  await peer.send('420["ask"]');
  trace("wire", await peer.next());
});

conformance("reads an answer with binary", {}, async (server, trace) => {
  const [peer, socket] = await server.joined();
  const answered = new Promise<void>((resolve) => {
    socket.emit("ask", (...answer: unknown[]) => {
      trace("answer", answer);
      resolve();
    });
  });
  await peer.next();
  await peer.send('461-0[{"_placeholder":true,"num":0}]', Buffer.from([1]));
  await answered;
});

conformance("sends a packet with attachments over polling in base64", {}, async (server, trace) => {
  const [peer, socket] = await server.joinedPolling();
  socket.emit("ev", Buffer.from([1, 2, 3]), "é");
  trace("wire", (await peer.poll()).body);
  socket.onAny((...event: unknown[]) => trace("events", ...event));
  await peer.send('451-["ev",{"_placeholder":true,"num":0}]', Buffer.from([7]));
  await peer.barrier();
});

conformance(
  "goes on with other connections after a malformed packet",
  { trap: 71 },
  async (server, trace) => {
    const [bad] = await server.joined();
    const [good, socket] = await server.joined();
    const closed = next(bad.ws, "close");
    await bad.send("4abc");
    await closed;
    socket.emit("still here");
    trace("wire", await good.next());
  },
);
