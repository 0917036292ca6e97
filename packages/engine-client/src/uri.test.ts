import { describe, expect, test } from "vitest";
import { decodeQuery, encodeQuery, parseUri } from "./uri.ts";

const page = { protocol: "https:", host: "woot.com:8080", hostname: "woot.com", port: "8080" };

describe("parseUri", () => {
  test.each([
    ["http://localhost", "http", "localhost", "80", "", ""],
    ["https://localhost/", "https", "localhost", "443", "/", ""],
    ["ws://localhost:3000/ns", "ws", "localhost", "3000", "/ns", ""],
    ["wss://h/a/b?x=1&y=2#z", "wss", "h", "443", "/a/b", "x=1&y=2"],
    ["HTTP://h", "http", "h", "80", "", ""],
    ["http://[::1]:3000/n", "http", "[::1]", "3000", "/n", ""],
    ["http://[::1]", "http", "[::1]", "80", "", ""],
    ["http://user:pass@h:1/", "http", "h", "1", "/", ""],
    ["http://h?token=%20a", "http", "h", "80", "", "token=%20a"],
    ["http://h/chat room/é", "http", "h", "80", "/chat room/é", ""],
    ["http://h/a@b:c", "http", "h", "80", "/a@b:c", ""],
    ["//h/x", "https", "h", "443", "/x", ""],
    ["h:3000/x", "https", "h", "3000", "/x", ""],
    ["localhost", "https", "localhost", "443", "", ""],
  ])("reads %s", (uri, protocol, host, port, path, query) => {
    expect(parseUri(uri)).toMatchObject({ protocol, host, port, path, query });
  });

  test("takes host and protocol of the page where the URI has none", () => {
    expect(parseUri("/ns", page)).toMatchObject({
      protocol: "https",
      host: "woot.com",
      port: "8080",
      path: "/ns",
    });
    expect(parseUri("//other/ns", page)).toMatchObject({ protocol: "https", host: "other", port: "443" });
    expect(parseUri("other:81", { ...page, protocol: "http:" })).toMatchObject({
      protocol: "http",
      port: "81",
    });
  });

  test("refuses a URI of more than 8000 characters", () => {
    expect(() => parseUri(`http://${"a".repeat(8000)}`)).toThrow("URI too long");
  });

  test.each(["", "/ns", "http://", "http://:80", "http://h:x"])("refuses %j without a page", (uri) => {
    expect(() => parseUri(uri)).toThrow(expect.objectContaining({ code: "ERR_INVALID_URI" }));
  });

  test("stays linear on hostile input", () => {
    expect(() => parseUri(`http://${"[".repeat(7000)}`)).not.toThrow();
    expect(() => parseUri(`http://${"@:".repeat(3900)}`)).toThrow();
  });
});

test("query strings survive a round trip, special characters included", () => {
  const query = { a: "1", "b&": "c=d", e: "ü ?+%" };
  expect(decodeQuery(encodeQuery(query))).toEqual(query);
  expect(encodeQuery({ a: 1, b: true, c: "x y" })).toBe("a=1&b=true&c=x+y");
});
