import Fastify from "fastify";
import { Server } from "@sockeye/server";

const { PORT = "3000" } = process.env;

const app = Fastify();
const io = new Server(app.server);

app.get("/", () => "hello from Fastify");
app.post("/notify", (_request, reply) => {
  io.emit("chat", "from a route");
  return reply.code(204).send();
});

io.on("connection", (socket) => {
  socket.on("chat", (text) => io.emit("chat", text));
});

// Fastify runs `onClose` once all connections are gone: sockets have to go before that.
app.addHook("preClose", () => io.close());

// Not "localhost": for its second address Fastify makes a second server, which would not know us.
await app.listen({ port: Number(PORT), host: "0.0.0.0" });
console.log(`ready: http://localhost:${PORT}`);
process.once("SIGTERM", () => app.close());
