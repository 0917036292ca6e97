// The dashboard's page: untyped, with every import people use.

import io, { Manager, protocol } from "socket.io-client";
import * as everything from "socket.io-client";
import type { Socket } from "socket.io-client";

const socket = io("https://dash.example", {
  path: "/live",
  auth: { token: "abc" },
  query: { token: "abc", page: 1 },
  reconnection: true,
  reconnectionAttempts: Infinity,
  randomizationFactor: 0.2,
  timeout: 10_000,
  forceNew: true,
  upgrade: false,
  rememberUpgrade: true,
  closeOnBeforeunload: true,
  transportOptions: { polling: { extraHeaders: { "x-dash": "1" } } },
  ackTimeout: 1000,
  retries: 3,
});

const values: any = {};
let latency = 0;

socket.on("connect", () => {
  document.title = `dashboard ${socket.id}`;
  socket.emit("subscribe", "cpu", (response: any) => (values.cpu = response.history));
});

socket.on("value", (topic, value, at) => {
  values[topic] = value;
  latency = Date.now() - at;
});

socket.on("connect_error", (error: Error) => {
  console.log(error.message, error instanceof Error);
});
socket.on("connect_error", (err: any) => {
  console.log(err.type, err.description, err.context);
});
socket.on("disconnect", (reason: string) => console.log(reason, latency));
socket.once("hello", ({ name, uptime }, callback) => callback(name + uptime));
socket.emit("publish", "cpu", 12, { at: new Date(), raw: new Uint8Array(4) });
socket.send("a", "b");
socket.timeout(100).emit("ask", (err: Error, value: number) => console.log(err, value));
socket.emitWithAck("who").then((ids) => console.log(ids.length));

socket.io.on("reconnect_attempt", () => {
  socket.io.opts.query = { token: "fresh" };
  socket.io.opts.extraHeaders = { authorization: "fresh" };
});
socket.io.on("reconnect", () => console.log("back", socket.io.engine.id, socket.io.engine.transport.name));
socket.io.engine.on("upgrade", (transport) => console.log(transport.name));
socket.io.engine.on("upgradeError", (err) => console.log(err.message));
socket.io.engine.close();
console.log(socket.io.engine.readyState);
console.log(socket.io.reconnection(), socket.io.timeout());
socket.io.reconnection(false);
socket.io.timeout(3000);

const manager = new Manager({ host: "dash.example", port: 443, secure: true, autoConnect: false });
const cpu = manager.socket("/cpu");
const memory = manager.socket("/memory", { auth: (cb) => cb({ token: "abc" }) });
cpu.connect().on("value", (value) => console.log(value));
memory.open();
memory.disconnect().close();
console.log(cpu.sendBuffer.length, memory.receiveBuffer.length, memory.active);

const withUrl = everything.io();
const named = everything.connect({ path: "/live" });
const other: Socket = everything.default("/other");
console.log(protocol === 5, withUrl.disconnected, named.id, other.connected);

window.addEventListener("beforeunload", () => {
  const all: Socket[] = [socket, cpu, memory, withUrl, named, other];
  all.forEach((each) => each.offAny().offAnyOutgoing().disconnect());
});

const typedManager = new Manager<{ a: (n: number) => void }>("https://dash.example");
typedManager.socket("/typed");
const shared: Manager = socket.io;
shared.reconnectionDelay(100);
