import { beforeEach, describe, expect, test, vi } from "vitest";
import { resolveEngineClientOptions } from "../options.ts";
import type { HttpRequest, HttpResponse } from "../platform-types.ts";
import { FakeClock } from "../testing/fake-clock.ts";
import type { Session } from "../transport.ts";
import { PollingTransport } from "./polling.ts";

interface Pending extends HttpRequest {
  respond(responseText: string, status?: number): void;
  isAborted: boolean;
}

const pending: Pending[] = [];

vi.mock("#platform", () => ({
  request(request: HttpRequest, done: (response: HttpResponse) => void) {
    const entry: Pending = {
      ...request,
      isAborted: false,
      respond(responseText, status = 200) {
        pending.splice(pending.indexOf(entry), 1);
        if (!entry.isAborted) done({ status, responseText });
      },
    };
    pending.push(entry);
    return () => {
      entry.isAborted = true;
    };
  },
}));

beforeEach(() => {
  pending.length = 0;
});

const OPEN = '0{"sid":"s1","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":1}';

function start(options = {}) {
  const clock = new FakeClock();
  const session: Session = { sid: undefined };
  const setup = {
    options: resolveEngineClientOptions("http://h", options),
    clock,
    cookies: undefined,
    session,
  };
  const transport = new PollingTransport(setup);
  const log: unknown[] = [];
  transport.sink = {
    onOpen: () => log.push("open"),
    onPacket: (packet) => {
      log.push(packet);
      if (packet === OPEN) session.sid = "s1";
    },
    onBinary: () => log.push("binary"),
    onDrain: () => log.push("drain"),
    onError: (error) => log.push(error),
    onClose: (details) => log.push(details),
  };
  transport.open();
  return { transport, log, clock, session };
}

function started(options = {}) {
  const parts = start(options);
  pending[0]!.respond(OPEN);
  parts.log.length = 0;
  return parts;
}

const get = () => pending.find(({ method }) => method === "GET");
const post = () => pending.find(({ method }) => method === "POST");
const message = (data: string) => ({ type: "message" as const, data, options: { compress: true } });

test("asks for a session, then always keeps one poll waiting", () => {
  const { log } = start({ query: { q: "a b" }, timestampRequests: false });
  expect(pending.map(({ method, uri }) => [method, uri])).toEqual([
    ["GET", "http://h/engine.io/?q=a+b&EIO=4&transport=polling"],
  ]);
  pending[0]!.respond(`${OPEN}\x1e4early`);
  expect(log).toEqual(["open", OPEN, "4early"]);
  expect(get()!.uri).toBe("http://h/engine.io/?q=a+b&EIO=4&transport=polling&sid=s1");
  get()!.respond("4a\x1ebAQI=\x1e6");
  expect(log.slice(3)).toEqual(["4a", "bAQI=", "6"]);
  expect(pending).toHaveLength(1);
});

test("adds a cache-busting parameter unless told not to, and b64 to the handshake only", () => {
  start({ timestampParam: "ts", forceBase64: true });
  expect(get()!.uri).toMatch(/transport=polling&ts=[a-z0-9]+&b64=1$/);
  get()!.respond(OPEN);
  expect(get()!.uri).toMatch(/transport=polling&ts=[a-z0-9]+&sid=s1$/);
});

test("sends a batch in one request, bytes as base64, and is writable again when it was answered", () => {
  const { transport, log } = started();
  expect(transport.writable).toBe(true);
  transport.write([
    message("a"),
    { ...message(""), data: new Uint8Array([1, 2]) },
    { ...message(""), type: "pong" },
  ]);
  expect(transport.writable).toBe(false);
  expect(post()!.body).toBe("4a\x1ebAQI=\x1e3");
  post()!.respond("ok");
  expect([transport.writable, log]).toEqual([true, ["drain"]]);
});

test("reads Blobs before it sends them", async () => {
  const { transport } = started();
  transport.write([message("a"), { ...message(""), data: new Blob(["hi"]) }]);
  expect(post()).toBeUndefined();
  await vi.waitFor(() => expect(post()!.body).toBe("4a\x1ebaGk="));
});

describe("pausing", () => {
  test("is immediate when nothing is in flight but takes the waiting poll and the post into account", () => {
    const { transport, log } = started();
    const onPaused = vi.fn();
    transport.write([message("a")]);
    transport.pause(onPaused);
    get()!.respond("4last");
    expect([log, onPaused.mock.calls.length]).toEqual([["4last"], 0]);
    expect(get()).toBeUndefined();
    post()!.respond("ok");
    expect(onPaused).toHaveBeenCalledTimes(1);
    expect(pending).toEqual([]);
  });

  test("waits for the poll when the post comes back first", () => {
    const { transport } = started();
    const onPaused = vi.fn();
    transport.write([message("a")]);
    transport.pause(onPaused);
    post()!.respond("ok");
    expect(onPaused).not.toHaveBeenCalled();
    get()!.respond("6");
    expect(onPaused).toHaveBeenCalledTimes(1);
  });

  test("can be taken back before and after it was reached", () => {
    const { transport } = started();
    transport.pause(() => {});
    transport.resume();
    expect(pending).toHaveLength(1);
    get()!.respond("6");
    expect(get()).toBeDefined();
    const onPaused = vi.fn();
    transport.pause(onPaused);
    get()!.respond("6");
    expect(onPaused).toHaveBeenCalled();
    expect(get()).toBeUndefined();
    transport.resume();
    expect(get()).toBeDefined();
  });
});

describe("ending", () => {
  test("stops at the server's close packet", () => {
    const { log } = started();
    get()!.respond("4a\x1e1\x1e4never");
    expect(log).toEqual(["4a", { description: "transport closed by the server" }]);
    expect(pending).toEqual([]);
  });

  test("tells the server, and lets the waiting poll go once it knows", () => {
    const { transport, log } = started();
    const poll = get()!;
    transport.close();
    expect(post()!.body).toBe("1");
    post()!.respond("ok");
    expect(poll.isAborted).toBe(true);
    expect(log).toEqual([]);
  });

  test("waits for a handshake under way, so that the server can be told", () => {
    const { transport, log } = start();
    transport.sink = undefined;
    transport.close();
    expect(post()).toBeUndefined();
    get()!.respond(OPEN);
    expect(post()).toMatchObject({ body: "1", uri: expect.stringContaining("sid=s1") });
    expect(log).toEqual([]);
  });

  test("gives up on a handshake that never comes back", () => {
    const { transport, clock } = start();
    transport.close();
    clock.advance(10_000);
    expect(get()!.isAborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test("aborts everything when the peer is gone", () => {
    const { transport } = started();
    transport.write([message("a")]);
    transport.destroy();
    expect(pending.map(({ isAborted }) => isAborted)).toEqual([true, true]);
  });

  test.each([
    ["GET", "ERR_POLL_READ", "xhr poll error"],
    ["POST", "ERR_POLL_WRITE", "xhr post error"],
  ])("reports a %s that was not answered with 200", (method, code, text) => {
    const { transport, log } = started();
    transport.write([message("a")]);
    pending.find((request) => request.method === method)!.respond("too large", 413);
    expect(log).toMatchObject([
      { code, message: text, description: 413, context: { status: 413, responseText: "too large" } },
    ]);
  });
});

test("polls on although a handler threw", () => {
  const { transport } = started();
  transport.sink!.onPacket = () => {
    throw new Error("mine");
  };
  const poll = get()!;
  expect(() => poll.respond("4a")).toThrow("mine");
  expect(get()).toBeDefined();
});
