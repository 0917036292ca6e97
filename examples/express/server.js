import { createServer } from "node:http";
import express from "express";
import session from "express-session";
import { Server } from "@sockeye/server";

const { PORT = "3000", SESSION_SECRET = "only for development" } = process.env;

const app = express();
const server = createServer(app);
const io = new Server(server);

// One session for a visitor's pages and sockets.
const sessions = session({ secret: SESSION_SECRET, resave: false, saveUninitialized: true });
app.use(sessions);
io.engine.use(sessions);

app.get("/", (_req, res) => {
  res.send("hello from Express");
});
app.post("/notify", (req, res) => {
  // Every tab of this visitor.
  io.to(req.session.id).emit("chat", "from a route");
  res.sendStatus(204);
});

io.on("connection", (socket) => {
  const request = /** @type {express.Request} */ (socket.request);
  void socket.join(request.session.id);
  socket.on("chat", (text) => io.emit("chat", text));
});

server.listen(Number(PORT), () => console.log(`ready: http://localhost:${PORT}`));
process.once("SIGTERM", () => io.close());
