// The two sides of the comparison: the published server with the published classes, which proves the tests right, and ours. An
// adapter is written once, against the published types; for ours only the import changes.
import * as published from "socket.io-adapter";
import { Server as PublishedServer } from "socket.io";
import type { ServerOptions } from "socket.io";
import * as ours from "@sockeye/adapter";
import { Server } from "@sockeye/server";

export type AdapterLibrary = Pick<
  typeof published,
  "Adapter" | "ClusterAdapter" | "ClusterAdapterWithHeartbeat" | "MessageType"
>;

export interface Side {
  readonly name: string;
  readonly Server: typeof PublishedServer;
  readonly library: AdapterLibrary;
  /** Options that only this side has: where failures are reported. */
  options(errors: unknown[]): Partial<ServerOptions>;
  /** Whether failures are reported at all. */
  readonly reports: boolean;
}

export const SIDES: readonly Side[] = [
  {
    name: "published",
    Server: PublishedServer,
    library: published,
    options: () => ({}),
    reports: false,
  },
  {
    name: "Sockeye",
    Server: Server as unknown as typeof PublishedServer,
    library: ours as unknown as AdapterLibrary,
    options: (errors) => ({ onError: (error: unknown) => errors.push(error) }) as Partial<ServerOptions>,
    reports: true,
  },
];
