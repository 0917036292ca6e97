/** Rooms, broadcast targets and local delivery. */
export { LocalAdapter } from "./local-adapter.ts";
export { RoomIndex } from "./room-index.ts";
export type { RoomObserver } from "./room-index.ts";
export { JoinedRoomsView } from "./views.ts";
export { ADAPTER_ERRORS, AdapterError, isAdapterError } from "./errors.ts";
export type { AdapterErrorCode } from "./errors.ts";
export type { Adapter, AdapterEvents, BroadcastAcks } from "./adapter.ts";
export type { AdapterHost, JoinedRooms, RoomMember } from "./member.ts";
export type { BroadcastFlags, Room, SocketId, Target } from "./target.ts";
