import { createServer } from "node:http";
import { expect, test } from "vitest";
import * as server from "./index.ts";

test("the public list is this", () => {
  expect(Object.keys(server).toSorted()).toEqual([
    "AckTimeoutError",
    "BroadcastOperator",
    "Namespace",
    "ParentNamespace",
    "SERVER_DEFAULTS",
    "SERVER_ERRORS",
    "SERVER_WARNINGS",
    "Server",
    "ServerError",
    "Socket",
    "isServerError",
    "module.exports",
  ]);
});

test("CommonJS code gets a function that makes a server, and carries everything else", async () => {
  const { "module.exports": required, ...named } = server;
  expect({ ...required }).toEqual(named);
  const http = createServer();
  const io = required(http, { path: "/x" });
  expect(io).toBeInstanceOf(server.Server);
  expect(io.httpServer).toBe(http);
  expect(io.path()).toBe("/x");
  expect(required()).toBeInstanceOf(server.Server);
  await io.close();
});
