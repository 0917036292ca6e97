// `npm run size`: what the client's bundles weigh, minified and compressed, against the ceilings of size-limits.json.
// A ceiling only goes down: whoever makes a bundle smaller lowers it in the same change.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { buildAll } from "./lib/build.js";
import { ensureInstalled } from "./lib/install.js";
import { ROOT } from "./lib/root.js";

await ensureInstalled();
await buildAll();

/** @type {Record<string, number>} */
const limits = JSON.parse(readFileSync(join(ROOT, "scripts/size-limits.json"), "utf8"));
for (const [file, limit] of Object.entries(limits)) {
  const path = join(ROOT, file);
  if (!existsSync(path)) {
    fail(`${file} was not built`);
    continue;
  }
  const size = gzipSync(readFileSync(path), { level: 9 }).byteLength;
  const line = `${file}: ${size} of ${limit} bytes`;
  if (size > limit) fail(`${line}: too large`);
  else process.stdout.write(`${line}\n`);
}

/** @param {string} message */
function fail(message) {
  process.stdout.write(`${message}\n`);
  process.exitCode = 1;
}
