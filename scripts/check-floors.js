// The floors of ARCHITECTURE.md, checked: what each package.json depends on and what each file really imports. A package
// imports only from floors below its own, only what it declares, and of the platform only what its floor may know.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "./lib/root.js";
import { listSources, withoutComments } from "./lib/sources.js";

/**
 * @typedef {object} Floor
 * @property {number} floor
 * @property {readonly string[]} imports the sister packages it may import
 * @property {"all" | "node-files" | "none"} node where `node:*` may be imported: anywhere, in *.node.ts only, nowhere
 * @property {RegExp} [globals] globals that its files must not name
 */

/** @type {Readonly<Record<string, Floor>>} */
const FLOORS = {
  protocol: {
    floor: 0,
    imports: [],
    node: "none",
    globals: /\b(?:Buffer|process|setTimeout|setInterval|setImmediate|queueMicrotask)\b/,
  },
  emitter: { floor: 0, imports: [], node: "none" },
  websocket: { floor: 0, imports: [], node: "all" },
  engine: { floor: 1, imports: ["protocol", "emitter", "websocket"], node: "all" },
  adapter: { floor: 1, imports: ["protocol", "emitter"], node: "all" },
  "engine-client": { floor: 1, imports: ["protocol", "emitter"], node: "node-files" },
  server: { floor: 2, imports: ["engine", "adapter", "protocol", "emitter"], node: "all" },
  client: { floor: 2, imports: ["engine-client", "protocol", "emitter"], node: "none" },
};

const SCOPE = "@sockeye/";
const IMPORT =
  /(?:^|[\s;])(?:import|export)\s(?:[^"';]*?\sfrom\s*)?["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']/g;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const breaches = readdirSync(join(ROOT, "packages")).flatMap(checkPackage);
  for (const breach of breaches) process.stdout.write(`${breach}\n`);
  process.exitCode = breaches.length === 0 ? 0 : 1;
}

/**
 * @param {string} name the folder under packages/
 * @returns {string[]} the breaches, each with its file
 */
function checkPackage(name) {
  const file = `packages/${name}/package.json`;
  if (!existsSync(join(ROOT, file))) return [];
  const floor = FLOORS[name];
  if (floor === undefined) return [`${file}: the package has no row in the table of scripts/check-floors.js`];
  /** @type {Record<string, Record<string, string>>} */
  const manifest = JSON.parse(readFileSync(join(ROOT, file), "utf8"));
  const declared = Object.keys({
    ...manifest["dependencies"],
    ...manifest["peerDependencies"],
    ...manifest["optionalDependencies"],
  });
  const upward = declared
    .filter((dependency) => dependency.startsWith(SCOPE))
    .filter((dependency) => !floor.imports.includes(dependency.slice(SCOPE.length)))
    .map((dependency) => `${file}: ${name} (floor ${floor.floor}) must not depend on ${dependency}`);
  const sources = listSources(`packages/${name}/src`, /\.ts$/).filter(isShipped);
  const check = (/** @type {string} */ path) =>
    breachesOf(path, readFileSync(join(ROOT, path), "utf8"), declared);
  return [...upward, ...sources.flatMap(check)];
}

/**
 * @param {string} path
 * @returns {boolean} whether the file is part of what the package runs: tests may import what they like
 */
function isShipped(path) {
  return !path.endsWith(".test.ts") && !path.includes("/src/testing/");
}

/**
 * @param {string} path of a file under packages/, relative to the root
 * @param {string} text what is in it
 * @param {readonly string[]} declared the dependencies of its package
 * @returns {string[]} what the file may not do, each with its path
 */
export function breachesOf(path, text, declared) {
  const name = path.split("/")[1] ?? "";
  const floor = FLOORS[name];
  if (floor === undefined) return [];
  const source = withoutComments(text);
  const breaches = importsOf(source).flatMap((specifier) => {
    const problem = judgeImport(specifier, path, name, floor, declared);
    return problem === undefined ? [] : [`${path}: ${problem}`];
  });
  const globals = floor.globals?.exec(source);
  if (globals) breaches.push(`${path}: ${name} must not name the global ${globals[0]}`);
  return breaches;
}

/**
 * @param {string} source
 * @returns {string[]} the specifiers of every static and dynamic import and re-export
 */
function importsOf(source) {
  return [...source.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? "");
}

/**
 * @param {string} specifier
 * @param {string} path
 * @param {string} name
 * @param {Floor} floor
 * @param {readonly string[]} declared
 * @returns {string | undefined} what is wrong with the import
 */
function judgeImport(specifier, path, name, floor, declared) {
  if (specifier.startsWith(".")) {
    const target = join(path, "..", specifier).split("\\").join("/");
    return target.startsWith(`packages/${name}/`) ? undefined : `${specifier} leaves the package`;
  }
  if (specifier.startsWith("node:")) {
    const isAllowed = floor.node === "all" || (floor.node === "node-files" && path.endsWith(".node.ts"));
    return isAllowed ? undefined : `${specifier} is not for this file: it must run in browsers too`;
  }
  // A path of the package's own "imports" table, such as the platform it runs on.
  if (specifier.startsWith("#")) return undefined;
  const parts = specifier.split("/");
  const dependency = specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? "");
  if (dependency.startsWith(SCOPE) && !floor.imports.includes(dependency.slice(SCOPE.length))) {
    return `${name} (floor ${floor.floor}) must not import ${dependency}`;
  }
  return declared.includes(dependency) ? undefined : `${dependency} is not a dependency in package.json`;
}
