import { beforeEach, describe, expect, test } from "vitest";
import { EngineClient } from "./engine-client.ts";
import type { EngineClientOptions } from "./options.ts";
import { FakeClock } from "./testing/fake-clock.ts";
import { memoryTransports } from "./testing/memory-transport.ts";

beforeEach(() => {
  EngineClient.priorWebsocketSuccess = false;
});

const EVENTS = [
  "handshake",
  "open",
  "message",
  "ping",
  "pong",
  "drain",
  "flush",
  "error",
  "upgrading",
  "upgrade",
] as const;

function setUp(options: EngineClientOptions = {}) {
  const clock = new FakeClock();
  const { made, createTransport } = memoryTransports();
  const client = new EngineClient("http://host", options, { clock, createTransport });
  const log: unknown[][] = [];
  for (const event of EVENTS) client.on(event, (...args: any[]) => log.push([event, ...args]));
  client.on("upgradeError", (error) => log.push(["upgradeError", error.message, error.transport]));
  client.on("close", (reason, details) => log.push(["close", reason, details]));
  const events = (...names: string[]) => log.filter(([name]) => names.includes(String(name)));
  const opened = (open?: Record<string, unknown>) => {
    made[0]!.accept(open);
    log.length = 0;
    return made[0]!;
  };
  return { clock, client, made, log, events, opened, first: made[0]! };
}

/** A connection that has just begun to try WebSocket. */
function probing(options: EngineClientOptions = {}) {
  const parts = setUp(options);
  const polling = parts.opened({ upgrades: ["websocket"] });
  const candidate = parts.made[1]!;
  candidate.accept();
  return { ...parts, polling, candidate };
}

describe("opening", () => {
  test("raises handshake, then open, and knows its session", () => {
    const { client, first, log } = setUp();
    expect(client).toMatchObject({ readyState: "opening", id: undefined });
    first.accept({ sid: "s1" });
    expect(log.map(([name]) => name)).toEqual(["handshake", "open"]);
    expect(client).toMatchObject({ readyState: "open", id: "s1" });
  });

  test("sends what was queued meanwhile in one batch", () => {
    const { client, first } = setUp();
    client.send("a").send("b");
    expect(first.writes).toEqual([]);
    first.accept();
    expect(first.writes).toEqual([["4a", "4b"]]);
  });

  test("fails with an error, then close, when its transport does", () => {
    const { first, log, client } = setUp();
    first.fail("why");
    expect(log).toMatchObject([
      ["error", { code: "ERR_POLL_READ", message: "xhr poll error", type: "TransportError", cause: "why" }],
      ["close", "transport error", { description: 0, context: { status: 0 } }],
    ]);
    expect(client.readyState).toBe("closed");
  });

  test("goes on to the next transport when asked to try all, and only while opening", () => {
    const given = ["polling", "websocket"];
    const { made, log, client } = setUp({ tryAllTransports: true, transports: given });
    made[0]!.fail();
    expect(made.map(({ name, state }) => [name, state])).toEqual([
      ["polling", "destroyed"],
      ["websocket", "opening"],
    ]);
    made[1]!.accept();
    made[1]!.receive('0{"sid":"x","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":1}');
    expect(client.readyState).toBe("open");
    made[1]!.fail();
    expect(log.at(-1)).toMatchObject(["close", "transport error", expect.any(Error)]);
    expect(given).toEqual(["polling", "websocket"]);
  });

  test("says a turn later that there is no transport it knows", () => {
    const { clock, log, made } = setUp({ transports: ["carrier pigeon"] });
    expect([made, log]).toEqual([[], []]);
    clock.advance(0);
    expect(log).toMatchObject([
      ["error", { code: "ERR_NO_TRANSPORTS", message: "No transports available" }],
      ["close", "transport error", expect.any(Error)],
    ]);
  });

  test("starts with WebSocket if that worked last time and it may remember", () => {
    EngineClient.priorWebsocketSuccess = true;
    expect(setUp({ rememberUpgrade: true }).first.name).toBe("websocket");
    expect(setUp({ rememberUpgrade: true, transports: ["polling"] }).first.name).toBe("polling");
    expect(setUp().first.name).toBe("polling");
  });

  test("can be called off, without an error", () => {
    const { client, first, log } = setUp();
    client.close();
    expect(log).toEqual([["close", "forced close", undefined]]);
    expect(first.state).toBe("closed");
    first.accept();
    expect(client.readyState).toBe("closed");
  });

  test.each(["<html>", "", "0{", '0{"sid":5}', "9x", "bé"])("refuses %j as a packet", (packet) => {
    const { first, log } = setUp();
    first.receive(packet);
    expect(log).toMatchObject([
      ["error", { code: "ERR_SERVER_PACKET", message: "server error" }],
      ["close", "transport error", expect.any(Error)],
    ]);
  });
});

describe("heartbeat", () => {
  test("answers each ping and says so", () => {
    const { opened, log } = setUp();
    const transport = opened();
    transport.receive("2");
    expect(transport.sent).toEqual(["3"]);
    expect(log.map(([name]) => name)).toEqual(["flush", "ping", "pong"]);
  });

  test("closes when no ping came in time, whatever else came", () => {
    const { opened, clock, log } = setUp();
    const transport = opened({ pingInterval: 100, pingTimeout: 50 });
    clock.advance(149);
    transport.receive("2");
    clock.advance(149);
    transport.receive("4still here");
    expect(log.at(-1)).toEqual(["message", "still here"]);
    clock.advance(1);
    expect(log.at(-1)).toEqual(["close", "ping timeout", undefined]);
    expect(transport.state).toBe("destroyed");
    expect(clock.pending).toBe(0);
  });

  test("notices before a write that the deadline passed while the machine slept", () => {
    const { opened, client, clock, log } = setUp();
    opened({ pingInterval: 100, pingTimeout: 50 });
    expect(client.hasPingExpired()).toBe(false);
    clock.sleep(151);
    expect(client.hasPingExpired()).toBe(true);
    expect(client.readyState).toBe("open");
    clock.advance(0);
    expect(log.at(-1)).toEqual(["close", "ping timeout", undefined]);
  });
});

describe("sending", () => {
  test("waits for the drain, then sends all that came up meanwhile", () => {
    const { opened, client, log } = setUp();
    const transport = opened();
    const flushed: string[] = [];
    client.send("a", null, () => flushed.push("a")).send("b", { compress: false }, () => flushed.push("b"));
    client.send(new Uint8Array(3));
    expect([transport.writes, flushed]).toEqual([[["4a"]], ["a"]]);
    expect(client.writeBuffer).toHaveLength(3);
    transport.drain();
    expect([transport.writes, flushed]).toEqual([
      [["4a"], ["4b", "4<bytes>"]],
      ["a", "b"],
    ]);
    transport.drain();
    expect(client.writeBuffer).toHaveLength(0);
    expect(log.map(([name]) => name)).toEqual(["flush", "flush", "drain"]);
  });

  test("splits batches at the server's maxPayload, but sends a packet that is too large alone", () => {
    const { client, first } = setUp();
    for (const data of ["x".repeat(60), "y".repeat(38), "z", "L".repeat(500), "t"]) client.send(data);
    first.accept({ maxPayload: 100 });
    first.drain();
    first.drain();
    first.drain();
    // 1 + 60 + 2 + 38 = 101 would be too much; 38 and 1 fit.
    expect(first.writes.map((write) => write.map((packet) => packet.length - 1))).toEqual([
      [60],
      [38, 1],
      [500],
      [1],
    ]);
  });

  test("ignores maxPayload over WebSocket", () => {
    const { client, first } = setUp({ transports: ["websocket"] });
    for (const data of ["x".repeat(60), "y".repeat(60)]) client.send(data);
    first.accept();
    first.receive('0{"sid":"x","upgrades":[],"pingInterval":1,"pingTimeout":1,"maxPayload":100}');
    expect(first.writes).toHaveLength(1);
  });
});

describe("upgrading", () => {
  test("probes, brings polling to rest, then switches and sends the rest over the new transport", () => {
    const { client, polling, candidate, log } = probing();
    expect(candidate.sent).toEqual(["2probe"]);
    candidate.drain();
    client.send("before");
    polling.drain();
    candidate.receive("3probe");
    expect(client.upgrading).toBe(true);
    client.send("meanwhile");
    polling.receive("4still over polling");
    expect(polling.sent).toEqual(["4before"]);
    polling.reachPause();
    expect(candidate.sent).toEqual(["2probe", "5"]);
    candidate.drain();
    expect(candidate.sent).toEqual(["2probe", "5", "4meanwhile"]);
    expect(client).toMatchObject({ upgrading: false, transport: candidate });
    expect(polling.sink).toBeUndefined();
    expect(EngineClient.priorWebsocketSuccess).toBe(true);
    expect(log.map(([name]) => name)).toEqual(["flush", "drain", "upgrading", "message", "upgrade", "flush"]);
  });

  test.each([
    ["answers wrongly", (candidate: any) => candidate.receive("4what?")],
    ["fails", (candidate: any) => candidate.fail()],
    ["closes", (candidate: any) => candidate.hangUp()],
  ])("stays on polling when the candidate %s", (_, break_) => {
    const { client, polling, candidate, events } = probing();
    break_(candidate);
    expect(events("upgradeError")).toEqual([
      ["upgradeError", expect.stringContaining("probe error"), "websocket"],
    ]);
    expect(candidate.state).toBe("closed");
    client.send("on");
    expect(polling.sent).toEqual(["4on"]);
  });

  test("takes polling up again when the candidate fails while polling comes to rest", () => {
    const { client, polling, candidate } = probing();
    candidate.receive("3probe");
    client.send("held back");
    candidate.hangUp();
    expect(polling.onPaused).toBeUndefined();
    expect(polling.sent).toEqual(["4held back"]);
  });

  test("waits for its end when closed meanwhile", () => {
    const { client, polling, candidate, log } = probing();
    candidate.drain();
    candidate.receive("3probe");
    client.close();
    client.send("too late");
    expect(client.readyState).toBe("closing");
    polling.reachPause();
    expect(log.at(-1)).toEqual(["close", "forced close", undefined]);
    expect(candidate).toMatchObject({ state: "closed", sent: ["2probe", "5"] });
  });

  test("ends with the connection", () => {
    const { polling, candidate, events } = probing();
    polling.hangUp();
    expect(candidate.state).toBe("closed");
    expect(events("close")).toMatchObject([
      ["close", "transport close", { description: "transport closed by the server" }],
    ]);
  });

  test.each([
    ["it is switched off", { upgrade: false }, ["websocket"]],
    ["the server offers none", {}, []],
    ["the client does not want it", { transports: ["polling"] }, ["websocket"]],
  ])("is not tried when %s", (_, options, upgrades) => {
    const { opened, made } = setUp(options);
    opened({ upgrades });
    expect(made).toHaveLength(1);
  });
});

describe("closing", () => {
  test("sends what is queued first", () => {
    const { opened, client, log } = setUp();
    const transport = opened();
    client.send("a").send("b").close().send("c");
    expect(client.readyState).toBe("closing");
    transport.drain();
    transport.drain();
    expect(transport.sent).toEqual(["4a", "4b"]);
    expect(log.at(-1)).toEqual(["close", "forced close", undefined]);
  });

  test("happens once; the queue is still there for the listener and gone afterwards", () => {
    const { opened, client, events } = setUp();
    const transport = opened();
    client.send("a").send("b");
    let seen = 0;
    client.on("close", () => (seen = client.writeBuffer.length));
    transport.hangUp();
    transport.fail();
    client.close();
    expect(events("close")).toHaveLength(1);
    expect([seen, client.writeBuffer.length, client.id]).toEqual([2, 0, undefined]);
  });
});

test("a direct handler hears everything in order, and nothing once it was taken away", () => {
  const calls: unknown[][] = [];
  const record =
    (name: string) =>
    (...args: unknown[]) =>
      void calls.push([name, ...args]);
  const { made, createTransport } = memoryTransports();
  const client = new EngineClient(
    "http://host",
    {},
    {
      clock: new FakeClock(),
      createTransport,
      handler: {
        onOpen: record("open"),
        onMessage: record("message"),
        onPing: record("ping"),
        onError: record("error"),
        onClose: record("close"),
      },
    },
  );
  const transport = made[0]!;
  transport.accept();
  transport.receive("4hi");
  transport.receive("2");
  client.setHandler(undefined);
  transport.fail();
  expect(calls).toEqual([["open"], ["message", "hi"], ["ping"]]);
});

test("raises packet and packetCreate for whoever wants to watch", () => {
  const { client, opened } = setUp();
  const transport = opened();
  const seen: unknown[] = [];
  client.on("packet", (packet) => seen.push(packet));
  client.on("packetCreate", ({ type, data, options }) => seen.push([type, data, options.compress]));
  transport.receive("4hi");
  transport.receive("6");
  client.send("yo", { compress: false });
  expect(seen).toEqual([
    { type: "message", data: "hi" },
    { type: "noop", data: undefined },
    ["message", "yo", false],
  ]);
});

test("delivers bytes in the type that was asked for", () => {
  const { client, opened, log } = setUp();
  const transport = opened();
  transport.receive("bAQID");
  client.binaryType = "arraybuffer";
  transport.receive("bAQID");
  transport.sink!.onBinary(Buffer.from([4, 5]));
  expect(log).toEqual([
    ["message", Buffer.from([1, 2, 3])],
    ["message", new Uint8Array([1, 2, 3]).buffer],
    ["message", new Uint8Array([4, 5]).buffer],
  ]);
});
