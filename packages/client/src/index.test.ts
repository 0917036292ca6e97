import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, expectTypeOf, test } from "vitest";
import * as client from "./index.ts";
import type { Socket } from "./index.ts";

test("the function is every entry point and carries the rest", () => {
  const { io } = client;
  expect([client.connect, client.default, io.io, io.connect, io.default]).toEqual([io, io, io, io, io]);
  expect(io.Manager).toBe(client.Manager);
  expect(io.Socket).toBe(client.Socket);
  expect([io.protocol, client.protocol]).toEqual([5, 5]);
});

// From the build, in a process of its own: `require` takes no TypeScript, and the test runner prefers sources.
test.skipIf(!existsSync(new URL("../dist/index.js", import.meta.url)))(
  "CommonJS gets the function itself",
  () => {
    const script =
      'const c = require("@sockeye/client"); console.log(typeof c, c.io === c, typeof c.Manager, c.protocol)';
    const output = execFileSync(process.execPath, ["-e", script], {
      cwd: fileURLToPath(new URL("..", import.meta.url)),
      env: { ...process.env, NODE_OPTIONS: "--no-warnings" },
      encoding: "utf8",
    });
    expect(output.trim()).toBe("function true function 5");
  },
);

interface ServerEvents {
  news: (headline: string, n: number) => void;
  ask: (question: string, answer: (yes: boolean) => void) => void;
}
interface ClientEvents {
  hello: (name: string) => void;
  sum: (a: number, b: number, result: (sum: number) => void) => void;
}

test("events are typed in both directions", () => {
  const typed = (socket: Socket<ServerEvents, ClientEvents>) => {
    socket.on("news", (headline, n) => {
      expectTypeOf(headline).toBeString();
      expectTypeOf(n).toBeNumber();
    });
    socket.on("ask", (_, answer) => answer(true));
    socket.on("connect_error", (error) => expectTypeOf(error.message).toBeString());
    socket.on("disconnect", (reason) => expectTypeOf(reason).toExtend<string>());
    socket.emit("hello", "you");
    expectTypeOf(socket.emit<"hello">).parameters.toEqualTypeOf<["hello", string]>();
    expectTypeOf<"nope">().not.toExtend<Parameters<typeof socket.emit>[0]>();
    socket.timeout(5).emit("sum", 1, 2, (error, sum) => {
      expectTypeOf(error).toEqualTypeOf<Error>();
      expectTypeOf(sum).toBeNumber();
    });
    expectTypeOf(socket.emitWithAck("sum", 1, 2)).resolves.toBeNumber();
    expectTypeOf(socket.timeout(5).emitWithAck("sum", 1, 2)).resolves.toBeNumber();
    const untyped: Socket = client.io("http://h");
    untyped.emit("anything", 1, () => {});
    untyped.on("anything", (..._args) => {});
  };
  expect(typed).toBeTypeOf("function");
});
