// Engine.IO v4: the revision everything else is written for, so there is little to say.

import { forEachPacket, joinBatch, PacketCode } from "@sockeye/protocol/engine";
import { decodeBase64Message } from "../packet-view.ts";
import type { QueuedItem } from "../transport.ts";
import { jsonpFormat } from "./jsonp.ts";
import type { PollingFormat, Revision, WebSocketFormat } from "./revision.ts";

const batches: PollingFormat = {
  takesBytes: false,
  encode: (items) => joinBatch(items.map(textOf)),
  decode(body, receiver) {
    forEachPacket(body.toString(), (packet) => {
      receiver.onText(packet);
      return receiver.readyState === "open";
    });
    return undefined;
  },
};

const frames: WebSocketFormat = { framesOf: undefined, sinkOf: (session) => session };

const base64Frames: WebSocketFormat = {
  framesOf: (message) => message.wsBase64Frames(),
  sinkOf: (session) => session,
};

export const revision4: Revision = {
  number: 4,
  beat: PacketCode.pong,
  answer: undefined,
  startHeartbeat: (heartbeat, slot) => heartbeat.restart(slot),
  onBeat: (heartbeat, slot) => heartbeat.onPong(slot),
  readBase64: decodeBase64Message,
  pollingFormat: (query) => jsonpFormat(query, batches),
  webSocketFormat: ({ b64 }) => (b64 ? base64Frames : frames),
};

function textOf(item: QueuedItem): string {
  return typeof item === "string" ? item : item.batchText();
}
