import { PassThrough } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readBody } from "./body.ts";
import type { BodyResult } from "./body.ts";

function request(headers: Record<string, string> = {}) {
  const stream = new PassThrough();
  const req = Object.assign(stream, { headers });
  return { stream, req: req as never };
}

const read = (limitBytes: number, headers?: Record<string, string>) => {
  const { stream, req } = request(headers);
  const results: BodyResult[] = [];
  const done = new Promise<BodyResult>((resolve) => {
    readBody(req, limitBytes, (result) => {
      results.push(result);
      resolve(result);
    });
  });
  return { stream, done, results };
};

describe("a body", () => {
  test("is the same however it is cut", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.array(fc.nat(50)), async (text, cuts) => {
        const bytes = Buffer.from(text);
        const { stream, done } = read(1e6);
        let at = 0;
        for (const cut of cuts) {
          stream.write(bytes.subarray(at, at + cut));
          at += cut;
        }
        stream.end(bytes.subarray(at));
        expect(await done).toEqual({ kind: "complete", bytes });
      }),
      { numRuns: 50 },
    );
  });

  test("of exactly the limit is complete, one byte more is too large at once", async () => {
    const fits = read(4);
    fits.stream.end("€x");
    expect(await fits.done).toEqual({ kind: "complete", bytes: Buffer.from("€x") });
    const large = read(4);
    large.stream.write("€xy");
    expect(await large.done).toEqual({ kind: "too-large" });
  });

  test("that announces too much is not read at all", async () => {
    const { stream, done } = read(4, { "content-length": "5" });
    expect(await done).toEqual({ kind: "too-large" });
    expect(stream.listenerCount("data")).toBe(0);
  });

  test("that breaks off is aborted, once, and raises nothing", async () => {
    const { stream, done, results } = read(100);
    stream.write("ab");
    stream.destroy(new Error("reset"));
    expect(await done).toEqual({ kind: "aborted" });
    stream.emit("close");
    expect(results).toHaveLength(1);
  });

  test("of a request that is gone already is aborted", async () => {
    const { stream, req } = request();
    stream.destroy();
    expect(await new Promise((resolve) => readBody(req, 10, resolve))).toEqual({ kind: "aborted" });
  });
});
