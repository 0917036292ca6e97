import { beforeEach, describe, expect, test, vi } from "vitest";
import type * as websocketPackage from "@sockeye/websocket";

/** How often the package below was asked for what. */
const counts = { text: 0, binary: 0, deflated: 0 };

vi.mock("@sockeye/websocket", async (load) => {
  const real = await load<typeof websocketPackage>();
  const counted =
    <A extends unknown[], R>(name: keyof typeof counts, run: (...args: A) => R) =>
    (...args: A): R => {
      counts[name]++;
      return run(...args);
    };
  return {
    ...real,
    frameText: counted("text", real.frameText),
    frameBinary: counted("binary", real.frameBinary),
    frameDeflated: counted("deflated", real.frameDeflated),
  };
});

const { SharedMessage } = await import("./shared-message.ts");
const { Harness, until } = await import("./testing/harness.ts");

beforeEach(() => {
  counts.text = counts.binary = counts.deflated = 0;
});

describe("a shared message", () => {
  test("is one contiguous run of frames, text first", () => {
    const message = new SharedMessage(['51-["a"]', Buffer.from([1, 2])]);
    expect(message.wsFrames()).toEqual(
      Buffer.concat([Buffer.from([0x81, 9]), Buffer.from('451-["a"]'), Buffer.from([0x82, 2, 1, 2])]),
    );
  });

  test("is a run of packets on polling, binary in base64", () => {
    expect(new SharedMessage(["a", Buffer.from([1, 2, 3]), new Uint8Array([255])]).batchText()).toBe(
      "4a\x1ebAQID\x1eb/w==",
    );
    expect(new SharedMessage([""]).batchText()).toBe("4");
  });

  test("is text frames for peers without binary", () => {
    expect(new SharedMessage([Buffer.from([1, 2, 3])]).wsBase64Frames().subarray(2).toString()).toBe("bAQID");
  });

  test("sends exactly the bytes of a view", () => {
    const backing = new Uint8Array([0, 1, 2, 3]);
    const message = new SharedMessage([backing.subarray(1, 3)]);
    expect(message.wsFrames()).toEqual(Buffer.from([0x82, 2, 1, 2]));
    expect(message.batchText()).toBe("bAQI=");
    expect([...backing]).toEqual([0, 1, 2, 3]);
  });

  test("is made once per form, on first demand", () => {
    const message = new SharedMessage(["text", Buffer.from([1])]);
    expect(counts).toEqual({ text: 0, binary: 0, deflated: 0 });
    expect(message.wsFrames()).toBe(message.wsFrames());
    expect(message.wsBase64Frames()).toBe(message.wsBase64Frames());
    expect(message.batchText()).toBe(message.batchText());
    expect(counts).toEqual({ text: 3, binary: 1, deflated: 0 });
  });

  test("compresses the parts from the threshold on, once per agreement", () => {
    const agreed = { threshold: 100, serverMaxWindowBits: 15, level: 6, memLevel: 8, response: "" };
    const message = new SharedMessage(["x".repeat(1000), Buffer.alloc(10), Buffer.alloc(500)]);
    const frames = message.wsDeflatedFrames(agreed);
    expect(frames[0]).toBe(0xc1);
    expect(frames.length).toBeLessThan(100);
    expect(message.wsDeflatedFrames(agreed)).toBe(frames);
    expect(counts).toEqual({ text: 0, binary: 1, deflated: 2 });
    message.wsDeflatedFrames({ ...agreed, serverMaxWindowBits: 9 });
    expect(counts.deflated).toBe(4);
  });

  test("refuses what only browsers can send", () => {
    expect(() => new SharedMessage([new Blob(["x"])])).toThrow(
      expect.objectContaining({ code: "ERR_BLOB_UNSUPPORTED" }),
    );
  });
});

test("a message to many sessions is framed once for all of them", async () => {
  await using h = await Harness.start();
  const peers = Array.from({ length: 20 }, () => h.webSocket());
  for (const peer of peers) await peer.has(1);
  counts.text = counts.binary = 0;
  const message = new SharedMessage(["to all", Buffer.from([1])]);
  for (const session of h.sessions) session.sendMessage(message);
  await until(() => peers.every((peer) => peer.received.length === 3));
  expect(new Set(peers.map((peer) => String(peer.received[1])))).toEqual(new Set(["4to all"]));
  expect(counts).toEqual({ text: 1, binary: 1, deflated: 0 });
});

test("a ping to many sessions is not framed at all", async () => {
  await using h = await Harness.start();
  const peers = Array.from({ length: 5 }, () => h.webSocket());
  for (const peer of peers) await peer.has(1);
  counts.text = 0;
  h.clock.advance(25_200);
  await until(() => peers.every((peer) => peer.received[1] === "2"));
  expect(counts.text).toBe(0);
});
