// JSONP polling (wire.md §1.11), for browsers of old: an answer is a call of a function on the page, a push is a form.
// Goes around the bodies of either revision; asked for by `j`, the number of the function.

import type { PacketReceiver, PollingFormat, RequestQuery } from "./revision.ts";
import type { QueuedItem } from "../transport.ts";

/** The format a polling session is to use: `inner` as it is, unless the query asks for JSONP. */
export function jsonpFormat({ j: index }: RequestQuery, inner: PollingFormat): PollingFormat {
  return index === undefined ? inner : new JsonpFormat(index, inner);
}

class JsonpFormat implements PollingFormat {
  readonly #head: string;
  readonly #inner: PollingFormat;

  constructor(index: string, inner: PollingFormat) {
    // Digits only: nothing else of the query may become script.
    this.#head = `___eio[${index.replace(/\D/g, "")}](`;
    this.#inner = inner;
  }

  /** A form has no bytes. */
  get takesBytes(): boolean {
    return false;
  }

  encode(items: readonly QueuedItem[]): string {
    return `${this.#head}${scriptString(this.#inner.encode(items).toString())});`;
  }

  decode(body: string | Buffer, receiver: PacketReceiver): ReturnType<PollingFormat["decode"]> {
    return this.#inner.decode(formData(body.toString()), receiver);
  }
}

/** A string literal: in scripts of old, these two separators end a line, though JSON allows them in strings. */
function scriptString(text: string): string {
  return JSON.stringify(text)
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");
}

/**
 * The field `d` of the form. Since some browsers change line feeds, clients write them as `\n`, and what was `\n` already
 * as `\\n`.
 */
function formData(form: string): string {
  // Not parsed as a whole: a form of a million fields costs no more than one.
  const encoded = /(?:^|&)d=([^&]*)/.exec(form)?.[1] ?? "";
  return decodeField(encoded).replace(/(\\?)\\n/g, (_match, slash) => (slash === "" ? "\n" : "\\n"));
}

/** Malformed escapes make an empty body, which every revision refuses. */
function decodeField(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    return "";
  }
}
