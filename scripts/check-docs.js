// What the documents at the root claim, checked: every path of the repository that they name exists, and every test that they
// quote after such a path (`path/x.test.ts`: "title", "title") is in that file. A claim whose test is gone is no claim.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./lib/root.js";

const PATH =
  /`((?:packages|apps|tests|scripts|docs|examples|bench|\.ci)\/[\w./@-]*)`((?::|,)?(?:\s*"[^"]+",?)+)?|\]\(((?!https?:|#)[^)#]+)/g;

const breaches = readdirSync(ROOT)
  .filter((name) => name.endsWith(".md"))
  .flatMap((name) => checkDocument(name, readFileSync(join(ROOT, name), "utf8")));
for (const breach of breaches) process.stdout.write(`${breach}\n`);
process.exitCode = breaches.length === 0 ? 0 : 1;

/**
 * @param {string} name
 * @param {string} text
 * @returns {string[]}
 */
function checkDocument(name, text) {
  // Fenced examples are the reader's files, not ours.
  const prose = text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, " "));
  return [...prose.matchAll(PATH)].flatMap(([, path, quotes = "", link]) => {
    const target = path ?? link ?? "";
    const file = join(ROOT, target);
    if (!existsSync(file)) return [`${name}: ${target} does not exist`];
    const titles = [...quotes.matchAll(/"([^"]+)"/g)].map((match) => (match[1] ?? "").replace(/\s+/g, " "));
    if (titles.length === 0) return [];
    const source = readFileSync(file, "utf8");
    return titles
      .filter((title) => !source.includes(title))
      .map((title) => `${name}: ${target} has no test "${title}"`);
  });
}
