import { serve, upgradeWebSocket } from "@hono/node-server";
import { Hono } from "hono";
import { WebSocketServer } from "ws";
import { Server } from "@sockeye/server";

const { PORT = "3000" } = process.env;

const app = new Hono();
app.get("/", (c) => c.text("hello from Hono"));
app.post("/notify", (c) => {
  io.emit("chat", "from a route");
  return c.body(null, 204);
});
// Hono's own WebSockets live on the same server.
app.get(
  "/echo",
  upgradeWebSocket(() => ({
    onMessage(event, ws) {
      if (typeof event.data === "string") ws.send(event.data);
    },
  })),
);

const sockets = new WebSocketServer({ noServer: true });
const server = serve({ fetch: app.fetch, port: Number(PORT), websocket: { server: sockets } }, () => {
  console.log(`ready: http://localhost:${PORT}`);
});
const io = new Server(server);

io.on("connection", (socket) => {
  socket.on("chat", (text) => io.emit("chat", text));
});

process.once("SIGTERM", () => {
  for (const socket of sockets.clients) socket.close(1001);
  void io.close();
});
