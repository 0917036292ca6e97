/** Wire formats written for Socket.IO, a pair of classes, behind the seam the manager has for them. */
import type { EncodedPart, SocketCodec } from "@sockeye/protocol/socket";

/** A wire format as `{ Encoder, Decoder }`, such as `socket.io-msgpack-parser`. */
export interface ParserClasses {
  readonly Encoder: new () => { encode(packet: any): unknown[] };
  readonly Decoder: new () => {
    on(event: "decoded", listener: (packet: any) => void): unknown;
    /** Calls the listeners of `decoded` before it returns, or throws. */
    add(payload: any): unknown;
    destroy?(): void;
  };
}

export function codecOf(parser: SocketCodec | ParserClasses): SocketCodec {
  if (!("Encoder" in parser)) return parser;
  const encoder = new parser.Encoder();
  return {
    // Such encoders may keep what they are given, or write to it.
    encode: (packet) => encoder.encode({ ...packet }) as EncodedPart[],
    createDecoder() {
      let decoder: InstanceType<ParserClasses["Decoder"]> | undefined;
      let decoded: any;
      return {
        push(payload) {
          // Another one after each reset: what is left of one that was destroyed is not known.
          if (!decoder) {
            decoder = new parser.Decoder();
            decoder.on("decoded", (packet) => (decoded = packet));
          }
          decoded = undefined;
          decoder.add(payload);
          return decoded;
        },
        reset() {
          decoder?.destroy?.();
          decoder = undefined;
        },
      };
    },
  };
}
