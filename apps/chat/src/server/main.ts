// The program: starts the chat where PORT says, tells the address, stops on SIGTERM and SIGINT.
import { createChat } from "./chat.ts";
import type { Chat } from "./chat.ts";
import { explainStartError, readStartOptions } from "./start-options.ts";

/** How long a stop may take before we go anyway. */
const STOP_MS = 5_000;

function fail(problem: string): never {
  console.error(`Sockeye chat cannot start: ${problem}`);
  process.exit(1);
}

function stopOn(signal: NodeJS.Signals, chat: Chat): void {
  process.once(signal, () => {
    // A second signal ends the process at once, as it does without us.
    setTimeout(() => process.exit(1), STOP_MS).unref();
    void chat.close();
  });
}

const options = readStartOptions(process.env);
if ("problem" in options) fail(options.problem);
try {
  const chat = await createChat(options);
  console.log(`Sockeye chat is ready: ${chat.url}`);
  stopOn("SIGTERM", chat);
  stopOn("SIGINT", chat);
} catch (error) {
  const problem = explainStartError(error, options.port);
  if (problem === undefined) throw error;
  fail(problem);
}
