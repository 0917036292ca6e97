// Packets as objects, for the listeners and lists users see, and what users may send as the parts we queue. The paths
// of messages do not come through here unless somebody listens.

import { PacketChar } from "@sockeye/protocol/engine";
import type { QueuedItem } from "./transport.ts";

/** What listeners of `packet`, `packetCreate` and `flush` see. */
export interface PacketView {
  readonly type: string;
  readonly data?: string | Uint8Array | undefined;
  readonly options?: { readonly compress: boolean } | undefined;
}

/** What can be sent: text, or bytes in any form. Of other values the string form is sent. */
export type SendData = string | ArrayBuffer | ArrayBufferView | number | boolean | null | undefined;

export interface SendOptions {
  /** Whether this message may be compressed. @default true */
  compress?: boolean | undefined;
}

const TYPE_NAMES: ReadonlyMap<string, string> = new Map(
  Object.entries(PacketChar).map(([name, char]) => [char, name]),
);

/** A text packet as it arrived. Those with base64 are told of as what they say, once that is read. */
export function packetOf(packet: string): PacketView {
  const type = TYPE_NAMES.get(packet.charAt(0));
  if (type !== undefined) return packet.length > 1 ? { type, data: packet.slice(1) } : { type };
  return { type: "error", data: "parser error" };
}

/** A packet that is not a message, as it is sent. */
export function controlPacket(packet: string): PacketView {
  return { ...packetOf(packet), options: { compress: true } };
}

/** What waits or leaves, one by one. */
export function messagePackets(item: QueuedItem): PacketView[] {
  if (typeof item === "string") return [controlPacket(item)];
  const options = { compress: item.compress };
  return item.parts.map((data) =>
    data === "" ? { type: "message", options } : { type: "message", data, options },
  );
}

/** Data of a user as a part of a message: views are taken as the exact bytes they show. */
export function toPart(data: SendData): string | Uint8Array {
  if (typeof data === "string") return data;
  if (data instanceof Uint8Array) return data;
  if (data instanceof ArrayBuffer) return Buffer.from(data);
  if (ArrayBuffer.isView(data)) return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return data === null || data === undefined || data === false || data === 0 ? "" : String(data);
}

const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes of a `b…` packet, or undefined if it is malformed. Buffer alone would skip what it cannot read. */
export function decodeBase64Message(packet: string): Buffer | undefined {
  const text = packet.slice(1);
  return BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}
