// The Python clients: one child process per kind runs python/client.py, which holds any number of clients and speaks JSON lines.
import { spawn } from "node:child_process";
import type { ChildProcessByStdio } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { Inbox } from "../inbox.ts";
import { fromLine, toLine } from "../values.ts";
import { TRANSPORTS } from "./client.ts";
import type { Answer, ClientKind, InteropClient, OpenOptions, TransportPlan } from "./client.ts";

const SCRIPT = fileURLToPath(new URL("../python/client.py", import.meta.url));

/** A kind of client from an interpreter that has the socketio package. */
export function pythonClients(name: string, python: string, mode: "sync" | "async"): ClientKind {
  let child: PythonProcess | undefined;
  return {
    name,
    // It acknowledges every event by itself; its `disconnect` leaves all namespaces, and hangs up before the goodbye is out.
    cannot: new Set(["goodbye", "leaving one namespace", "silence"]),
    create: (url, plan) => new PythonClient((child ??= new PythonProcess(python, mode)), url, plan),
    stop: () => child?.stop() ?? Promise.resolve(),
  };
}

interface Line {
  readonly client: number;
  readonly reply?: number;
  readonly ok?: unknown;
  readonly error?: string;
  readonly nsp?: string;
  readonly event?: string;
  readonly args?: readonly unknown[];
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

class PythonProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #pending = new Map<number, Pending>();
  readonly #clients = new Map<number, (line: Line) => void>();
  readonly #ended: Promise<void>;
  #lastRequest = 0;
  #lastClient = 0;

  constructor(python: string, mode: string) {
    this.#child = spawn(python, ["-u", SCRIPT, mode], { stdio: ["pipe", "pipe", "inherit"] });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#onLine(line));
    this.#ended = new Promise((resolve) => {
      this.#child.on("close", (code) => {
        const error = new Error(`the Python client ended with exit code ${code}`);
        for (const pending of this.#pending.values()) pending.reject(error);
        resolve();
      });
    });
  }

  register(listener: (line: Line) => void): number {
    this.#lastClient += 1;
    this.#clients.set(this.#lastClient, listener);
    return this.#lastClient;
  }

  request(client: number, action: string, fields: Record<string, unknown> = {}): Promise<unknown> {
    this.#lastRequest += 1;
    const request = this.#lastRequest;
    const line = JSON.stringify({ client, request, action, ...fields });
    return new Promise((resolve, reject) => {
      this.#pending.set(request, { resolve, reject });
      this.#child.stdin.write(`${line}\n`);
    });
  }

  stop(): Promise<void> {
    this.#child.stdin.end();
    return this.#ended;
  }

  #onLine(text: string): void {
    const line = JSON.parse(text) as Line;
    if (line.reply === undefined) {
      this.#clients.get(line.client)?.(line);
      return;
    }
    const pending = this.#pending.get(line.reply);
    this.#pending.delete(line.reply);
    if (line.error === undefined) pending?.resolve(fromLine(line.ok));
    else pending?.reject(new Error(`the Python client failed: ${line.error}`));
  }
}

class PythonClient implements InteropClient {
  readonly #process: PythonProcess;
  readonly #number: number;
  readonly #url: string;
  readonly #plan: TransportPlan;
  readonly #inboxes = new Map<string, Inbox>();

  constructor(process: PythonProcess, url: string, plan: TransportPlan) {
    this.#process = process;
    this.#url = url;
    this.#plan = plan;
    this.#number = process.register((line) => this.#onLine(line));
  }

  open(options: OpenOptions = {}): Promise<Readonly<Record<string, Answer>>> {
    const query = new URLSearchParams(options.query).toString();
    return this.#request("open", {
      url: query === "" ? this.#url : `${this.#url}/?${query}`,
      transports: TRANSPORTS[this.#plan],
      namespaces: options.namespaces ?? ["/"],
      auth: options.auth ?? null,
      reconnects: options.reconnects ?? false,
    }) as Promise<Readonly<Record<string, Answer>>>;
  }

  emit(event: string, args: readonly unknown[], nsp = "/"): void {
    void this.#request("emit", { nsp, event, args: toLine(args) });
  }

  call(event: string, args: readonly unknown[], nsp = "/"): Promise<readonly unknown[]> {
    return this.#request("call", { nsp, event, args: toLine(args) }) as Promise<readonly unknown[]>;
  }

  inbox(nsp = "/"): Inbox {
    let inbox = this.#inboxes.get(nsp);
    if (inbox === undefined) this.#inboxes.set(nsp, (inbox = new Inbox()));
    return inbox;
  }

  transport(): Promise<string> {
    return this.#request("transport") as Promise<string>;
  }

  async disconnect(nsp = "/"): Promise<void> {
    await this.#request("disconnect", { nsp });
  }

  async close(): Promise<void> {
    await this.#request("close");
  }

  #request(action: string, fields?: Record<string, unknown>): Promise<unknown> {
    return this.#process.request(this.#number, action, fields);
  }

  #onLine(line: Line): void {
    const inbox = this.inbox(line.nsp);
    if (line.event === undefined) return;
    if (line.event === "connect") inbox.onConnect();
    else if (line.event === "disconnect") inbox.onDisconnect(undefined);
    else inbox.onEvent(line.event, fromLine(line.args) as readonly unknown[]);
  }
}
