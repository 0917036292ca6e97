import { describe, expect, test } from "vitest";
import { resolveDeflateOptions } from "./deflate.ts";
import { type UpgradeAccepted, type UpgradeOptions, checkUpgrade, upgradeResponse } from "./upgrade.ts";

const HEADERS = {
  host: "example.com",
  upgrade: "websocket",
  connection: "Upgrade",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  "sec-websocket-version": "13",
};

function check(
  changes: Record<string, string | undefined> = {},
  options: UpgradeOptions = {},
  method = "GET",
) {
  const headers = Object.fromEntries(
    Object.entries({ ...HEADERS, ...changes }).filter(([, value]) => value !== undefined),
  );
  return checkUpgrade({ method, httpVersion: "1.1", headers }, options);
}

function accepted(
  changes: Record<string, string | undefined> = {},
  options: UpgradeOptions = {},
): UpgradeAccepted {
  const verdict = check(changes, options);
  if (!verdict.ok) throw new Error(verdict.message);
  return verdict;
}

describe("the check of a request", () => {
  test("accepts the example of RFC 6455 §1.3", () => {
    expect(check()).toEqual({ ok: true, acceptKey: "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" });
  });

  test.each([
    { upgrade: "WebSocket" },
    { upgrade: "h2c, websocket" },
    { connection: "keep-alive, Upgrade" },
    { connection: "UPGRADE" },
    { connection: undefined },
  ])("accepts %j", (changes) => {
    expect(check(changes).ok).toBe(true);
  });

  test.each<[Record<string, string | undefined>, number]>([
    [{ upgrade: undefined }, 400],
    [{ upgrade: "h2c" }, 400],
    [{ upgrade: "websocket2" }, 400],
    [{ connection: "keep-alive" }, 400],
    [{ "sec-websocket-key": undefined }, 400],
    [{ "sec-websocket-key": "" }, 400],
    [{ "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ" }, 400],
    [{ "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ==" }, 400],
    [{ "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==\n" }, 400],
    [{ "sec-websocket-key": `${"A".repeat(86)}==` }, 400],
    [{ "sec-websocket-version": undefined }, 426],
    [{ "sec-websocket-version": "12" }, 426],
    [{ "sec-websocket-version": "13, 8" }, 426],
    [{ "sec-websocket-protocol": "" }, 400],
    [{ "sec-websocket-protocol": "a,,b" }, 400],
    [{ "sec-websocket-protocol": "a, b, a" }, 400],
    [{ "sec-websocket-protocol": "a b" }, 400],
    [{ "sec-websocket-protocol": "a\r\nSet-Cookie: x" }, 400],
  ])("refuses %j with %i", (changes, status) => {
    expect(check(changes)).toMatchObject({ ok: false, status });
  });

  test("names the version it speaks", () => {
    expect(check({ "sec-websocket-version": "8" })).toMatchObject({
      status: 426,
      headers: { "Sec-WebSocket-Version": "13" },
    });
  });

  test.each(["POST", "PUT", "OPTIONS", "HEAD", "CONNECT"])("refuses %s with 405", (method) => {
    expect(check({}, {}, method)).toMatchObject({ ok: false, status: 405, headers: { Allow: "GET" } });
  });

  test.each(["1.0", "2.0"])("refuses HTTP/%s", (httpVersion) => {
    expect(checkUpgrade({ method: "GET", httpVersion, headers: HEADERS }, {})).toMatchObject({ status: 400 });
  });
});

describe("subprotocols", () => {
  test("are answered with the first offered, unless somebody selects", () => {
    const offered = { "sec-websocket-protocol": "chat.v2, chat" };
    expect(accepted(offered).protocol).toBe("chat.v2");
    expect(accepted(offered, { selectProtocol: (names) => names.at(-1) }).protocol).toBe("chat");
    expect(accepted(offered, { selectProtocol: () => undefined }).protocol).toBeUndefined();
    expect(accepted({}, { selectProtocol: () => "never asked" }).protocol).toBeUndefined();
  });

  test("must be among the offered", () => {
    expect(() => check({ "sec-websocket-protocol": "chat" }, { selectProtocol: () => "other" })).toThrow(
      expect.objectContaining({ code: "ERR_WS_PROTOCOL" }),
    );
  });
});

describe("extensions", () => {
  const deflate = resolveDeflateOptions(true);

  test("are negotiated only where compression is on", () => {
    const offer = { "sec-websocket-extensions": "permessage-deflate; client_max_window_bits" };
    expect(accepted(offer).deflate).toBeUndefined();
    expect(accepted(offer, { deflate: false }).deflate).toBeUndefined();
    expect(accepted(offer, { deflate }).deflate?.response).toContain("server_no_context_takeover");
    expect(accepted({ "sec-websocket-extensions": "x-other" }, { deflate }).deflate).toBeUndefined();
    expect(accepted({}, { deflate }).deflate).toBeUndefined();
  });

  test.each([
    "",
    ",",
    "permessage-deflate,",
    "permessage-deflate;",
    "permessage-deflate; =1",
    "permessage-deflate; server_max_window_bits=",
    'permessage-deflate; server_max_window_bits="10',
    'permessage-deflate; server_max_window_bits="1 0"',
    "permessage-deflate; a b",
    "permessage-deflate\r\nX: y",
    "per(message)",
  ])("refuse the malformed header %j", (header) => {
    expect(check({ "sec-websocket-extensions": header }, { deflate })).toMatchObject({
      ok: false,
      status: 400,
    });
  });

  test("ignore a malformed header where compression is off", () => {
    expect(check({ "sec-websocket-extensions": "," }).ok).toBe(true);
  });

  test("read a long hostile header in linear time", () => {
    const header = `permessage-deflate; a="${"\\a".repeat(20_000)}"${" ".repeat(20_000)}x, ${";".repeat(20_000)}`;
    expect(check({ "sec-websocket-extensions": header }, { deflate })).toMatchObject({ status: 400 });
  });
});

describe("the 101 response", () => {
  test("is the whole head, byte for byte", () => {
    const verdict = accepted(
      { "sec-websocket-protocol": "chat", "sec-websocket-extensions": "permessage-deflate" },
      { deflate: resolveDeflateOptions(true) },
    );
    expect(upgradeResponse(verdict, [["Set-Cookie", "io=1"]])).toBe(
      [
        "HTTP/1.1 101 Switching Protocols",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
        "Sec-WebSocket-Protocol: chat",
        "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover",
        "Set-Cookie: io=1",
        "",
        "",
      ].join("\r\n"),
    );
  });

  test("keeps repeated extra headers and leaves out those the handshake answers", () => {
    const head = upgradeResponse(accepted(), [
      ["Set-Cookie", "a=1"],
      ["Set-Cookie", "b=2"],
      ["connection", "close"],
      ["Content-Length", "0"],
      ["Sec-WebSocket-Accept", "forged"],
      ["X-Latin", "caf\u00e9\ttab"],
    ]);
    expect(head.match(/Set-Cookie/g)).toHaveLength(2);
    expect(head).toContain("X-Latin: caf\u00e9\ttab\r\n");
    expect(head).not.toMatch(/close|Content-Length|forged/);
  });

  test.each<[string, string]>([
    ["X-A", "a\r\nInjected: 1"],
    ["X-A", "a\nInjected: 1"],
    ["X-A", "a\rb"],
    ["X-A", "a\u0000b"],
    ["X-A", "snowman \u2603"],
    ["X-A\r\nInjected", "1"],
    ["X A", "1"],
    ["X-A:", "1"],
    ["", "1"],
    ["connection", "close\r\nInjected: 1"],
  ])("refuses the header %j: %j", (name, value) => {
    expect(() => upgradeResponse(accepted(), [[name, value]])).toThrow(
      expect.objectContaining({ code: "ERR_WS_HEADER" }),
    );
  });
});
