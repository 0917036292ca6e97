// `npm run build`: every package, the browser bundles and the chat page.
import { buildAll } from "./lib/build.js";
import { ensureInstalled } from "./lib/install.js";

await ensureInstalled();
await buildAll();
