// The comparison: a case is written once, run against the published server and against ours, and must leave the same trace.
import { expect, test } from "vitest";
import type { ServerOptions } from "socket.io";
import { EngineHost, IoHost, OURS, PUBLISHED } from "./server.ts";
import type { Host, Implementation } from "./server.ts";
import { Recorder } from "./trace.ts";
import type { Seen, Trace } from "./trace.ts";

/** Loose: cases try values of the wrong kind, too, and options of the engine that the published types leave out. */
type Options = Partial<ServerOptions> | Readonly<Record<string, unknown>>;

export interface CaseSpec {
  /** The trap, or traps, of the list in traps.ts that the case shows to be avoided. */
  readonly trap?: number | readonly number[];
  /** The advisory the case is about. */
  readonly cve?: string;
  /** The id of the row of differences.ts the case shows. Its traces must differ, and ours must be `ours`. */
  readonly difference?: string;
  /** What ours must leave where it differs. */
  readonly ours?: Seen;
  /** For cases that change something of the whole process: one implementation after the other, and nothing beside it. */
  readonly isAlone?: boolean;
  /** Whether what the case needs is missing. */
  readonly isSkipped?: boolean;
  /** The options of the server, or what makes them. */
  readonly options?: Options | ((trace: Trace) => Options);
}

export interface Case extends CaseSpec {
  readonly name: string;
  /** Where it was declared. Empty while it runs. */
  readonly file: string;
}

export type IoCase = (server: IoHost, trace: Trace) => Promise<void> | void;
export type EngineCase = (server: EngineHost, trace: Trace) => Promise<void> | void;

type Start<H> = (implementation: Implementation, trace: Trace) => H;

const cases: Case[] = [];
let collectedFrom: string | undefined;

/** Declares a case against a whole server. */
export function conformance(name: string, spec: CaseSpec, run: IoCase): void {
  const start: Start<IoHost> = (implementation, trace) =>
    new IoHost(implementation, { serveClient: false, ...optionsOf(spec, trace) });
  declare(name, spec, start, run);
}

/** Declares a case against an engine alone. */
export function engineConformance(name: string, spec: CaseSpec, run: EngineCase): void {
  const start: Start<EngineHost> = (implementation, trace) =>
    new EngineHost(implementation, { ...optionsOf(spec, trace) });
  declare(name, spec, start, run);
}

function optionsOf({ options }: CaseSpec, trace: Trace): Options {
  return typeof options === "function" ? options(trace) : { ...options };
}

/** Imports a file of cases without running them. */
export async function collect(file: string): Promise<void> {
  collectedFrom = file;
  try {
    await import(file);
  } finally {
    collectedFrom = undefined;
  }
}

/** Every case declared so far. */
export function declaredCases(): readonly Case[] {
  return cases;
}

function declare<H extends Host>(
  name: string,
  spec: CaseSpec,
  start: Start<H>,
  run: (server: H, trace: Trace) => Promise<void> | void,
): void {
  cases.push({ ...spec, name, file: collectedFrom ?? "" });
  if (collectedFrom !== undefined) return;
  const once = (implementation: Implementation): Promise<Seen> => runOnce(implementation, start, run);
  const compare = async (): Promise<void> => {
    if (spec.isAlone === true) judge(spec, await once(PUBLISHED), await once(OURS));
    else judge(spec, ...(await both(once)));
  };
  if (spec.isSkipped === true) test.skip(name);
  else if (spec.isAlone === true) test(name, compare);
  else test.concurrent(name, compare);
}

async function both(once: (implementation: Implementation) => Promise<Seen>): Promise<[Seen, Seen]> {
  // Settled, so that nothing of one goes on behind a failure of the other.
  const [published, ours] = await Promise.allSettled([once(PUBLISHED), once(OURS)]);
  if (published.status === "rejected") throw published.reason;
  if (ours.status === "rejected") throw ours.reason;
  return [published.value, ours.value];
}

function judge({ difference, ours: expected }: CaseSpec, published: Seen, ours: Seen): void {
  expect(Object.keys(published), "a case must note something").not.toEqual([]);
  if (difference === undefined) return expect(ours, "ours (+) and published (-)").toStrictEqual(published);
  expect(ours).toStrictEqual(expected);
  expect(ours, `the difference "${difference}" is none any more`).not.toStrictEqual(published);
}

async function runOnce<H extends Host>(
  implementation: Implementation,
  start: Start<H>,
  run: (server: H, trace: Trace) => Promise<void> | void,
): Promise<Seen> {
  const recorder = new Recorder();
  let server: H | undefined;
  try {
    server = start(implementation, recorder.trace);
    await server.listen();
    await run(server, recorder.trace);
    return recorder.seen();
  } catch (error) {
    const sofar = JSON.stringify(recorder.seen(), null, 1);
    throw new Error(`[${implementation.name}] ${String(error)}; seen so far: ${sofar}`, { cause: error });
  } finally {
    await server?.end();
  }
}
