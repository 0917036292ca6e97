// The published client, unmodified, against this engine; and the machine of Session under random input.

import { Socket as Client } from "engine.io-client";
import type { SocketOptions } from "engine.io-client";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EngineOptions } from "./options.ts";
import { systemClock } from "./clock.ts";
import { Harness, until } from "./testing/harness.ts";

async function connected(options: EngineOptions, clientOptions: Partial<SocketOptions>) {
  const h = await Harness.start({ clock: systemClock, ...options });
  const client = new Client(`ws://127.0.0.1:${h.port}`, clientOptions);
  const received: unknown[] = [];
  const closes: unknown[] = [];
  client.on("message", (data) => received.push(data));
  client.on("close", (reason) => closes.push(reason));
  client.on("error", () => {});
  await until(() => client.readyState === "open" && h.sessions.length > 0, "the client to open");
  const got: unknown[] = [];
  h.session.on("message", (data) => got.push(data));
  return {
    h,
    client,
    received,
    closes,
    got,
    async [Symbol.asyncDispose](): Promise<void> {
      client.close();
      await h[Symbol.asyncDispose]();
    },
  };
}

describe.each([
  ["polling only", { transports: ["polling"] }],
  ["websocket only", { transports: ["websocket"] }],
  ["polling, then websocket", { transports: ["polling", "websocket"] }],
] as const)("the published client, %s", (_name, { transports }) => {
  const options = { transports: [...transports] };

  test("exchanges text and binary messages in order, across an upgrade if there is one", async () => {
    await using c = await connected({}, options);
    const expected: unknown[] = [];
    for (let index = 0; index < 200; index++) {
      const data = index % 3 === 0 ? Buffer.from([index]) : `message ${index} €`;
      expected.push(data);
      c.h.session.send(data);
      c.client.send(data);
      if (index % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => c.received.length === 200 && c.got.length === 200, "all messages");
    expect(c.received).toEqual(expected);
    expect(c.got).toEqual(expected);
    if (transports.length === 2) await until(() => c.h.session.upgraded);
    expect(c.h.closes).toEqual([]);
  });

  test("answers pings", async () => {
    await using c = await connected({ pingInterval: 20, pingTimeout: 500 }, options);
    let beats = 0;
    c.h.session.on("heartbeat", () => beats++);
    await until(() => beats >= 3, "heartbeats");
    expect(c.h.closes).toEqual([]);
  });

  test("sees the server close, after everything that was sent", async () => {
    await using c = await connected({}, options);
    if (transports.length === 2) await until(() => c.h.session.upgraded);
    c.h.session.send("last");
    c.h.session.close();
    await until(() => c.closes.length === 1, "the close");
    expect(c.closes).toEqual(["transport close"]);
    expect(c.received).toEqual(["last"]);
    expect(c.h.closes).toEqual([["forced close", undefined]]);
  });

  test("closes", async () => {
    await using c = await connected({}, options);
    if (transports.length === 2) await until(() => c.h.session.upgraded);
    c.client.close();
    await until(() => c.h.closes.length === 1, "the close");
    expect(c.h.closes[0]?.[0]).toBe("transport close");
    expect(c.h.engine.clientsCount).toBe(0);
  });

  test("may send a megabyte less a little, and is told when it sends more", async () => {
    await using c = await connected({ maxHttpBufferSize: 100_000 }, options);
    if (transports.length === 2) await until(() => c.h.session.upgraded);
    c.client.send("x".repeat(99_999));
    await until(() => c.got.length === 1);
    const details: unknown[] = [];
    c.client.on("close", (_reason, detail) => details.push(detail));
    c.client.send("x".repeat(100_001));
    await until(() => details.length === 1, "the close");
    if (transports[0] === "polling" && transports.length === 1) {
      expect(c.closes).toEqual(["transport error"]);
      expect(details[0]).toMatchObject({ message: "xhr post error", description: 413 });
    } else {
      expect(c.closes).toEqual(["transport close"]);
      expect(details[0]).toMatchObject({
        description: "websocket connection closed",
        context: { code: 1009 },
      });
      expect(c.h.closes[0]?.[0]).toBe("transport error");
    }
  });

  test("survives closing while messages are under way", async () => {
    await using c = await connected({}, options);
    for (let index = 0; index < 50; index++) c.h.session.send(`${index}`);
    c.client.close();
    await until(() => c.h.closes.length === 1, "the close");
  });
});

test("the published client keeps every message when its session is upgraded under load", async () => {
  await using c = await connected({}, { transports: ["polling", "websocket"] });
  const called: number[] = [];
  let sent = 0;
  while (!c.h.session.upgraded || sent % 50 !== 0) {
    const number = sent++;
    c.h.session.send(`${number}`, () => called.push(number));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => c.received.length === sent && called.length === sent, "all messages");
  const expected = Array.from({ length: sent }, (_, index) => index);
  expect(c.received).toEqual(expected.map(String));
  expect(called).toEqual(expected);
});

test("whatever a peer sends on WebSocket, the session closes once or not at all, and the engine lives", async () => {
  await using h = await Harness.start({ maxHttpBufferSize: 1000 });
  const packet = fc.oneof(
    fc.constantFrom("", "0", "1", "2", "2probe", "3", "4", "5", "6", "7", "b", "bAA==", "4a"),
    fc.string(),
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(packet, { maxLength: 8 }), async (packets) => {
      const closed = h.closes.length;
      const peer = h.webSocket();
      await peer.has(1);
      for (const data of packets) peer.socket.send(data);
      peer.socket.close();
      await until(() => h.closes.length > closed, "the session to close");
      await peer.isClosed();
      expect(h.closes.length).toBe(closed + 1);
    }),
    { numRuns: 40 },
  );
  expect(h.engine.clientsCount).toBe(0);
});
