import { ENGINE_OPTION_NAMES } from "@sockeye/engine";
import { describe, expect, test, vi } from "vitest";
import { defaultCodec } from "@sockeye/protocol/socket";
import { attachOptions, resolveServerOptions, SERVER_DEFAULTS } from "./options.ts";
import type { ServerOptions } from "./options.ts";

test("defaults are those documented", () => {
  expect(resolveServerOptions()).toMatchObject({
    path: "/socket.io",
    serveClient: true,
    adapter: undefined,
    parser: defaultCodec,
    connectTimeout: 45_000,
    cleanupEmptyChildNamespaces: false,
  });
  expect(Object.isFrozen(SERVER_DEFAULTS)).toBe(true);
});

test("undefined means the default, and so does a connectTimeout of 0", () => {
  const given = { path: undefined, serveClient: undefined, connectTimeout: 0, parser: undefined };
  expect(resolveServerOptions(given)).toMatchObject({
    path: "/socket.io",
    serveClient: true,
    connectTimeout: 45_000,
  });
});

test("the given object is not written to, and what is not the server's goes to the engine", () => {
  const given = Object.freeze({
    path: "/x/",
    connectTimeout: 5,
    pingInterval: 7,
    cors: Object.freeze({ origin: "*" }),
  });
  const resolved = resolveServerOptions(given);
  expect(resolved).toMatchObject({ path: "/x", connectTimeout: 5 });
  expect(resolved.engine).toEqual({ path: "/x/", pingInterval: 7, cors: { origin: "*" } });
});

describe("invalid options are refused", () => {
  test.each<[ServerOptions, string]>([
    [true as never, "options must be an object, got true (boolean)"],
    [{ path: "x" }, 'path must be a string that starts with "/", got "x" (string)'],
    [{ serveClient: "yes" as never }, 'serveClient must be a boolean, got "yes" (string)'],
    [{ connectTimeout: -1 }, "connectTimeout must be a positive integer of ms, got -1 (number)"],
    [{ connectTimeout: 2 ** 31 }, "connectTimeout must be a positive integer of ms, got 2147483648 (number)"],
    [{ adapter: {} as never }, "adapter must be a function, got [object Object] (object)"],
    [{ onError: 1 as never }, "onError must be a function, got 1 (number)"],
    [
      { cleanupEmptyChildNamespaces: 1 as never },
      "cleanupEmptyChildNamespaces must be a boolean, got 1 (number)",
    ],
    [
      { parser: {} as never },
      "parser must be a codec with encode and createDecoder, or { Encoder, Decoder }, got [object Object] (object)",
    ],
    [{ pingInterval: "abc" as never }, 'pingInterval must be a positive integer of ms, got "abc" (string)'],
  ])("%o", (given, message) => {
    expect(() => resolveServerOptions(given)).toThrow(
      expect.objectContaining({ code: "ERR_INVALID_OPTION", message: expect.stringContaining(message) }),
    );
  });
});

test("an unknown option is warned of once, with the nearest known one, and does not reach the engine", () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const given = { conectTimeout: 5, pingIntervall: 6, zzzzzz: 1 } as ServerOptions;
  const { engine } = resolveServerOptions(given);
  resolveServerOptions(given);
  expect(engine).toEqual({ path: "/socket.io" });
  expect(warn.mock.calls.map(([text]) => text)).toEqual([
    'unknown server option: "conectTimeout", did you mean "connectTimeout"?',
    'unknown server option: "pingIntervall", did you mean "pingInterval"?',
    'unknown server option: "zzzzzz"',
  ]);
  warn.mockRestore();
});

test("no option of the server or the engine is taken for unknown", () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const names = [...Object.keys(resolveServerOptions()), ...ENGINE_OPTION_NAMES].filter(
    (name) => name !== "engine",
  );
  resolveServerOptions(Object.fromEntries(names.map((name) => [name, undefined])));
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});

test("an option that has no effect in attach is warned of", () => {
  const warn = vi.spyOn(process, "emitWarning").mockImplementation(() => {});
  const given = {
    connectTimeout: 5,
    parser: undefined,
    serveClient: false,
    pingInterval: 7,
    pingTimeout: undefined,
  };
  expect(attachOptions(given)).toEqual({ serveClient: false, pingInterval: 7 });
  expect(warn.mock.calls.map(([text]) => text)).toEqual([
    "an option has no effect in attach, give it to the constructor: connectTimeout",
  ]);
  warn.mockRestore();
});

describe("connectionStateRecovery", () => {
  test.each([undefined, null, false])("is off if it is %s", (given) => {
    expect(resolveServerOptions({ connectionStateRecovery: given as never })).toMatchObject({
      connectionStateRecovery: undefined,
    });
  });

  test.each([{}, true, { skipMiddlewares: undefined }])("has defaults, given %o", (given) => {
    expect(resolveServerOptions({ connectionStateRecovery: given as never }).connectionStateRecovery).toEqual(
      {
        maxDisconnectionDuration: 120_000,
        skipMiddlewares: true,
      },
    );
  });

  test.each([0, 1.5, Infinity, 2 ** 40])("lets clients be away for %d ms", (maxDisconnectionDuration) => {
    const given = { connectionStateRecovery: { maxDisconnectionDuration, skipMiddlewares: false } };
    expect(resolveServerOptions(given)).toMatchObject(given);
  });

  test.each<[unknown, string]>([
    ["yes", 'connectionStateRecovery must be an object, got "yes" (string)'],
    [
      { maxDisconnectionDuration: -1 },
      "maxDisconnectionDuration must be a number of ms, 0 or more, got -1 (number)",
    ],
    [
      { maxDisconnectionDuration: NaN },
      "maxDisconnectionDuration must be a number of ms, 0 or more, got NaN (number)",
    ],
    [{ skipMiddlewares: 1 }, "skipMiddlewares must be a boolean, got 1 (number)"],
  ])("is checked: %o", (given, message) => {
    expect(() => resolveServerOptions({ connectionStateRecovery: given as never })).toThrow(message);
  });
});
