/** Helpers of this package's tests. */
import { isProtocolError } from "../errors.ts";
import type { ProtocolErrorCode } from "../errors.ts";

/** The code of the `ProtocolError` that `run` throws, or undefined if it returns. Other errors pass. */
export function codeOf(run: () => unknown): ProtocolErrorCode | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    if (isProtocolError(error)) return error.code;
    throw error;
  }
}
