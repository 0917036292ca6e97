// The defaults that the comments of the options promise, and so docs/reference/options.md, are those the code uses.
import { describe, expect, test } from "vitest";
import { CLUSTER_ADAPTER_DEFAULTS } from "@sockeye/adapter";
import { MANAGER_DEFAULTS } from "@sockeye/client";
import { ENGINE_DEFAULTS } from "@sockeye/engine";
import { ENGINE_CLIENT_DEFAULTS } from "@sockeye/engine-client";
import { SERVER_DEFAULTS } from "@sockeye/server";
import { DEFLATE_DEFAULTS } from "@sockeye/websocket";
import { literalOf, OPTION_GROUPS, readOptions } from "../../scripts/lib/option-docs.js";

const constants: Record<string, object> = {
  SERVER_DEFAULTS,
  ENGINE_DEFAULTS,
  DEFLATE_DEFAULTS,
  CLUSTER_ADAPTER_DEFAULTS,
  MANAGER_DEFAULTS,
  ENGINE_CLIENT_DEFAULTS,
};

describe.each(OPTION_GROUPS)("$title", (group) => {
  const documented = readOptions(group).flatMap(({ options }) => options);
  const values = Object.entries(constants[group.defaults[1]] ?? {}).filter(
    // A codec has no literal.
    ([, value]) => typeof value?.encode !== "function",
  );

  test("has constants to compare with", () => {
    expect(values.length).toBeGreaterThan(0);
  });

  test.each(values)("documents the default of %s", (name, value) => {
    const option = documented.find((each) => each.name === name || each.name.endsWith(`.${name}`));
    expect(literalOf(option?.fallback ?? "")).toEqual(value);
  });

  // What the `cors` package and node:zlib take is for them to explain.
  const ours = readOptions(group)
    .filter(({ name }) => !/^(Cors|HttpCompression)/.test(name))
    .flatMap(({ options }) => options);

  test("says what every option does", () => {
    const silent = ours.filter(({ text }) => text === "");
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test("says in what every duration and size is measured", () => {
    const vague = ours.filter(
      ({ name, type, unit }) =>
        type === "number" && /(timeout|interval|delay|duration|size)/i.test(name) && !unit,
    );
    expect(vague.map(({ name }) => name)).toEqual([]);
  });
});
