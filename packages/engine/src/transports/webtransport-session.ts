// What is asked of WebTransport: the session interface of the W3C, as browsers and servers of HTTP/3 implement it, cut
// down to what a server of ours uses. No type of a runtime or library occurs, so that any of them fits.

/** A reader of a web stream. */
export interface StreamReaderLike<T> {
  read(): Promise<{ readonly done: boolean; readonly value?: T | undefined }>;
  cancel(reason?: unknown): Promise<unknown>;
  releaseLock(): void;
}

/** A writer of a web stream. */
export interface StreamWriterLike {
  /** Resolves when the stream wants more. */
  readonly ready: PromiseLike<unknown>;
  write(chunk: Uint8Array): Promise<unknown>;
  close(): Promise<unknown>;
  abort(reason?: unknown): Promise<unknown>;
}

export interface BidirectionalStreamLike {
  readonly readable: { getReader(): StreamReaderLike<Uint8Array> };
  readonly writable: { getWriter(): StreamWriterLike };
}

/** One WebTransport session, seen from the server. */
export interface WebTransportSessionLike {
  readonly ready: PromiseLike<unknown>;
  /** Resolves at an orderly end, rejects at any other. */
  readonly closed: PromiseLike<unknown>;
  readonly incomingBidirectionalStreams: { getReader(): StreamReaderLike<BidirectionalStreamLike> };
  close(info?: { closeCode?: number; reason?: string }): void;
}

/** Ends a session, whatever state it is in. */
export function closeQuietly(session: WebTransportSessionLike): void {
  try {
    session.close();
  } catch {
    // It was not open yet, or no longer.
  }
}

/** Ends a session of which nobody has heard yet, nor will. */
export function turnAway(session: WebTransportSessionLike): void {
  session.ready.then(ignore, ignore);
  session.closed.then(ignore, ignore);
  closeQuietly(session);
}

/** Gives a reader up: what still comes is not wanted, and a read that waits ends. */
export function letGo(reader: StreamReaderLike<unknown>): void {
  try {
    reader.cancel().then(ignore, ignore);
    reader.releaseLock();
  } catch {
    // The stream has ended by itself.
  }
}

export function ignore(): void {}
