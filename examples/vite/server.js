import { createServer } from "node:http";
import { createServer as createVite } from "vite";
import { Server } from "@sockeye/server";

const { PORT = "3000" } = process.env;

// The page, its hot updates and the sockets share one server.
const server = createServer((req, res) => vite.middlewares(req, res));
const vite = await createVite({
  root: import.meta.dirname,
  server: { middlewareMode: true, ws: { server } },
});
const io = new Server(server);

io.on("connection", (socket) => {
  socket.on("chat", (text) => io.emit("chat", text));
});

server.listen(Number(PORT), () => console.log(`ready: http://localhost:${PORT}`));
process.once("SIGTERM", async () => {
  await vite.close();
  await io.close();
});
