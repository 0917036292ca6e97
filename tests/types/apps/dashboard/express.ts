// A stand-in for express: what the dashboard uses of it.

import type { IncomingMessage, ServerResponse } from "node:http";

type Next = (err?: any) => void;

interface App {
  (req: IncomingMessage, res: ServerResponse): void;
  session(): (req: IncomingMessage, res: ServerResponse, next: Next) => void;
}

export default function express(): App {
  const app = (_req: IncomingMessage, res: ServerResponse) => void res.end();
  return Object.assign(app, {
    session: () => (_req: IncomingMessage, _res: ServerResponse, next: Next) => next(),
  });
}

export function sessionOf(req: IncomingMessage): { user: string } | undefined {
  return (req as IncomingMessage & { session?: { user: string } }).session;
}
