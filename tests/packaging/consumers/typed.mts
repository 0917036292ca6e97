// The types, as an application with typed events uses them.
import { createServer } from "node:http";
import { io } from "@sockeye/client";
import type { Socket as ClientSocket } from "@sockeye/client";
import { Server } from "@sockeye/server";
import type { Namespace, Socket } from "@sockeye/server";

interface ClientToServer {
  hello: (name: string, answer: (greeting: string) => void) => void;
}
interface ServerToClient {
  news: (headline: string, count: number) => void;
}

const http = createServer();
const server = new Server<ClientToServer, ServerToClient>(http, { cors: { origin: "*" } });
const chat: Namespace<ClientToServer, ServerToClient> = server.of("/chat");
chat.use((socket, next) =>
  next(socket.handshake.auth["token"] === undefined ? new Error("no token") : undefined),
);
server.on("connection", (socket: Socket<ClientToServer, ServerToClient>) => {
  socket.on("hello", (name, answer) => answer(name.toUpperCase()));
  socket.on("disconnect", (reason) => reason.toUpperCase());
  void socket.join(["blue", "red"]);
  socket.to("blue").except("red").emit("news", "headline", 1);
  server.timeout(1000).emit("news", "headline", 2);
});

const client: ClientSocket<ServerToClient, ClientToServer> = io("http://localhost", { auth: { token: "t" } });
client.on("connect_error", (error) => error.message.toUpperCase());
client.on("news", (headline, count) => headline.repeat(count));
const greeting: string = await client.timeout(1000).emitWithAck("hello", "world");
greeting.trim();
