/** How an endpoint meets its sink and its carrier: the head, sinks that change, throw, send or re-enter. */
import { expect, test } from "vitest";
import { WebSocketEndpoint } from "./endpoint.ts";
import { close, text } from "./testing/client-frames.ts";
import { MemoryDuplex } from "./testing/memory-duplex.ts";
import { RecordingSink, openEndpoint } from "./testing/open-endpoint.ts";

const settled = () => new Promise((resolve) => setImmediate(resolve));

test("reads the head before what the carrier brings, and not inside the constructor", async () => {
  const carrier = new MemoryDuplex();
  const sink = new RecordingSink();
  const bytes = Buffer.concat([text("one"), text("two")]);
  carrier.receive(bytes.subarray(12));
  const endpoint = new WebSocketEndpoint(carrier, {
    sink,
    head: Buffer.from(bytes.subarray(0, 12)),
    maxMessageBytes: 0,
  });
  expect(sink.messages).toEqual([]);
  await settled();
  expect(sink.messages).toEqual(["one", "two"]);
  expect(endpoint.isOpen).toBe(true);
});

test("delivers to the sink that is set when a message is complete", async () => {
  const { carrier, endpoint } = await openEndpoint();
  const second = new RecordingSink();
  const first = new RecordingSink();
  first.onText = (message) => {
    first.messages.push(message);
    endpoint.setSink(second);
  };
  endpoint.setSink(first);
  carrier.receive(Buffer.concat([text("probe"), text("upgrade"), close(1000)]));
  expect(first.messages).toEqual(["probe"]);
  expect(second.messages).toEqual(["upgrade"]);
  expect([first.closes.length, second.closes.length]).toEqual([0, 1]);
});

test("lets a sink's exception through and reads the rest of the chunk in its own turn", async () => {
  const { carrier, endpoint } = await openEndpoint();
  const messages: string[] = [];
  const sink = new RecordingSink();
  sink.onText = (message) => {
    messages.push(message);
    if (message === "bad") throw new Error("sink");
  };
  endpoint.setSink(sink);
  const bytes = Buffer.concat([text("a"), text("bad"), text("b"), text("split")]);
  expect(() => carrier.receive(bytes.subarray(0, -2))).toThrow("sink");
  expect(messages).toEqual(["a", "bad"]);
  carrier.receive(bytes.subarray(-2), text("c"));
  await settled();
  expect(messages).toEqual(["a", "bad", "b", "split", "c"]);
  expect(endpoint.isOpen).toBe(true);
});

test("reads on after an exception even if nothing more arrives", async () => {
  const { carrier, endpoint } = await openEndpoint();
  const sink = new RecordingSink();
  let throws = true;
  sink.onText = (message) => {
    sink.messages.push(message);
    if (throws) {
      throws = false;
      throw new Error("sink");
    }
  };
  endpoint.setSink(sink);
  expect(() => carrier.receive(Buffer.concat([text("a"), text("b"), close(1000)]))).toThrow("sink");
  await settled();
  expect(sink.messages).toEqual(["a", "b"]);
  expect(sink.closes[0]?.code).toBe(1000);
});

test("keeps order when a sink makes its own carrier emit more", async () => {
  const { carrier, endpoint } = await openEndpoint();
  const sink = new RecordingSink();
  sink.onText = (message) => {
    sink.messages.push(message);
    if (message === "a") carrier.receive(text("c"), text("d").subarray(0, 3));
  };
  endpoint.setSink(sink);
  carrier.receive(Buffer.concat([text("a"), text("b")]));
  carrier.receive(text("d").subarray(3));
  expect(sink.messages).toEqual(["a", "b", "c", "d"]);
});

test("keeps connections apart that deliver from within each other", async () => {
  const one = await openEndpoint();
  const two = await openEndpoint();
  const sink = new RecordingSink();
  sink.onText = (message) => {
    sink.messages.push(message);
    two.carrier.receive(text(`${message} at two`));
  };
  one.endpoint.setSink(sink);
  one.carrier.receive(Buffer.concat([text("a"), text("b"), text("c").subarray(0, 6)]));
  two.carrier.receive(text("direct"));
  one.carrier.receive(text("c").subarray(6));
  expect(sink.messages).toEqual(["a", "b", "c"]);
  expect(two.sink.messages).toEqual(["a at two", "b at two", "direct", "c at two"]);
});

test.each(["close", "destroy"] as const)("stops or goes on as told when a sink calls %s()", async (verb) => {
  const { carrier, endpoint } = await openEndpoint();
  const sink = new RecordingSink();
  sink.onText = (message) => {
    sink.messages.push(message);
    if (message === "a") endpoint[verb]();
  };
  endpoint.setSink(sink);
  carrier.receive(Buffer.concat([text("a"), text("b")]));
  expect(sink.messages).toEqual(verb === "close" ? ["a", "b"] : ["a"]);
});

test("calls the sink from one function of its own", async () => {
  const { carrier, endpoint } = await openEndpoint();
  let stack = "";
  const sink = new RecordingSink();
  sink.onText = () => {
    stack = new Error("here").stack ?? "";
  };
  endpoint.setSink(sink);
  carrier.receive(text("a"));
  const ours = stack
    .split("\n")
    .filter((line) => line.includes("packages/websocket/src/") && !line.includes(".test.ts"));
  expect(ours.filter((line) => !line.includes("/testing/"))).toHaveLength(1);
});

test("holds no reader, queue or timer while idle", async () => {
  const { carrier, endpoint, clock, turn } = await openEndpoint();
  carrier.receive(text("a"), text("b"));
  endpoint.sendText("c");
  turn.end();
  expect(endpoint.bufferedBytes).toBe(0);
  expect(clock.pending).toBe(0);
  expect(carrier.listenerCount("data")).toBe(1);
});
