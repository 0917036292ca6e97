import { SubscribeMessage, WebSocketGateway } from "@nestjs/websockets";
import type { WsResponse } from "@nestjs/websockets";
import { interval, map } from "rxjs";
import type { Observable } from "rxjs";

@WebSocketGateway({ namespace: "clock" })
export class ClockGateway {
  /** A stream of events, for as long as the socket is connected. */
  @SubscribeMessage("start")
  start(): Observable<WsResponse<number>> {
    return interval(100).pipe(map((tick) => ({ event: "tick", data: tick })));
  }
}
