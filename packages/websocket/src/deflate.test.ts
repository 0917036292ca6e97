/** The ground of Autobahn sections 12 and 13: permessage-deflate without context takeover. */
import { randomBytes } from "node:crypto";
import { constants, deflateRawSync, inflateRawSync } from "node:zlib";
import { describe, expect, test, vi } from "vitest";
import {
  DEFLATE_DEFAULTS,
  type DeflateOptions,
  type NegotiatedDeflate,
  negotiateDeflate,
  resolveDeflateOptions,
} from "./deflate.ts";
import { frameDeflated } from "./frame-writer.ts";
import { parseExtensions } from "./header-lists.ts";
import { binary, byteByByte, continuation, ping, text } from "./testing/client-frames.ts";
import { type OpenEndpoint, openEndpoint } from "./testing/open-endpoint.ts";

function negotiate(header: string, options: DeflateOptions = {}): NegotiatedDeflate | undefined {
  const resolved = resolveDeflateOptions(options);
  return resolved === false ? undefined : negotiateDeflate(parseExtensions(header) ?? [], resolved);
}

function agreed(options: DeflateOptions = {}): NegotiatedDeflate {
  const deflate = negotiate("permessage-deflate", options);
  if (deflate === undefined) throw new Error("not negotiated");
  return deflate;
}

async function open(options: { maxMessageBytes?: number; threshold?: number } = {}): Promise<OpenEndpoint> {
  return openEndpoint({
    maxMessageBytes: options.maxMessageBytes ?? 0,
    deflate: agreed({ threshold: options.threshold }),
  });
}

/** As a client compresses: a sync flush, its tail cut off. */
function compress(payload: string | Uint8Array): Buffer {
  return deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

function decompress(payload: Uint8Array): Buffer {
  return inflateRawSync(Buffer.concat([payload, Buffer.from([0, 0, 0xff, 0xff])]), {
    finishFlush: constants.Z_SYNC_FLUSH,
  });
}

const RSV1 = { rsv: 4 };

describe("negotiation", () => {
  const base = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

  test.each([
    ["permessage-deflate", base],
    ["permessage-deflate; client_max_window_bits", base],
    ["permessage-deflate; client_max_window_bits=10", base],
    ["permessage-deflate; server_no_context_takeover; client_no_context_takeover", base],
    ["permessage-deflate; server_max_window_bits=15", base],
    ["permessage-deflate; server_max_window_bits=10", `${base}; server_max_window_bits=10`],
    ['permessage-deflate; server_max_window_bits="9"', `${base}; server_max_window_bits=9`],
    ["x-webkit-deflate-frame, permessage-deflate", base],
    ["permessage-deflate; server_max_window_bits=8, permessage-deflate", base],
    ["permessage-deflate; unknown, permessage-deflate; client_max_window_bits", base],
  ])("answers %s", (offer, response) => {
    expect(negotiate(offer)?.response).toBe(response);
  });

  test.each([
    "permessage-bzip2",
    "permessage-deflate; unknown",
    "permessage-deflate; server_max_window_bits",
    "permessage-deflate; server_max_window_bits=7",
    "permessage-deflate; server_max_window_bits=08",
    "permessage-deflate; server_max_window_bits=16",
    "permessage-deflate; server_max_window_bits=8",
    "permessage-deflate; client_max_window_bits=16",
    "permessage-deflate; client_max_window_bits=1e1",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
    "permessage-deflate; __proto__",
  ])("declines %s", (offer) => {
    expect(negotiate(offer)).toBeUndefined();
  });

  test("names its own smaller window", () => {
    expect(negotiate("permessage-deflate", { serverMaxWindowBits: 12 })?.response).toBe(
      `${base}; server_max_window_bits=12`,
    );
    expect(
      negotiate("permessage-deflate; server_max_window_bits=10", { serverMaxWindowBits: 12 })?.response,
    ).toBe(`${base}; server_max_window_bits=10`);
  });

  test("gives connections with the same agreement the same object", () => {
    const options = resolveDeflateOptions({ threshold: 1 });
    if (options === false) throw new Error("off");
    const offers = parseExtensions("permessage-deflate; client_max_window_bits") ?? [];
    expect(negotiateDeflate(offers, options)).toBe(negotiateDeflate(offers, options));
  });
});

describe("options", () => {
  test("are off, on with the defaults, or completed from the defaults", () => {
    expect(resolveDeflateOptions(undefined)).toBe(false);
    expect(resolveDeflateOptions(false)).toBe(false);
    expect(resolveDeflateOptions(true)).toEqual(DEFLATE_DEFAULTS);
    expect(resolveDeflateOptions({})).toEqual(DEFLATE_DEFAULTS);
    expect(resolveDeflateOptions({ threshold: 0, zlibDeflateOptions: { level: 1, memLevel: 9 } })).toEqual({
      threshold: 0,
      serverMaxWindowBits: 15,
      level: 1,
      memLevel: 9,
    });
    expect(DEFLATE_DEFAULTS).toEqual({ threshold: 1024, serverMaxWindowBits: 15, level: -1, memLevel: 8 });
  });

  test.each<[any, string]>([
    [{ threshold: "abc" }, 'threshold must be an integer from 0 to 9007199254740991, got "abc" (string)'],
    [{ threshold: -1 }, "threshold must be"],
    [{ serverMaxWindowBits: 8 }, "serverMaxWindowBits must be an integer from 9 to 15, got 8 (number)"],
    [{ zlibDeflateOptions: { level: 10 } }, "zlibDeflateOptions.level must be"],
    [{ zlibDeflateOptions: { memLevel: 0 } }, "zlibDeflateOptions.memLevel must be"],
    [5, "perMessageDeflate must be an object or a boolean, got 5 (number)"],
  ])("refuse %j", (given, message) => {
    expect(() => resolveDeflateOptions(given)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_OPTION", message: expect.stringContaining(message) }),
    );
  });

  test("warn once of an unknown key, with the nearest known one", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const given: any = { treshold: 5 };
    resolveDeflateOptions(given);
    resolveDeflateOptions(given);
    expect(warn.mock.calls).toEqual([
      [expect.stringContaining("perMessageDeflate.treshold, did you mean threshold"), { code: "SKW001" }],
    ]);
    warn.mockRestore();
  });
});

describe("receiving", () => {
  test("reads the compressed example of RFC 7692 §7.2.3.1, whole and in fragments", async () => {
    const { carrier, sink } = await open();
    const hello = Buffer.from("f248cdc9c90700", "hex");
    carrier.receive(text(hello, RSV1));
    carrier.receive(
      text(hello.subarray(0, 3), { ...RSV1, fin: false }),
      ping(),
      continuation(hello.subarray(3)),
    );
    expect(sink.messages).toEqual(["Hello", "Hello"]);
  });

  test("reads a stored block, a final block, and two blocks (RFC 7692 §7.2.3.3 to §7.2.3.5)", async () => {
    const { carrier, sink } = await open();
    carrier.receive(text(Buffer.from("000500faff48656c6c6f00", "hex"), RSV1));
    carrier.receive(text(Buffer.from("f348cdc9c9070000", "hex"), RSV1));
    carrier.receive(text(Buffer.from("f248050000 00ffffcac9c90700".replace(" ", ""), "hex"), RSV1));
    expect(sink.messages).toEqual(["Hello", "Hello", "Hello"]);
  });

  test("reads compressed and plain messages in turn, any size, any chunking", async () => {
    const messages = [
      "",
      "a",
      "ä".repeat(400),
      "x".repeat(100_000),
      JSON.stringify({ a: Array(500).fill("value") }),
    ];
    const bytes = Buffer.concat(
      messages.flatMap((message) => [text(compress(message), RSV1), text(message)]),
    );
    for (const size of [1, 1000, bytes.length]) {
      const { carrier, sink } = await open();
      for (let at = 0; at < bytes.length; at += size) carrier.receive(bytes.subarray(at, at + size));
      expect(sink.messages).toEqual(messages.flatMap((message) => [message, message]));
    }
  });

  test("reads compressed binary messages, compressible or not", async () => {
    const { carrier, sink } = await open();
    const messages = [Buffer.alloc(50_000, 7), randomBytes(50_000), Buffer.alloc(0)];
    carrier.receive(...messages.map((message) => binary(compress(message), RSV1)));
    expect(sink.messages).toEqual(messages);
  });

  test("reads an empty compressed payload as an empty message", async () => {
    const { carrier, sink } = await open();
    carrier.receive(...byteByByte(text("", RSV1)));
    expect(sink.messages).toEqual([""]);
  });

  test("reads on after a final block, up to a bound", async () => {
    const { carrier, sink } = await open();
    const final = deflateRawSync("Hello");
    carrier.receive(text(Buffer.concat([final, final, compress("!")]), RSV1));
    carrier.receive(binary(Buffer.concat(Array.from({ length: 17 }, () => final)), RSV1));
    expect(sink.messages).toEqual(["HelloHello!"]);
    expect(sink.closes[0]?.error).toBe("ERR_WS_COMPRESSED_DATA");
  });

  test("holds what follows a final block to the limit too", async () => {
    for (const limit of [80, 79]) {
      const { carrier, sink } = await open({ maxMessageBytes: limit });
      const final = deflateRawSync("a".repeat(40));
      carrier.receive(text(Buffer.concat([final, final]), RSV1));
      expect([sink.messages, sink.closes[0]?.code]).toEqual(
        limit === 80 ? [["a".repeat(80)], undefined] : [[], 1009],
      );
    }
  });

  test("refuses data that cannot be inflated with 1007", async () => {
    for (const bad of [
      Buffer.from("ffffffff", "hex"),
      Buffer.from("not deflated at all"),
      randomBytes(300).fill(0x06, 0, 1),
    ]) {
      const { carrier, sink, sentCloseCode } = await open();
      carrier.receive(text(bad, RSV1), text("after"));
      expect(sink.messages).toEqual([]);
      expect(sink.closes).toEqual([{ code: 1007, reason: "", error: "ERR_WS_COMPRESSED_DATA" }]);
      expect(sentCloseCode()).toBe(1007);
    }
  });

  test("refuses text that is not UTF-8 once inflated", async () => {
    const { carrier, sink } = await open();
    carrier.receive(text(compress(Buffer.from([0x61, 0xff])), RSV1));
    expect(sink.closes).toEqual([{ code: 1007, reason: "", error: "ERR_WS_UTF8" }]);
  });

  test("stops a bomb at the limit with 1009", async () => {
    const bomb = compress(Buffer.alloc(50_000_000));
    const { carrier, sink, sentCloseCode } = await open({ maxMessageBytes: 100_000 });
    expect(bomb.length).toBeLessThan(100_000);
    carrier.receive(binary(bomb, RSV1));
    expect(sink.closes).toEqual([{ code: 1009, reason: "", error: "ERR_WS_MESSAGE_TOO_BIG" }]);
    expect(sentCloseCode()).toBe(1009);
  });

  test("allows exactly the limit, inflated, and holds compressed bytes to it too", async () => {
    const exact = await open({ maxMessageBytes: 1000 });
    exact.carrier.receive(
      binary(compress(Buffer.alloc(1000)), RSV1),
      binary(compress(Buffer.alloc(1001)), RSV1),
    );
    expect(exact.sink.messages).toHaveLength(1);
    expect(exact.sink.closes[0]?.code).toBe(1009);
    const raw = await open({ maxMessageBytes: 1000 });
    raw.carrier.receive(binary(randomBytes(1001), RSV1).subarray(0, 4));
    expect(raw.sink.closes[0]?.code).toBe(1009);
  });

  test("allows RSV1 on the first frame of a message only", async () => {
    const { carrier, sink } = await open();
    const bytes = compress("Hello");
    carrier.receive(
      text(bytes.subarray(0, 2), { ...RSV1, fin: false }),
      continuation(bytes.subarray(2), RSV1),
    );
    expect(sink.closes).toEqual([{ code: 1002, reason: "", error: "ERR_WS_RESERVED_BITS" }]);
  });
});

describe("sending", () => {
  test("compresses from the threshold on, in bytes", async () => {
    const { endpoint, sent } = await open({ threshold: 10 });
    endpoint.sendText("a".repeat(9));
    endpoint.sendText("ä".repeat(5));
    endpoint.sendBinary(Buffer.alloc(9));
    endpoint.sendBinary(Buffer.alloc(10));
    expect(sent().map(({ first }) => first)).toEqual([0x81, 0xc1, 0x82, 0xc2]);
    expect(decompress(sent()[1]?.payload ?? Buffer.alloc(0)).toString()).toBe("ä".repeat(5));
    expect(decompress(sent()[3]?.payload ?? Buffer.alloc(0))).toEqual(Buffer.alloc(10));
  });

  test("leaves a message alone that is not to be compressed", async () => {
    const { endpoint, sent } = await open({ threshold: 0 });
    endpoint.sendText("plain", false);
    endpoint.sendBinary(Buffer.from("plain"), false);
    expect(sent().map(({ first }) => first)).toEqual([0x81, 0x82]);
  });

  test("does not compress without an agreement", async () => {
    const { endpoint, sent } = await openEndpoint();
    expect(endpoint.deflates).toBe(false);
    endpoint.sendText("x".repeat(5000));
    expect(sent()[0]?.first).toBe(0x81);
  });

  test("makes frames that inflate alone, in any order, for every window", () => {
    for (const serverMaxWindowBits of [9, 10, 12, 15]) {
      const deflate = agreed({ serverMaxWindowBits });
      for (const payload of ["", "Hello", "abc".repeat(20_000)]) {
        const frame = frameDeflated(1, payload, deflate);
        const header = (frame[1] ?? 0) < 126 ? 2 : 4;
        expect(frame[0]).toBe(0xc1);
        const inflated = inflateRawSync(
          Buffer.concat([frame.subarray(header), Buffer.from([0, 0, 0xff, 0xff])]),
          { finishFlush: constants.Z_SYNC_FLUSH, windowBits: serverMaxWindowBits },
        );
        expect(inflated.toString()).toBe(payload);
      }
    }
  });
});
