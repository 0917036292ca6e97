// The table for clients of earlier days, against servers that allow them: Socket.IO 2 speaks Engine.IO 3, Socket.IO 3
// speaks Engine.IO 4 already. The published server is the control. Today's client must not notice what is allowed.
import { Manager as Manager4 } from "socket.io-client";
import socketIo2 from "socket.io-client-v2";
import { Manager as Manager3 } from "socket.io-client-v3";
import { javaScriptClients } from "./clients/javascript.ts";
import { socketIo2Clients, socketIo3Clients } from "./clients/older.ts";
import { SERVERS } from "./servers.ts";
import { interopSuite } from "./suite.ts";

const servers = SERVERS.map((server) => ({ ...server, options: { allowEIO3: true } }));

interopSuite(servers, [socketIo2Clients(socketIo2.Manager), socketIo3Clients(Manager3)]);
interopSuite(
  servers.filter(({ name }) => name === "Sockeye"),
  [javaScriptClients("published JavaScript", Manager4)],
);
