// A WebTransport session in memory: two ends that open streams to each other, made of TransformStreams. What is on its
// way when a session is closed is lost, as it is over HTTP/3. Each end fits the global WebTransport of browsers.

type Bytes = Uint8Array;

/** One bidirectional stream, seen from one end. */
export interface MemoryStream {
  readonly readable: ReadableStream<Bytes>;
  readonly writable: WritableStream<Bytes>;
}

/** Both ends of a new session. */
export function createMemoryWebTransport(): { client: MemoryWebTransport; server: MemoryWebTransport } {
  const client = new MemoryWebTransport();
  const server = new MemoryWebTransport();
  client.connect(server);
  server.connect(client);
  return { client, server };
}

export class MemoryWebTransport {
  readonly ready: Promise<void> = Promise.resolve();
  readonly closed: Promise<unknown>;
  readonly incomingBidirectionalStreams: ReadableStream<MemoryStream>;
  /** How often `close` was called. */
  closeCalls = 0;
  isOver = false;
  #peer: MemoryWebTransport | undefined;
  #resolveClosed: (info: unknown) => void = () => {};
  #rejectClosed: (error: Error) => void = () => {};
  #incoming: ReadableStreamDefaultController<MemoryStream> | undefined;
  readonly #directions: TransformStreamDefaultController<Bytes>[] = [];

  constructor() {
    this.closed = new Promise((resolve, reject) => {
      this.#resolveClosed = resolve;
      this.#rejectClosed = reject;
    });
    this.incomingBidirectionalStreams = new ReadableStream<MemoryStream>({
      start: (controller) => {
        this.#incoming = controller;
      },
    });
  }

  /** Called once, by the function that makes both ends. */
  connect(peer: MemoryWebTransport): void {
    this.#peer = peer;
  }

  createBidirectionalStream(): Promise<MemoryStream> {
    const peer = this.#peer;
    if (peer === undefined || this.isOver) return Promise.reject(new Error("the session is closed"));
    const there = this.#direction();
    const back = this.#direction();
    const incoming = peer.#incoming;
    incoming?.enqueue({ readable: there.readable, writable: back.writable });
    return Promise.resolve({ readable: back.readable, writable: there.writable });
  }

  /** The orderly end: both sides' `closed` resolves, and their streams break off. */
  close(info: unknown = {}): void {
    this.closeCalls++;
    if (this.isOver) return;
    for (const end of this.#ends()) end.#end(() => end.#resolveClosed(info));
  }

  /** The connection is lost: both sides' `closed` rejects. */
  lose(error: Error = new Error("the connection was lost")): void {
    for (const end of this.#ends()) end.#end(() => end.#rejectClosed(error));
  }

  #ends(): MemoryWebTransport[] {
    return this.#peer === undefined ? [this] : [this, this.#peer];
  }

  #end(settle: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    for (const controller of this.#directions) controller.error(new Error("the session is closed"));
    this.#incoming?.error(new Error("the session is closed"));
    settle();
  }

  #direction(): TransformStream<Bytes, Bytes> {
    return new TransformStream<Bytes, Bytes>({
      start: (controller) => {
        this.#directions.push(controller);
      },
    });
  }
}

/** The client's side of a session of ours, at the level of bytes. */
export class StreamPeer {
  readonly session: MemoryWebTransport;
  /** All chunks that have come. */
  readonly chunks: Bytes[] = [];
  isEnded = false;
  readonly #writer: WritableStreamDefaultWriter<Bytes>;
  readonly #reader: ReadableStreamDefaultReader<Bytes>;

  private constructor(session: MemoryWebTransport, stream: MemoryStream) {
    this.session = session;
    this.#writer = stream.writable.getWriter();
    this.#reader = stream.readable.getReader();
  }

  static async open(session: MemoryWebTransport): Promise<StreamPeer> {
    return new StreamPeer(session, await session.createBidirectionalStream());
  }

  /** Begins to take what comes. Until then the server is held back. */
  read(): this {
    const next = (): void => {
      this.#reader.read().then(
        ({ value, done }) => {
          this.isEnded ||= done;
          if (value !== undefined) this.chunks.push(value);
          if (!done) next();
        },
        () => (this.isEnded = true),
      );
    };
    next();
    return this;
  }

  write(bytes: Bytes): void {
    this.#writer.write(bytes).catch(() => {});
  }

  /** Ends this side of the stream only. */
  end(): void {
    this.#writer.close().catch(() => {});
  }

  /** Stops taking what comes, so that the server's writes fail. */
  refuse(): void {
    this.#reader.cancel().catch(() => {});
  }
}
