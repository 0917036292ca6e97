// The traps of a from-scratch server that this suite shows to be avoided: A verification and HTTP, B polling, C WebSocket and
// upgrade, E parser, F server. A case names those it covers in its `trap` field. What concerns clients only is theirs.

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

/** Covered where they can be. */
export const ELSEWHERE: Readonly<Record<number, string>> = {
  47: "of a client: packages/engine-client",
  51: "of a client: packages/engine-client",
  54: "WebTransport: packages/engine/src/transports/webtransport.test.ts",
  55: "WebTransport: packages/engine/src/transports/webtransport.test.ts",
  56: "WebTransport: packages/engine/src/transports/webtransport.test.ts",
  61: "of a client: packages/engine-client",
  64: "Engine.IO v3: tests/interop",
  65: "Engine.IO v3: tests/interop",
  66: "Engine.IO v3: tests/interop",
  77: "of a client: packages/client",
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
