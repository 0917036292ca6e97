// The client bundles a server hands out to browsers.
import { existsSync } from "node:fs";
import { conformance, headersOf } from "./harness/index.ts";

// Made by the build; a fresh checkout has none.
const isSkipped = !existsSync(new URL("../../packages/server/client-dist/socket.io.js", import.meta.url));
const SERVES = { serveClient: true };
const FILES = ["socket.io.js", "socket.io.min.js", "socket.io.msgpack.min.js", "socket.io.esm.min.js"];

for (const file of FILES.flatMap((name) => [name, `${name}.map`])) {
  conformance(`serves ${file}`, { trap: 104, options: SERVES, isSkipped }, async (server, trace) => {
    const answer = await server.ask(`/socket.io/${file}`);
    trace("wire", answer.status, headersOf(answer, "content-type", "cache-control", "content-encoding"));
    trace(
      "body",
      answer.body.length > 1000,
      answer.body.includes(file.endsWith(".map") ? '"version":3' : "socket.io"),
    );
  });
}

for (const [accept, what] of [
  ["gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["gzip, br, deflate", "the first of equals"],
  ["deflate, gzip", "the first of equals, again"],
  ["gzip;q=0.5, br;q=0.9", "what is preferred"],
  ["identity", "nothing"],
  ["zstd", "nothing it knows"],
  ["*", "anything"],
] as const) {
  conformance(
    `compresses a bundle for a browser that takes ${what} (${accept})`,
    { trap: [21, 104], options: SERVES, isSkipped },
    async (server, trace) => {
      const answer = await server.ask("/socket.io/socket.io.min.js", {
        headers: { "Accept-Encoding": accept },
      });
      trace("wire", answer.status, headersOf(answer, "content-encoding", "content-type"));
    },
  );
}

conformance(
  "answers 304 to a browser that has the bundle",
  { trap: 104, options: SERVES, isSkipped },
  async (server, trace) => {
    const { headers } = await server.ask("/socket.io/socket.io.js");
    const etag = headers.etag ?? "";
    trace("etag", /^"[\w.-]+"$/.test(etag));
    for (const known of [etag, `W/${etag}`, '"other"', `"x", ${etag}`]) {
      const answer = await server.ask("/socket.io/socket.io.js", { headers: { "If-None-Match": known } });
      trace("wire", answer.status, answer.body.length > 0);
    }
  },
);

conformance(
  "says with a 304 how long the bundle may be kept",
  {
    options: SERVES,
    isSkipped,
    difference: "bundle-304-headers",
    ours: { wire: [304, { "cache-control": "public, max-age=0" }] },
  },
  async (server, trace) => {
    const { headers } = await server.ask("/socket.io/socket.io.js");
    const answer = await server.ask("/socket.io/socket.io.js", {
      headers: { "If-None-Match": headers.etag ?? "" },
    });
    trace("wire", answer.status);
    trace("wire", headersOf(answer, "cache-control"));
  },
);

conformance(
  "takes no notice of the query",
  { trap: 104, options: SERVES, isSkipped },
  async (server, trace) => {
    trace("wire", (await server.ask("/socket.io/socket.io.js?v=1")).status);
  },
);

for (const path of [
  "/socket.io/socket.io.jsx",
  "/socket.io/socket.io.css",
  "/socket.io/../package.json",
  "/socket.io/..%2fpackage.json",
  "/socket.io/socket.io.js/",
  "/socket.io/socket.io.js.map.map",
  "/socket.io/socket.io.min.jsmap",
  "/socket.io.js",
]) {
  conformance(
    `serves no other file: ${path}`,
    { trap: 104, options: SERVES, isSkipped },
    async (server, trace) => {
      trace("wire", (await server.ask(path)).status);
    },
  );
}

conformance(
  "serves below its own path",
  { trap: 104, options: { ...SERVES, path: "/custom" }, isSkipped },
  async (server, trace) => {
    trace(
      "wire",
      (await server.ask("/custom/socket.io.js")).status,
      (await server.ask("/socket.io/socket.io.js")).status,
    );
  },
);

conformance(
  "serves nothing when told not to",
  { trap: 104, options: { serveClient: false } },
  async (server, trace) => {
    const answer = await server.ask("/socket.io/socket.io.js");
    trace("wire", answer.status, answer.body);
  },
);

conformance(
  "puts CORS headers on bundles",
  { options: { ...SERVES, cors: { origin: "https://a.example" } }, isSkipped },
  async (server, trace) => {
    trace("wire", headersOf(await server.ask("/socket.io/socket.io.js"), "access-control-allow-origin"));
  },
);

conformance(
  "does not shadow the engine",
  { trap: 104, options: SERVES, isSkipped },
  async (server, trace) => {
    trace("wire", (await server.ask("/socket.io/?EIO=4&transport=polling")).status);
    trace("wire", (await server.ask("/socket.io/socket.io.js", { method: "POST" })).status);
  },
);
