import { expect, test } from "vitest";
import { LocalAdapter } from "./local-adapter.ts";
import { adapterSuite, MemoryHost, targetOf } from "./testing/index.ts";

for (const { name, run } of adapterSuite((host) => new LocalAdapter(host))) test(name, run);

test("is one node", async () => {
  expect(await new LocalAdapter(new MemoryHost()).serverCount()).toBe(1);
});

test("warns once that it cannot reach other servers", () => {
  const host = new MemoryHost();
  const adapter = new LocalAdapter(host);
  void adapter.serverSideEmit(["a"]);
  void adapter.serverSideEmit(["b"]);
  expect(host.warnings).toEqual(["this adapter does not support the serverSideEmit() functionality"]);
});

test("shares one message with all recipients", () => {
  const host = new MemoryHost();
  const adapter = new LocalAdapter(host);
  const [a, b] = host.connect("a", "b");
  adapter.broadcast({ type: 2, nsp: "/", data: ["hi"] }, targetOf([], [], { volatile: true }));
  expect(a?.received[0]).toBe(b?.received[0]);
  expect(a?.received[0]?.flags).toEqual({ volatile: true });
});

test("does not change the packet it asks for answers with", () => {
  const packet = Object.freeze({ type: 2 as const, nsp: "/", data: ["hi"] as [string] });
  new LocalAdapter(new MemoryHost()).broadcastWithAck(
    packet,
    targetOf(),
    () => {},
    () => {},
  );
  expect(packet).toEqual({ type: 2, nsp: "/", data: ["hi"] });
});
