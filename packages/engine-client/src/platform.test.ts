import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { systemClock } from "./clock.ts";
import { resolveEngineClientOptions } from "./options.ts";
import type { HttpResponse, PlatformModule } from "./platform-types.ts";
import * as browser from "./platform.browser.ts";
import * as node from "./platform.node.ts";

const PLATFORMS: [string, PlatformModule][] = [
  ["node", node],
  ["browser", browser],
];

/** Answers with what it was asked, or hangs on /hang. */
async function echoServer() {
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += chunk));
    request.on("end", () => {
      if (request.url === "/hang") return;
      response.writeHead(request.url === "/teapot" ? 418 : 200, { "set-cookie": "c=1" });
      response.end(JSON.stringify({ method: request.method, body, headers: request.headers }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function ask(platform: PlatformModule, uri: string, given: object = {}): Promise<HttpResponse> {
  const options = resolveEngineClientOptions(uri, { extraHeaders: { "x-mine": "1" } });
  const request = {
    method: "GET" as const,
    uri,
    body: undefined,
    timeoutMs: 0,
    options,
    clock: systemClock,
    cookies: undefined,
  };
  return new Promise((resolve) => void platform.request({ ...request, ...given }, resolve));
}

test.each(PLATFORMS)("%s: sends requests with headers and body", async (_, platform) => {
  await using server = await echoServer();
  const { status, responseText } = await ask(platform, `${server.url}/`, { method: "POST", body: "4€" });
  expect(status).toBe(200);
  expect(JSON.parse(responseText)).toMatchObject({
    method: "POST",
    body: "4€",
    headers: {
      "x-mine": "1",
      "content-length": "4",
      "content-type": expect.stringMatching(/^text\/plain;\s*charset=utf-8$/i),
    },
  });
  expect((await ask(platform, `${server.url}/teapot`)).status).toBe(418);
});

test.each(PLATFORMS)("%s: reports no answer as status 0 with the error", async (_, platform) => {
  expect(await ask(platform, "http://127.0.0.1:1/")).toMatchObject({
    status: 0,
    responseText: "",
    error: expect.any(Error),
  });
});

test.each(PLATFORMS)("%s: gives up after the timeout", async (_, platform) => {
  await using server = await echoServer();
  const response = await ask(platform, `${server.url}/hang`, { timeoutMs: 20 });
  expect(response.status).toBe(0);
  expect(response.error).toBeDefined();
});

test.each(PLATFORMS)("%s: converts bytes to the type asked for, exactly", (_, platform) => {
  const view = new Uint8Array([0, 1, 2, 3]).subarray(1, 3);
  expect(platform.toBinaryType(view, "arraybuffer")).toEqual(new Uint8Array([1, 2]).buffer);
  expect((platform.toBinaryType(view, "blob") as Blob).size).toBe(2);
});

test("node: refuses a bad header later, as every other failure", async () => {
  const uri = "http://127.0.0.1:1/";
  const options = resolveEngineClientOptions(uri, { extraHeaders: { bad: "line\nbreak" } });
  expect(await ask(node, uri, { options })).toMatchObject({ status: 0, error: { code: "ERR_INVALID_CHAR" } });
});

test("node: keeps cookies and sends them back", async () => {
  await using server = await echoServer();
  const cookies = node.createCookieJar(systemClock);
  await ask(node, `${server.url}/`, { cookies });
  const { responseText } = await ask(node, `${server.url}/`, { cookies });
  expect(JSON.parse(responseText).headers.cookie).toBe("c=1");
});
