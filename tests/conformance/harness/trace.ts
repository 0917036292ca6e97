// What a case saw, in a form that two implementations can be compared by: plain values, with everything that differs from
// run to run (ids, ports, times) replaced by names in the order of appearance.

/** What was seen, per channel. Within a channel the order counts; between channels it does not. */
export type Seen = Readonly<Record<string, readonly unknown[]>>;

/** Notes something that was seen. One value stands for itself, several for a list. */
export type Trace = (channel: string, ...what: unknown[]) => void;

export class Recorder {
  readonly #channels = new Map<string, unknown[]>();

  readonly trace: Trace = (channel, ...what) => {
    const entry = plain(what.length === 1 ? what[0] : what);
    const channelSoFar = this.#channels.get(channel);
    if (channelSoFar === undefined) this.#channels.set(channel, [entry]);
    else channelSoFar.push(entry);
  };

  seen(): Seen {
    const channels = [...this.#channels].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return anonymous(Object.fromEntries(channels)) as Seen;
  }
}

/** A snapshot of a value, as plain data. */
function plain(value: unknown): unknown {
  if (value === undefined) return "<undefined>";
  if (typeof value === "function") return "<function>";
  if (typeof value === "bigint" || typeof value === "symbol") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) return `<bytes ${hex(value.buffer, value.byteOffset, value.byteLength)}>`;
  if (value instanceof ArrayBuffer) return `<bytes ${hex(value, 0, value.byteLength)}>`;
  if (value instanceof Error) return plainError(value);
  if (value instanceof Date) return `<date ${value.toISOString()}>`;
  if (Array.isArray(value) || isIterable(value)) return Array.from(value as Iterable<unknown>, plain);
  return Object.fromEntries(Object.keys(value).map((key) => [key, plain(Reflect.get(value, key))]));
}

/** Classes and codes of errors are our own; texts and what travels with them are the contract. */
function plainError(error: Error): unknown {
  const { data, responses } = error as { data?: unknown; responses?: unknown };
  const extra = { ...(data !== undefined && { data }), ...(responses !== undefined && { responses }) };
  return { error: error.message, ...(plain(extra) as object) };
}

function isIterable(value: object): boolean {
  return Symbol.iterator in value;
}

function hex(buffer: ArrayBufferLike, offset: number, length: number): string {
  const bytes = Buffer.from(buffer, offset, length).toString("hex");
  return bytes.length > 80 ? `${bytes.slice(0, 40)}… ${length}` : bytes;
}

// Ids of sessions and sockets, wherever they stand; `/_3` is the name of a parent namespace, counted per process.
const CHANGING = /(?<![\w-])[\w-]{20}(?![\w-])|127\.0\.0\.1:\d+|\/_\d+/g;

function anonymous(value: unknown, names = new Map<string, string>()): unknown {
  if (typeof value === "string") {
    return value.replaceAll(CHANGING, (found) => {
      if (found.includes(":")) return "<host>";
      let name = names.get(found);
      if (name === undefined) names.set(found, (name = `<id ${names.size + 1}>`));
      return name;
    });
  }
  if (Array.isArray(value)) return value.map((entry) => anonymous(entry, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [anonymous(key, names), anonymous(entry, names)]),
  );
}
