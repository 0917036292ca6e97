// `npm start`: installs and builds what is missing, then serves the chat. PORT and every other variable reach it as they are.
// Prints nothing of its own but a line when it installs; signals go to the chat, whose exit code becomes ours.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { buildAll } from "./lib/build.js";
import { ensureInstalled } from "./lib/install.js";
import { ROOT } from "./lib/root.js";
import { forwardSignals } from "./lib/run.js";

await ensureInstalled();
await buildAll();

const chat = spawn(
  process.execPath,
  [join(ROOT, "apps/chat/dist/server/main.js"), ...process.argv.slice(2)],
  {
    cwd: ROOT,
    stdio: "inherit",
  },
);
forwardSignals(chat);
chat.on("exit", (code, signal) => {
  // Ended by Ctrl+C or a stop of the service: that is how it is meant to end.
  const isAsked = signal === "SIGINT" || signal === "SIGTERM" || signal === "SIGHUP";
  process.exitCode = isAsked ? 0 : (code ?? 1);
});
