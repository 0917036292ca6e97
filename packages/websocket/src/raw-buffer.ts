/**
 * The encoding-specific methods every Node `Buffer` has and the type definitions leave out. They skip the look-up of the
 * encoding's name, a quarter of the cost of decoding a short message. Only the frame reader and writer use them.
 */

type Slice = (this: Buffer, start: number, end: number) => string;
type Write = (this: Buffer, text: string, at: number, length: number) => number;

const latin1SliceOf: Slice = Reflect.get(Buffer.prototype, "latin1Slice");
const utf8SliceOf: Slice = Reflect.get(Buffer.prototype, "utf8Slice");
const latin1WriteTo: Write = Reflect.get(Buffer.prototype, "latin1Write");
const utf8WriteTo: Write = Reflect.get(Buffer.prototype, "utf8Write");

export function latin1Slice(buffer: Buffer, start: number, end: number): string {
  return latin1SliceOf.call(buffer, start, end);
}

export function utf8Slice(buffer: Buffer, start: number, end: number): string {
  return utf8SliceOf.call(buffer, start, end);
}

export function latin1Write(buffer: Buffer, text: string, at: number, length: number): void {
  latin1WriteTo.call(buffer, text, at, length);
}

export function utf8Write(buffer: Buffer, text: string, at: number, length: number): void {
  utf8WriteTo.call(buffer, text, at, length);
}
