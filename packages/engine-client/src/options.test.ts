import { describe, expect, test } from "vitest";
import { ENGINE_CLIENT_DEFAULTS, optionsFor, resolveEngineClientOptions } from "./options.ts";

const page = { protocol: "https:", host: "page.com:8443", hostname: "page.com", port: "8443" };

describe("resolveEngineClientOptions", () => {
  test.each([
    [
      "a URI",
      "http://h:3000/ns?a=1",
      {},
      undefined,
      { hostname: "h", port: "3000", secure: false, query: { a: "1" } },
    ],
    ["a secure URI", "wss://h", {}, page, { hostname: "h", port: "443", secure: true }],
    [
      "a URI over options",
      "http://h",
      { hostname: "x", port: 1, secure: true },
      undefined,
      { hostname: "h", port: "80" },
    ],
    ["options", undefined, { hostname: "h", port: 81 }, page, { hostname: "h", port: "81", secure: true }],
    [
      "options without port",
      undefined,
      { hostname: "h", secure: false },
      page,
      { hostname: "h", port: "80" },
    ],
    ["host with port", undefined, { host: "h:90" }, undefined, { hostname: "h", port: "90", secure: false }],
    ["an IPv6 host name", undefined, { hostname: "[::1]" }, undefined, { hostname: "[::1]" }],
    ["the page", undefined, {}, page, { hostname: "page.com", port: "8443", secure: true }],
    ["nothing", undefined, {}, undefined, { hostname: "localhost", port: "80", secure: false }],
  ])("finds the server from %s", (_, uri, given, location, expected) => {
    expect(resolveEngineClientOptions(uri, given, location)).toMatchObject(expected);
  });

  test("fills in the defaults, also for undefined, and leaves the caller's objects alone", () => {
    const given = Object.freeze({
      path: undefined,
      transports: Object.freeze(["websocket"]),
      query: Object.freeze({ a: 1 }),
    });
    const resolved = resolveEngineClientOptions("http://h", given);
    expect(resolved).toMatchObject({
      path: "/engine.io/",
      upgrade: true,
      timestampParam: "t",
      transports: ["websocket"],
    });
    expect(resolved.transports).not.toBe(given.transports);
    expect(Object.isFrozen(resolved)).toBe(true);
    expect(ENGINE_CLIENT_DEFAULTS.transports).toEqual(["polling", "websocket"]);
  });

  test.each([
    ["/a/", true, "/a/"],
    ["/a", true, "/a/"],
    ["/a/", false, "/a"],
  ])("normalises the path %s with addTrailingSlash %s", (path, addTrailingSlash, expected) => {
    expect(resolveEngineClientOptions("http://h", { path, addTrailingSlash }).path).toBe(expected);
  });

  test.each([
    ["transports", "websocket"],
    ["path", 5],
  ])("refuses %s of the wrong type", (name, value) => {
    expect(() => resolveEngineClientOptions("http://h", { [name]: value })).toThrow(
      expect.objectContaining({
        code: "ERR_INVALID_OPTION",
        message: expect.stringContaining(`${name} must be`),
      }),
    );
  });

  test("takes the query as text too, and joins it with the URI's", () => {
    expect(resolveEngineClientOptions("http://h?a=1&b=2", { query: "?b=3&c=%20" }).query).toEqual({
      a: "1",
      b: "3",
      c: " ",
    });
  });
});

test("options of one transport win over the common ones", () => {
  const resolved = resolveEngineClientOptions("http://h", {
    extraHeaders: { a: "1" },
    query: { q: 1 },
    transportOptions: { polling: { extraHeaders: { b: "2" }, requestTimeout: 5 } },
  });
  expect(optionsFor(resolved, "polling")).toMatchObject({
    extraHeaders: { b: "2" },
    requestTimeout: 5,
    query: { q: 1 },
  });
  expect(optionsFor(resolved, "websocket")).toBe(resolved);
});
