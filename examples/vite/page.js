import { io } from "@sockeye/client";

const socket = io();
const input = document.querySelector("input");
const list = document.querySelector("ul");

document.querySelector("form")?.addEventListener("submit", (event) => {
  event.preventDefault();
  socket.emit("chat", input?.value);
});
socket.on("chat", (text) => {
  const item = document.createElement("li");
  item.textContent = text;
  list?.append(item);
});
