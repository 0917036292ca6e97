// What stands between Nest's gateways and Sockeye. Copy this file, then `app.useWebSocketAdapter(new SockeyeAdapter(app))`.
import { Logger } from "@nestjs/common";
import type { WsMessageHandler } from "@nestjs/common";
import { AbstractWsAdapter } from "@nestjs/websockets";
import { Server } from "@sockeye/server";
import type { Namespace, ServerOptions, Socket } from "@sockeye/server";
import { fromEvent, takeUntil } from "rxjs";
import type { Observable } from "rxjs";

export type GatewayOptions = ServerOptions & { namespace?: string; server?: Server };

export class SockeyeAdapter extends AbstractWsAdapter {
  readonly #logger = new Logger(SockeyeAdapter.name);

  /** Nest asks once per port and path, with port 0 for the application's own, and again for each namespace. */
  create(port: number, { namespace, server, ...options }: GatewayOptions = {}): Server | Namespace {
    const io = server ?? new Server(port === 0 ? this.httpServer : port, options);
    return namespace === undefined ? io : io.of(namespace);
  }

  bindMessageHandlers(
    socket: Socket,
    handlers: WsMessageHandler[],
    transform: (result: unknown) => Observable<unknown>,
  ): void {
    const disconnected = fromEvent(socket, "disconnect");
    for (const { message, callback, isAckHandledManually } of handlers) {
      socket.on(message, (...args: unknown[]) => {
        const last = args.at(-1);
        const ack = typeof last === "function" ? last : undefined;
        if (ack !== undefined) args.pop();
        const data = args.length > 1 ? args : args[0];
        transform(callback(data, ack))
          .pipe(takeUntil(disconnected))
          .subscribe({
            next: (answer) => {
              if (isEvent(answer)) socket.emit(answer.event, answer.data);
              else if (answer !== undefined && answer !== null && !isAckHandledManually) ack?.(answer);
            },
            error: (error: unknown) => this.#logger.error(error),
          });
      });
    }
  }
}

/** Nest's `WsResponse`: an event for the client instead of an acknowledgement. */
function isEvent(answer: unknown): answer is { event: string; data: unknown } {
  return (
    typeof answer === "object" && answer !== null && "event" in answer && typeof answer.event === "string"
  );
}
