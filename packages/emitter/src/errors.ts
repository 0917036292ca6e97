/** The one mistake a caller of an emitter can make. A `TypeError`, as with node:events, so generic handlers know it. */

export const EMITTER_ERRORS = {
  ERR_LISTENER_TYPE: "a listener must be a function",
} as const;

export type EmitterErrorCode = keyof typeof EMITTER_ERRORS;

const BRAND = Symbol.for("sockeye.EmitterError");

/** Thrown when something that is not a function is given as a listener. */
export class EmitterError extends TypeError {
  override readonly name = "EmitterError";
  readonly code: EmitterErrorCode = "ERR_LISTENER_TYPE";

  static {
    // By brand rather than by class, so that two installed copies of the package recognise each other's errors.
    Object.defineProperty(this.prototype, BRAND, { value: true });
  }
}

/** Whether `value` is an `EmitterError`, of this copy of the package or another. */
export function isEmitterError(value: unknown): value is EmitterError {
  return typeof value === "object" && value !== null && BRAND in value;
}
