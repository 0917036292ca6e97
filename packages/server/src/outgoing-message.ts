// A socket packet on its way out: encoded once, framed once, shared by all who get it. Made for each emit and broadcast.

import { SharedMessage } from "@sockeye/engine";
import type { BroadcastFlags } from "@sockeye/adapter";
import { PacketType } from "@sockeye/protocol/socket";
import type { EncodedPart, EventPacket, SocketCodec, SocketPacket } from "@sockeye/protocol/socket";

export class OutgoingMessage extends SharedMessage {
  /** What it says, for catch-all listeners: the event and its arguments, without the acknowledgement callback. */
  readonly packet: SocketPacket;

  /** @param parts the packet, if it is encoded already */
  constructor(
    codec: SocketCodec,
    packet: SocketPacket,
    flags?: Readonly<BroadcastFlags>,
    parts: readonly EncodedPart[] = codec.encode(packet),
  ) {
    super(parts, flags);
    this.packet = packet;
  }

  get data(): EventPacket["data"] | undefined {
    return this.packet.type === PacketType.EVENT ? this.packet.data : undefined;
  }
}
