// The servers of the table.
import { Server as PublishedServer } from "socket.io";
import type { ServerKind } from "./suite.ts";

export const SERVERS: readonly ServerKind[] = [{ name: "published", Server: PublishedServer }];
