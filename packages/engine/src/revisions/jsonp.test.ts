import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Harness } from "../testing/harness.ts";
import type { Answer } from "../testing/harness.ts";
import type { EngineOptions } from "../options.ts";

/** What the page's function is called with by the script. */
function argumentOf({ body }: Answer, index: string): unknown {
  const match = /^___eio\[(\d*)\]\((.*)\);$/s.exec(body);
  expect(match?.[1]).toBe(index);
  return JSON.parse(match?.[2] ?? "");
}

/** A form, with line feeds written as the published clients write them. */
function formOf(body: string): string {
  const escaped = body.replace(/\\n/g, "\\\n").replace(/\n/g, "\\n");
  return new URLSearchParams({ d: escaped }).toString();
}

async function started(revision: number, index = "7", options: EngineOptions = {}) {
  const h = await Harness.start({ allowEIO3: true, ...options });
  const path = (sid?: string): string =>
    `/engine.io/?EIO=${revision}&transport=polling&j=${index}${sid === undefined ? "" : `&sid=${sid}`}`;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const got: unknown[] = [];
  h.engine.on("connection", (session) => session.on("message", (data) => got.push(data)));
  return {
    h,
    got,
    open: () => h.request(path()),
    poll: () => h.request(path(h.session.id)),
    push: (body: string, more: Record<string, string> = {}) =>
      h.request(path(h.session.id), { method: "POST", body, headers: { ...headers, ...more } }),
    [Symbol.asyncDispose]: () => h[Symbol.asyncDispose](),
  };
}

describe.each([
  [4, (packets: string[]) => packets.join("\x1e"), "bAQID"],
  [3, (packets: string[]) => packets.map((packet) => `${packet.length}:${packet}`).join(""), "b4AQID"],
] as const)("JSONP polling in Engine.IO v%s", (revision, joined, binary) => {
  test("answers with a call of the page's function", async () => {
    await using s = await started(revision);
    const answer = await s.open();
    expect(answer.headers["content-type"]).toBe("text/plain; charset=UTF-8");
    expect(answer.headers["content-length"]).toBe(String(answer.bytes.length));
    expect(argumentOf(answer, "7")).toContain(`0{"sid":"${s.h.session.id}"`);
    s.h.session.send('"€\u2028\u2029\n').send(Buffer.from([1, 2, 3]));
    const next = await s.poll();
    expect(next.body).not.toMatch(/[\u2028\u2029\n]/);
    expect(argumentOf(next, "7")).toBe(joined(['4"€\u2028\u2029\n', binary]));
  });

  test("takes what a form says, with its line feeds undone", async () => {
    await using s = await started(revision);
    await s.open();
    for (const text of ["a b+c&d=e%", "line\nfeed", "back\\nslash", "\\\\n", "é€\u{1f600}"]) {
      const answer = await s.push(formOf(joined([`4${text}`, "4x"])));
      expect(answer).toMatchObject({ status: 200, body: "ok" });
      expect(s.got.splice(0)).toEqual([text, "x"]);
    }
    expect((await s.push(`x=1&${formOf(joined(["4y"]))}&d=2`)).body).toBe("ok");
    expect(s.got.splice(0)).toEqual(["y"]);
    await s.push(formOf(joined([binary])));
    expect(s.got).toEqual([Buffer.from([1, 2, 3])]);
  });

  test("takes any text", async () => {
    await using s = await started(revision);
    await s.open();
    // A client sends JSON, in which a backslash never stands alone, so that the escapes are clear.
    const text = fc.string({ unit: "grapheme" }).map((value) => JSON.stringify(value));
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        await s.push(formOf(joined([`4${value}`])));
        expect(s.got.pop()).toBe(value);
      }),
      { numRuns: 30 },
    );
  });

  test("writes nothing but digits of the number into the script", async () => {
    await using s = await started(revision, "1%5D%3Balert(2)");
    argumentOf(await s.open(), "12");
  });

  test("says goodbye through the function", async () => {
    await using s = await started(revision);
    await s.open();
    s.h.session.close();
    expect(argumentOf(await s.poll(), "7")).toBe(joined(["6", "1"]));
  });

  test.each([
    ["a form without the field", "e=1"],
    ["an empty field", "d="],
    ["no form", "4a"],
    ["a malformed escape", "d=4%E2%82"],
  ])("is ended by %s", async (_what, body) => {
    await using s = await started(revision);
    await s.open();
    expect((await s.push(body)).status).toBe(400);
    expect(s.h.closes[0]?.[0]).toBe("parse error");
  });

  test("has no bytes", async () => {
    await using s = await started(revision);
    await s.open();
    const answer = await s.push("d=4a", { "content-type": "application/octet-stream" });
    expect(answer.status).toBe(400);
    expect(s.h.closes[0]?.[0]).toBe("transport error");
  });

  test("keeps the limit on bodies", async () => {
    await using s = await started(revision, "0", { maxHttpBufferSize: 100 });
    await s.open();
    expect((await s.push(`d=${"4".repeat(99)}`)).status).toBe(413);
  });
});
