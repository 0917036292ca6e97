// The realtime library of the page, named once.
export { io } from "socket.io-client";
export type { Socket } from "socket.io-client";
