// The table: every scenario for every combination it is given, each test with a fresh application and fresh clients.
import { afterAll, describe, test } from "vitest";
import type { ServerOptions } from "socket.io";
import { startApp } from "./app.ts";
import type { ServerClass } from "./app.ts";
import type { ClientKind, InteropClient, TransportPlan } from "./clients/client.ts";
import { SCENARIOS } from "./scenarios.ts";
import type { Scenario } from "./scenarios.ts";

export interface ServerKind {
  readonly name: string;
  readonly Server: ServerClass;
  /** What its servers are made with, beyond what the application needs. */
  readonly options?: Partial<ServerOptions>;
}

const PLANS: readonly TransportPlan[] = ["polling", "websocket", "upgrade"];

/**
 * Declares the tests of every server with every kind of client over every transport.
 *
 * @param excused names of scenarios that do not apply
 */
export function interopSuite(
  servers: readonly ServerKind[],
  clients: readonly ClientKind[],
  excused: ReadonlySet<string> = new Set(),
): void {
  for (const server of servers) {
    for (const client of clients) {
      for (const plan of PLANS) {
        describe(`${server.name} server, ${client.name} client, ${plan}`, () => {
          const fitting = SCENARIOS.filter(
            ({ name, needs }) => !excused.has(name) && (needs === undefined || !client.cannot.has(needs)),
          );
          for (const scenario of fitting)
            test(scenario.name, () => runScenario(scenario, server, client, plan));
        });
      }
    }
  }
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.stop()));
  });
}

async function runScenario(
  scenario: Scenario,
  server: ServerKind,
  kind: ClientKind,
  plan: TransportPlan,
): Promise<void> {
  const app = await startApp(server.Server, server.options);
  const clients: InteropClient[] = [];
  const newClient = (): InteropClient => {
    const client = kind.create(app.url, plan);
    clients.push(client);
    return client;
  };
  try {
    await scenario.run({ app, plan, newClient });
  } finally {
    await Promise.all(clients.map((client) => client.close()));
    await app.close();
  }
}
