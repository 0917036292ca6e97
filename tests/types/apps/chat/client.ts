// The client of the typed chat.

import { io, Manager, Socket } from "socket.io-client";
import type { ManagerOptions, SocketOptions } from "socket.io-client";
import type {
  AdminToServerEvents,
  ClientToServerEvents,
  Message,
  ServerToAdminEvents,
  ServerToClientEvents,
  User,
} from "./events.js";

type ChatSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

const options: Partial<ManagerOptions & SocketOptions> = {
  autoConnect: false,
  reconnectionDelayMax: 10_000,
  transports: ["websocket", "polling"],
  auth: (cb) => cb({ token: localStorage.getItem("token") }),
  query: { version: "2" },
  withCredentials: true,
  extraHeaders: { "x-client": "chat" },
};

export const socket: ChatSocket = io("https://chat.example", options);

const members = new Map<string, User[]>();
const lines: Message[] = [];

socket.on("connect", () => {
  console.log(socket.id, socket.connected, socket.recovered);
  const engine = socket.io.engine;
  console.log(engine.transport.name);
  engine.once("upgrade", () => console.log(engine.transport.name));
  engine.on("packet", ({ type, data }) => console.log(type, data));
  engine.on("close", (reason) => console.log(reason));
});

socket.on("connect_error", (err) => {
  if (socket.active) console.log("retrying", err.message);
  else {
    console.log(err.message, err.data?.content);
    socket.auth = { token: "another" };
    socket.connect();
  }
});

socket.on("disconnect", (reason, details) => {
  if (reason === "io server disconnect") socket.connect();
  if (details && "description" in details) console.log(details.description, details.context);
  show(reason);
});

function show(reason: Socket.DisconnectReason): void {
  const texts: Record<Socket.DisconnectReason, string> = {
    "io server disconnect": "kicked",
    "io client disconnect": "bye",
    "ping timeout": "lost",
    "transport close": "lost",
    "transport error": "lost",
    "parse error": "broken",
  };
  console.log(texts[reason]);
}

socket.on("message", (message) => lines.push(message));
socket.on("user:joined", (room, user) => members.set(room, [...(members.get(room) ?? []), user]));
socket.on("typing", (_room, { name }, isTyping) => console.log(name, isTyping));
socket.on("notice", (level, text) => (level === "warning" ? alert(text) : console.log(text)));
socket.on("presence:check", (question, ack) => ack(question ? "here" : "away", Date.now()));
socket.on("battery", (ack) => ack(100));
socket.on("kicked", () => socket.close());

const onLeft = (room: string, user: User): void => {
  members.set(
    room,
    (members.get(room) ?? []).filter(({ id }) => id !== user.id),
  );
};
socket.on("user:left", onLeft);
socket.off("user:left", onLeft);
socket.off("user:left");
socket.removeAllListeners("typing");
console.log(socket.listeners("message").length, socket.hasListeners("message"));

export async function send(room: string, text: string): Promise<void> {
  const result = await socket.emitWithAck("message:send", room, text);
  if (result.ok) lines.push(result.value);
  else console.error(result.reason);

  socket.emit("message:send", room, text, (answer) => console.log(answer.ok));
  socket.timeout(5000).emit("message:send", room, text, (err, answer) => {
    if (err) console.error("too late");
    else console.log(answer.ok);
  });
  try {
    const page: Message[] = await socket.timeout(1000).emitWithAck("history", { room, limit: 20 });
    const people: User[] = await socket.emitWithAck("room:join", room);
    await socket.emitWithAck("ping");
    console.log(page.length, people.length);
  } catch (error) {
    console.error(error);
  }
}

export function edit(message: Message): void {
  socket.emit("message:edit", message.id, message.text);
  socket.emit("message:edit", message.id, message.text, (error, edited) => {
    console.log(error?.message, edited?.text);
  });
  socket.volatile.emit("typing", message.room, true);
  socket.compress(false).emit("upload", "a.bin", new ArrayBuffer(8), 50);
  socket.emit("logout");
}

socket.io.on("reconnect_attempt", (attempt) => {
  if (attempt > 3) socket.io.opts.transports = ["polling"];
});
socket.io.on("reconnect", (attempt) => console.log(attempt.toFixed()));
socket.io.on("reconnect_error", (error) => console.log(error.message));
socket.io.on("reconnect_failed", () => console.log("giving up"));
socket.io.on("error", (error) => console.log(error.message));
socket.io.on("ping", () => console.log("ping"));
socket.io.reconnectionAttempts(10).reconnectionDelay(500);

const manager = new Manager("https://chat.example", { reconnectionDelay: 2000, path: "/chat/" });
const admin: Socket<ServerToAdminEvents, AdminToServerEvents> = manager.socket("/admin", {
  auth: { token: "secret" },
});
admin.on("stats", ({ sockets, rooms }) => console.log(sockets, rooms));
admin.on("audit", (entry, ack) => ack(entry.length > 0));
admin.emit("kick", "42", (kicked) => console.log(kicked.toFixed()));
admin.onAny((event, ...args) => console.log(event, args));
admin.onAnyOutgoing((event, ...args) => console.log(event, args));
manager.open((err) => {
  if (err) console.error(err.message);
});

socket.connect();
