// `npm run docs`: builds, then writes what is generated: the API reports in etc and the pages in docs/reference.
import { buildAll } from "./lib/build.js";
import { ensureInstalled } from "./lib/install.js";
import { runOrExit } from "./lib/run.js";

await ensureInstalled();
await buildAll();
await runOrExit("the API reports", process.execPath, ["scripts/gen-api.js"]);
await runOrExit("the reference", process.execPath, ["scripts/gen-reference.js"]);
