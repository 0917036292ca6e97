// Where ours leaves another trace than the published server, on purpose. Each row is shown by at least one case, and listed in
// KNOWN_DIFFERENCES.md; both are checked in differences.test.ts.

export interface Difference {
  /** What ours does, and what the published one does instead. */
  readonly what: string;
  readonly why: string;
}

export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  "middleware-error-context": {
    what: "The context of `connection_error` for a failed engine middleware holds its error; there it does not.",
    why: "Otherwise nobody can tell why it failed.",
  },
  "closed-engine-gives-back": {
    what: "A closed engine gives its http server back; there it goes on to open sessions.",
    why: "What is closed should not serve.",
  },
  "empty-message": {
    what: "An empty engine message is the empty text; there it is `undefined`.",
    why: "It is what was sent.",
  },
  "websocket-close-packet": {
    what: "A close packet over WebSocket ends the session; there it is ignored until the ping timeout.",
    why: "The peer has said that it is leaving.",
  },
  "websocket-takeover": {
    what: "A session that began on WebSocket cannot be taken over by a second WebSocket; there it can.",
    why: "An id that leaks should not hand over a live session.",
  },
  "websocket-version-refusal": {
    what: "A WebSocket handshake of another version is refused with 426 and the version we speak; there with 400.",
    why: "RFC 6455 §4.4.",
  },
  "websocket-compress-threshold": {
    what: "`perMessageDeflate.threshold` holds for every connection; there only for those without context takeover.",
    why: "A short message only grows.",
  },
  "websocket-compress-flag": {
    what: "`compress: false` holds on WebSocket, too; there only on polling.",
    why: "It is what was asked for.",
  },
  "event-without-data": {
    what: "An event packet without data is malformed and closes the connection; there it is an event without a name.",
    why: "It has no meaning, and every other malformed packet closes.",
  },
  "ack-without-id": {
    what: "An acknowledgement without an id is malformed and closes the connection; there it is ignored.",
    why: "It cannot be an answer to anything.",
  },
  "parent-fetch-sockets": {
    what: "`parent.in(room).fetchSockets()` of a parent namespace throws as `parent.fetchSockets()` does; there it gives an empty list.",
    why: "A list that is always empty hides the mistake.",
  },
  "proto-key": {
    what: "A key named `__proto__` beside binary data is sent like any other; there it is lost, and becomes a prototype on the way.",
    why: "Own keys are data.",
  },
  "sends-after-end": {
    what: "What a socket emits or answers after it has left its namespace is not sent; there it is, if the connection is still open.",
    why: "The client has no socket it could be for.",
  },
  "outgoing-after-end": {
    what: "Outgoing catch-all listeners are not called for what is emitted after the end; there they are.",
    why: "It is not sent.",
  },
  "handlers-at-once": {
    what: "A handler runs as its event is read, before the next packet is; there it runs on `process.nextTick`, behind the catch-all listeners of all events of the batch.",
    why: "No queue, no closure, a short stack.",
  },
  "timeout-error-responses": {
    what: "The error of a broadcast that was not answered in time has `responses` also for a callback; there only for a promise.",
    why: "One error, whoever gets it.",
  },
  "default-adapter": {
    what: "`io.adapter()` is undefined until a kind of adapter is set; there it is the class of the default.",
    why: "The default needs no factory.",
  },
  "server-side-emit-warning": {
    what: "That the adapter cannot reach other servers is a process warning, once (SKW202); there it is printed on every call.",
    why: "It can be filtered, and does not fill the log.",
  },
  "options-untouched": {
    what: "Options that are given are not written to; there defaults are added to them.",
    why: "They are the caller's, and may be frozen or used twice.",
  },
  "middleware-checked": {
    what: "`use` refuses what is no function at once; there the first connection fails.",
    why: "The mistake shows where it was made.",
  },
  "emitter-methods-return": {
    what: "`io.on()` and the like give the server; there the main namespace.",
    why: "It is what a chain of calls begins with.",
  },
  "rooms-are-views": {
    what: "`socket.rooms` is a read-only live view with the methods of a Set; there it is the adapter's own Set.",
    why: "Rooms hold sockets, not ids; nobody should write into them.",
  },
  "bundle-304-headers": {
    what: "A 304 for a bundle carries `Cache-Control`; there it does not.",
    why: "RFC 9110 §15.4.5.",
  },
};
