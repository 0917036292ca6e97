// The same from CommonJS.

import { createServer } from "node:http";
import { Server, type Socket } from "socket.io";
import { io as connect } from "socket.io-client";

const io = new Server(createServer(), { serveClient: true });
io.on("connection", (socket: Socket) => {
  socket.on("chat message", (msg) => io.emit("chat message", msg));
});
const client = connect("http://localhost:3000");
client.emit("chat message", "hi");
