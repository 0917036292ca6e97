/**
 * Engine.IO protocol v4, packet encoding: the first character of a packet is its type, the rest is its data.
 * Receivers look at that character themselves; there is no packet object. `b…` is a binary message in base64.
 */

/** The protocol revision, as in the `EIO` query parameter. */
export const ENGINE_PROTOCOL = 4;

/** The first character of a packet. */
export const PacketChar = {
  open: "0",
  close: "1",
  ping: "2",
  pong: "3",
  message: "4",
  upgrade: "5",
  noop: "6",
} as const;

/** The same as UTF-16 code units, for `charCodeAt(0)` on hot paths; `base64` is the `b` of a binary message. */
export const PacketCode = {
  open: 0x30,
  close: 0x31,
  ping: 0x32,
  pong: 0x33,
  message: 0x34,
  upgrade: 0x35,
  noop: 0x36,
  base64: 0x62,
} as const;
