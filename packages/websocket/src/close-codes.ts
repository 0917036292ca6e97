/**
 * The Close codes of RFC 6455 §7.4 and the registry behind it: names, and which of them may appear on the wire.
 * Pure; used by the reader, the frame writer and the endpoint.
 */

export const CloseCode = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  unsupportedData: 1003,
  /** Reported when the peer's Close carried no code; never sent. */
  none: 1005,
  /** Reported when the connection ended without a Close; never sent. */
  abnormal: 1006,
  invalidData: 1007,
  policyViolation: 1008,
  messageTooBig: 1009,
  internalError: 1011,
  serviceRestart: 1012,
  tryAgainLater: 1013,
} as const;

/** True if an endpoint may put this code into a Close frame: 1000-1003, 1007-1014, 3000-4999. */
export function isSendableCloseCode(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  if (code >= 3000) return code <= 4999;
  // 1004 is unassigned, 1005 and 1006 exist only for reporting, 1015 stands for a failed TLS handshake.
  return code >= 1000 && code <= 1014 && (code < 1004 || code > 1006);
}
