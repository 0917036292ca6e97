import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SharedMessage } from "../shared-message.ts";

import { Harness, Peer, turn, until } from "../testing/harness.ts";
import type { Answer } from "../testing/harness.ts";
import type { EngineOptions } from "../options.ts";
import { WebSocket } from "ws";
import { revision3 } from "./v3.ts";

const BYTES = "application/octet-stream";

/** An engine that allows v3, and what a v3 client would ask of it. */
async function started(options: EngineOptions = {}, query = "") {
  const h = await Harness.start({ allowEIO3: true, ...options });
  const path = (sid?: string): string =>
    `/engine.io/?EIO=3&transport=polling${query}${sid === undefined ? "" : `&sid=${sid}`}`;
  return {
    h,
    open: () => h.request(path()),
    poll: (sid: string) => h.request(path(sid)),
    push: (sid: string, body: string | Buffer, type?: string): Promise<Answer> =>
      h.request(path(sid), {
        method: "POST",
        body,
        headers: type === undefined ? {} : { "content-type": type },
      }),
    async handshake(): Promise<string> {
      await h.request(path());
      return h.session.id;
    },
    webSocket(more = ""): Peer {
      const url = `ws://127.0.0.1:${h.port}/engine.io/?EIO=3&transport=websocket${query}${more}`;
      return new Peer(new WebSocket(url));
    },
    [Symbol.asyncDispose]: () => h[Symbol.asyncDispose](),
  };
}

describe("a v3 session on polling", () => {
  test("is opened with a payload of the same packet v4 has", async () => {
    await using s = await started();
    const { body, headers } = await s.open();
    const packet = `0{"sid":"${s.h.session.id}","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}`;
    expect(body).toBe(`${packet.length}:${packet}`);
    expect(headers["content-type"]).toBe("text/plain; charset=UTF-8");
    expect(s.h.session.protocol).toBe(3);
  });

  test.each(["", "abc", "04", "3"])("is what EIO=%s asks for", async (revision) => {
    await using h = await Harness.start({ allowEIO3: true });
    await h.request(`/engine.io/?EIO=${revision}&transport=polling`);
    expect(h.session.protocol).toBe(3);
  });

  test("does not change what EIO=4 asks for", async () => {
    await using h = await Harness.start({ allowEIO3: true });
    expect((await h.polling()).body).toMatch(/^0\{/);
    expect(h.session.protocol).toBe(4);
  });

  test("gets text in payloads whose lengths count UTF-16 units, and sends it so", async () => {
    await using s = await started();
    const sid = await s.handshake();
    const got: unknown[] = [];
    s.h.session.on("message", (data) => got.push(data));
    expect((await s.push(sid, "3:4\u{1f600}2:4€")).body).toBe("ok");
    expect(got).toEqual(["\u{1f600}", "€"]);
    s.h.session.send("\u{1f600}").send("€");
    expect((await s.poll(sid)).body).toBe("3:4\u{1f600}2:4€");
  });

  test("gets a binary payload as soon as there is binary, and may push one", async () => {
    await using s = await started();
    const sid = await s.handshake();
    const got: unknown[] = [];
    s.h.session.on("message", (data) => got.push(data));
    await s.push(sid, Buffer.from([1, 4, 255, 4, 1, 2, 3, 0, 2, 255, 0x34, 0x61]), BYTES);
    expect(got).toEqual([Buffer.from([1, 2, 3]), "a"]);
    s.h.session.send("€").send(Buffer.from([1, 2, 3]));
    const { bytes, headers } = await s.poll(sid);
    expect(headers["content-type"]).toBe(BYTES);
    expect(headers["content-length"]).toBe("14");
    expect(bytes).toEqual(Buffer.from([0, 4, 255, 0x34, 0xe2, 0x82, 0xac, 1, 4, 255, 4, 1, 2, 3]));
  });

  test("gets and sends base64 with b64", async () => {
    await using s = await started({}, "&b64=1");
    const sid = await s.handshake();
    const got: unknown[] = [];
    s.h.session.on("message", (data) => got.push(data));
    await s.push(sid, "10:b4AQIDBA==");
    expect(got).toEqual([Buffer.from([1, 2, 3, 4])]);
    s.h.session.send(Buffer.from([1, 2, 3, 4])).send("a");
    expect((await s.poll(sid)).body).toBe("10:b4AQIDBA==2:4a");
  });

  test("owns the bytes it is given", async () => {
    await using s = await started();
    const sid = await s.handshake();
    const got: Buffer[] = [];
    s.h.session.on("message", (data) => got.push(data as Buffer));
    await s.push(sid, Buffer.from([1, 2, 255, 4, 1, 1, 2, 255, 4, 2]), BYTES);
    got[0]?.fill(9);
    expect(got).toEqual([Buffer.from([9]), Buffer.from([2])]);
  });

  test.each([
    ["a payload without lengths", "4a", undefined, "ERR_PAYLOAD"],
    ["an empty payload", "", undefined, "ERR_PAYLOAD"],
    ["a payload that ends too soon", "9:4a", undefined, "ERR_PAYLOAD"],
    ["a length nobody can mean", `${"9".repeat(1000)}:4a`, undefined, "ERR_PAYLOAD"],
    ["a malformed binary payload", Buffer.from([7, 255]), BYTES, "ERR_PAYLOAD"],
    ["binary of another type", Buffer.from([1, 1, 255, 2]), BYTES, "ERR_PACKET_TYPE"],
    ["an unknown packet", "1:z", undefined, "ERR_PACKET_INVALID"],
    ["base64 of another type", "6:bAQIDB", undefined, "ERR_PACKET_INVALID"],
    ["malformed base64", "5:b4A*B", undefined, "ERR_PACKET_INVALID"],
  ])("is closed by %s", async (_what, body, type, code) => {
    await using s = await started();
    const sid = await s.handshake();
    expect((await s.push(sid, body, type)).status).toBe(400);
    expect(s.h.closes).toEqual([["parse error", expect.objectContaining({ code })]]);
  });

  test("delivers nothing of a malformed payload", async () => {
    await using s = await started();
    const sid = await s.handshake();
    const got: unknown[] = [];
    s.h.session.on("message", (data) => got.push(data));
    await s.push(sid, "2:4a2:4b5:4c");
    expect(got).toEqual([]);
  });

  test("hears the goodbye of its peer, and nothing behind it", async () => {
    await using s = await started();
    const sid = await s.handshake();
    const got: unknown[] = [];
    s.h.session.on("message", (data) => got.push(data));
    expect((await s.push(sid, "2:4a1:12:4b")).body).toBe("ok");
    expect(got).toEqual(["a"]);
    expect(s.h.closes[0]?.[0]).toBe("transport close");
  });

  test("says goodbye in a payload", async () => {
    await using s = await started();
    const sid = await s.handshake();
    s.h.session.close();
    expect((await s.poll(sid)).body).toBe("1:61:1");
    expect(s.h.closes).toEqual([["forced close", undefined]]);
  });

  test("counts what waits for it in bytes of the body", async () => {
    await using s = await started();
    await s.handshake();
    s.h.session.send("€");
    expect(s.h.session.bufferedBytes).toBe("2:4€".length + 2);
  });

  test("shows its packets to listeners", async () => {
    await using s = await started();
    const sid = await s.handshake();
    const packets: unknown[] = [];
    s.h.session.on("packet", (packet) => packets.push(packet));
    await s.push(sid, "2:4a6:b4AQID1:2");
    expect(packets).toEqual([
      { type: "message", data: "a" },
      { type: "message", data: Buffer.from([1, 2, 3]) },
      { type: "ping" },
    ]);
  });
});

describe("a v3 session on WebSocket", () => {
  test("sends text as v4 does, and binary behind its type", async () => {
    await using s = await started();
    const peer = s.webSocket();
    await peer.has(1);
    expect(peer.received[0]).toMatch(/^0\{/);
    const message = new SharedMessage(["text", Buffer.from([1, 2])]);
    s.h.session.sendMessage(message);
    s.h.session.send("only text");
    await peer.has(4);
    expect(peer.received.slice(1)).toEqual(["4text", Buffer.from([4, 1, 2]), "4only text"]);
  });

  test("shares the frames of v4 for text, and those of v3 among its kind for binary", () => {
    const text = new SharedMessage(["text"]);
    const binary = new SharedMessage([Buffer.from([1])]);
    const { framesOf } = revision3.webSocketFormat({});
    expect(framesOf?.(text)).toBeUndefined();
    expect(framesOf?.(binary)).toBe(framesOf?.(binary));
    expect(framesOf?.(binary)).not.toEqual(binary.wsFrames());
  });

  test("takes binary behind its type, and base64", async () => {
    await using s = await started();
    const peer = s.webSocket();
    await peer.has(1);
    const got: unknown[] = [];
    s.h.session.on("message", (data) => got.push(data));
    peer.socket.send("4text");
    peer.socket.send(Buffer.from([4, 1, 2]));
    peer.socket.send("b4AQI=");
    await until(() => got.length === 3);
    expect(got).toEqual(["text", Buffer.from([1, 2]), Buffer.from([1, 2])]);
  });

  test("sends base64 to a peer that asks for it", async () => {
    await using s = await started({}, "&b64=1");
    const peer = s.webSocket();
    await peer.has(1);
    s.h.session.sendMessage(new SharedMessage(["text", Buffer.from([1, 2])]));
    s.h.session.send("only text");
    await peer.has(4);
    expect(peer.received.slice(1)).toEqual(["4text", "b4AQI=", "4only text"]);
  });

  test.each([
    ["an empty frame", Buffer.alloc(0), "ERR_PACKET_EMPTY"],
    ["a frame of v4", Buffer.from([1, 2]), "ERR_PACKET_TYPE"],
  ])("is closed by binary without its type: %s", async (_what, frame, code) => {
    await using s = await started();
    const peer = s.webSocket();
    await peer.has(1);
    peer.socket.send(frame);
    await peer.isClosed();
    expect(s.h.closes).toEqual([["parse error", expect.objectContaining({ code })]]);
  });

  test("is reached by an upgrade, without loss, and speaks v3 there", async () => {
    await using s = await started();
    const sid = await s.handshake();
    const peer = s.webSocket(`&sid=${sid}`);
    await peer.isOpen();
    peer.socket.send("2probe");
    await peer.has(1);
    s.h.session.send(Buffer.from([7]));
    peer.socket.send("5");
    await peer.has(2);
    expect(peer.received).toEqual(["3probe", Buffer.from([4, 7])]);
    const got: unknown[] = [];
    s.h.session.on("message", (data) => got.push(data));
    peer.socket.send(Buffer.from([4, 8]));
    await until(() => got.length === 1);
    expect(got).toEqual([Buffer.from([8])]);
  });
});

describe("the heartbeat of a v3 session", () => {
  const options = { pingInterval: 1000, pingTimeout: 500 };

  test("is the peer's ping, answered with a pong; the server sends none", async () => {
    await using s = await started(options);
    const peer = s.webSocket();
    await peer.has(1);
    let beats = 0;
    s.h.session.on("heartbeat", () => beats++);
    for (let round = 1; round <= 3; round++) {
      s.h.clock.advance(1400);
      peer.socket.send("2");
      await peer.has(1 + round);
    }
    expect(peer.received.slice(1)).toEqual(["3", "3", "3"]);
    expect(beats).toBe(3);
    expect(s.h.closes).toEqual([]);
  });

  test("is answered on polling too", async () => {
    await using s = await started(options);
    const sid = await s.handshake();
    await s.push(sid, "1:2");
    expect((await s.poll(sid)).body).toBe("1:3");
  });

  test("ends the session when no ping came within interval and timeout, and not a moment before", async () => {
    await using s = await started(options);
    const peer = s.webSocket();
    await peer.has(1);
    s.h.clock.advance(1000);
    peer.socket.send("2");
    await peer.has(2);
    s.h.clock.advance(1499);
    expect(s.h.closes).toEqual([]);
    s.h.clock.advance(1);
    expect(s.h.closes).toEqual([["ping timeout", undefined]]);
  });

  test("answers a peer that does not listen once, however often it pings", async () => {
    await using s = await started(options);
    const sid = await s.handshake();
    await s.push(sid, "1:2".repeat(1000));
    await s.push(sid, "1:22:4a1:2");
    expect((await s.poll(sid)).body).toBe("1:3");
    await s.push(sid, "1:2");
    expect((await s.poll(sid)).body).toBe("1:3");
  });

  test("is not extended by messages", async () => {
    await using s = await started(options);
    const sid = await s.handshake();
    s.h.clock.advance(1400);
    await s.push(sid, "2:4a");
    s.h.clock.advance(100);
    expect(s.h.closes).toEqual([["ping timeout", undefined]]);
  });

  test("begins anew with an upgrade, and goes on after it", async () => {
    await using s = await started(options);
    const sid = await s.handshake();
    const peer = s.webSocket(`&sid=${sid}`);
    await peer.isOpen();
    s.h.clock.advance(1000);
    peer.socket.send("2probe");
    await peer.has(1);
    peer.socket.send("5");
    await until(() => s.h.session.upgraded);
    s.h.clock.advance(1499);
    expect(s.h.closes).toEqual([]);
    s.h.clock.advance(1);
    expect(s.h.closes).toEqual([["ping timeout", undefined]]);
  });

  test("takes a waiting answer along in an upgrade", async () => {
    await using s = await started(options);
    const sid = await s.handshake();
    const peer = s.webSocket(`&sid=${sid}`);
    await peer.isOpen();
    peer.socket.send("2probe");
    await peer.has(1);
    await s.push(sid, "1:2");
    peer.socket.send("5");
    await peer.has(2);
    expect(peer.received).toEqual(["3probe", "3"]);
    peer.socket.send("2");
    await peer.has(3);
    expect(peer.received[2]).toBe("3");
  });

  test("does not take a pong for a beat", async () => {
    await using s = await started(options);
    const sid = await s.handshake();
    await s.push(sid, "1:3");
    expect(s.h.closes).toEqual([
      ["transport error", expect.objectContaining({ code: "ERR_HEARTBEAT_DIRECTION" })],
    ]);
  });

  test("does not hold up that of v4 sessions of the same engine, and costs no timer of its own", async () => {
    await using s = await started(options);
    await s.handshake();
    const peer = s.h.webSocket();
    await peer.has(1);
    expect(s.h.clock.pending).toBe(1);
    s.h.clock.advance(1010);
    await peer.has(2);
    expect(peer.received[1]).toBe("2");
  });
});

describe("a request of a session in another revision", () => {
  test.each([
    [3, 4],
    [4, 3],
  ])("is refused: %s, then %s", async (first, second) => {
    await using s = await started();
    await s.h.request(`/engine.io/?EIO=${first}&transport=polling`);
    const answer = await s.h.request(`/engine.io/?EIO=${second}&transport=polling&sid=${s.h.session.id}`);
    expect(answer).toMatchObject({ status: 400, body: '{"code":3,"message":"Bad request"}' });
    expect(s.h.errors.at(-1)?.context).toEqual({
      name: "PROTOCOL_MISMATCH",
      protocol: second,
      previousProtocol: first,
    });
    expect(s.h.closes).toEqual([]);
  });

  test("does not upgrade it", async () => {
    await using s = await started();
    const peer = s.h.webSocket(`&sid=${await s.handshake()}`);
    await peer.isClosed();
    expect(s.h.session.upgrading).toBe(false);
  });
});

test("a compressed connection takes text compressed and binary as it is", async () => {
  await using h = await Harness.start({ allowEIO3: true, perMessageDeflate: { threshold: 0 } });
  const peer = new Peer(
    new WebSocket(`ws://127.0.0.1:${h.port}/engine.io/?EIO=3&transport=websocket`, {
      perMessageDeflate: true,
    }),
  );
  await peer.has(1);
  h.session.send("x".repeat(100)).send(Buffer.alloc(100, 7));
  await turn();
  await peer.has(3);
  expect(peer.received.slice(1)).toEqual([
    `4${"x".repeat(100)}`,
    Buffer.concat([Buffer.of(4), Buffer.alloc(100, 7)]),
  ]);
});

test("whatever a peer sends, the session closes once or not at all, and the engine lives", async () => {
  await using s = await started({ maxHttpBufferSize: 1000 });
  const text = fc.oneof(
    fc.constantFrom("", "0", "1", "2", "2probe", "3", "4", "5", "6", "7", "b", "b4", "b4AA==", "4a"),
    fc.string(),
  );
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.uint8Array({ max: 9 }),
    fc.constant(Uint8Array.of(1, 2, 255, 4, 7)),
  );
  const body = fc.oneof(
    fc.array(text).map((packets) => packets.map((packet) => `${packet.length}:${packet}`).join("")),
    text,
    bytes.map((content) => Buffer.from(content)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(body, { maxLength: 4 }),
      fc.array(fc.oneof(text, bytes)),
      async (bodies, frames) => {
        const before = s.h.closes.length;
        const sid = await s.handshake();
        for (const content of bodies) {
          const type = typeof content === "string" ? undefined : BYTES;
          // A session that is gone answers 400, one that is closed under the push breaks the connection.
          await s.push(sid, content, type).catch(() => {});
        }
        const peer = s.webSocket();
        await peer.has(1);
        for (const frame of frames) peer.socket.send(frame);
        peer.socket.close();
        await peer.isClosed();
        s.h.engine.clients[sid]?.close(true);
        await until(() => s.h.closes.length === before + 2);
      },
    ),
    { numRuns: 40 },
  );
  expect(s.h.engine.clientsCount).toBe(0);
  expect(s.h.errors.every(({ code }) => code === 1)).toBe(true);
});
