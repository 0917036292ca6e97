// Values between the test process and a client in another language: JSON lines, with binary as {"$bytes": base64}.

/** A JSON value whose binary leaves are written as base64. */
export function toLine(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) {
    return {
      $bytes: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64"),
    };
  }
  return mapLeaves(value, toLine);
}

/** The reverse of toLine. */
export function fromLine(value: unknown): unknown {
  if (isRecord(value) && typeof value["$bytes"] === "string") {
    return new Uint8Array(Buffer.from(value["$bytes"], "base64"));
  }
  return mapLeaves(value, fromLine);
}

/** The same value with every kind of binary as a plain Uint8Array, so that platforms compare equal. */
export function plain(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice();
  }
  return mapLeaves(value, plain);
}

function mapLeaves(value: unknown, map: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(map);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, leaf]) => [key, map(leaf)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
