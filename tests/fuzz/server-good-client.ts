/** A client that does nothing wrong, over either transport, and expects to be served whoever else is there. */
import { clientFrame } from "../../packages/websocket/src/testing/client-frames.ts";
import { Line, readAnswers, readFrames } from "./server-line.ts";
import { requestBytes, UPGRADE_HEADERS } from "./server-requests.ts";
import type { World } from "./server-world.ts";

abstract class GoodClient {
  protected readonly world: World;
  /** Packets that have come and were not pings. */
  readonly #packets: string[] = [];
  #asked = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** Looks at what has come, answers pings. Called in every round. */
  abstract tick(): void;
  abstract leave(): void;
  protected abstract send(packet: string): void;

  /** Whether it has been let in. */
  get hasJoined(): boolean {
    return this.#packets.some((packet) => packet.startsWith('40{"sid"'));
  }

  /** Sends an event that comes back and one that is acknowledged. Returns whether both were answered. */
  ask(): () => boolean {
    const number = ++this.#asked;
    this.send(`42["echo","good",${number}]`);
    this.send(`42${number}["echo",${number}]`);
    // Where sessions can be restored an offset follows.
    const echo = new RegExp(`^42\\["echo","good",${number}[\\],]`);
    return () =>
      this.#packets.some((packet) => echo.test(packet)) && this.#packets.includes(`43${number}[${number}]`);
  }

  protected onPacket(packet: string): void {
    if (packet === "2") this.send("3");
    else if (packet.startsWith('0{"sid"')) this.send("40");
    else this.#packets.push(packet);
  }
}

export class GoodWebSocketClient extends GoodClient {
  readonly #line: Line;
  #seen = 0;

  constructor(world: World) {
    super(world);
    this.#line = new Line(world.http, "upgrade");
    const target = "/socket.io/?EIO=4&transport=websocket";
    this.#line.send(requestBytes({ target, headers: UPGRADE_HEADERS }));
  }

  tick(): void {
    const frames = readFrames(readAnswers(this.#line.received, []).rest);
    for (const { payload } of frames.slice(this.#seen)) this.onPacket(payload.toString());
    this.#seen = frames.length;
  }

  leave(): void {
    this.#line.drop();
  }

  protected send(packet: string): void {
    this.#line.send(clientFrame({ opcode: 1, payload: packet }));
  }
}

export class GoodPollingClient extends GoodClient {
  #sid: string | undefined = undefined;
  #poll: Line;
  #push: Line | undefined = undefined;
  readonly #queue: string[] = [];

  constructor(world: World) {
    super(world);
    this.#poll = this.#request("GET");
  }

  tick(): void {
    const [answer] = readAnswers(this.#poll.received, []).answers;
    if (answer !== undefined) {
      const body = answer.body.toString();
      this.#sid ??= /"sid":"([\w-]+)"/.exec(body)?.[1];
      for (const packet of body.split("\u001e")) this.onPacket(packet);
      this.#poll.drop();
      this.#poll = this.#request("GET");
    }
    if (this.#push !== undefined && readAnswers(this.#push.received, []).answers.length > 0) {
      this.#push.drop();
      this.#push = undefined;
    }
    if (this.#push === undefined && this.#queue.length > 0) {
      this.#push = this.#request("POST", this.#queue.splice(0).join("\u001e"));
    }
  }

  leave(): void {
    this.#poll.drop();
    this.#push?.drop();
  }

  protected send(packet: string): void {
    this.#queue.push(packet);
  }

  #request(method: string, body?: string): Line {
    const line = new Line(this.world.http, "http");
    const session = this.#sid === undefined ? "" : `&sid=${this.#sid}`;
    const target = `/socket.io/?EIO=4&transport=polling${session}`;
    line.send(requestBytes({ method, target, body: body === undefined ? undefined : Buffer.from(body) }));
    return line;
  }
}
