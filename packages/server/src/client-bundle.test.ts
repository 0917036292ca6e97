import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { createServer } from "node:http";
import type { Server as HttpServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ClientBundles } from "./client-bundle.ts";
import { Server } from "./server.ts";
import { fetchFrom, Live, next, portOf } from "./testing/http.ts";
import { VERSION } from "./version.ts";

const NAMES = ["socket.io.js", "socket.io.min.js", "socket.io.esm.min.js", "socket.io.msgpack.min.js"];
const ETAG = '"1.2.3"';

let folder: string;
let http: HttpServer;
let port: number;

// Files of our own, so that the tests do not depend on a build.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "bundles-"));
  mkdirSync(join(folder, "served"));
  writeFileSync(join(folder, "secret.js"), "secret");
  for (const name of NAMES.slice(0, 3)) {
    writeFileSync(join(folder, "served", name), `// ${name} ${"x".repeat(2000)}`);
    writeFileSync(join(folder, "served", `${name}.map`), `{"file":"${name}"}`);
  }
  const bundles = new ClientBundles("1.2.3", pathToFileURL(join(folder, "served/")));
  http = createServer((req, res) => {
    if (!bundles.handle("/socket.io", req, res)) res.writeHead(418).end();
  }).listen(0);
  await next(http, "listening");
  port = portOf(http);
});

afterAll(() => {
  http.close();
  rmSync(folder, { recursive: true });
});

describe("a bundle", () => {
  test.each(NAMES.slice(0, 3).flatMap((name) => [name, `${name}.map`]))("is served: %s", async (name) => {
    const { status, headers, body } = await fetchFrom(port, `/socket.io/${name}?v=1`);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "cache-control": "public, max-age=0",
      etag: ETAG,
      "content-type": `application/${name.endsWith(".map") ? "json" : "javascript"}; charset=utf-8`,
      vary: "Accept-Encoding",
    });
    expect(headers["content-encoding"]).toBeUndefined();
    expect(body.toString()).toContain(name.replace(".map", ""));
  });

  test.each([
    ["gzip", "gzip", gunzipSync],
    ["br", "br", brotliDecompressSync],
    ["deflate", "deflate", inflateSync],
    ["gzip,br,deflate", "gzip", gunzipSync],
    ["gzip;q=0.5, br;q=0.8", "br", brotliDecompressSync],
    ["gzip, deflate, br, zstd", "gzip", gunzipSync],
  ])("is compressed for who accepts %s", async (accepted, expected, decompress) => {
    const { headers, body } = await fetchFrom(port, "/socket.io/socket.io.js", {
      "accept-encoding": accepted,
    });
    expect(headers["content-encoding"]).toBe(expected);
    expect(headers["content-length"]).toBe(String(body.length));
    expect(decompress(body).toString()).toMatch(/^\/\/ socket\.io\.js x+$/);
  });

  test.each(["identity", "zstd", "gzip;q=0"])("is sent as it is to who accepts %s", async (accepted) => {
    const { headers } = await fetchFrom(port, "/socket.io/socket.io.js", { "accept-encoding": accepted });
    expect(headers["content-encoding"]).toBeUndefined();
  });

  test.each([ETAG, `W/${ETAG}`])("is not sent again to who has it (%s)", async (etag) => {
    const { status, headers, body } = await fetchFrom(port, "/socket.io/socket.io.js", {
      "if-none-match": etag,
    });
    expect([status, headers.etag, body.length]).toEqual([304, ETAG, 0]);
  });

  test("is sent to who has another", async () => {
    expect((await fetchFrom(port, "/socket.io/socket.io.js", { "if-none-match": '"0"' })).status).toBe(200);
  });

  test("has its headers told without its body", async () => {
    const { status, headers, body } = await fetchFrom(port, "/socket.io/socket.io.js", {}, "HEAD");
    expect([status, Number(headers["content-length"]) > 2000, body.length]).toEqual([200, true, 0]);
  });

  test("that is not there is said to be missing", async () => {
    const { status, body } = await fetchFrom(port, "/socket.io/socket.io.msgpack.min.js");
    expect([status, body.toString()]).toEqual([404, expect.stringContaining("build the client bundles")]);
  });
});

describe("nothing else is served", () => {
  test.each([
    "/socket.io/",
    "/socket.io/../secret.js",
    "/socket.io/%2e%2e/secret.js",
    "/socket.io/socket.io.jsx",
    "/socket.io/x/socket.io.js",
    "/other/socket.io.js",
    "/socket.io/?file=socket.io.js",
  ])("%s", async (path) => {
    expect((await fetchFrom(port, path)).status).toBe(418);
  });
});

describe("a server", () => {
  const get = async (live: Live, path: string, headers = {}): Promise<[number, unknown, unknown]> => {
    const { status, headers: got } = await fetchFrom(live.port, path, headers);
    return [status, got.etag, got["access-control-allow-origin"]];
  };

  // Served from what is built, or said to be missing: either way it is answered here and not by the engine.
  const answered = [expect.toSatisfy((status: number) => status === 200 || status === 404), `"${VERSION}"`];

  test("serves them below its path, with its version and its CORS headers", async () => {
    await using live = await Live.start({ path: "/x", cors: { origin: "https://a.example" } });
    expect(await get(live, "/x/socket.io.js", { origin: "https://a.example" })).toEqual([
      ...answered,
      "https://a.example",
    ]);
    const { headers } = await fetchFrom(live.port, "/x/socket.io.js", { origin: "https://a.example" });
    expect(headers.vary).toMatch(/^Origin, Accept-Encoding$|^Origin$/);
  });

  test("does not if told so, at construction, later or on attaching", async () => {
    await using live = await Live.start({ serveClient: false });
    expect((await get(live, "/socket.io/socket.io.js"))[0]).toBe(400);
    live.io.serveClient(true);
    expect(await get(live, "/socket.io/socket.io.js")).toEqual([...answered, undefined]);
    const server = createServer().listen(0);
    const io = new Server().attach(server, { serveClient: false });
    expect((await fetchFrom(portOf(server), "/socket.io/socket.io.js")).status).toBe(400);
    await io.close();
  });
});
