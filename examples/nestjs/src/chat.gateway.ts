import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WebSocketServer,
} from "@nestjs/websockets";
import type { WsResponse } from "@nestjs/websockets";
import type { Server, Socket } from "@sockeye/server";

@WebSocketGateway()
export class ChatGateway {
  @WebSocketServer()
  readonly io!: Server;

  /** What is returned is the acknowledgement. */
  @SubscribeMessage("chat")
  chat(@MessageBody() text: string, @ConnectedSocket() socket: Socket): string {
    this.io.emit("chat", text);
    return `heard ${socket.id}`;
  }

  /** Or an event. */
  @SubscribeMessage("shout")
  shout(@MessageBody() text: string): WsResponse<string> {
    return { event: "chat", data: text.toUpperCase() };
  }
}
