// The traps of a from-scratch server that this suite shows to be avoided: A verification and HTTP, B polling, C WebSocket and
// upgrade, E parser, F server. A case names those it covers in its `trap` field.

/** Every trap that concerns a server, but for those below. */
export const TRAPS: readonly number[] = [
  ...range(1, 46),
  ...range(48, 50),
  ...range(52, 53),
  ...range(57, 60),
  ...range(62, 63),
  ...range(67, 76),
  ...range(78, 104),
];

/** A test that shows a trap avoided: a file, and the title of the test in it. */
export interface Shown {
  readonly file: string;
  readonly title: string;
}

const WEBTRANSPORT = "packages/engine/src/transports/webtransport.test.ts";
const V3_PAYLOAD = "packages/protocol/src/engine-v3/payload.test.ts";
const ENGINE_CLIENT = "packages/engine-client/src/engine-client.test.ts";
const CONTRACT = "tests/adapter-contract/contract.test.ts";
const RECOVERY = "packages/server/src/recovery.test.ts";

/** Those a case of two servers cannot show, G (recovery) and I (clusters): each with the test that does. */
export const ELSEWHERE: Readonly<Record<number, readonly Shown[]>> = {
  47: [{ file: ENGINE_CLIENT, title: "waits for its end when closed meanwhile" }],
  51: [
    { file: ENGINE_CLIENT, title: "notices before a write that the deadline passed while the machine slept" },
  ],
  54: [
    { file: WEBTRANSPORT, title: "that ends its stream before the first packet is closed" },
    { file: WEBTRANSPORT, title: "by a lost connection is a transport close that says why" },
    { file: "packages/protocol/src/engine/stream-frames.test.ts", title: "comes apart however it is cut" },
  ],
  55: [{ file: WEBTRANSPORT, title: "that begins with an open packet is a new session, without a request" }],
  56: [
    { file: WEBTRANSPORT, title: "does not ask generateId or allowRequest, which expect a request" },
    { file: WEBTRANSPORT, title: "is refused with a warning if there are %s, which need a request" },
  ],
  61: [{ file: ENGINE_CLIENT, title: "delivers bytes in the type that was asked for" }],
  64: [{ file: V3_PAYLOAD, title: "both, and lengths in bytes" }],
  65: [{ file: V3_PAYLOAD, title: "is refused: %.30j" }],
  66: [
    {
      file: "tests/interop/socket-io-2.test.ts",
      title: "has the id of its session behind the name of another namespace, and its query as auth",
    },
    {
      file: "tests/interop/socket-io-2.test.ts",
      title: "is refused with the message of the error, or its data",
    },
  ],
  77: [
    {
      file: "packages/client/src/manager.test.ts",
      title: "closes and comes back when the server sends what cannot be decoded",
    },
  ],
  105: [{ file: RECOVERY, title: "are shown to outgoing listeners" }],
  106: [{ file: RECOVERY, title: "are the last argument of events, and of nothing else" }],
  107: [
    { file: RECOVERY, title: "may emit before the client is let in, and the client may come back to that" },
  ],
  108: [
    {
      file: "tests/interop/recovery.test.ts",
      title: "on polling, what was missed comes before the reply: %s",
    },
  ],
  109: [
    { file: RECOVERY, title: "after a %s" },
    { file: RECOVERY, title: "the adapter is asked for nothing without the option" },
  ],
  110: [
    { file: RECOVERY, title: "a pid that is no string" },
    { file: RECOVERY, title: "that answers with %s makes a fresh socket" },
  ],
  111: [{ file: RECOVERY, title: "skipMiddlewares: %s" }],
  112: [{ file: RECOVERY, title: "gets what it missed before the reply, and is who it was" }],
  113: [
    {
      file: "packages/client/src/socket.test.ts",
      title: "offers the session and the last offset, and knows whether it was taken up",
    },
  ],
  114: [{ file: "packages/adapter/src/recovery-store.test.ts", title: "may keep sessions for %d ms" }],
  137: [
    { file: CONTRACT, title: "publish first and apply then" },
    { file: CONTRACT, title: "hear the last word before they are disconnected" },
  ],
  138: [{ file: CONTRACT, title: "deliver to their own when publishing fails" }],
  139: [
    { file: CONTRACT, title: "are waited for no longer once they have left" },
    { file: CONTRACT, title: "do not count emitters, but do what they say" },
  ],
  140: [
    {
      file: "packages/adapter/src/cluster/cluster-adapter.test.ts",
      title: "of other nodes are plain values, without what refers to itself",
    },
  ],
};

/** The advisories that concern behaviour on the wire. Attacks on them as published are in tests/security. */
export const ADVISORIES: readonly string[] = [
  "CVE-2020-28481",
  "CVE-2020-36048",
  "CVE-2022-21676",
  "CVE-2022-2421",
  "CVE-2022-41940",
  "CVE-2023-31125",
  "CVE-2023-32695",
  "CVE-2024-37890",
  "CVE-2024-38355",
  "CVE-2026-33151",
];

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index);
}
