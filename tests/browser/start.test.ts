// The chat's program as a person starts it: what it says, how it ends, how it fails.
import { createServer } from "node:net";
import { describe, expect, onTestFinished, test } from "vitest";
import { missing, portOf, runChat, startChat } from "./harness.ts";

const reason = missing({ browser: false });

describe.skipIf(reason !== undefined)(
  `the chat's program${reason === undefined ? "" : ` (${reason})`}`,
  () => {
    test("prints one line with the address", async () => {
      const run = runChat({ PORT: "0" });
      await run.printed(/\n/);
      expect(run.output()).toEqual({
        stdout: expect.stringMatching(/^Sockeye chat is ready: http:\/\/localhost:\d+\n$/),
        stderr: "",
      });
    });

    test.each(["SIGTERM", "SIGINT"] as const)("ends cleanly on %s", async (signal) => {
      const chat = await startChat();
      expect((await fetch(chat.url)).status).toBe(200); // leaves a kept-alive connection behind
      expect(await chat.stop(signal)).toEqual({ code: 0, signal: null });
    });

    test("says what to do when the port is busy", async () => {
      const blocker = createServer();
      await new Promise<void>((resolve) => blocker.listen(0, resolve));
      onTestFinished(() => void blocker.close());
      const port = portOf(blocker);
      const run = runChat({ PORT: String(port) });
      expect((await run.exited).code).toBe(1);
      const { stdout, stderr } = run.output();
      expect(stdout).toBe("");
      expect(stderr.trimEnd().split("\n")).toEqual([
        expect.stringMatching(
          `^Sockeye chat cannot start: port ${port} is already in use: .*PORT=${port + 1}`,
        ),
      ]);
    });

    test("says what to do when PORT is no port", async () => {
      const run = runChat({ PORT: "three thousand" });
      expect((await run.exited).code).toBe(1);
      expect(run.output().stderr).toBe(
        'Sockeye chat cannot start: PORT must be a whole number from 0 to 65535, got "three thousand": try PORT=3000 npm start\n',
      );
    });
  },
);
