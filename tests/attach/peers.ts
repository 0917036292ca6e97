// Clients for the targets: the published one, and for HTTP/2 a hand-made one on polling.
import { connect as connectHttp2 } from "node:http2";
import type { ClientHttp2Session } from "node:http2";
import { io as connect } from "socket.io-client";
import type { Socket } from "socket.io-client";

export type { Socket };

export async function join(
  url: string,
  transports: string[],
  extraHeaders: Record<string, string> = {},
): Promise<Socket> {
  const client = connect(url, {
    transports,
    extraHeaders,
    forceNew: true,
    reconnection: false,
    // The certificate is signed by nobody.
    rejectUnauthorized: false,
  });
  await new Promise<void>((resolve, reject) => {
    client.once("connect", resolve);
    client.once("connect_error", reject);
  });
  return client;
}

/** Socket.IO on polling over HTTP/2, as far as a test needs it. */
export class Http2Peer {
  readonly #session: ClientHttp2Session;
  #sid = "";

  constructor(url: string) {
    this.#session = connectHttp2(url, { rejectUnauthorized: false });
    this.#session.on("error", () => {});
  }

  /** Connects to the main namespace. Resolves with the answer to that. */
  async join(): Promise<string> {
    const { body } = await this.request();
    this.#sid = JSON.parse(body.slice(1)).sid;
    await this.request("40");
    return (await this.request()).body;
  }

  /** A poll, or with `body` a push. */
  request(body?: string): Promise<{ status: number; body: string }> {
    const sid = this.#sid === "" ? "" : `&sid=${this.#sid}`;
    return new Promise((resolve, reject) => {
      const stream = this.#session.request({
        ":method": body === undefined ? "GET" : "POST",
        ":path": `/socket.io/?EIO=4&transport=polling${sid}`,
      });
      let status = 0;
      let text = "";
      stream.setEncoding("utf8");
      stream.on("response", (headers) => (status = Number(headers[":status"])));
      stream.on("data", (chunk: string) => (text += chunk));
      stream.on("end", () => resolve({ status, body: text }));
      stream.on("error", reject);
      stream.end(body);
    });
  }

  close(): void {
    this.#session.close();
  }
}
