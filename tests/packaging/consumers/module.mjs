// ES modules, as users of the published packages write them.
import { strict as assert } from "node:assert";
import { createServer } from "node:http";
import connectByDefault, { Manager, Socket as ClientSocket, connect, io, protocol } from "@sockeye/client";
import { Namespace, Server, Socket } from "@sockeye/server";

assert.equal(connectByDefault, io);
assert.equal(connect, io);
assert.equal(protocol, 5);
for (const value of [Manager, ClientSocket, Namespace, Socket]) assert.equal(typeof value, "function");

const http = createServer();
const server = new Server(http, { transports: ["websocket"] });
server.on("connection", (socket) => {
  assert.ok(socket instanceof Socket);
  socket.on("hello", (name, answer) => answer(`hello ${name}`));
});
await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
const socket = io(`http://127.0.0.1:${http.address().port}`, { transports: ["websocket"] });
assert.ok(socket instanceof ClientSocket);
assert.equal(await socket.emitWithAck("hello", "world"), "hello world");
socket.disconnect();
await server.close();
process.stdout.write("connected\n");
