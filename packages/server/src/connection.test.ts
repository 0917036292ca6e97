import { describe, expect, test, vi } from "vitest";
import type { Connection } from "./connection.ts";
import { Stage } from "./testing/fake-session.ts";

describe("joining", () => {
  test("answers a CONNECT with the socket's id", () => {
    const stage = new Stage();
    const session = stage.connect().receive("0");
    expect(session.sent).toEqual([expect.stringMatching(/^0\{"sid":"[\w-]{20}"\}$/)]);
    const [socket] = stage.io.sockets.sockets.values();
    expect(session.sent).toEqual([`0{"sid":"${socket?.id}"}`]);
  });

  test("gives each namespace a socket with an id of its own", () => {
    const stage = new Stage();
    stage.io.of("/admin");
    const { session, socket } = stage.join();
    const admin = stage.joinOn(session, "/admin");
    expect(admin.id).not.toBe(socket.id);
    expect(admin.client).toBe(socket.client);
    const client = admin.client as Connection;
    expect([...client.nsps.keys()]).toEqual(["/", "/admin"]);
    expect([...client.sockets.keys()]).toEqual([socket.id, admin.id]);
    expect(admin.client.id).toBe(session.id);
  });

  test("refuses a namespace there is none of, and leaves the connection open", () => {
    const session = new Stage().connect();
    session.receive("0/nowhere,");
    expect(session.sent).toEqual(['4/nowhere,{"message":"Invalid namespace"}']);
    expect(session.readyState).toBe("open");
  });

  test("takes a query string for a part of the name", () => {
    const stage = new Stage();
    stage.io.of("/admin");
    const session = stage.connect().receive("0/admin?x=1,");
    expect(session.sent).toEqual(['4/admin?x=1,{"message":"Invalid namespace"}']);
  });

  test("hands the auth payload to the socket, and {} without one", () => {
    const stage = new Stage();
    expect(stage.join("/", '{"token":"t"}').socket.handshake.auth).toEqual({ token: "t" });
    expect(stage.join().socket.handshake.auth).toEqual({});
  });
});

describe("offences", () => {
  const refused = (...payloads: string[]): { reasons: string[]; state: string } => {
    const stage = new Stage();
    const reasons: string[] = [];
    stage.io.of("/other");
    stage.io.on("connection", (socket) => socket.on("disconnect", (reason: string) => reasons.push(reason)));
    const session = stage.connect().receive(...payloads);
    return { reasons, state: session.readyState };
  };

  // The session ends at once, as a WebSocket does, and its reason counts. On polling it owes the client a goodbye, and the
  // reason is "forced server close": differential.test.ts shows both, on the published server too.
  test.each([
    ["an event before joining", ['2["hi"]'], []],
    ["an event to a namespace it is not in", ["0", '2/other,["hi"]'], ["forced close"]],
    ["joining twice", ["0", "0"], ["forced close"]],
    ["a CONNECT_ERROR", ["0", '4{"message":"x"}'], ["forced close"]],
    ["an unknown packet type", ["0", "9"], ["forced close"]],
    ["an empty message", ["0", ""], ["forced close"]],
    ["an event without data", ["0", "2"], ["forced close"]],
    ["an event without a name", ["0", "2[]"], ["forced close"]],
    ["an object for a name", ["0", "2[{}]"], ["forced close"]],
    ["broken JSON", ["0", '2["hi"'], ["forced close"]],
    ["a reserved event", ["0", '2["disconnect"]'], ["forced close"]],
    ["an acknowledgement without id", ["0", "3[]"], ["forced close"]],
    ["a DISCONNECT with data", ["0", "1{}"], ["forced close"]],
    ["a CONNECT with an array", ["0[]"], []],
    ["too many attachments", ["0", '511-["hi"]'], ["forced close"]],
    ["attachments that are none", ["0", "5"], ["forced close"]],
    ["no count of attachments", ["0", "5-"], ["forced close"]],
    ["a word for a count of attachments", ["0", "5woooot"], ["forced close"]],
    [
      "text while attachments are due",
      ["0", '51-["hi",{"_placeholder":true,"num":0}]', '2["hi"]'],
      ["forced close"],
    ],
  ])("%s closes the connection", (_what, payloads, reasons) => {
    expect(refused(...payloads)).toEqual({ reasons, state: "closed" });
  });

  test("a stray attachment closes the connection", () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    const onDisconnect = vi.fn();
    socket.on("disconnect", onDisconnect);
    session.receive(Buffer.from([1]));
    expect(onDisconnect).toHaveBeenCalledWith("forced close", undefined);
  });

  test("malformed input is told to every socket as an error, and to nobody by default", () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    const onError = vi.fn();
    socket.on("error", onError);
    session.receive("nonsense");
    expect(onError).toHaveBeenCalledOnce();
    expect(onError.mock.calls[0]?.[0]).toMatchObject({ code: "ERR_PACKET_TYPE" });
    expect(() => stage.join().session.receive("nonsense")).not.toThrow();
    expect(stage.errors).toEqual([]);
  });

  test("nothing that follows malformed input in the same batch is read", () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    const onEvent = vi.fn();
    socket.on("hi", onEvent);
    session.receive("nonsense", '2["hi"]');
    expect(onEvent).not.toHaveBeenCalled();
  });
});

describe("leaving", () => {
  test("a DISCONNECT takes the socket out of that namespace alone", () => {
    const stage = new Stage();
    stage.io.of("/other");
    const { session, socket } = stage.join();
    const other = stage.joinOn(session, "/other");
    const reasons: unknown[] = [];
    other.on("disconnect", (reason: string) => reasons.push(reason));
    session.receive("1/other,");
    expect(reasons).toEqual(["client namespace disconnect"]);
    expect(socket.connected).toBe(true);
    expect(other.connected).toBe(false);
    expect(session.readyState).toBe("open");
    expect(session.sent).toEqual([]);
  });

  test("a namespace may be joined again", () => {
    const stage = new Stage();
    const { session, socket } = stage.join();
    session.receive("1");
    const again = stage.joinOn(session, "/");
    expect(again.id).not.toBe(socket.id);
    expect(again.connected).toBe(true);
  });

  test("what comes for a namespace the client is out of is no offence, whoever ended it", () => {
    const stage = new Stage();
    stage.io.of("/other");
    const { session, socket } = stage.join();
    const other = stage.joinOn(session, "/other");
    const onEvent = vi.fn();
    other.on("late", onEvent);
    other.disconnect();
    session.receive('2/other,["late"]', "3/other,1[]", "1/other,");
    expect(onEvent).not.toHaveBeenCalled();
    expect(socket.connected).toBe(true);
    stage.joinOn(session, "/other");
    session.receive("1/other,", '2/other,["late"]', "3/other,1[]");
    expect(onEvent).not.toHaveBeenCalled();
    expect(session.readyState).toBe("open");
  });

  test("the end of the session ends every socket, with reason and description", () => {
    const stage = new Stage();
    stage.io.of("/other");
    const { session, socket } = stage.join();
    const other = stage.joinOn(session, "/other");
    const calls: unknown[] = [];
    for (const one of [socket, other])
      one.on("disconnect", (...args: unknown[]) => calls.push([one.nsp.name, ...args]));
    session.end("ping timeout", "why");
    expect(calls).toEqual([
      ["/", "ping timeout", "why"],
      ["/other", "ping timeout", "why"],
    ]);
    expect(stage.io.sockets.sockets.size).toBe(0);
  });
});

describe("the time to join", () => {
  test("closes connections that have joined nothing", () => {
    const stage = new Stage({ connectTimeout: 100 });
    const idle = stage.connect();
    const refused = stage.connect().receive("0/nowhere,");
    const { session: joined } = stage.join();
    stage.clock.advance(99);
    expect(idle.readyState).toBe("open");
    stage.clock.advance(1);
    expect([idle, refused, joined].map(({ readyState }) => readyState)).toEqual(["closed", "closed", "open"]);
  });

  test("is one timer for all, and none when nobody is due", () => {
    const stage = new Stage({ connectTimeout: 100 });
    expect(stage.clock.pending).toBe(0);
    const sessions = [stage.connect(), stage.connect(), stage.connect()];
    expect(stage.clock.pending).toBe(1);
    for (const session of sessions) session.receive("0");
    expect(stage.clock.pending).toBe(0);
    stage.connect().end("transport close");
    expect(stage.clock.pending).toBe(0);
  });

  test("is each connection's own", () => {
    const stage = new Stage({ connectTimeout: 100 });
    const first = stage.connect();
    stage.clock.advance(60);
    const second = stage.connect();
    stage.clock.advance(40);
    expect([first.readyState, second.readyState]).toEqual(["closed", "open"]);
    stage.clock.advance(60);
    expect(second.readyState).toBe("closed");
  });

  test("does not end for who leaves the only namespace again", () => {
    const stage = new Stage({ connectTimeout: 100 });
    const { session } = stage.join();
    session.receive("1");
    stage.clock.advance(1000);
    expect(session.readyState).toBe("open");
  });
});
