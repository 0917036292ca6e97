// The JavaScript half of the table. The pair {published server × published client} is the control.
import { Manager as PublishedManager } from "socket.io-client";
import { Manager } from "@sockeye/client";
import { javaScriptClients } from "./clients/javascript.ts";
import type { ManagerClass } from "./clients/javascript.ts";
import { SERVERS } from "./servers.ts";
import { interopSuite } from "./suite.ts";

interopSuite(SERVERS, [
  javaScriptClients("published JavaScript", PublishedManager),
  javaScriptClients("Sockeye", Manager as unknown as ManagerClass),
]);
