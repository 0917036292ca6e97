import { describe, expect, test } from "vitest";
import { countWithinPayload, forEachPacket, joinBatch } from "./index.ts";

function packetsOf(batch: string, until?: string): string[] {
  const packets: string[] = [];
  forEachPacket(batch, (packet) => {
    packets.push(packet);
    return packet !== until;
  });
  return packets;
}

describe("a batch", () => {
  test("joins packets with the record separator", () => {
    expect(joinBatch(["4hello", "2", "bAQIDBA=="])).toBe("4hello\x1e2\x1ebAQIDBA==");
    expect(joinBatch(["6"])).toBe("6");
  });

  test("is taken apart in order", () => {
    expect(packetsOf("4hello\x1e2\x1ebAQIDBA==")).toEqual(["4hello", "2", "bAQIDBA=="]);
    expect(packetsOf("6")).toEqual(["6"]);
  });

  test("is left when the visitor has enough", () => {
    expect(packetsOf("4a\x1e1\x1e4b", "1")).toEqual(["4a", "1"]);
  });

  test.each([
    ["", [""]],
    ["4a\x1e", ["4a", ""]],
    ["\x1e4a", ["", "4a"]],
    ["4a\x1e\x1e4b", ["4a", "", "4b"]],
  ])("shows what is missing as an empty packet: %j", (batch, packets) => {
    expect(packetsOf(batch)).toEqual(packets);
  });
});

describe("the number of packets that fit", () => {
  test.each<[string, (string | Uint8Array | Blob)[], number, number]>([
    ["nothing", [], 10, 0],
    ["exactly", ["4234", "4678"], 9, 2],
    ["one byte too many", ["4234", "46789"], 9, 1],
    ["the first however long", ["4234567890", "4"], 5, 1],
    ["no limit", ["4".repeat(1000), "4".repeat(1000)], 0, 2],
    ["bytes, not characters", ["4é", "4€"], 8, 2],
    ["bytes, not characters: too many", ["4é", "4€"], 7, 1],
    ["surrogate pairs as four bytes", ["4\u{1f600}", "4"], 7, 2],
    // 1 + ceil(100 × 1.33) = 134
    ["binary by its estimate", [new Uint8Array(100), "4"], 136, 2],
    ["binary by its estimate: too many", [new Uint8Array(100), "4"], 135, 1],
    ["blobs alike", [new Blob([new Uint8Array(100)]), "4"], 135, 1],
  ])("counts %s", (_, packets, maxPayload, count) => {
    expect(countWithinPayload(packets, maxPayload)).toBe(count);
  });
});
