// Engine.IO v3 (wire.md §2), which clients of Socket.IO 2 speak: the peer pings and we answer, polling bodies carry
// lengths, and binary messages their type. Text messages on WebSocket are those of v4 and share its frames.

import { isProtocolError } from "@sockeye/protocol";
import type { ProtocolError } from "@sockeye/protocol";
import { PacketChar, PacketCode } from "@sockeye/protocol/engine";
import {
  decodeBase64Message,
  decodeBinaryPayload,
  decodeMessageFrame,
  decodePayload,
  encodeBase64Message,
  encodeBinaryPayload,
  encodeMessageFrame,
  encodePayload,
} from "@sockeye/protocol/engine-v3";
import { frameBinary, frameText } from "@sockeye/websocket";
import type { FrameSink, WebSocketError } from "@sockeye/websocket";
import type { QueuedItem, TransportOwner } from "../transport.ts";
import { jsonpFormat } from "./jsonp.ts";
import type { PacketReceiver, PollingFormat, Revision, WebSocketFormat } from "./revision.ts";

type Part = string | Uint8Array;

const textPayloads: PollingFormat = {
  takesBytes: true,
  encode: (items) => encodePayload(items.flatMap(packetsOf).map(textPacket)),
  decode: dispatch,
};

/** For peers that take bytes: a body is binary as soon as one of its packets is. */
const payloads: PollingFormat = {
  takesBytes: true,
  encode(items) {
    const packets = items.flatMap(packetsOf);
    return packets.every(isText) ? encodePayload(packets) : bufferOf(encodeBinaryPayload(packets));
  },
  decode: dispatch,
};

const frames: WebSocketFormat = {
  framesOf: (message) => (message.parts.every(isText) ? undefined : message.form(typedFrames)),
  sinkOf: (session) => new TypedFrameSink(session),
};

const base64Frames: WebSocketFormat = {
  framesOf: (message) => (message.parts.every(isText) ? undefined : message.form(typedBase64Frames)),
  sinkOf: (session) => new TypedFrameSink(session),
};

export const revision3: Revision = {
  number: 3,
  beat: PacketCode.ping,
  answer: PacketChar.pong,
  startHeartbeat: (heartbeat, slot) => heartbeat.expectPing(slot),
  onBeat: (heartbeat, slot) => heartbeat.expectPing(slot),
  readBase64(packet) {
    const bytes = attempt(() => decodeBase64Message(packet));
    return isProtocolError(bytes) ? undefined : bufferOf(bytes);
  },
  pollingFormat: (query) =>
    jsonpFormat(query, query["b64"] || query["j"] !== undefined ? textPayloads : payloads),
  webSocketFormat: ({ b64 }) => (b64 ? base64Frames : frames),
};

/** Takes the type off binary frames, on their way to the session. */
class TypedFrameSink implements FrameSink {
  readonly #session: TransportOwner & FrameSink;

  constructor(session: TransportOwner & FrameSink) {
    this.#session = session;
  }

  onText(text: string): void {
    this.#session.onText(text);
  }

  onBinary(frame: Buffer): void {
    const message = attempt(() => decodeMessageFrame(frame));
    if (isProtocolError(message)) this.#session.onTransportClose("parse error", message);
    else this.#session.onBinary(bufferOf(message));
  }

  onDrain(): void {
    this.#session.onDrain();
  }

  onClose(code: number, reason: string, error?: WebSocketError): void {
    this.#session.onClose(code, reason, error);
  }
}

/** A malformed body is refused whole: it is read before any of it is handed on. */
function dispatch(body: string | Buffer, receiver: PacketReceiver): ProtocolError | undefined {
  const packets = attempt(() => (typeof body === "string" ? decodePayload(body) : decodeBinaryPayload(body)));
  if (isProtocolError(packets)) return packets;
  for (const packet of packets) {
    if (typeof packet === "string") receiver.onText(packet);
    // A copy: a message that is kept must not keep the whole body.
    else receiver.onBinary(Buffer.from(packet));
    if (receiver.readyState !== "open") break;
  }
  return undefined;
}

function attempt<Result>(read: () => Result): Result | ProtocolError {
  try {
    return read();
  } catch (error) {
    if (isProtocolError(error)) return error;
    throw error;
  }
}

function packetsOf(item: QueuedItem): Part[] {
  return typeof item === "string" ? [item] : item.parts.map((part) => (isText(part) ? `4${part}` : part));
}

function textPacket(packet: Part): string {
  return isText(packet) ? packet : encodeBase64Message(packet);
}

function typedFrames(parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => (isText(part) ? frameText(`4${part}`) : frameBinary(encodeMessageFrame(part)))),
  );
}

function typedBase64Frames(parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => frameText(isText(part) ? `4${part}` : encodeBase64Message(part))));
}

function isText(part: Part): part is string {
  return typeof part === "string";
}

/** The same bytes, not copied. */
function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
