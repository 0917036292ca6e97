/** The error of `connect_error`, as the incumbent types it: applications reach into `data` without a check. */
export interface ConnectError extends Error {
  /** What a middleware of the server attached to its refusal. */
  data?: any;
  /** Of errors of the connection: `"TransportError"`, and what went wrong in detail. */
  type?: string;
  description?: any;
  context?: any;
}
