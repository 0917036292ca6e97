import { createServer, ServerResponse } from "node:http";
import Koa from "koa";
import { Server } from "@sockeye/server";

const { PORT = "3000", COOKIE_KEY = "only for development" } = process.env;

const app = new Koa();
app.keys = [COOKIE_KEY];
app.use((ctx) => {
  if (ctx.path === "/") ctx.body = "hello from Koa";
  if (ctx.path === "/login") {
    ctx.cookies.set("name", String(ctx.query.name), { signed: true });
    ctx.status = 204;
  }
});

const server = createServer(app.callback());
const io = new Server(server);

// A context of Koa's reads the signed cookie of a socket as it reads that of a page.
io.use((socket, next) => {
  const ctx = app.createContext(socket.request, new ServerResponse(socket.request));
  socket.data.name = ctx.cookies.get("name", { signed: true }) ?? "stranger";
  next();
});

io.on("connection", (socket) => {
  socket.emit("welcome", socket.data.name);
  socket.on("chat", (text) => io.emit("chat", text));
});

server.listen(Number(PORT), () => console.log(`ready: http://localhost:${PORT}`));
process.once("SIGTERM", () => io.close());
