// The realtime library of the server, named once.
export { Server } from "@sockeye/server";
export type { Socket } from "@sockeye/server";
