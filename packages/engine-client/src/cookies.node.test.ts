import { expect, test } from "vitest";
import { MemoryCookieJar } from "./cookies.node.ts";
import { FakeClock } from "./testing/fake-clock.ts";

function jarWith(...headers: string[]) {
  const clock = new FakeClock();
  const jar = new MemoryCookieJar(clock);
  jar.store(headers);
  return { clock, jar };
}

test.each([
  [["a=1", "b=2; Path=/; HttpOnly"], "a=1; b=2"],
  [["a=1", "a=2"], "a=2"],
  [['a="quoted"'], "a=quoted"],
  [["a=b=c=="], "a=b=c=="],
  [["", "=x", "novalue", " a = 1 "], "a=1"],
  [["a=1; Max-Age=0"], ""],
  [["a=1; Max-Age=-5"], ""],
  [["a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], ""],
  [["a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=60"], "a=1"],
  [["a=1; Expires=never; Max-Age=soon"], "a=1"],
])("%j makes the header %j", (headers, expected) => {
  expect(jarWith(...headers).jar.header()).toBe(expected);
});

test("a cookie is dropped when its time has come", () => {
  const { jar, clock } = jarWith("a=1; max-age=10", "b=2");
  clock.advance(9_999);
  expect(jar.header()).toBe("a=1; b=2");
  clock.advance(1);
  expect(jar.header()).toBe("b=2");
});
