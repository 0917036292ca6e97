// The Python half of the table: the sync client (requests and websocket-client) and the async one (aiohttp).
import { describe, test } from "vitest";
import { NEEDS, findPython, missingReason } from "../../scripts/lib/provision.js";
import { pythonClients } from "./clients/python.ts";
import { SERVERS } from "./servers.ts";
import { interopSuite } from "./suite.ts";

const python = findPython();
if (python === undefined) {
  describe("Python clients", () => {
    const need = NEEDS.find(({ variable }) => variable === "PYTHON");
    test("interoperate", (context) => context.skip(need && missingReason(need)));
  });
} else {
  interopSuite(SERVERS, [
    pythonClients("Python sync", python, "sync"),
    pythonClients("Python async", python, "async"),
  ]);
}
