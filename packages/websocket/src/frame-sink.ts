/**
 * Who receives what an endpoint reads. Implemented by the floor above; an endpoint calls it directly and never holds
 * more than one.
 */
import type { WebSocketError } from "./errors.ts";

export interface FrameSink {
  onText(text: string): void;
  /** The bytes belong to the receiver. */
  onBinary(bytes: Buffer): void;
  /** The endpoint went from not writable to writable. */
  onDrain(): void;
  /**
   * The last call, exactly once; nothing is delivered and nothing is sent afterwards.
   * @param code the peer's Close code (1005: it gave none), or the code of our refusal (1002, 1007, 1009), or 1006
   * when the connection ended without a Close
   * @param reason the peer's reason, else empty
   * @param error why it was refused (its `closeCode` is `code`), or with 1006 how the carrier failed, if it did
   */
  onClose(code: number, reason: string, error?: WebSocketError): void;
}
