// The MessagePack bundle as a server serves it, in a page: what a script tag gives is a client of that wire format.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { msgpackCodec } from "@sockeye/protocol/msgpack";
import { Server } from "@sockeye/server";
import { expect, test } from "vitest";
import { launchBrowser, missing } from "./harness.ts";

const reason = missing({ browser: true });

test.skipIf(reason !== undefined).each(["polling", "websocket"])(
  "the served MessagePack bundle talks to a MessagePack server over %s",
  { timeout: 60_000 },
  async (transport) => {
    const http = createServer((req, res) => {
      res.setHeader("content-type", "text/html");
      res.end(req.url === "/" ? '<script src="/socket.io/socket.io.msgpack.min.js"></script>' : "");
    });
    const io = new Server(http, { parser: msgpackCodec });
    const received: unknown[] = [];
    io.on("connection", (socket) =>
      socket.on("echo", (value, answer) => {
        received.push(value);
        answer(value);
      }),
    );
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`);
      const answer = await page.evaluate(async (name) => {
        const socket = (globalThis as any).io({ transports: [name], reconnection: false });
        const sent = {
          text: "\u00e9",
          date: new Date(7),
          bytes: new Uint8Array([1, 2, 255]),
          none: undefined,
        };
        const got = await socket.timeout(10_000).emitWithAck("echo", sent);
        return [got.text, got.date.getTime(), [...new Uint8Array(got.bytes)], "none" in got];
      }, transport);
      expect(answer).toEqual(["\u00e9", 7, [1, 2, 255], true]);
      expect(received).toEqual([
        { text: "\u00e9", date: new Date(7), bytes: Buffer.from([1, 2, 255]), none: undefined },
      ]);
    } finally {
      await browser.close();
      await io.close();
    }
  },
);
