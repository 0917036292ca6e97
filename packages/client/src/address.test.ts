import { expect, test } from "vitest";
import { resolveAddress } from "./address.ts";

const page = { protocol: "https:", host: "page.com:8443", hostname: "page.com", port: "8443" } as Location;

test.each([
  ["http://h", undefined, "/", "http://h:80/socket.io"],
  ["http://h:80/", undefined, "/", "http://h:80/socket.io"],
  ["https://h/chat", undefined, "/chat", "https://h:443/socket.io"],
  ["ws://h/chat?x=1", undefined, "/chat", "ws://h:80/socket.io"],
  ["http://[::1]:3000/a", undefined, "/a", "http://[::1]:3000/socket.io"],
  ["h:3000", undefined, "/", "https://h:3000/socket.io"],
  [undefined, page, "/", "https://page.com:8443/socket.io"],
  ["/chat", page, "/chat", "https://page.com:8443/socket.io"],
  ["//other/chat", page, "/chat", "https://other:443/socket.io"],
])("%s names namespace and server", (uri, location, nsp, id) => {
  expect(resolveAddress(uri, "/socket.io", location)).toMatchObject({ nsp, id });
});

test("refuses to guess a server where there is no page", () => {
  expect(() => resolveAddress(undefined, "/socket.io")).toThrow(
    expect.objectContaining({ code: "ERR_INVALID_URI" }),
  );
  expect(() => resolveAddress("x".repeat(8001), "/socket.io")).toThrow("URI too long");
});
