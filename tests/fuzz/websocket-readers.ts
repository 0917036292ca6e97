/**
 * The two readers the differential fuzzer compares: our endpoint, and the receiver of `ws`, which is the oracle. Both get
 * the same chunks and give back what they made of them in the same form.
 */
import { constants } from "node:buffer";
import { finished } from "node:stream/promises";
import * as ws from "ws";
import {
  type FrameSink,
  type NegotiatedDeflate,
  TurnFlush,
  WebSocketEndpoint,
  checkUpgrade,
  resolveDeflateOptions,
} from "@sockeye/websocket";
import { serverFrames } from "../../packages/websocket/src/testing/client-frames.ts";
import { MemoryDuplex } from "../../packages/websocket/src/testing/memory-duplex.ts";
import type { ClientStream } from "./websocket-streams.ts";

// Exported by ws, and unknown to @types/ws.
const { PerMessageDeflate, Receiver } = ws as any;

/** Everything a peer can observe: messages and pongs in order, and how it ended. */
export interface Reading {
  /** `text:` or `binary:` and the bytes as latin1. */
  readonly messages: string[];
  /** Data of the pongs sent. */
  readonly pongs: string[];
  /** `open`, `close <code> <reason>`, or `refused <code>`. */
  end: string;
  /** Refused for a length no string of this runtime can have. */
  isBeyondRuntime: boolean;
}

const deflate = negotiated();

function negotiated(): NegotiatedDeflate {
  const verdict = checkUpgrade(
    {
      headers: {
        upgrade: "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
        "sec-websocket-extensions": "permessage-deflate",
      },
    },
    { deflate: resolveDeflateOptions(true) },
  );
  if (!verdict.ok || verdict.deflate === undefined) throw new Error("compression was not negotiated");
  return verdict.deflate;
}

/** Our endpoint on a memory carrier; call `read` once the carrier flows, a turn later. */
export class OurReader {
  readonly #reading: Reading = { messages: [], pongs: [], end: "open", isBeyondRuntime: false };
  readonly #carrier = new MemoryDuplex();
  readonly #endpoint: WebSocketEndpoint;
  readonly #stream: ClientStream;

  constructor(stream: ClientStream) {
    const reading = this.#reading;
    const sink: FrameSink = {
      onText: (text) => reading.messages.push(`text:${Buffer.from(text).toString("latin1")}`),
      onBinary: (bytes) => reading.messages.push(`binary:${bytes.toString("latin1")}`),
      onDrain() {},
      onClose: (code, reason, error) => {
        if (reading.end !== "open") throw new Error("onClose was called twice");
        reading.end = error === undefined ? `close ${code} ${reason}` : `refused ${code}`;
        reading.isBeyondRuntime = error?.message.includes(String(constants.MAX_STRING_LENGTH)) ?? false;
      },
    };
    this.#stream = stream;
    this.#endpoint = new WebSocketEndpoint(this.#carrier, {
      sink,
      maxMessageBytes: stream.maxMessageBytes,
      deflate: stream.deflates ? deflate : undefined,
      turn: new TurnFlush(() => {}),
      clock: { after: () => () => {} },
    });
  }

  read(): Reading {
    this.#carrier.receive(...this.#stream.chunks);
    this.#endpoint.flush();
    for (const { first, payload } of serverFrames(this.#carrier.written)) {
      if (first === 0x8a) this.#reading.pongs.push(payload.toString("latin1"));
      else if (first === 0x88) this.#checkClose(payload);
      else throw new Error(`wrote a frame nobody asked for: ${first.toString(16)}`);
    }
    const reading = { ...this.#reading };
    this.#endpoint.destroy();
    return reading;
  }

  /** What the peer is told must be what the sink was told. */
  #checkClose(payload: Buffer): void {
    const code = payload.length === 0 ? 1005 : payload.readUInt16BE(0);
    if (this.#reading.end.split(" ")[1] !== String(code))
      throw new Error(`told ${code}, reported ${this.#reading.end}`);
  }
}

/** The oracle. Its errors carry the Close code under a symbol. */
export async function readWithWs(stream: ClientStream): Promise<Reading> {
  const reading: Reading = { messages: [], pongs: [], end: "open", isBeyondRuntime: false };
  const { maxMessageBytes: maxPayload } = stream;
  const extension = stream.deflates
    ? new PerMessageDeflate({
        isServer: true,
        maxPayload,
        clientNoContextTakeover: true,
        concurrencyLimit: 64,
      })
    : undefined;
  extension?.accept([{ client_no_context_takeover: [true] }]);
  const receiver: any = new Receiver({
    isServer: true,
    maxPayload,
    extensions: extension === undefined ? {} : { "permessage-deflate": extension },
  });
  receiver.on("message", (data: Buffer, isBinary: boolean) => {
    reading.messages.push(`${isBinary ? "binary" : "text"}:${data.toString("latin1")}`);
  });
  receiver.on("ping", (data: Buffer) => reading.pongs.push(data.toString("latin1")));
  receiver.on("conclude", (code: number, reason: Buffer) => {
    reading.end = `close ${code} ${reason.toString("utf8")}`;
  });
  receiver.on("error", () => {});
  for (const chunk of stream.chunks) {
    // A Close ends the receiver. After an error it must not be written to: it would read on.
    if (receiver.writableEnded || receiver.errored !== null) break;
    const written = new Promise((resolve) => receiver.write(Buffer.from(chunk), resolve));
    // Inflating takes its time, and what is queued meanwhile would be read after an error all the same.
    if (receiver.writableLength > 0) await written;
  }
  if (!receiver.writableEnded) receiver.end();
  try {
    await finished(receiver, { readable: false });
  } catch (error) {
    const key = Object.getOwnPropertySymbols(error).find(({ description }) => description === "status-code");
    if (key === undefined) throw error;
    reading.end = `refused ${(error as any)[key]}`;
  }
  extension?.cleanup();
  return reading;
}
