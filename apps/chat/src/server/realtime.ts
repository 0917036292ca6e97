// The realtime library of the server, named once.
export { Server } from "socket.io";
export type { Socket } from "socket.io";
