/** Socket.IO packets as MessagePack, for both ends of a connection that choose so. */
export { msgpackCodec } from "./codec.ts";
export { decodeMsgpack } from "./reader.ts";
export { encodeMsgpack } from "./writer.ts";
export type { BinaryKind } from "./reader.ts";
