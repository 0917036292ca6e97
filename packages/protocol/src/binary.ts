/** What counts as binary data, for the Socket.IO formats. Internal to this package. */

/** Anything an application may send as binary. */
export type Binary = ArrayBufferView | ArrayBuffer | Blob;

/** Binary data as it travels: exactly the bytes of one attachment. `Blob` occurs only in browsers. */
export type Attachment = Uint8Array | Blob;

export function isBinary(value: unknown): value is Binary {
  return (
    ArrayBuffer.isView(value) ||
    value instanceof ArrayBuffer ||
    // Absent in some runtimes.
    (typeof Blob === "function" && value instanceof Blob)
  );
}

/** The bytes of `binary` and no others, without copying: a view must not take its whole buffer along. */
export function toAttachment(binary: Binary): Attachment {
  if (binary instanceof Uint8Array) return binary; // a Buffer stays a Buffer
  if (ArrayBuffer.isView(binary)) return new Uint8Array(binary.buffer, binary.byteOffset, binary.byteLength);
  return binary instanceof ArrayBuffer ? new Uint8Array(binary) : binary;
}

/** Whether `value` is an object or array, to be looked into by key. */
export function isContainer(value: unknown): value is Record<PropertyKey, unknown> {
  return typeof value === "object" && value !== null;
}

/** The own keys of an object or array that JSON writes. */
export function keysOf(container: object): Iterable<PropertyKey> {
  return Array.isArray(container) ? container.keys() : Object.keys(container);
}
