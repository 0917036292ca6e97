/** Rooms, broadcast targets and local delivery; and what adapters for several processes are made of. */
export { LocalAdapter, LocalAdapter as Adapter } from "./local-adapter.ts";
export { RecoveryAdapter } from "./recovery-adapter.ts";
export type { Recorded, Restored } from "./recovery-adapter.ts";
export type { RecoverableSession, RecoveryStoreOptions } from "./recovery-store.ts";
export { ClusterAdapter } from "./cluster/cluster-adapter.ts";
export { ClusterAdapterWithHeartbeat } from "./cluster/heartbeat-adapter.ts";
export { CLUSTER_ADAPTER_DEFAULTS } from "./cluster/options.ts";
export type { ClusterAdapterOptions } from "./cluster/options.ts";
export { MessageType } from "./cluster/messages.ts";
export type { ClusterMessage, ClusterResponse, Offset, ServerId } from "./cluster/messages.ts";
export { NO_ROOMS } from "./no-rooms.ts";
export { RoomIndex } from "./room-index.ts";
export type { RoomObserver } from "./room-index.ts";
export { JoinedRoomsView } from "./views.ts";
export { ADAPTER_ERRORS, AdapterError, isAdapterError } from "./errors.ts";
export type { AdapterErrorCode } from "./errors.ts";
export type { AdapterContract, AdapterEvents } from "./adapter.ts";
export type { NamespaceNames } from "./compat/namespace-names.ts";
export type { AdapterNamespace, ClusterMember, JoinedRooms, RoomMember, SocketDetails } from "./member.ts";
export type {
  BroadcastAck,
  BroadcastFlags,
  BroadcastOptions,
  BroadcastPacket,
  PrivateSessionId,
  Room,
  Session,
  SessionToPersist,
  SocketId,
} from "./target.ts";
