import { describe, expect, test } from "vitest";
import { codeOf } from "../testing/throws.ts";
import { StreamFrameDecoder, encodeStreamFrame } from "./index.ts";

const header = (packet: string | Uint8Array, bytes: number): number[] => [
  ...encodeStreamFrame(packet).subarray(0, bytes),
];

function decode(chunks: readonly Uint8Array[], maxPayloadBytes = 1_000_000): (string | Uint8Array)[] {
  const decoder = new StreamFrameDecoder(maxPayloadBytes);
  const packets: (string | Uint8Array)[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) packets.push(packet);
  }
  return packets;
}

describe("a stream frame", () => {
  test("says binary with its first bit, and its length with the rest or with two or eight bytes more", () => {
    expect([...encodeStreamFrame("2")]).toEqual([1, 0x32]);
    expect([...encodeStreamFrame(Uint8Array.of(7, 8))]).toEqual([0x82, 7, 8]);
    expect(header(new Uint8Array(125), 1)).toEqual([0x80 | 125]);
    expect(header(new Uint8Array(126), 3)).toEqual([0x80 | 126, 0, 126]);
    expect(header("4".repeat(65_535), 3)).toEqual([126, 0xff, 0xff]);
    expect(header("4".repeat(65_536), 9)).toEqual([127, 0, 0, 0, 0, 0, 1, 0, 0]);
  });

  test("counts bytes, not characters", () => {
    expect([...encodeStreamFrame("4€")]).toEqual([4, 0x34, 0xe2, 0x82, 0xac]);
  });

  test("carries just the bytes of a view", () => {
    expect([...encodeStreamFrame(new Uint8Array(Uint8Array.of(9, 1, 9).buffer, 1, 1))]).toEqual([0x81, 1]);
  });

  test("of empty binary is a text packet, since no frame is empty", () => {
    expect([...encodeStreamFrame(new Uint8Array())]).toEqual([1, 0x62]);
    expect(codeOf(() => encodeStreamFrame(""))).toBe("ERR_PACKET_EMPTY");
  });
});

describe("a stream of frames", () => {
  test("comes apart however it is cut", () => {
    const bytes = Uint8Array.of(2, 0x34, 0x61, 0x82, 7, 8, 1, 0x32);
    const packets = ["4a", Uint8Array.of(7, 8), "2"];
    expect(decode([bytes])).toEqual(packets);
    expect(decode([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(packets);
  });

  test("takes lengths that are written longer than need be", () => {
    expect(decode([Uint8Array.of(126, 0, 1, 0x32, 127, 0, 0, 0, 0, 0, 0, 0, 1, 0x33)])).toEqual(["2", "3"]);
  });

  test("gives binary of its own, whatever becomes of the chunk", () => {
    const chunk = Buffer.of(0x81, 7, 0x82, 8);
    const decoder = new StreamFrameDecoder(10);
    decoder.push(chunk);
    const first = decoder.next();
    expect(decoder.next()).toBeUndefined();
    chunk.fill(0);
    decoder.push(Uint8Array.of(9));
    expect([first, decoder.next()]).toEqual([Uint8Array.of(7), Uint8Array.of(8, 9)]);
  });

  test("is accepted up to the limit, and refused one byte above it before the payload comes", () => {
    expect(decode([encodeStreamFrame(new Uint8Array(300))], 300)).toHaveLength(1);
    expect(
      codeOf(() =>
        decode(
          [header(new Uint8Array(301), 3)].map((bytes) => Uint8Array.from(bytes)),
          300,
        ),
      ),
    ).toBe("ERR_FRAME_LENGTH");
  });

  test.each([
    ["an empty text", [0]],
    ["an empty binary", [0x80]],
    ["an empty payload with a long length", [127, 0, 0, 0, 0, 0, 0, 0, 0]],
    ["2^53 bytes", [127, 0, 0x20, 0, 0, 0, 0, 0, 0]],
    ["2^64 - 1 bytes", [0xff, 255, 255, 255, 255, 255, 255, 255, 255]],
  ])("refuses %s, whatever the limit, and stays refused", (_, bytes) => {
    const decoder = new StreamFrameDecoder(Number.MAX_SAFE_INTEGER);
    decoder.push(Uint8Array.from(bytes));
    expect(codeOf(() => decoder.next())).toBe("ERR_FRAME_LENGTH");
    decoder.push(encodeStreamFrame("2"));
    expect(codeOf(() => decoder.next())).toBe("ERR_FRAME_LENGTH");
  });

  test("refuses text that is not UTF-8", () => {
    expect(codeOf(() => decode([Uint8Array.of(2, 0x34, 0xff)]))).toBe("ERR_FRAME_TEXT");
  });
});
