/**
 * Values to MessagePack, in the shortest form of each. Follows JSON where MessagePack has no opinion: `toJSON` is
 * honoured, functions and symbols are left out. Two extensions are those of socket.io-msgpack-parser, both of type 0:
 * one byte is undefined, eight bytes are a Date (signed milliseconds).
 */
import { isBinary, isContainer, toAttachment } from "../binary.ts";
import { ProtocolError } from "../errors.ts";

const utf8 = new TextEncoder();

/** The MessagePack form of `value`. Throws `ERR_MSGPACK_VALUE` for a BigInt or a Blob. */
export function encodeMsgpack(value: unknown): Uint8Array {
  const writer = new Writer();
  writer.write(value);
  return writer.finish();
}

/** Whether JSON would write a property of this value. */
function isWritten(value: unknown): boolean {
  return typeof value !== "function" && typeof value !== "symbol";
}

const TWO_32 = 0x1_0000_0000;

class Writer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** What has been written, not copied. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#at);
  }

  write(value: unknown): void {
    switch (typeof value) {
      case "string":
        return this.#string(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return this.#byte(value ? 0xc3 : 0xc2);
      case "undefined":
        this.#byte(0xd4);
        return this.#uint(0, 2);
      case "bigint":
        throw new ProtocolError("ERR_MSGPACK_VALUE", "a bigint");
      default:
        // As in JSON, a function or symbol that cannot be left out is null.
        return isContainer(value) ? this.#object(value) : this.#byte(0xc0);
    }
  }

  #object(value: object, isConverted = false): void {
    if (value instanceof Date) return this.#date(value.getTime());
    if (isBinary(value)) return this.#binary(toAttachment(value));
    // Once, as JSON.stringify does, so that `toJSON` may return the object itself.
    if (!isConverted && "toJSON" in value && typeof value.toJSON === "function") {
      const json: unknown = value.toJSON();
      return isContainer(json) ? this.#object(json, true) : this.write(json);
    }
    this.#children(value);
  }

  #children(value: object): void {
    if (Array.isArray(value)) {
      this.#head(value.length, 0x90, 16, 0xdc);
      for (const item of value) this.write(item);
      return;
    }
    const keys = Object.keys(value).filter((key) => isWritten(Reflect.get(value, key)));
    this.#head(keys.length, 0x80, 16, 0xde);
    for (const key of keys) {
      this.#string(key);
      this.write(Reflect.get(value, key));
    }
  }

  #string(text: string): void {
    if (text.length < 32 && this.#shortAscii(text)) return;
    const bytes = utf8.encode(text);
    this.#head(bytes.length, 0xa0, 32, 0xda, true);
    this.#raw(bytes);
  }

  /** Keys and most other strings: several times faster than a TextEncoder. Returns false, undone, if not ASCII. */
  #shortAscii(text: string): boolean {
    const start = this.#reserve(text.length + 1);
    this.#bytes[start] = 0xa0 | text.length;
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code >= 0x80) {
        this.#at = start;
        return false;
      }
      this.#bytes[start + 1 + index] = code;
    }
    return true;
  }

  #binary(bytes: Uint8Array | Blob): void {
    if (!(bytes instanceof Uint8Array)) throw new ProtocolError("ERR_MSGPACK_VALUE", "a Blob");
    this.#head(bytes.length, 0, 0, 0xc5, true);
    this.#raw(bytes);
  }

  #number(value: number): void {
    if (!Number.isSafeInteger(value)) {
      this.#byte(0xcb);
      const at = this.#reserve(8);
      this.#view.setFloat64(at, value);
    } else if (value >= 0) {
      if (value < 0x80) this.#byte(value);
      else if (value < 0x100) this.#tagged(0xcc, value, 1);
      else if (value < 0x1_0000) this.#tagged(0xcd, value, 2);
      else if (value < TWO_32) this.#tagged(0xce, value, 4);
      else this.#int64(0xcf, value);
    } else if (value >= -0x20) this.#byte(value);
    else if (value >= -0x80) this.#tagged(0xd0, value, 1);
    else if (value >= -0x8000) this.#tagged(0xd1, value, 2);
    else if (value >= -0x8000_0000) this.#tagged(0xd2, value, 4);
    else this.#int64(0xd3, value);
  }

  #date(time: number): void {
    // An invalid date is null, as in JSON.
    if (Number.isNaN(time)) return this.#byte(0xc0);
    this.#byte(0xd7);
    this.#int64(0, time);
  }

  #int64(tag: number, value: number): void {
    this.#tagged(tag, Math.floor(value / TWO_32), 4);
    this.#uint(value % TWO_32, 4);
  }

  /** The head of a string, array, map or binary: length in the tag itself below `fixLimit`, else 8, 16 or 32 bits. */
  #head(length: number, fixTag: number, fixLimit: number, tag16: number, has8 = false): void {
    if (length < fixLimit) this.#byte(fixTag | length);
    else if (has8 && length < 0x100) this.#tagged(tag16 - 1, length, 1);
    else if (length < 0x1_0000) this.#tagged(tag16, length, 2);
    else this.#tagged(tag16 + 1, length, 4);
  }

  #tagged(tag: number, value: number, size: 1 | 2 | 4): void {
    this.#byte(tag);
    this.#uint(value, size);
  }

  /** The low bytes of `value`, so also two's complement. */
  #uint(value: number, size: 1 | 2 | 4): void {
    const at = this.#reserve(size);
    if (size === 1) this.#view.setUint8(at, value);
    else if (size === 2) this.#view.setUint16(at, value);
    else this.#view.setUint32(at, value);
  }

  #byte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  #raw(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** Makes room for `count` bytes and returns where they go. */
  #reserve(count: number): number {
    const at = this.#at;
    this.#at += count;
    if (this.#at > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#at, this.#bytes.length * 2));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    return at;
  }
}
