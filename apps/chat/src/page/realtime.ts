// The realtime library of the page, named once.
export { io } from "@sockeye/client";
export type { Socket } from "@sockeye/client";
