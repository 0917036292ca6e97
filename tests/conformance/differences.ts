// Where ours leaves another trace than the published server, on purpose. Each row is shown by at least one case, and listed in
// KNOWN_DIFFERENCES.md; both are checked in differences.test.ts.

export interface Difference {
  /** What ours does. */
  readonly here: string;
  /** What the published server does instead. */
  readonly there: string;
  readonly why: string;
}

export const DIFFERENCES: Readonly<Record<string, Difference>> = {
  "middleware-error-context": {
    here: "The context of `connection_error` for a failed engine middleware holds its error.",
    there: "It does not hold it.",
    why: "Otherwise nobody can tell why it failed.",
  },
  "closed-engine-gives-back": {
    here: "A closed engine gives its http server back.",
    there: "It goes on to open sessions.",
    why: "What is closed should not serve.",
  },
  "empty-message": {
    here: "An empty engine message is the empty text.",
    there: "It is `undefined`.",
    why: "It is what was sent.",
  },
  "websocket-close-packet": {
    here: "A close packet over WebSocket ends the session.",
    there: "It is ignored until the ping timeout.",
    why: "The peer has said that it is leaving.",
  },
  "websocket-takeover": {
    here: "A session that began on WebSocket cannot be taken over by a second WebSocket.",
    there: "It can be taken over.",
    why: "An id that leaks should not hand over a live session.",
  },
  "websocket-version-refusal": {
    here: "A WebSocket handshake of another version is refused with 426 and the version we speak.",
    there: "It is refused with 400.",
    why: "RFC 6455 §4.4.",
  },
  "websocket-compress-threshold": {
    here: "`perMessageDeflate.threshold` holds for every connection.",
    there: "It holds only for those without context takeover.",
    why: "A short message only grows.",
  },
  "websocket-compress-flag": {
    here: "`compress: false` holds on WebSocket, too.",
    there: "It holds only on polling.",
    why: "It is what was asked for.",
  },
  "event-without-data": {
    here: "An event packet without data is malformed and closes the connection.",
    there: "It is an event without a name.",
    why: "It has no meaning, and every other malformed packet closes.",
  },
  "ack-without-id": {
    here: "An acknowledgement without an id is malformed and closes the connection.",
    there: "It is ignored.",
    why: "It cannot be an answer to anything.",
  },
  "parent-fetch-sockets": {
    here: "`parent.in(room).fetchSockets()` of a parent namespace throws as `parent.fetchSockets()` does.",
    there: "It gives an empty list.",
    why: "A list that is always empty hides the mistake.",
  },
  "proto-key": {
    here: "A key named `__proto__` beside binary data is sent like any other.",
    there: "It becomes the prototype of what is sent, and is lost.",
    why: "Own keys are data.",
  },
  "sends-after-end": {
    here: "What a socket emits or answers after it has left its namespace is not sent.",
    there: "It is sent if the connection is still open.",
    why: "The client has no socket it could be for.",
  },
  "outgoing-after-end": {
    here: "Outgoing catch-all listeners are not called for what is emitted after the end.",
    there: "They are called.",
    why: "It is not sent.",
  },
  "handlers-at-once": {
    here: "A handler runs as its event is read, before the next packet is.",
    there:
      "It runs on `process.nextTick`, behind the catch-all listeners of the whole batch, and not at all if a DISCONNECT follows in it.",
    why: "No queue, no closure, a short stack.",
  },
  "timeout-error-responses": {
    here: "The error of a broadcast that was not answered in time has `responses` also for a callback.",
    there: "It has them only for a promise.",
    why: "One error, whoever gets it.",
  },
  "default-adapter": {
    here: "`io.adapter()` is undefined until a kind of adapter is set.",
    there: "It is the class of the default.",
    why: "The default needs no factory.",
  },
  "server-side-emit-warning": {
    here: "That the adapter cannot reach other servers is a process warning, once (SKW202).",
    there: "It is printed on every call.",
    why: "It can be filtered, and does not fill the log.",
  },
  "options-untouched": {
    here: "Options that are given are not written to.",
    there: "Defaults are added to them.",
    why: "They are the caller's, and may be frozen or used twice.",
  },
  "middleware-checked": {
    here: "`use` refuses what is no function at once.",
    there: "The first connection fails.",
    why: "The mistake shows where it was made.",
  },
  "emitter-methods-return": {
    here: "`io.on()` and the like give the server.",
    there: "They give the main namespace.",
    why: "It is what a chain of calls begins with.",
  },
  "rooms-are-views": {
    here: "`socket.rooms` is a read-only live view with the methods of a Set.",
    there: "It is the adapter's own Set.",
    why: "Rooms hold sockets, not ids; nobody should write into them.",
  },
  "bundle-304-headers": {
    here: "A 304 for a bundle carries `Cache-Control`.",
    there: "It carries none.",
    why: "RFC 9110 §15.4.5.",
  },
  "event-behind-connect": {
    here: "An event that comes in one burst with the CONNECT before it is taken.",
    there: "It closes the connection: CONNECT is carried out on a later tick.",
    why: "The order on the wire was right.",
  },
  "double-connect": {
    here: "A second CONNECT for a namespace closes the connection also if it comes in one burst with the first.",
    there: "Both are carried out, and the client has two sockets in the namespace.",
    why: "There is one socket per connection and namespace; the protocol forbids the second CONNECT.",
  },
  "packet-behind-disconnect": {
    here: "What a client sends to a namespace it is no longer in is dropped.",
    there: "It closes the connection, for all namespaces, unless it comes in one burst with the DISCONNECT.",
    why: "A late answer, or an event that crossed the server's DISCONNECT, is no offence.",
  },
  "poll-at-upgrade": {
    here: "A poll that is pending when the session moves to WebSocket is answered with a noop.",
    there: "It is answered with a close packet.",
    why: "The session goes on.",
  },
  "jsonp-without-field": {
    here: "A JSONP push without the field `d` is malformed and closes the session, as an empty push does.",
    there: "It is answered with ok.",
    why: "Nothing was said that could be understood.",
  },
  "next-counts-once": {
    here: "The first call of `next` in a middleware counts.",
    there: "Every call counts: an event may be handled and refused, or a client let in twice.",
    why: "A middleware decides once.",
  },
  "close-reason": {
    here: "A WebSocket close is answered with its code.",
    there: "It is answered with its code and its reason.",
    why: "RFC 6455 §5.5.1 asks for the code; the peer knows its own reason.",
  },
  "strict-base64": {
    here: "Base64 in another alphabet, or with spaces, is malformed and closes the session.",
    there: "It is decoded as far as it goes.",
    why: "No client sends it, and guesses corrupt data silently.",
  },
};
