import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { ENGINE_DEFAULTS, pathPrefix, resolveAttachOptions, resolveEngineOptions } from "./options.ts";

describe("engine options", () => {
  test("are the defaults when nothing is given", () => {
    expect(resolveEngineOptions()).toMatchObject({
      path: "/engine.io",
      addTrailingSlash: true,
      destroyUpgrade: true,
      destroyUpgradeTimeout: 1000,
      pingTimeout: 20_000,
      pingInterval: 25_000,
      upgradeTimeout: 10_000,
      maxHttpBufferSize: 1e6,
      transports: ["polling", "websocket"],
      allowUpgrades: true,
      perMessageDeflate: false,
      httpCompression: { threshold: 1024 },
      cookie: false,
      cors: undefined,
      allowRequest: undefined,
      initialPacket: undefined,
    });
  });

  test("document the defaults they have", () => {
    const source = readFileSync(`${import.meta.dirname}/options.ts`, "utf8");
    for (const [name, value] of Object.entries(ENGINE_DEFAULTS)) {
      const documented = new RegExp(`@default ([^\\n]*?)(?: \\*/)?\\n(?:\\s+\\*/\\n)?\\s+${name}\\?`).exec(
        source,
      )?.[1];
      const shown = JSON.stringify(value)
        .replaceAll('","', '", "')
        .replace(/\{"(\w+)":(\d+)\}/, "{ $1: $2 }");
      expect(`${name}: ${documented}`).toBe(`${name}: ${shown}`);
    }
  });

  test("never write into the object that was given, and cannot be written to", () => {
    const given = Object.freeze({
      transports: Object.freeze(["websocket"] as const),
      cookie: Object.freeze({ name: "x" }),
    });
    const resolved = resolveEngineOptions(given);
    expect(Object.isFrozen(resolved)).toBe(true);
    expect(resolved.cookie).toEqual({ name: "x", path: "/", httpOnly: true, sameSite: "lax" });
  });

  test("take an explicit undefined for the default", () => {
    expect(resolveEngineOptions({ pingTimeout: undefined, path: undefined }).pingTimeout).toBe(20_000);
  });

  test.each([
    [{ pingInterval: "abc" }, 'pingInterval must be a positive integer of ms, got "abc" (string)'],
    [{ pingInterval: 0 }, "pingInterval must be a positive integer of ms, got 0 (number)"],
    [{ pingTimeout: 1.5 }, "pingTimeout must be a positive integer of ms, got 1.5 (number)"],
    [{ pingTimeout: Infinity }, "pingTimeout must be a positive integer of ms, got Infinity (number)"],
    [{ upgradeTimeout: 2 ** 31 }, "upgradeTimeout must be a positive integer of ms, got 2147483648 (number)"],
    [
      { destroyUpgradeTimeout: -1 },
      "destroyUpgradeTimeout must be a non-negative integer of ms, got -1 (number)",
    ],
    [{ maxHttpBufferSize: 0 }, "maxHttpBufferSize must be a positive integer of bytes, got 0 (number)"],
    [{ transports: [] }, "transports must be a list of polling, websocket, webtransport, got  (object)"],
    [
      { transports: ["smoke"] },
      'transports must be a list of polling, websocket, webtransport, got "smoke" (string)',
    ],
    [
      { transports: "polling" },
      'transports must be a list of polling, websocket, webtransport, got "polling" (string)',
    ],
    [{ allowUpgrades: "yes" }, 'allowUpgrades must be a boolean, got "yes" (string)'],
    [{ allowRequest: true }, "allowRequest must be a function, got true (boolean)"],
    [{ path: "engine" }, 'path must be a string that starts with "/", got "engine" (string)'],
    [{ httpCompression: 3 }, "httpCompression must be a boolean or an object, got 3 (number)"],
    [
      { httpCompression: { threshold: -1 } },
      "httpCompression.threshold must be a number of bytes, 0 or more, got -1",
    ],
    [{ perMessageDeflate: "on" }, 'perMessageDeflate must be an object or a boolean, got "on" (string)'],
    [{ cookie: "io" }, 'cookie must be a boolean or an object, got "io" (string)'],
    [{ cors: "*" }, 'cors must be an object or a function, got "*" (string)'],
    [{ initialPacket: 7 }, "initialPacket must be a string or a Buffer, got 7 (number)"],
    ["nonsense", 'options must be an object, got "nonsense" (string)'],
  ])("refuse %j", (given, message) => {
    expect(() => resolveEngineOptions(given as never)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_OPTION", message: expect.stringContaining(message) }),
    );
  });

  test("compress whatever the size when httpCompression is true, and keep zlib's options", () => {
    expect(resolveEngineOptions({ httpCompression: true }).httpCompression).toEqual({ threshold: 0 });
    expect(resolveEngineOptions({ httpCompression: { level: 1 } }).httpCompression).toEqual({
      level: 1,
      threshold: 1024,
    });
    expect(resolveEngineOptions({ httpCompression: false }).httpCompression).toBe(false);
  });

  test("take anything but false for an httpOnly cookie", () => {
    const httpOnly = (value: unknown) =>
      resolveEngineOptions({ cookie: { httpOnly: value as boolean } }).cookie;
    expect(httpOnly("no")).toMatchObject({ httpOnly: true });
    expect(httpOnly(false)).toMatchObject({ httpOnly: false });
  });

  test("warn once of an unknown name, with the nearest known one", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const given = { pingIntervall: 3, zzz: 1 } as object;
    resolveEngineOptions(given);
    resolveEngineOptions(given);
    const texts = warn.mock.calls.map(([text]) => text);
    warn.mockRestore();
    expect(texts).toEqual([
      'unknown engine option "pingIntervall", did you mean "pingInterval"?',
      'unknown engine option "zzz"',
    ]);
  });

  test("warn of what is not supported, and do without it", () => {
    const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
    const options = {
      wsEngine: () => {},
    } as const;
    resolveEngineOptions(options);
    const codes = warn.mock.calls.map(([, details]) => (details as unknown as { code: string }).code);
    warn.mockRestore();
    expect(codes).toEqual(["SKW103"]);
  });

  test("take the transports they are given", () => {
    const { transports } = resolveEngineOptions({ transports: ["polling", "webtransport"] });
    expect(transports).toEqual(["polling", "webtransport"]);
  });

  test("of attach win over those of the constructor", () => {
    const own = resolveEngineOptions({ path: "/own", destroyUpgradeTimeout: 5 });
    expect(resolveAttachOptions({ path: "/given" }, own)).toMatchObject({
      path: "/given",
      destroyUpgradeTimeout: 5,
    });
  });

  test("give the path one trailing slash, or none if that is asked for", () => {
    const prefix = (path: string, addTrailingSlash = true) => pathPrefix({ path, addTrailingSlash });
    expect([prefix("/a"), prefix("/a/"), prefix("/a", false), prefix("/a/", false)]).toEqual([
      "/a/",
      "/a/",
      "/a",
      "/a",
    ]);
  });
});
