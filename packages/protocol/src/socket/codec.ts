/**
 * The seam between sockets and wire formats: how packets become messages and messages packets. The default is the
 * format of Socket.IO protocol v5; `@sockeye/protocol/msgpack` is another; applications may bring their own.
 */
import type { Binary } from "../binary.ts";
import { SocketDecoder } from "./decoder.ts";
import type { SocketDecoderOptions } from "./decoder.ts";
import { encodeSocketPacket } from "./encoder.ts";
import type { EncodedPart, JsonReplacer } from "./encoder.ts";
import type { SocketPacket } from "./packet.ts";

/** Decodes the messages of one connection. */
export interface PacketDecoder {
  /** Returns the packet that `payload` completes, or undefined if more must come. Throws only `ProtocolError`. */
  push(payload: string | Binary): SocketPacket | undefined;
  /** Forgets what is incomplete. */
  reset(): void;
}

/** A wire format. Both ends of a connection must use the same. */
export interface SocketCodec {
  /** The messages that carry `packet`, in sending order. Must not modify it. */
  encode(packet: SocketPacket): EncodedPart[];
  /** A decoder for one connection. */
  createDecoder(): PacketDecoder;
}

/** The default format with its options: a `replacer` for what is sent, a `reviver` and a limit for what arrives. */
export function createJsonCodec(
  options: SocketDecoderOptions & { replacer?: JsonReplacer | undefined },
): SocketCodec {
  return {
    encode: (packet) => encodeSocketPacket(packet, options.replacer),
    createDecoder: () => new SocketDecoder(options),
  };
}

/** The format every Socket.IO client speaks. */
export const defaultCodec: SocketCodec = {
  encode: (packet) => encodeSocketPacket(packet),
  createDecoder: () => new SocketDecoder(),
};
