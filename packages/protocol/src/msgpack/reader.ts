/**
 * MessagePack to values. Bounded by its input: lengths are believed only as far as there are bytes. Whatever the
 * bytes are, it throws nothing but `ProtocolError`.
 */
import { ProtocolError, isProtocolError } from "../errors.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** How binary data comes out of the reader: as a view of the input, or as buffers of their own. */
export type BinaryKind = "view" | "arraybuffer";

/** The one value that `bytes` hold. Throws `ERR_MSGPACK`. */
export function decodeMsgpack(bytes: Uint8Array, binary: BinaryKind = "view"): unknown {
  try {
    const reader = new Reader(bytes, binary);
    const value = reader.read();
    if (!reader.isAtEnd) throw new ProtocolError("ERR_MSGPACK", "bytes behind the end");
    return value;
  } catch (cause) {
    // RangeErrors of DataView, at the end of the input, or of the stack, for absurd nesting; TypeErrors of TextDecoder.
    throw isProtocolError(cause) ? cause : new ProtocolError("ERR_MSGPACK", undefined, { cause });
  }
}

class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #binary: BinaryKind;
  #at = 0;

  constructor(bytes: Uint8Array, binary: BinaryKind) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#binary = binary;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  read(): unknown {
    const tag = this.#uint(1);
    if (tag < 0x80) return tag;
    if (tag < 0x90) return this.#map(tag & 0x0f);
    if (tag < 0xa0) return this.#array(tag & 0x0f);
    if (tag < 0xc0) return this.#string(tag & 0x1f);
    if (tag >= 0xe0) return tag - 0x100;
    if (tag >= 0xd4 && tag <= 0xd8) return this.#extension(2 ** (tag - 0xd4), true);
    return this.#tagged(tag);
  }

  #tagged(tag: number): unknown {
    switch (tag) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#bin(this.#uint(sizeOf(tag - 0xc4)));
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#extension(this.#uint(sizeOf(tag - 0xc7)), false);
      case 0xca:
        return this.#view.getFloat32(this.#skip(4));
      case 0xcb:
        return this.#view.getFloat64(this.#skip(8));
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(sizeOf(tag - 0xcc));
      case 0xcf:
        return this.#uint(4) * TWO_32 + this.#uint(4);
      case 0xd0:
        return this.#view.getInt8(this.#skip(1));
      case 0xd1:
        return this.#view.getInt16(this.#skip(2));
      case 0xd2:
        return this.#view.getInt32(this.#skip(4));
      case 0xd3:
        return this.#int64();
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#string(this.#uint(sizeOf(tag - 0xd9)));
      case 0xdc:
      case 0xdd:
        return this.#array(this.#uint(sizeOf(tag - 0xdb)));
      case 0xde:
      case 0xdf:
        return this.#map(this.#uint(sizeOf(tag - 0xdd)));
      default:
        throw new ProtocolError("ERR_MSGPACK", `tag 0x${tag.toString(16)}`);
    }
  }

  #array(length: number): unknown[] {
    // Not allocated ahead: each item takes a byte at least, so that the input bounds it.
    const items: unknown[] = [];
    while (items.length < length) items.push(this.read());
    return items;
  }

  #map(size: number): object {
    const map: Record<string, unknown> = {};
    for (let left = size; left > 0; left--) {
      const key = this.read();
      if (typeof key !== "string" && typeof key !== "number")
        throw new ProtocolError("ERR_MSGPACK", "a key of a map");
      const value = this.read();
      // Assigned, it would become the prototype instead of a key.
      if (key === "__proto__") Object.defineProperty(map, key, { ...PLAIN, value });
      else map[key] = value;
    }
    return map;
  }

  #string(length: number): string {
    return (length < 32 ? this.#shortAscii(length) : undefined) ?? utf8.decode(this.#take(length));
  }

  /** Keys and most other strings: several times faster than a TextDecoder. Undefined if it is not all ASCII. */
  #shortAscii(length: number): string | undefined {
    const end = this.#at + length;
    let text = "";
    for (let at = this.#at; at < end; at++) {
      const byte = this.#bytes[at];
      if (byte === undefined || byte >= 0x80) return undefined;
      text += String.fromCharCode(byte);
    }
    this.#at = end;
    return text;
  }

  #bin(length: number): Uint8Array | ArrayBufferLike {
    return this.#binary === "view" ? this.#take(length) : this.#copy(length);
  }

  #extension(length: number, isFixed: boolean): unknown {
    const type = this.#view.getInt8(this.#skip(1));
    if (type !== 0) return [type, this.#bin(length)];
    if (!isFixed) return this.#copy(length);
    if (length === 1) {
      this.#take(1);
      return undefined;
    }
    return length === 8 ? new Date(this.#int64()) : [type, this.#bin(length)];
  }

  #int64(): number {
    return this.#view.getInt32(this.#skip(4)) * TWO_32 + this.#uint(4);
  }

  #uint(size: number): number {
    const at = this.#skip(size);
    if (size === 1) return this.#view.getUint8(at);
    return size === 2 ? this.#view.getUint16(at) : this.#view.getUint32(at);
  }

  #copy(length: number): ArrayBufferLike {
    return Uint8Array.from(this.#take(length)).buffer;
  }

  #take(length: number): Uint8Array {
    const at = this.#skip(length);
    if (this.#at > this.#bytes.length) throw new ProtocolError("ERR_MSGPACK", "cut short");
    return this.#bytes.subarray(at, this.#at);
  }

  #skip(count: number): number {
    const at = this.#at;
    this.#at += count;
    return at;
  }
}

const PLAIN: PropertyDescriptor = { writable: true, enumerable: true, configurable: true };
const TWO_32 = 0x1_0000_0000;

/** The bytes of a length that is the 0th, 1st or 2nd of its family of tags. */
function sizeOf(position: number): number {
  return 1 << position;
}
