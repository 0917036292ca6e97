// One message for any number of sessions: encoded once, framed once per wire format, on first demand. Made by the
// floor above for each emit or broadcast, read by transports. The bytes it hands out are shared: never modify them.

import { encodeStreamFrame, SEPARATOR } from "@sockeye/protocol/engine";
import type { EncodedPart } from "@sockeye/protocol/socket";
import { frameBinary, frameDeflated, frameText, Opcode } from "@sockeye/websocket";
import type { NegotiatedDeflate } from "@sockeye/websocket";
import { EngineError } from "./errors.ts";

/** How a message may be treated on its way. */
export interface SharedMessageOptions {
  /** Dropped, all of it, for peers that are not writable at the moment it is sent. @default false */
  volatile?: boolean | undefined;
  /** Whether it may be compressed where compression was negotiated. @default true */
  compress?: boolean | undefined;
}

type Part = string | Uint8Array;

/** Makes a form of a message from its parts. */
export type FormMaker = (parts: readonly (string | Uint8Array)[]) => Buffer;

/** A text or binary message, or a text followed by its attachments, on its way to one or many sessions. */
export class SharedMessage {
  readonly isVolatile: boolean;
  readonly compress: boolean;
  readonly #parts: readonly Part[];
  #frames: Buffer | undefined = undefined;
  #deflatedFrames: Buffer | undefined = undefined;
  #deflatedFor: NegotiatedDeflate | undefined = undefined;
  #streamFrames: Uint8Array | undefined = undefined;
  #batchText: string | undefined = undefined;
  #forms: Map<FormMaker, Buffer> | undefined = undefined;

  /**
   * Parts become one engine message each, in order. Binary parts are read when the message is first framed: do not
   * change them before the turn ends. Throws EngineError ERR_BLOB_UNSUPPORTED.
   */
  constructor(parts: readonly EncodedPart[], options?: SharedMessageOptions) {
    if (!parts.every(isPart)) throw new EngineError("ERR_BLOB_UNSUPPORTED");
    this.#parts = parts;
    this.isVolatile = options?.volatile ?? false;
    this.compress = options?.compress ?? true;
  }

  /** The messages as they were given, for those who list what is queued. */
  get parts(): readonly (string | Uint8Array)[] {
    return this.#parts;
  }

  /** All WebSocket frames of the message, one behind the other. */
  wsFrames(): Buffer {
    return (this.#frames ??= this.#concat(framePlain));
  }

  /** The same for a peer that cannot take binary frames (`b64=1`, wire.md §1.7). */
  wsBase64Frames(): Buffer {
    return this.form(base64Frames);
  }

  /**
   * The same, with every part of at least `threshold` bytes compressed. Kept for one agreement: nearly all peers of a
   * server agree on the same.
   */
  wsDeflatedFrames(deflate: NegotiatedDeflate): Buffer {
    if (this.#deflatedFrames !== undefined && this.#deflatedFor === deflate) return this.#deflatedFrames;
    this.#deflatedFor = deflate;
    return (this.#deflatedFrames = this.#concat((part) => frameCompressed(part, deflate)));
  }

  /** All frames of the message on a byte stream, one behind the other (wire.md §1.13). */
  streamFrames(): Uint8Array {
    return (this.#streamFrames ??= this.#concat(frameOnStream));
  }

  /** The message as packets of a polling batch. */
  batchText(): string {
    return (this.#batchText ??= this.#parts.length === 1 ? packetText(this.#parts[0]) : this.#joinPackets());
  }

  /** A form of the message that few peers need, made once. `make` is its name as well. */
  form(make: FormMaker): Buffer {
    const forms = (this.#forms ??= new Map());
    const known = forms.get(make);
    if (known !== undefined) return known;
    const made = make(this.#parts);
    forms.set(make, made);
    return made;
  }

  #joinPackets(): string {
    return this.#parts.map(packetText).join(SEPARATOR);
  }

  #concat<Frame extends Uint8Array>(frame: (part: Part) => Frame): Frame | Buffer {
    const [only] = this.#parts;
    if (this.#parts.length === 1 && only !== undefined) return frame(only);
    return Buffer.concat(this.#parts.map(frame));
  }
}

function isPart(part: EncodedPart): part is Part {
  return typeof part === "string" || part instanceof Uint8Array;
}

function packetText(part: Part | undefined): string {
  if (typeof part !== "object") return `4${part ?? ""}`;
  return `b${Buffer.from(part.buffer, part.byteOffset, part.byteLength).toString("base64")}`;
}

function base64Frames(parts: readonly Part[]): Buffer {
  return Buffer.concat(parts.map((part) => frameText(packetText(part))));
}

function framePlain(part: Part): Buffer {
  return typeof part === "string" ? frameText(`4${part}`) : frameBinary(part);
}

function frameOnStream(part: Part): Uint8Array {
  return encodeStreamFrame(typeof part === "string" ? `4${part}` : part);
}

function frameCompressed(part: Part, deflate: NegotiatedDeflate): Buffer {
  const length = typeof part === "string" ? Buffer.byteLength(part) + 1 : part.length;
  if (length < deflate.threshold) return framePlain(part);
  return typeof part === "string"
    ? frameDeflated(Opcode.text, `4${part}`, deflate)
    : frameDeflated(Opcode.binary, part, deflate);
}
