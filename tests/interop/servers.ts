// The servers of the table: the published one, which proves the scenarios right, and ours.
import { Server as PublishedServer } from "socket.io";
import { Server } from "@sockeye/server";
import type { ServerClass } from "./app.ts";
import type { ServerKind } from "./suite.ts";

export const SERVERS: readonly ServerKind[] = [
  { name: "published", Server: PublishedServer },
  { name: "Sockeye", Server: Server as unknown as ServerClass },
];
