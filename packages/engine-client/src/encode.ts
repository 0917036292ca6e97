/**
 * From a queued packet to what a transport carries. Text is synchronous; a Blob has to be read first, so its text form is
 * a promise and the transport stays not writable meanwhile.
 */
import { encodeBinaryPacket, PacketChar } from "@sockeye/protocol/engine";
import type { MessageData, MessageInput, OutgoingPacket } from "./transport.ts";

/** Views and buffers of any kind as exact bytes; text and Blobs as they are. */
export function normalizeMessage(data: MessageInput): MessageData {
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  if (!ArrayBuffer.isView(data) || data instanceof Uint8Array) return data;
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/** The packet as text; bytes become base64 (wire §1.7). */
export function encodeAsText({ type, data = "" }: OutgoingPacket): string | Promise<string> {
  if (typeof data !== "object") return PacketChar[type] + data;
  if (data instanceof Uint8Array) return encodeBinaryPacket(data);
  return data.arrayBuffer().then((buffer) => encodeBinaryPacket(new Uint8Array(buffer)));
}

/** Calls `use` with the values of `parts`: at once unless one of them is a promise. */
export function whenReady<T>(parts: readonly (T | Promise<T>)[], use: (parts: readonly T[]) => void): void {
  const ready: T[] = [];
  for (const part of parts) {
    if (part instanceof Promise) {
      void Promise.all(parts).then(use);
      return;
    }
    ready.push(part);
  }
  use(ready);
}
