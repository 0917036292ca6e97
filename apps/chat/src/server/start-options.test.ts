import { expect, test } from "vitest";
import { explainStartError, readStartOptions } from "./start-options.ts";

test.each([
  [{}, 3000],
  [{ PORT: "" }, 3000],
  [{ PORT: " 8080 " }, 8080],
  [{ PORT: "0" }, 0],
  [{ PORT: "65535" }, 65535],
])("reads %j", (env, port) => {
  expect(readStartOptions(env)).toEqual({ port, host: undefined });
});

test.each(["abc", "-1", "65536", "3000.5", "0x10", "1e3", "3000 4000"])(
  "refuses PORT=%s in one line",
  (PORT) => {
    const options = readStartOptions({ PORT });
    const problem = "problem" in options ? options.problem : "";
    expect(problem).toContain(`got ${JSON.stringify(PORT)}`);
    expect(problem).not.toContain("\n");
  },
);

test("names a free neighbour when the port is busy", () => {
  const error = Object.assign(new Error("listen"), { code: "EADDRINUSE" });
  expect(explainStartError(error, 3000)).toContain("PORT=3001");
  expect(explainStartError(error, 65535)).toContain("PORT=3000");
});

test("leaves faults of ours alone", () => {
  expect(explainStartError(new TypeError("oops"), 3000)).toBeUndefined();
});
