import { createServer } from "node:http";
import { Server } from "@sockeye/server";

const { PORT = "3000" } = process.env;

const server = createServer((req, res) => {
  res.writeHead(req.url === "/" ? 200 : 404).end(req.url === "/" ? "hello from node:http" : "");
});
const io = new Server(server);

io.on("connection", (socket) => {
  socket.on("chat", (text) => io.emit("chat", text));
});

server.listen(Number(PORT), () => console.log(`ready: http://localhost:${PORT}`));
process.once("SIGTERM", () => io.close());
