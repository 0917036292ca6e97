import "reflect-metadata";
import { Controller, Get, Module } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";
import type { NestExpressApplication } from "@nestjs/platform-express";
import { ChatGateway } from "./chat.gateway.js";
import { ClockGateway } from "./clock.gateway.js";
import { SockeyeAdapter } from "./sockeye-adapter.js";

@Controller()
class AppController {
  @Get()
  hello(): string {
    return "hello from Nest";
  }
}

@Module({ controllers: [AppController], providers: [ChatGateway, ClockGateway] })
class AppModule {}

const { PORT = "3000" } = process.env;

const app = await NestFactory.create<NestExpressApplication>(AppModule, { logger: ["warn", "error"] });
app.useWebSocketAdapter(new SockeyeAdapter(app));
app.enableShutdownHooks();
await app.listen(PORT);
console.log(`ready: http://localhost:${PORT}`);
