// CommonJS, as users of the published packages write it: the modules are callable and carry their names.
const { strict: assert } = require("node:assert");
const { createServer } = require("node:http");
const connect = require("@sockeye/client");
const serve = require("@sockeye/server");

assert.equal(typeof connect, "function");
assert.equal(connect.io, connect);
assert.equal(connect.connect, connect);
assert.equal(connect.default, connect);
assert.equal(typeof connect.Manager, "function");
assert.equal(typeof connect.Socket, "function");
assert.equal(connect.protocol, 5);
for (const name of ["Server", "Namespace", "Socket"]) assert.equal(typeof serve[name], "function", name);

const http = createServer();
const io = serve(http);
assert.ok(io instanceof serve.Server);
io.on("connection", (socket) => socket.on("hello", (name, answer) => answer(`hello ${name}`)));
http.listen(0, "127.0.0.1", async () => {
  const url = `http://127.0.0.1:${http.address().port}`;
  for (const file of [
    "socket.io.js",
    "socket.io.min.js",
    "socket.io.esm.min.js",
    "socket.io.msgpack.min.js",
  ]) {
    for (const name of [file, `${file}.map`]) {
      const { status } = await fetch(`${url}/socket.io/${name}`, { headers: { connection: "close" } });
      assert.equal(status, 200, name);
    }
  }
  const socket = connect(url);
  assert.equal(await socket.emitWithAck("hello", "world"), "hello world");
  socket.disconnect();
  await io.close();
  process.stdout.write("connected\n");
});
