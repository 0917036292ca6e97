import { describe, expect, test, vi } from "vitest";
import { defaultCodec } from "@sockeye/protocol/socket";
import { SharedMessage } from "@sockeye/engine";
import { Stage } from "./testing/fake-session.ts";

const turn = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function crowd(size: number, stage = new Stage()): { stage: Stage; peers: ReturnType<Stage["join"]>[] } {
  return { stage, peers: Array.from({ length: size }, () => stage.join()) };
}

/** The events each has been sent. */
function seen(peers: ReturnType<Stage["join"]>[]): string[] {
  return peers.map(({ session }) => session.take().join(" "));
}

describe("targets", () => {
  test("are everybody, a room, several rooms once, and all but some", () => {
    const { stage, peers } = crowd(3);
    const [a, b] = peers.map(({ socket }) => socket);
    void a!.join(["r", "s"]);
    void b!.join("s");
    stage.io.emit("1");
    stage.io.to("r").emit("2");
    stage.io.in(["r", "s"]).emit("3");
    stage.io.except("r").emit("4");
    stage.io.to("s").except([a!.id, "nowhere"]).emit("5");
    stage.io.to("nowhere").emit("6");
    stage.io.local.emit("7");
    expect(seen(peers)).toEqual([
      '2["1"] 2["2"] 2["3"] 2["7"]',
      '2["1"] 2["3"] 2["4"] 2["5"] 2["7"]',
      '2["1"] 2["4"] 2["7"]',
    ]);
  });

  test("of a socket leave it out", () => {
    const { peers } = crowd(3);
    const [a, b, c] = peers.map(({ socket }) => socket);
    void b!.join("r");
    void a!.join("r");
    a!.broadcast.emit("1");
    a!.to("r").emit("2");
    a!.in("r").emit("3");
    a!.except("r").emit("4");
    a!.local.emit("5");
    a!.to(a!.id).emit("6");
    a!.to(c!.id).emit("7");
    expect(seen(peers)).toEqual(["", '2["1"] 2["2"] 2["3"] 2["5"]', '2["1"] 2["4"] 2["5"] 2["7"]']);
  });

  test("do not include those who have left", () => {
    const { stage, peers } = crowd(2);
    peers[0]!.socket.disconnect();
    seen(peers);
    stage.io.emit("hi");
    expect(seen(peers)).toEqual(["", '2["hi"]']);
  });

  test("may be kept and narrowed without changing", () => {
    const { stage, peers } = crowd(2);
    void peers[0]!.socket.join("r");
    void peers[1]!.socket.join("s");
    const room = stage.io.to("r");
    room.to("s").emit("both");
    room.except("r").emit("nobody");
    room.volatile.compress(false).local.timeout(1).emit("first");
    room.emit("again");
    expect(seen(peers)).toEqual(['2["both"] 2["first"] 2["again"]', '2["both"]']);
  });
});

describe("flags", () => {
  test("volatile spares those who cannot take it", () => {
    const { stage, peers } = crowd(2);
    peers[0]!.session.transport.writable = false;
    stage.io.volatile.emit("hi");
    expect(seen(peers)).toEqual(["", '2["hi"]']);
  });

  test("compress(false) goes with the message", () => {
    const { stage, peers } = crowd(1);
    stage.io.compress(false).emit("hi");
    expect(peers[0]!.session.messages.at(-1)?.compress).toBe(false);
  });
});

describe("what is sent", () => {
  test("is refused by a reserved name", () => {
    const { io } = new Stage();
    expect(() => io.emit("connect")).toThrow('"connect" is a reserved event name');
    expect(() => io.to("r").emit("disconnect")).toThrow('"disconnect" is a reserved event name');
    expect(() => io.of("/x").emit("disconnecting")).toThrow("reserved");
  });

  test("is a message event by send and write", () => {
    const { stage, peers } = crowd(1);
    expect(stage.io.send("a")).toBe(stage.io);
    expect(stage.io.sockets.write("b")).toBe(stage.io.sockets);
    expect(seen(peers)).toEqual(['2["message","a"] 2["message","b"]']);
  });

  test("is encoded and framed once for any number of sockets", () => {
    const encode = vi.fn(defaultCodec.encode);
    const { stage, peers } = crowd(100, new Stage({ parser: { ...defaultCodec, encode } }));
    const frames = vi.spyOn(SharedMessage.prototype, "wsFrames");
    encode.mockClear();
    stage.io.emit("hi", { some: "thing" });
    const messages = peers.map(({ session }) => session.messages.at(-1));
    const buffers = messages.map((message) => message?.wsFrames());
    expect(encode).toHaveBeenCalledOnce();
    expect(new Set(messages).size).toBe(1);
    expect(new Set(buffers).size).toBe(1);
    frames.mockRestore();
  });
});

describe("sockets", () => {
  test("are found, moved and disconnected", async () => {
    const { stage, peers } = crowd(3);
    const [a, b, c] = peers.map(({ socket }) => socket);
    stage.io.in([a!.id, b!.id]).socketsJoin(["r", "s"]);
    stage.io.in(a!.id).socketsLeave("s");
    expect(await stage.io.in("r").fetchSockets()).toEqual([a, b]);
    expect(await stage.io.in("s").allSockets()).toEqual(new Set([b!.id]));
    expect(await stage.io.allSockets()).toEqual(new Set([a!.id, b!.id, c!.id]));
    expect(await a!.broadcast.fetchSockets()).toEqual([b, c]);
    stage.io.in("s").disconnectSockets();
    stage.io.except(b!.id).disconnectSockets(true);
    expect([a, b, c].map((socket) => socket!.connected)).toEqual([false, false, false]);
    expect(peers.map(({ session }) => session.readyState)).toEqual(["closed", "open", "closed"]);
  });
});

describe("answers", () => {
  test("come as one list, in the order of arrival, of first arguments", async () => {
    const { stage, peers } = crowd(2);
    const done = vi.fn();
    stage.io.timeout(100).emit("ask", 1, done);
    await turn();
    expect(seen(peers)).toEqual(['20["ask",1]', '20["ask",1]']);
    peers[1]!.session.receive('30["b","ignored"]', '30["b again"]');
    expect(done).not.toHaveBeenCalled();
    peers[0]!.session.receive('30["a"]');
    expect(done.mock.calls).toEqual([[null, ["b", "a"]]]);
    expect(stage.clock.pending).toBe(0);
  });

  test("that are late come with an error, and are no longer waited for", async () => {
    const { stage, peers } = crowd(2);
    const done = vi.fn();
    const promise = stage.io.timeout(100).emitWithAck("ask");
    stage.io.timeout(100).emit("ask", done);
    await turn();
    peers[0]!.session.receive('30["a"]', '31["a"]');
    stage.clock.advance(100);
    await expect(promise).rejects.toMatchObject({
      message: "operation has timed out",
      code: "ERR_ACK_TIMEOUT",
      responses: ["a"],
    });
    expect(done.mock.calls).toEqual([[expect.objectContaining({ responses: ["a"] }), ["a"]]]);
    peers[1]!.session.receive('30["late"]', '31["late"]');
    expect(done).toHaveBeenCalledOnce();
  });

  test("of nobody come at once", async () => {
    expect(await new Stage().io.timeout(100).emitWithAck("ask")).toEqual([]);
    expect(await new Stage().io.to("nowhere").emitWithAck("ask")).toEqual([]);
  });

  test("are hardly waited for without timeout()", async () => {
    const { stage } = crowd(1);
    const done = vi.fn();
    stage.io.emit("ask", done);
    await turn();
    stage.clock.advance(1);
    expect(done.mock.calls).toEqual([[expect.objectContaining({ message: "operation has timed out" }), []]]);
  });

  test("count those of a client that left as missing", async () => {
    const { stage, peers } = crowd(2);
    const promise = stage.io.timeout(100).emitWithAck("ask");
    await turn();
    peers[0]!.session.end("transport close");
    peers[1]!.session.receive('30["b"]');
    stage.clock.advance(100);
    await expect(promise).rejects.toMatchObject({ responses: ["b"] });
  });

  test("may be asked of one socket's neighbours", async () => {
    const { peers } = crowd(2);
    const promise = peers[0]!.socket.broadcast.timeout(100).emitWithAck("ask");
    await turn();
    peers[1]!.session.receive('30["b"]');
    expect(await promise).toEqual(["b"]);
  });

  test("that make the callback fail are reported", async () => {
    const { stage, peers } = crowd(1);
    stage.io.timeout(100).emit("ask", () => {
      throw new Error("oops");
    });
    await turn();
    peers[0]!.session.receive("30[]");
    expect(stage.errors).toEqual([
      [new Error("oops"), expect.objectContaining({ in: "acknowledgement", nsp: "/" })],
    ]);
  });

  test("that time out and make the callback fail are reported", async () => {
    const { stage } = crowd(1);
    stage.io.timeout(100).emit("ask", () => {
      throw new Error("oops");
    });
    await turn();
    expect(() => stage.clock.advance(100)).not.toThrow();
    expect(stage.errors).toEqual([
      [new Error("oops"), expect.objectContaining({ in: "acknowledgement", nsp: "/" })],
    ]);
  });
});
