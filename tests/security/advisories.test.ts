// One test per published advisory of the ecosystem (SECURITY.md lists them): the attack, over real connections, and then a stock
// client that must still be served. The published server, where each of them is fixed, is the control.
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { SERVERS } from "../interop/servers.ts";
import { ask, dialWebSocket, frame, openPolling, openWebSocket, readUntil, startTarget } from "./peer.ts";

const uncaught = vi.fn();

beforeAll(() => {
  process.on("uncaughtExceptionMonitor", uncaught);
});

afterAll(() => {
  process.off("uncaughtExceptionMonitor", uncaught);
  expect(uncaught).not.toHaveBeenCalled();
});

describe.each(SERVERS)("the $name server", ({ Server }) => {
  test("CVE-2020-28481: sends no CORS headers unless configured", async () => {
    const { port } = await startTarget(Server);
    const answer = await ask(port, "GET", "transport=polling", "", { origin: "https://evil.example" });
    expect(answer.status).toBe(200);
    expect(Object.keys(answer.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("CVE-2020-36048: refuses a body above 1 MB by default, while it arrives", async () => {
    const target = await startTarget(Server);
    const sid = await openPolling(target.port);
    const body = `4${"x".repeat(1_000_001)}`;
    const answer = await ask(target.port, "POST", `transport=polling&sid=${sid}`, body);
    expect(answer.status).toBe(413);
    expect(await target.answersOthers()).toBe(true);
  });

  test("CVE-2020-36049: takes a body of a million empty packets without harm", async () => {
    const target = await startTarget(Server);
    const sid = await openPolling(target.port);
    await ask(target.port, "POST", `transport=polling&sid=${sid}`, "\x1e".repeat(999_999)).catch(() => {});
    expect(await target.answersOthers()).toBe(true);
  });

  test("CVE-2022-21676: survives a frame that breaks the protocol while the handshake is still under way", async () => {
    const target = await startTarget(Server);
    target.io.engine.generateId = () =>
      new Promise((resolve) => setImmediate(resolve, "slow-identifier-0001"));
    const socket = dialWebSocket(target.port);
    // An unmasked frame with all reserved bits set, in the same breath as the request.
    socket.write(Buffer.from([0xff, 0x05, 1, 2, 3, 4, 5]));
    await readUntil(socket);
    delete (target.io.engine as { generateId?: unknown }).generateId;
    expect(await target.answersOthers()).toBe(true);
  });

  test.each(['"splice"', "-1", "1", "null", '{"toString":1}', "1e3"])(
    "CVE-2022-2421: refuses the attachment index %s",
    async (num) => {
      const target = await startTarget(Server);
      const socket = await openWebSocket(target.port);
      socket.write(Buffer.concat([frame(1, `451-["echo",{"_placeholder":true,"num":${num}}]`)]));
      socket.write(frame(2, Buffer.of(1, 2, 3)));
      await readUntil(socket);
      expect(target.io.engine.clientsCount).toBe(0);
      expect(await target.answersOthers()).toBe(true);
    },
  );

  test("CVE-2022-41940: survives a reset in the middle of an upgrade, accepted or refused", async () => {
    const target = await startTarget(Server, {
      allowRequest: (_: unknown, done: (...args: any[]) => void) => setImmediate(done, null, false),
    });
    for (let attempt = 0; attempt < 20; attempt += 1) {
      const socket = dialWebSocket(target.port);
      await new Promise((resolve) => setImmediate(resolve));
      socket.resetAndDestroy();
    }
    const answer = await ask(target.port, "GET", "transport=polling");
    expect(answer.status).toBe(403);
  });

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
    "CVE-2023-31125: refuses the transport and the session id %s",
    async (name) => {
      const target = await startTarget(Server);
      expect((await ask(target.port, "GET", `transport=${name}`)).body).toBe(
        '{"code":0,"message":"Transport unknown"}',
      );
      expect((await ask(target.port, "GET", `transport=polling&sid=${name}`)).body).toBe(
        '{"code":1,"message":"Session ID unknown"}',
      );
      const socket = dialWebSocket(target.port, [`Cookie: io=${name}`]);
      await readUntil(socket, "0{");
      expect(await target.answersOthers()).toBe(true);
    },
  );

  test.each([
    '[{"toString":"foo"}]',
    "[[]]",
    "[null]",
    "[true]",
    '["disconnect"]',
    '["newListener"]',
    "[]",
    "{}",
  ])("CVE-2023-32695: refuses the event %s", async (event) => {
    const target = await startTarget(Server);
    const socket = await openWebSocket(target.port);
    socket.write(Buffer.concat([frame(1, `42${event}`)]));
    await readUntil(socket);
    expect(await target.answersOthers()).toBe(true);
  });

  test("CVE-2024-38355: an error on a socket without listeners does not end the process", async () => {
    const target = await startTarget(Server);
    const ended = new Promise((resolve) => {
      target.io.on("connection", (socket) => socket.on("disconnect", resolve));
    });
    const socket = await openWebSocket(target.port);
    socket.write(Buffer.concat([frame(1, '42["error","an event like any other"]'), frame(1, "4woooot")]));
    await readUntil(socket);
    expect(await ended).toBe("forced close");
    expect(await target.answersOthers()).toBe(true);
  });

  test("CVE-2024-37890: survives an upgrade with more headers than Node keeps", async () => {
    const target = await startTarget(Server);
    const headers = Array.from({ length: 2100 }, (_, index) => `x${index}: 1`);
    const socket = dialWebSocket(target.port, headers);
    await readUntil(socket, "0{");
    expect(await target.answersOthers()).toBe(true);
  });

  test.each(["11", "100000000000", "1e9", "-1", "0x10", ""])(
    "CVE-2026-33151: refuses to wait for %s attachments",
    async (count) => {
      const target = await startTarget(Server);
      const socket = await openWebSocket(target.port);
      socket.write(Buffer.concat([frame(1, `45${count}-["echo",{"_placeholder":true,"num":0}]`)]));
      await readUntil(socket);
      expect(target.io.engine.clientsCount).toBe(0);
      expect(await target.answersOthers()).toBe(true);
    },
  );
});

test("CVE-2026-45736, CVE-2026-48779: the client's ws is past both fixes, and no server package depends on it", () => {
  const manifest = (name: string): { dependencies?: Record<string, string> } =>
    JSON.parse(readFileSync(new URL(`../../packages/${name}/package.json`, import.meta.url), "utf8"));
  const [major = 0, minor = 0] = (manifest("engine-client").dependencies?.["ws"] ?? "")
    .split(".")
    .map(Number);
  expect(major > 8 || (major === 8 && minor >= 21)).toBe(true);
  for (const name of ["server", "engine", "websocket", "adapter"]) {
    expect(Object.keys(manifest(name).dependencies ?? {})).not.toContain("ws");
  }
});
