import { expect, test } from "vitest";
import { CLIENT_CLOSE_REASONS, CLOSE_REASONS } from "./index.ts";

test("names the reasons of the server and says which sessions can be recovered", () => {
  const recoverable = Object.entries(CLOSE_REASONS).map(([reason, policy]) => [reason, policy.recoverable]);
  expect(Object.fromEntries(recoverable)).toEqual({
    "transport error": true,
    "transport close": true,
    "forced close": true,
    "ping timeout": true,
    "parse error": false,
    "server shutting down": true,
    "forced server close": true,
    "client namespace disconnect": false,
    "server namespace disconnect": false,
  });
});

test("names the reasons of the client and says after which it connects again", () => {
  expect(CLIENT_CLOSE_REASONS).toEqual({
    "io server disconnect": { reconnects: false },
    "io client disconnect": { reconnects: false },
    "ping timeout": { reconnects: true },
    "transport close": { reconnects: true },
    "transport error": { reconnects: true },
    "parse error": { reconnects: true },
    "forced close": { reconnects: true },
  });
});
