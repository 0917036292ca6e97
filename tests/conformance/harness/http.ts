// Raw HTTP: one request per connection, so that nothing a server does to a connection touches another request.
import { request } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import { connect } from "node:net";
import { within } from "./wait.ts";

export interface Asked {
  readonly method?: string | undefined;
  readonly path: string;
  readonly body?: string | Buffer | undefined;
  readonly headers?: Readonly<Record<string, string | string[]>> | undefined;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly bytes: Buffer;
}

/** A request under way. */
export interface Pending extends Promise<Answer> {
  /** Hangs up. */
  abort(): void;
}

/** Sends one request. Rejects if the server resets the connection. */
export function ask(port: number, { method = "GET", path, body, headers = {} }: Asked): Pending {
  const outgoing = request({ host: "127.0.0.1", port, method, path, headers, agent: false });
  const answered = new Promise<Answer>((resolve, reject) => {
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const bytes = Buffer.concat(chunks);
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: bytes.toString(),
          bytes,
        });
      });
    });
    outgoing.on("error", reject);
  });
  outgoing.end(body);
  const pending = within(answered, `the answer to ${method} ${path}`);
  pending.catch(() => {});
  return Object.assign(pending, { abort: () => outgoing.destroy() });
}

/** Status and body: what most cases are about. */
export function statusAndBody({ status, body }: Answer): [number, string] {
  return [status, body];
}

const CHANGING_HEADERS: ReadonlySet<string> = new Set(["date"]);

/** Every header but those that change with time, sorted by name; or those of the names given. */
export function headersOf({ headers }: Pick<Answer, "headers">, ...names: string[]): Record<string, unknown> {
  const wanted =
    names.length > 0 ? names : Object.keys(headers).filter((name) => !CHANGING_HEADERS.has(name));
  return Object.fromEntries(wanted.toSorted().map((name) => [name, headers[name]]));
}

/** Writes bytes to a connection of its own and gives all that comes back until the server hangs up. */
export function exchange(port: number, bytes: string | Buffer): Promise<string> {
  const ended = new Promise<string>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    let text = "";
    socket.on("data", (chunk) => (text += chunk.toString("latin1")));
    socket.on("error", () => {});
    socket.on("close", () => resolve(text));
  });
  return within(ended, "the end of the connection");
}
