/**
 * One hostile peer: a function of its seed and of what the server tells it. It finds a way in, or does not, and from then
 * on mixes what a client might do with what none should, one step per round, until it leaves or is left behind.
 */
import { gunzipSync, inflateSync } from "node:zlib";
import { clientFrame } from "../../packages/websocket/src/testing/client-frames.ts";
import type { FrameShape } from "../../packages/websocket/src/testing/client-frames.ts";
import { Random } from "./random.ts";
import { Line, readAnswers, readFrames } from "./server-line.ts";
import type { Answer, LineUse } from "./server-line.ts";
import { mutateBytes, PacketMaker } from "./server-packets.ts";
import type { Packet } from "./server-packets.ts";
import { requestBytes, RequestMaker, UPGRADE_HEADERS } from "./server-requests.ts";
import type { RequestShape } from "./server-requests.ts";
import { describe } from "./server-world.ts";
import type { World } from "./server-world.ts";

const ENTRANCES = ["none", "polling", "polling", "polling", "websocket", "websocket", "websocket"] as const;

export class HostilePeer {
  readonly seed: number;
  /** How long the world is to wait after this round. */
  wishedMs = 0;
  /** How many requests, frames and faults it has sent. */
  inputs = 0;
  readonly #world: World;
  readonly #random: Random;
  readonly #packets: PacketMaker;
  readonly #requests: RequestMaker;
  readonly #entrance: (typeof ENTRANCES)[number];
  readonly #revision: 3 | 4;
  readonly #query: string;
  readonly #lines: Line[] = [];
  /** What is still to be sent of requests cut in two. */
  readonly #halves: { readonly line: Line; readonly rest: Buffer }[] = [];
  #stepsLeft: number;
  /** The connection the session was opened on. */
  #entered: Line | undefined = undefined;
  #sid: string | undefined = undefined;
  #hasJoined = false;
  /** WebSockets, the session's own first. */
  readonly #sockets: Line[] = [];

  constructor(world: World, seed: number) {
    const random = new Random(seed);
    this.seed = seed;
    this.#world = world;
    this.#random = random;
    this.#packets = new PacketMaker(random);
    this.#requests = new RequestMaker(random);
    this.#entrance = random.pick(ENTRANCES);
    this.#revision = random.chance(70) ? 4 : 3;
    const jsonp = this.#entrance === "polling" && random.chance(20) ? `&j=${random.int(0, 9)}` : "";
    this.#query = `EIO=${this.#revision}${jsonp}${random.chance(15) ? "&b64=1" : ""}`;
    this.#stepsLeft = random.int(2, 14);
  }

  get isDone(): boolean {
    return this.#stepsLeft <= 0;
  }

  /** Does the next thing. */
  step(): void {
    const random = this.#random;
    this.#stepsLeft--;
    this.wishedMs = random.chance(0.7) ? random.pick([50, 101, 1000, 3001, 9000]) : 0;
    if (this.#entrance === "none" || random.chance(6)) return this.#stray();
    if (this.#entered === undefined || (this.#isOver() && random.chance(60))) return this.#enter();
    this.#sid ??= this.#readSid();
    if (this.#sid === undefined) this.#stray();
    else if (!this.#hasJoined && random.chance(90)) this.#join();
    else if (this.#entrance === "polling") this.#onPolling();
    else this.#onSocket();
  }

  /** The last thing it does of its own accord: some just fall silent. */
  leave(): void {
    const random = this.#random;
    for (const line of this.#lines) {
      const roll = random.int(0, 5);
      if (roll === 0) line.drop();
      else if (roll === 1) line.reset();
      else if (roll === 2) line.end();
      else if (roll === 3) line.isDeaf = true;
    }
  }

  /** Its connections are cut, those it has no more interest in as well. */
  cut(): void {
    for (const line of this.#lines) line.drop();
  }

  /** WebSockets whose connection the server keeps though time is up. */
  get lingering(): number {
    return this.#sockets.filter(
      (line) => !line.isGone && readAnswers(line.received, []).answers[0]?.status === 101,
    ).length;
  }

  /** Throws if anything that came back is not one of the answers there are. */
  check(): void {
    for (const line of this.#lines) {
      if (line.thrown !== undefined) throw new Error(`a handler threw: ${describe(line.thrown)}`);
      const { answers, rest } = this.#read(line);
      for (const answer of answers) {
        this.#world.note(`status ${answer.status}`);
        if (answer.status === 101) continue;
        const isRequest = this.#world.isClosed && (answer.status === 404 || answer.status === 503);
        if (line.use === "upgrade" && !isRequest) checkUpgradeRefusal(answer);
        else if (line.use !== "mangled") checkAnswer(answer);
        else if (!MANGLED_STATUSES.includes(answer.status)) throw new Error(`status ${answer.status}`);
      }
      if (answers.at(-1)?.status === 101) this.#checkFrames(rest);
    }
  }

  #read(line: Line): ReturnType<typeof readAnswers> {
    return readAnswers(line.received, line.methods);
  }

  #checkFrames(bytes: Buffer): void {
    for (const { opcode, payload, isCompressed } of readFrames(bytes)) {
      if (opcode === 8) {
        const code = payload.length < 2 ? 1005 : payload.readUInt16BE(0);
        this.#world.note(`close ${code}`);
      } else if (opcode === 1 && !isCompressed) {
        if (!/^[0-6b]/.test(payload.toString())) throw new Error(`not a packet: ${payload.toString()}`);
      } else if (![1, 2, 9, 10].includes(opcode)) throw new Error(`opcode ${opcode}`);
    }
  }

  // Ways in.

  #enter(): void {
    this.#sid = undefined;
    this.#hasJoined = false;
    this.#sockets.length = 0;
    const extra = this.#random.chance(3) ? this.#random.pick(["&forbid", "&no-id"]) : "";
    if (this.#entrance === "websocket") this.#openSocket(extra);
    else this.#request({ target: `/socket.io/?${this.#query}&transport=polling${extra}` });
    this.#entered = this.#lines.at(-1);
  }

  /** The way every client of v4 begins; those of v3 are in the main namespace from the start. */
  #join(): void {
    this.#hasJoined = true;
    const packets = [this.#random.chance(85) ? `40${this.#credentials()}` : '40/admin,{"token":"x"}'];
    const [line] = this.#sockets;
    if (this.#revision === 3) this.#stepsLeft++;
    else if (this.#entrance === "polling") this.#push(packets);
    else if (line !== undefined) this.#sendPackets(line, packets);
  }

  /** What a client sends to have a lost session restored: of its own, or made up. */
  #credentials(): string {
    const random = this.#random;
    const heard = this.#lines.map((line) => line.received.toString("latin1")).join("");
    const pid = /"pid":"([\w-]+)"/.exec(heard)?.[1];
    if (pid === undefined) return random.chance(10) ? '{"pid":"__proto__","offset":"0"}' : "";
    const offset = [...heard.matchAll(/"([^"]+)"\]/g)].at(-1)?.[1] ?? "x";
    return JSON.stringify({ pid, offset: random.chance(80) ? offset : "z" });
  }

  /** The server has ended the session, as far as the peer can see. */
  #isOver(): boolean {
    if (this.#entrance === "websocket")
      return this.#entered?.isEnded === true || this.#entered?.isGone === true;
    const line = this.#lines.at(-1);
    return line !== undefined && line.received.includes('"code":1');
  }

  #readSid(): string | undefined {
    return /\\?"sid\\?":\\?"([\w-]+)/.exec(this.#entered?.received.toString("latin1") ?? "")?.[1];
  }

  /** `session` goes behind the query: empty, or the id of a session to move. */
  #openSocket(session: string): void {
    const target = `/socket.io/?${this.#query}&transport=websocket${session}`;
    const headers = [...UPGRADE_HEADERS];
    if (this.#random.chance(30)) headers.push("Sec-WebSocket-Extensions: permessage-deflate");
    const line = this.#open("upgrade", requestBytes({ target, headers }), "GET");
    this.#sockets.push(line);
    // Without waiting for the answer.
    if (this.#random.chance(15)) this.#sendPackets(line, this.#packets.hostile());
  }

  // What is done once there is a session, or is not.

  #stray(): void {
    const random = this.#random;
    const body = this.#body(this.#packets.hostile());
    const shape = random.chance(25)
      ? this.#requests.upgrade(this.#sid)
      : this.#requests.stray(this.#sid, random.chance(20) ? random.bytes(random.int(0, 60)) : body);
    this.#request(shape, random.chance(25));
  }

  #onPolling(): void {
    const random = this.#random;
    const roll = random.int(0, 99);
    // A move to WebSocket is worth nothing without the probe that follows.
    if (this.#sockets.length > 0 && random.chance(40))
      return random.chance(60) ? this.#probe() : this.#onSocket();
    if (roll < 20) this.#poll();
    else if (roll < 40) this.#push(this.#packets.decent());
    else if (roll < 62) this.#push(this.#packets.hostile());
    else if (roll < 66) this.#request({ method: "POST", target: this.#target(), body: this.#rawBody() });
    else if (roll < 70) this.#halfPush();
    else if (roll < 73) this.#finishHalves();
    else if (roll < 76) this.#breakOff();
    else if (roll < 79) this.#pollAndPush();
    else if (roll < 82) this.#oversized();
    else if (roll < 85) this.#request(this.#requests.stray(this.#sid, this.#body(this.#packets.decent())));
    else if (roll < 89) this.#openSocket(`&sid=${this.#sid ?? ""}`);
    else if (roll < 94) this.#push(this.#answers());
    else if (this.#sockets.length > 0) this.#probe();
    else if (roll < 97) this.#push(this.#answers());
    else this.#poll();
  }

  #onSocket(): void {
    const random = this.#random;
    const line = random.pick(this.#sockets as [Line, ...Line[]]);
    const roll = random.int(0, 99);
    if (roll < 10) this.#sendPackets(line, [random.chance(80) ? "40" : '40/admin,{"token":"x"}']);
    else if (roll < 34) this.#sendPackets(line, this.#packets.decent());
    else if (roll < 66) this.#sendPackets(line, this.#packets.hostile());
    else if (roll < 74) this.#sendPackets(line, this.#answers());
    else if (roll < 80) this.#sendFrame(line, this.#oddFrame());
    else if (roll < 84)
      this.#sendBytes(line, mutateBytes(random, clientFrame({ opcode: 1, payload: "42[1]" })));
    else if (roll < 87) this.#fragments(line);
    else if (roll < 89) this.#toggleStall(line);
    else if (roll < 91) this.#breakOff();
    else if (roll < 94) this.#openSocket(`&sid=${this.#sid ?? ""}`);
    else if (roll < 96) this.#probe();
    else if (roll < 98) this.#request({ target: this.#target() });
    else this.#sendFrame(line, { opcode: 2, payload: random.bytes(random.pick([1000, 4001, 20_001])) });
  }

  // Over polling.

  #target(): string {
    return `/socket.io/?${this.#query}&transport=polling&sid=${this.#sid ?? ""}`;
  }

  #poll(): void {
    const headers = this.#random.chance(30) ? ["Accept-Encoding: gzip, deflate"] : [];
    this.#request({ target: this.#target(), headers });
  }

  #push(packets: readonly Packet[]): void {
    this.#request({ method: "POST", target: this.#target(), body: this.#body(packets) });
  }

  #halfPush(): void {
    const random = this.#random;
    const bytes = requestBytes({
      method: "POST",
      target: this.#target(),
      headers: random.chance(30) ? ["Transfer-Encoding: chunked"] : [],
      body: this.#body(this.#packets.decent()),
    });
    const cut = random.int(1, bytes.length - 1);
    const line = this.#open("http", bytes.subarray(0, cut), "POST");
    this.#halves.push({ line, rest: bytes.subarray(cut) });
  }

  #finishHalves(): void {
    for (const { line, rest } of this.#halves.splice(0)) this.#sendBytes(line, rest);
    this.inputs++;
  }

  #breakOff(): void {
    const line = this.#lines.at(-1 - this.#random.int(0, 1)) ?? this.#lines[0];
    const how = this.#random.int(0, 3);
    if (how < 2) line?.drop();
    else if (how < 3) line?.reset();
    else line?.end();
    this.inputs++;
  }

  /** Two at once, on two connections or behind each other on one. */
  #pollAndPush(): void {
    const random = this.#random;
    const shapes = Array.from({ length: random.int(2, 4) }, () =>
      random.chance(50)
        ? { target: this.#target() }
        : { method: "POST", target: this.#target(), body: this.#body(this.#packets.decent()) },
    );
    if (random.chance(50)) return shapes.forEach((shape) => this.#request(shape));
    const [first, ...others] = shapes.map(({ method = "GET" }) => method);
    const line = this.#open("http", Buffer.concat(shapes.map(requestBytes)), first ?? "GET");
    line.methods.push(...others);
  }

  #oversized(): void {
    const random = this.#random;
    const size = random.pick([1001, 4001, 20_001]);
    const body = Buffer.from(`4${"2".repeat(size)}`);
    const method = "POST";
    const target = this.#target();
    if (random.chance(50)) return this.#request({ method, target, body });
    const chunk = Buffer.concat([
      Buffer.from(`${body.length.toString(16)}\r\n`),
      body,
      Buffer.from("\r\n0\r\n\r\n"),
    ]);
    this.#request({ method, target, body: chunk, headers: ["Transfer-Encoding: chunked"] });
  }

  #body(packets: readonly Packet[]): Buffer {
    const base64 = (packet: Buffer): string =>
      `${this.#revision === 3 ? "b4" : "b"}${packet.toString("base64")}`;
    const texts = packets.map((packet) => (typeof packet === "string" ? packet : base64(packet)));
    const text =
      this.#revision === 3
        ? texts.map((packet) => `${packet.length}:${packet}`).join("")
        : texts.join("\u001e");
    const isForm = this.#query.includes("&j=");
    return Buffer.from(
      isForm && this.#random.chance(95)
        ? `d=${encodeURIComponent(text.replace(/\p{Surrogate}/gu, "?"))}`
        : text,
    );
  }

  /** Changed as bytes, so that it need not be UTF-8; or a binary payload of v3. */
  #rawBody(): Buffer {
    const random = this.#random;
    if (random.chance(70)) return mutateBytes(random, this.#body(this.#packets.decent()));
    const binary = Buffer.from([1, 4, 255, 4, 1, 2, 3, 0, 5, 255, 0x34, 0x32, 0x5b, 0x31, 0x5d]);
    return random.chance(50) ? binary : mutateBytes(random, binary);
  }

  // Over WebSocket.

  #probe(): void {
    const random = this.#random;
    const line = random.pick(this.#sockets as [Line, ...Line[]]);
    this.#sendPackets(
      line,
      random.pick<Packet[]>([
        ["2probe"],
        ["2probe", "5"],
        ["2probe", "5", '42["echo"]'],
        ["2probe", "5", "5"],
        ["2probe", "5", '42["ask"]', '42["echo"]'],
        ["5"],
        ["5", '42["echo"]'],
        ["2probe", "2probe", "5", "5"],
        ["2"],
        ["40"],
        [random.bytes(3)],
        ["2probe", random.bytes(3)],
      ]),
    );
    if (random.chance(30) && this.#sid !== undefined) this.#poll();
  }

  #sendPackets(line: Line, packets: readonly Packet[]): void {
    const frames = packets.map((packet) => {
      if (typeof packet === "string") return clientFrame({ opcode: 1, payload: Buffer.from(packet) });
      const typed =
        this.#revision === 3 && this.#random.chance(90) ? Buffer.concat([Buffer.of(4), packet]) : packet;
      return clientFrame({ opcode: 2, payload: typed });
    });
    this.#sendBytes(line, Buffer.concat(frames));
    this.inputs += frames.length;
  }

  #sendFrame(line: Line, shape: FrameShape): void {
    this.#sendBytes(line, clientFrame(shape));
    this.inputs++;
  }

  #sendBytes(line: Line, bytes: Buffer): void {
    if (this.#random.chance(85)) return line.send(bytes);
    const cut = this.#random.int(0, bytes.length);
    line.send(bytes.subarray(0, cut));
    line.send(bytes.subarray(cut));
  }

  #oddFrame(): FrameShape {
    const random = this.#random;
    const code = random.pick([0, 1000, 1001, 1005, 1006, 1009, 1015, 3000, 5000]);
    return random.pick<FrameShape>([
      { opcode: 1, payload: "40", mask: false },
      { opcode: 1, payload: Buffer.from([0x34, 0x32, 0xff, 0xc0]) },
      { opcode: 1, payload: "40", fin: false },
      { opcode: 0, payload: "40" },
      { opcode: random.int(3, 15), payload: "x" },
      { opcode: 1, payload: "40", rsv: random.int(1, 7) },
      { opcode: 8, payload: Buffer.from([code >> 8, code & 0xff]) },
      { opcode: 8, payload: "x" },
      { opcode: 8 },
      { opcode: 9, payload: random.bytes(random.int(0, 130)) },
      { opcode: 10, payload: "x" },
      { opcode: 2, payload: "x", claimedLength: 2n ** 62n, lengthBits: 64 },
      { opcode: 1, payload: "", claimedLength: 30_000 },
    ]);
  }

  #fragments(line: Line): void {
    const [packet] = this.#packets.decent();
    if (typeof packet !== "string") return;
    const cut = this.#random.int(0, packet.length);
    this.#sendFrame(line, { opcode: 1, fin: false, payload: packet.slice(0, cut) });
    if (this.#random.chance(30)) this.#sendFrame(line, { opcode: 9, payload: "x" });
    if (this.#random.chance(80)) this.#sendFrame(line, { opcode: 0, payload: packet.slice(cut) });
  }

  #toggleStall(line: Line): void {
    if (line.isStalled) line.resume();
    else line.isStalled = true;
    this.inputs++;
  }

  // Both.

  /** Answers to what the server has asked, some more than once or with the wrong things. */
  #answers(): Packet[] {
    const random = this.#random;
    const heard = this.#lines.map((line) => line.received.toString("latin1")).join("");
    const questions = [...heard.matchAll(/4[25](?:\d+-)?(\/[\w-]+,)?(\d+)\[\\?"question/g)];
    const packets = questions.slice(-2).map(([, nsp = "", id]) => `43${nsp}${id}["answer"]`);
    if (packets.length === 0 && random.chance(60)) return ['42["ask"]', '42["ask in time"]'];
    if (packets.length === 0 || random.chance(20)) packets.push(`43${random.int(0, 50)}["nobody asked"]`);
    if (random.chance(20)) packets.push(...packets);
    return random.chance(20) ? packets.map((packet) => this.#packets.mutate(packet)) : packets;
  }

  #request(shape: RequestShape, isMangled = false): void {
    const random = this.#random;
    let bytes = requestBytes(shape);
    if (isMangled) bytes = mutateBytes(random, bytes);
    const isOdd = isMangled || (shape.headers?.length ?? 0) > 0 || shape.target.includes("x".repeat(3000));
    const isUpgrade = shape.headers?.some((line) => /^upgrade:/i.test(line)) ?? false;
    const use: LineUse = isOdd && !isUpgrade ? "mangled" : isUpgrade ? "mangled" : "http";
    const line = this.#open(use, bytes, shape.method ?? "GET");
    if (isUpgrade) this.#sockets.push(line);
  }

  #open(use: LineUse, bytes: Buffer, method: string): Line {
    const line = new Line(this.#world.http, use);
    line.methods.push(method);
    this.#lines.push(line);
    this.#sendBytes(line, bytes);
    this.inputs++;
    return line;
  }
}

function checkUpgradeRefusal({ status, headers }: Answer): void {
  if (status !== 400 && status !== 426) throw new Error(`an upgrade was refused with ${status}`);
  if (headers.get("connection") !== "close") throw new Error("a refused upgrade that may go on");
}

/** Those of the specification, of a refused upgrade, and of Node.js for what is not HTTP. */
const MANGLED_STATUSES = [200, 204, 304, 400, 403, 404, 405, 413, 417, 426, 431, 500, 503];

function checkAnswer(answer: Answer): void {
  const { status, headers } = answer;
  const body = plainBody(answer).toString();
  const isEmpty = body === "";
  switch (status) {
    case 200:
      return checkBody(body, headers.get("content-type") ?? "");
    case 204:
    case 304:
    case 413:
    case 500:
    case 503:
      if (!isEmpty) throw new Error(`${status} with a body: ${body}`);
      return;
    case 400:
    case 403:
      if (isEmpty) return;
      if (!/^\{"code":[0-5],"message":"[^"]+"\}$/.test(body)) throw new Error(`${status} with ${body}`);
      return;
    case 404:
      if (body !== "none of ours" && !body.includes("client bundles") && !isEmpty)
        throw new Error(`404 with ${body}`);
      return;
    default:
      throw new Error(`status ${status}`);
  }
}

function plainBody({ headers, body }: Answer): Buffer {
  const encoding = headers.get("content-encoding");
  if (encoding === "gzip") return gunzipSync(body);
  return encoding === "deflate" ? inflateSync(body) : body;
}

function checkBody(body: string, type: string): void {
  if (type.startsWith("application/")) return;
  const jsonp = /^___eio\[\d*\]\((".*")\);$/s.exec(body)?.[1];
  const plain = jsonp === undefined ? body : String(JSON.parse(jsonp));
  if (plain === "ok" || plain === "") return;
  const isBatch = plain.split("\u001e").every((packet) => /^[0-6b]/.test(packet));
  if (!isBatch && !/^\d+:[0-6b]/.test(plain)) throw new Error(`200 with ${body.slice(0, 300)}`);
}
