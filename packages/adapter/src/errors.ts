// Every error of this package: one class, one table of codes.

export const ADAPTER_ERRORS = {
  ERR_READ_ONLY: "rooms and sids are views, change them with join and leave",
  ERR_INVALID_OPTION: "an option is invalid",
  ERR_TIMEOUT: "timeout reached",
} as const;

export type AdapterErrorCode = keyof typeof ADAPTER_ERRORS;

const BRAND: symbol = Symbol.for("sockeye.AdapterError");

/** An error of an adapter. `code` is stable; the message is for people. */
export class AdapterError extends Error {
  override readonly name = "AdapterError";
  readonly code: AdapterErrorCode;

  constructor(code: AdapterErrorCode, message: string = ADAPTER_ERRORS[code]) {
    super(message);
    this.code = code;
  }

  static {
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

/** True for an error of this package, also when it comes from a second installed copy of it. */
export function isAdapterError(value: unknown): value is AdapterError {
  return typeof value === "object" && value !== null && BRAND in value;
}
