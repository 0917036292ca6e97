// Builds the page after `tsc -b`: bundles dist/page/main.js, copies the style, gives both a name with a hash
// of their content, and writes dist/public. Called by the build of the repository; run it again at will.
import { createHash } from "node:crypto";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const here = new URL(".", import.meta.url);
const output = new URL("dist/public/", here);

/**
 * @param {string} name
 * @param {string} content
 * @returns {Promise<string>} the name with the hash
 */
async function writeHashed(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 12);
  const hashed = name.replace(".", `-${hash}.`);
  await writeFile(new URL(hashed, output), content);
  return hashed;
}

/** @returns {Promise<string>} the page's script, one file */
async function bundle() {
  const build = await rolldown({
    input: fileURLToPath(new URL("dist/page/main.js", here)),
    platform: "browser",
    onLog(_level, log) {
      throw new Error(`bundling the page: ${log.message}`);
    },
  });
  const { output: chunks } = await build.generate({ format: "es", minify: true });
  await build.close();
  if (chunks.length !== 1) throw new Error(`the page should be one script, got ${chunks.length}`);
  return chunks[0].code;
}

/**
 * @param {string} html
 * @param {string} from
 * @param {string} to
 */
function replaceOnce(html, from, to) {
  if (html.split(from).length !== 2) throw new Error(`index.html should name ${from} once`);
  return html.replace(from, to);
}

const source = new URL("src/page/", here);
const script = await bundle();
const style = await readFile(new URL("style.css", source), "utf8");
let html = await readFile(new URL("index.html", source), "utf8");
await rm(output, { recursive: true, force: true });
await mkdir(output, { recursive: true });
html = replaceOnce(html, "./main.js", `/${await writeHashed("chat.js", script)}`);
html = replaceOnce(html, "./style.css", `/${await writeHashed("chat.css", style)}`);
await writeFile(new URL("index.html", output), html);
console.log(`apps/chat: page built, script ${(script.length / 1024).toFixed(1)} KiB`);
