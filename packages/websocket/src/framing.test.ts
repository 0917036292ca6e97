/** The ground of Autobahn sections 1 (framing), 3 (reserved bits), 4 (opcodes), 5 (fragmentation), and masking. */
import { describe, expect, test } from "vitest";
import {
  type FrameShape,
  binary,
  byteByByte,
  clientFrame,
  continuation,
  fragments,
  ping,
  pong,
  text,
} from "./testing/client-frames.ts";
import { openEndpoint } from "./testing/open-endpoint.ts";

/** What an endpoint makes of these chunks. */
async function receive(...chunks: readonly Uint8Array[]) {
  const opened = await openEndpoint();
  opened.carrier.receive(...chunks);
  return {
    messages: opened.sink.messages,
    close: opened.sink.closes[0],
    sentCode: opened.sentCloseCode(),
    pongs: opened.sent().filter(({ first }) => first === 0x8a),
  };
}

async function expectRefusal(error: string, code: number, ...chunks: readonly Uint8Array[]) {
  // Frames after the fault must not be delivered, whatever the chunking.
  const after = text("after");
  for (const bytes of [[Buffer.concat([...chunks, after])], byteByByte(Buffer.concat([...chunks, after]))]) {
    const got = await receive(...bytes);
    expect(got.close).toEqual({ code, reason: "", error });
    expect(got.sentCode).toBe(code);
    expect(got.messages).not.toContain("after");
  }
}

describe("masking", () => {
  test("reads the masked example of RFC 6455 §5.7", async () => {
    const { messages } = await receive(Buffer.from("818537fa213d7f9f4d5158", "hex"));
    expect(messages).toEqual(["Hello"]);
  });

  test.each([0, -1, 0x01020304, 0x7f_ff_ff_ff, 0x80_00_00_00 | 0])("undoes the mask %i", async (mask) => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, index) => index & 0xff));
    const { messages } = await receive(text("0123456789".repeat(80), { mask }), binary(bytes, { mask }));
    expect(messages).toEqual(["0123456789".repeat(80), bytes]);
  });

  test("refuses a frame without a mask", async () => {
    await expectRefusal("ERR_WS_UNMASKED", 1002, text("hello", { mask: false }));
    await expectRefusal("ERR_WS_UNMASKED", 1002, ping("", { mask: false }));
  });
});

describe("lengths (Autobahn 1)", () => {
  const sizes = [
    0, 1, 2, 3, 4, 5, 124, 125, 126, 127, 128, 159, 160, 161, 162, 163, 1000, 65_535, 65_536, 70_001, 300_000,
  ];

  test.each(sizes)("reads a text message of %i bytes in one chunk, in pieces, byte by byte", async (size) => {
    const message = "*".repeat(size);
    const frame = text(message);
    const half = frame.length >> 1;
    const chunkings = [[frame], [frame.subarray(0, half), frame.subarray(half)]];
    if (size < 1000) chunkings.push(byteByByte(frame));
    for (const chunks of chunkings)
      expect((await receive(...chunks, text("end"))).messages).toEqual([message, "end"]);
  });

  test.each(sizes)(
    "reads a binary message of %i bytes in one chunk, in pieces, byte by byte",
    async (size) => {
      const message = Buffer.alloc(size, 0xfe);
      const frame = binary(message);
      const chunkings = [[frame], [frame.subarray(0, 3), frame.subarray(3)]];
      if (size < 1000) chunkings.push(byteByByte(frame));
      for (const chunks of chunkings)
        expect((await receive(...chunks, text("end"))).messages).toEqual([message, "end"]);
    },
  );

  test("accepts a length that could have been written shorter", async () => {
    const { messages } = await receive(text("a", { lengthBits: 16 }), text("b", { lengthBits: 64 }));
    expect(messages).toEqual(["a", "b"]);
  });

  test("refuses a length beyond 2^53 - 1, also with the top bit set", async () => {
    for (const claimedLength of [1n << 53n, 1n << 63n, (1n << 64n) - 1n]) {
      await expectRefusal("ERR_WS_LENGTH", 1009, text("", { lengthBits: 64, claimedLength }));
    }
  });

  test("gives a binary message memory of its own when it is small against its chunk", async () => {
    const { messages } = await receive(Buffer.concat([binary("abc"), text("x".repeat(60_000))]));
    const [message] = messages;
    expect(message).toEqual(Buffer.from("abc"));
    expect(Buffer.isBuffer(message) && message.buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
  });
});

describe("reserved bits (Autobahn 3)", () => {
  const bits = [1, 2, 3, 4, 5, 6, 7];

  test.each(bits)("refuses reserved bits %i in a data frame, after the messages before it", async (rsv) => {
    await expectRefusal("ERR_WS_RESERVED_BITS", 1002, text("before"), text("hello", { rsv }));
    await expectRefusal("ERR_WS_RESERVED_BITS", 1002, binary("hello", { rsv }));
    const { messages } = await receive(text("before"), text("hello", { rsv }));
    expect(messages).toEqual(["before"]);
  });

  test.each(bits)("refuses reserved bits %i in control frames and continuations", async (rsv) => {
    await expectRefusal("ERR_WS_RESERVED_BITS", 1002, ping("", { rsv }));
    await expectRefusal("ERR_WS_RESERVED_BITS", 1002, clientFrame({ opcode: 8, rsv }));
    await expectRefusal("ERR_WS_RESERVED_BITS", 1002, text("a", { fin: false }), continuation("b", { rsv }));
  });
});

describe("opcodes (Autobahn 4)", () => {
  test.each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15])("refuses opcode %i, empty or not", async (opcode) => {
    await expectRefusal("ERR_WS_OPCODE", 1002, clientFrame({ opcode }));
    await expectRefusal("ERR_WS_OPCODE", 1002, text("before"), clientFrame({ opcode, payload: "data" }));
  });

  test("refuses as soon as the two first bytes are there", async () => {
    const { close } = await receive(clientFrame({ opcode: 3, payload: "data" }).subarray(0, 2));
    expect(close?.error).toBe("ERR_WS_OPCODE");
  });
});

describe("pings and pongs (Autobahn 2)", () => {
  test.each([0, 1, 8, 125])("answers a ping of %i bytes with a pong of the same bytes", async (size) => {
    const data = Buffer.alloc(size, 0xfe);
    for (const chunks of [[ping(data)], byteByByte(ping(data))]) {
      expect((await receive(...chunks)).pongs).toEqual([{ first: 0x8a, payload: data }]);
    }
  });

  test("refuses a ping of more than 125 bytes", async () => {
    await expectRefusal("ERR_WS_CONTROL_LENGTH", 1002, ping(Buffer.alloc(126)));
    await expectRefusal("ERR_WS_CONTROL_LENGTH", 1002, ping(Buffer.alloc(70_000)));
  });

  test("ignores pongs nobody asked for", async () => {
    const { messages, close, pongs } = await receive(pong(), pong("data"), text("after"));
    expect({ messages, close, pongs }).toEqual({ messages: ["after"], close: undefined, pongs: [] });
  });

  test("answers ten pings with ten pongs in order", async () => {
    const { pongs } = await receive(...Array.from({ length: 10 }, (_, index) => ping(`p${index}`)));
    expect(pongs.map(({ payload }) => payload.toString())).toEqual(
      Array.from({ length: 10 }, (_, i) => `p${i}`),
    );
  });
});

describe("fragmentation (Autobahn 5)", () => {
  test("refuses fragmented control frames", async () => {
    await expectRefusal("ERR_WS_CONTROL_FRAGMENTED", 1002, ping("a", { fin: false }), continuation("b"));
    await expectRefusal("ERR_WS_CONTROL_FRAGMENTED", 1002, pong("a", { fin: false }));
    await expectRefusal("ERR_WS_CONTROL_FRAGMENTED", 1002, clientFrame({ opcode: 8, fin: false }));
  });

  test("joins fragments, whatever the chunking", async () => {
    const bytes = Buffer.concat(fragments(1, "frag", "", "ment", "1"));
    for (const chunks of [[bytes], byteByByte(bytes)]) {
      expect((await receive(...chunks)).messages).toEqual(["fragment1"]);
    }
    expect((await receive(...fragments(2, "a", "b"))).messages).toEqual([Buffer.from("ab")]);
  });

  test("joins fragments that are all empty", async () => {
    expect((await receive(...fragments(1, "", "", ""))).messages).toEqual([""]);
    expect((await receive(...fragments(2, "", ""))).messages).toEqual([Buffer.alloc(0)]);
  });

  test("handles control frames between fragments before the message ends", async () => {
    const [first = Buffer.alloc(0), last = Buffer.alloc(0)] = fragments(1, "frag", "ment");
    const bytes = Buffer.concat([first, ping("now"), pong("x"), last]);
    for (const chunks of [[bytes], byteByByte(bytes)]) {
      const { messages, pongs } = await receive(...chunks);
      expect(messages).toEqual(["fragment"]);
      expect(pongs.map(({ payload }) => payload.toString())).toEqual(["now"]);
    }
  });

  test("refuses a continuation of nothing", async () => {
    const nothing: Partial<FrameShape>[] = [{}, { fin: false }];
    for (const shape of nothing) {
      await expectRefusal("ERR_WS_CONTINUATION_UNEXPECTED", 1002, continuation("a", shape));
      await expectRefusal(
        "ERR_WS_CONTINUATION_UNEXPECTED",
        1002,
        ...fragments(1, "a", "b"),
        continuation("c", shape),
      );
    }
  });

  test("refuses a new message inside a fragmented one", async () => {
    await expectRefusal("ERR_WS_CONTINUATION_EXPECTED", 1002, text("a", { fin: false }), text("b"));
    await expectRefusal(
      "ERR_WS_CONTINUATION_EXPECTED",
      1002,
      binary("", { fin: false }),
      text("b", { fin: false }),
    );
  });

  test("keeps messages apart over many chunk borders", async () => {
    const messages = Array.from({ length: 200 }, (_, index) => `message ${index} ${"x".repeat(index)}`);
    const bytes = Buffer.concat(messages.map((message) => text(message)));
    for (const size of [1, 2, 3, 7, 13, 64, 997]) {
      const chunks: Buffer[] = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      expect((await receive(...chunks)).messages).toEqual(messages);
    }
  });
});
