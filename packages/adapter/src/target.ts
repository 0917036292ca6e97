// Who a broadcast is meant for, as plain values. Made by the broadcast operator, read by adapters.

export type Room = string;
export type SocketId = string;

/** How a broadcast is to be treated. */
export interface BroadcastFlags {
  /** Dropped for members whose connection cannot take it at once. @default false */
  volatile?: boolean | undefined;
  /** Whether it may be compressed where compression was negotiated. @default true */
  compress?: boolean | undefined;
  /** For members of this node only. @default false */
  local?: boolean | undefined;
  /** Set by `socket.broadcast`; of no further meaning. */
  broadcast?: boolean | undefined;
  /** How long to wait for acknowledgements, in ms. */
  timeout?: number | undefined;
}

/** Every member that is in one of `rooms` and in none of `except`. No rooms: everybody. */
export interface Target {
  readonly rooms: ReadonlySet<Room>;
  readonly except: ReadonlySet<Room>;
  readonly flags: Readonly<BroadcastFlags>;
}
