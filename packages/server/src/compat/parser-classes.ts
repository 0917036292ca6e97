// Wire formats written for Socket.IO, a pair of classes, behind the seam this server has for them. Called by options;
// adds one check, since such decoders promise nothing: what they give must have the shape of a packet.

import { ServerError } from "../errors.ts";
import type { EncodedPart, PacketDecoder, SocketCodec, SocketPacket } from "@sockeye/protocol/socket";

/** A wire format as `{ Encoder, Decoder }`, such as `socket.io-msgpack-parser`. */
export interface ParserClasses {
  readonly Encoder: new () => { encode(packet: any): unknown[] };
  readonly Decoder: new () => {
    on(event: "decoded", listener: (packet: any) => void): unknown;
    /** Calls the listeners of `decoded` before it returns, or throws. */
    add(payload: any): void;
    destroy?(): void;
  };
}

export function isParserClasses(value: object): value is ParserClasses {
  return "Encoder" in value && typeof value.Encoder === "function" && "Decoder" in value;
}

export function codecOf({ Encoder, Decoder }: ParserClasses): SocketCodec {
  const encoder = new Encoder();
  return {
    // Such encoders may keep what they are given, or write to it.
    encode: (packet) => encoder.encode({ ...packet }) as EncodedPart[],
    createDecoder: () => new ParserClassesDecoder(new Decoder()),
  };
}

class ParserClassesDecoder implements PacketDecoder {
  readonly #decoder: InstanceType<ParserClasses["Decoder"]>;
  #packet: unknown = undefined;

  constructor(decoder: InstanceType<ParserClasses["Decoder"]>) {
    this.#decoder = decoder;
    decoder.on("decoded", (packet: unknown) => {
      this.#packet = packet;
    });
  }

  push(payload: string | Uint8Array): SocketPacket | undefined {
    this.#packet = undefined;
    this.#decoder.add(payload);
    const packet = this.#packet;
    this.#packet = undefined;
    if (packet === undefined || isPacket(packet)) return packet;
    throw new ServerError("ERR_PARSER", `the parser gave ${JSON.stringify(packet)}`);
  }

  reset(): void {
    this.#decoder.destroy?.();
  }
}

function isPacket(value: any): value is SocketPacket {
  if (typeof value?.nsp !== "string") return false;
  const { type, data, id } = value;
  if (type === 2) return Array.isArray(data) && (typeof data[0] === "string" || typeof data[0] === "number");
  if (type === 3) return Array.isArray(data) && typeof id === "number";
  return type === 0 || type === 1 || type === 4;
}
