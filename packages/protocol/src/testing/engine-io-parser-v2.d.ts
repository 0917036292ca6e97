/** The published parser of Engine.IO protocol v3, as far as the differential test uses it. It brings no types. */
declare module "engine.io-parser-v2" {
  export interface Packet {
    readonly type: string;
    readonly data?: string | Uint8Array | undefined;
  }
  export function encodePayload(
    packets: readonly Packet[],
    supportsBinary: boolean,
    callback: (payload: string | Uint8Array) => void,
  ): void;
  export function decodePayload(payload: string | Uint8Array, visit: (packet: Packet) => void): void;
  export function encodePacket(
    packet: Packet,
    supportsBinary: boolean,
    callback: (packet: string | Uint8Array) => void,
  ): void;
  export function decodePacket(packet: string | Uint8Array): Packet;
}
