/** HTTP requests a hostile client sends, as bytes. */
import type { Random } from "./random.ts";

export interface RequestShape {
  readonly method?: string;
  readonly target: string;
  readonly headers?: readonly string[];
  readonly body?: Buffer | undefined;
}

export function requestBytes({ method = "GET", target, headers = [], body }: RequestShape): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`, "Host: x", ...headers];
  if (body !== undefined && !headers.some((line) => /^(content-length|transfer-encoding):/i.test(line)))
    lines.push(`Content-Length: ${body.length}`);
  return Buffer.concat([Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1"), body ?? Buffer.alloc(0)]);
}

export const UPGRADE_HEADERS: readonly string[] = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
];

const METHODS = [
  "GET",
  "GET",
  "GET",
  "POST",
  "POST",
  "PUT",
  "DELETE",
  "OPTIONS",
  "HEAD",
  "PATCH",
  "TRACE",
] as const;
const ODD_METHODS = ["CONNECT", "PROPFIND", "get", "", "G T", "\u0000", "POSTPOSTPOST"] as const;
const PATHS = [
  "/socket.io/",
  "/socket.io/",
  "/socket.io/",
  "/socket.io/",
  "/socket.io",
  "/socket.io/x/y",
  "/socket.io//",
  "/socket.io/../",
  "/socket.io/%2e%2e/%00",
  "/socket.io/__proto__",
  "/socket.io/socket.io.js.map?",
  "/engine.io/",
  "/",
  "*",
  "http://x/socket.io/",
  "//socket.io/",
] as const;
const EIO = [
  "4",
  "4",
  "4",
  "3",
  "3",
  "",
  "5",
  "04",
  "4 ",
  "__proto__",
  "constructor",
  "[object Object]",
  "%00",
  "%34",
] as const;
const TRANSPORTS = [
  "polling",
  "polling",
  "polling",
  "websocket",
  "webtransport",
  "",
  "POLLING",
  "__proto__",
  "constructor",
  "toString",
  "polling%00",
  "%70olling",
] as const;
const SIDS = [
  "",
  "__proto__",
  "constructor",
  "prototype",
  "hasOwnProperty",
  "%00",
  "%ff%fe",
  "aaaaaaaaaaaaaaaaaaaa",
  "x".repeat(3000),
] as const;
const CALLBACKS = [
  "0",
  "1",
  "",
  "-1",
  "__proto__",
  "<script>",
  "1);alert(1);//",
  "%0d%0aX:%201",
  "9".repeat(50),
] as const;
const EXTRAS = [
  "b64=1",
  "b64=__proto__",
  "t=x",
  "EIO=3",
  "EIO=4",
  "sid=",
  "transport=polling",
  "__proto__=x",
  "__proto__[sid]=x",
  "constructor[prototype][x]=1",
  "forbid",
  "no-id",
  "%",
  "%zz=%u0041",
  "a[]=1&a[]=2",
  "=",
  "&&&",
  "#fragment",
  ";sid=x",
  "x=".repeat(100),
] as const;
const HEADERS = [
  "Origin: http://evil.example",
  "Origin: \u0001",
  "Origin: a\u00e9",
  "Origin: null",
  "Origin:",
  "Cookie: io=x; __proto__=y",
  "__proto__: x",
  "constructor: x",
  "Content-Type: application/octet-stream",
  "Content-Type: text/plain;charset=utf-16",
  "Content-Type: application/x-www-form-urlencoded",
  "Content-Type:",
  "Content-Length: 5",
  "Content-Length: 99999999999",
  "Content-Length: -1",
  "Content-Length: x",
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: gzip, chunked",
  "Expect: 100-continue",
  "Expect: nothing",
  "Connection: close",
  "Connection: keep-alive, Upgrade",
  "Upgrade: websocket",
  "Upgrade: h2c",
  "Accept-Encoding: gzip",
  "Accept-Encoding: *;q=0, deflate;q=x",
  "User-Agent: Mozilla/5.0 (;MSIE 9.0)",
  'If-None-Match: "x"',
  "Access-Control-Request-Method: POST",
  "Access-Control-Request-Headers: \u00ff, x",
  "Host: y",
  " folded",
  "no colon",
  `X: ${"y".repeat(20_000)}`,
] as const;
const UPGRADE_FAULTS = [
  "Sec-WebSocket-Version: 8",
  "Sec-WebSocket-Version:",
  "Sec-WebSocket-Key: x",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "Sec-WebSocket-Protocol: a, a",
  "Sec-WebSocket-Protocol: ,",
  "Sec-WebSocket-Protocol: chat",
  "Sec-WebSocket-Extensions: permessage-deflate",
  "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=99",
  "Sec-WebSocket-Extensions: permessage-deflate; x; x",
  "Sec-WebSocket-Extensions: ;;",
  "Upgrade: h2c",
  "Connection: close",
  "Content-Length: 3",
  "Transfer-Encoding: chunked",
  "Origin: \u00ff",
] as const;

export class RequestMaker {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** The target of a request that means a session, or nearly. */
  target(sid: string | undefined): string {
    const random = this.#random;
    const path = random.chance(80) ? "/socket.io/" : random.pick(PATHS);
    const query = [`EIO=${random.pick(EIO)}`, `transport=${random.pick(TRANSPORTS)}`];
    if (random.chance(50)) query.push(`sid=${this.#sid(sid)}`);
    if (random.chance(15)) query.push(`j=${random.pick(CALLBACKS)}`);
    while (random.chance(25)) query.splice(random.int(0, query.length), 0, random.pick(EXTRAS));
    if (random.chance(5)) query.splice(random.int(0, query.length - 1), 1);
    return `${path}?${query.join("&")}`;
  }

  /** Headers, hardly any of which belong there. */
  headers(): string[] {
    const random = this.#random;
    return Array.from({ length: random.chance(40) ? 0 : random.int(1, 3) }, () => random.pick(HEADERS));
  }

  /** A request for anything. */
  stray(sid: string | undefined, body: Buffer): RequestShape {
    const random = this.#random;
    const method = random.chance(95) ? random.pick(METHODS) : random.pick(ODD_METHODS);
    const hasBody = method === "POST" || random.chance(10);
    return { method, target: this.target(sid), headers: this.headers(), body: hasBody ? body : undefined };
  }

  /** An upgrade request with something wrong, perhaps. */
  upgrade(sid: string | undefined): RequestShape {
    const random = this.#random;
    const headers = [...UPGRADE_HEADERS];
    if (random.chance(40)) headers.splice(random.int(0, headers.length - 1), 1);
    if (random.chance(60)) {
      const fault = random.pick(UPGRADE_FAULTS);
      const name = fault.slice(0, fault.indexOf(":"));
      const at = headers.findIndex((line) => line.startsWith(`${name}:`));
      headers.splice(at < 0 ? headers.length : at, at < 0 || random.chance(20) ? 0 : 1, fault);
    }
    const target = random.chance(60)
      ? `/socket.io/?EIO=${random.pick(["4", "3"])}&transport=websocket${random.chance(50) ? `&sid=${this.#sid(sid)}` : ""}`
      : this.target(sid);
    return { method: random.chance(90) ? "GET" : random.pick(METHODS), target, headers };
  }

  #sid(sid: string | undefined): string {
    const random = this.#random;
    if (sid === undefined || random.chance(40)) return random.pick(SIDS);
    return random.chance(80)
      ? sid
      : sid.slice(0, random.int(0, sid.length)) + random.pick(["", "x", "%00", "&"]);
  }
}
