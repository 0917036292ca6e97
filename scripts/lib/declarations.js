// Reads the declaration files TypeScript wrote, as far as their regular layout allows without a compiler: the top-level
// statements of a module, by name, and where the names it imports and exports come from.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/**
 * @typedef {object} Source where a name comes from
 * @property {string} from a path relative to the module, or a package; "" for the module itself
 * @property {string} name as it is called there
 *
 * @typedef {object} Module
 * @property {string} file
 * @property {ReadonlyMap<string, string[]>} declarations the statements that declare each name, without comments
 * @property {ReadonlyMap<string, Source>} imports by local name
 * @property {ReadonlyMap<string, Source>} exports by exported name
 */

const COMMENT_OR_STRING = /("(?:[^"\\\n]|\\.)*")|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;
const DECLARATION =
  /^(?:export )?(?:declare )?(?:abstract )?(?:class|interface|type|function|const|let|namespace)\s+([\w$]+)/;
const FROM = /\bfrom\s+"([^"]+)"/;

/** @type {Map<string, Module>} */
const modules = new Map();

/**
 * @param {string} file
 * @returns {Module}
 */
export function readModule(file) {
  let module = modules.get(file);
  if (module === undefined) {
    module = parse(file, readFileSync(file, "utf8"));
    modules.set(file, module);
  }
  return module;
}

/**
 * Follows a name to where it is declared.
 *
 * @param {Module} module
 * @param {string} name a local name of the module
 * @returns {{ module: Module, name: string } | { package: string, name: string } | undefined} undefined for globals
 */
export function resolve(module, name) {
  if (module.declarations.has(name)) return { module, name };
  const source = module.imports.get(name);
  return source === undefined ? undefined : follow(module, source);
}

/**
 * @param {Module} module
 * @param {string} name an exported name of the module
 * @returns {{ module: Module, name: string } | { package: string, name: string } | undefined}
 */
export function resolveExport(module, name) {
  const source = module.exports.get(name);
  if (source === undefined) return undefined;
  return source.from === "" ? resolve(module, source.name) : follow(module, source);
}

/**
 * @param {Module} module
 * @param {Source} source
 * @returns {{ module: Module, name: string } | { package: string, name: string } | undefined}
 */
function follow(module, { from, name }) {
  if (!from.startsWith(".")) return { package: from, name };
  const file = join(dirname(module.file), from.replace(/\.[jt]s$/, ".d.ts"));
  return existsSync(file) ? resolveExport(readModule(file), name) : undefined;
}

/**
 * @param {string} file
 * @param {string} source
 * @returns {Module}
 */
function parse(file, source) {
  /** @type {Map<string, string[]>} */
  const declarations = new Map();
  /** @type {Map<string, Source>} */
  const imports = new Map();
  /** @type {Map<string, Source>} */
  const exports = new Map();
  for (const statement of statementsOf(source)) {
    const from = FROM.exec(statement)?.[1] ?? "";
    const declared = DECLARATION.exec(statement)?.[1];
    if (statement.startsWith("import ")) {
      for (const [outer, local] of specifiersOf(statement)) imports.set(local, { from, name: outer });
    } else if (declared === undefined) {
      for (const [local, outer] of specifiersOf(statement)) exports.set(outer, { from, name: local });
    } else {
      declarations.set(declared, [...(declarations.get(declared) ?? []), bare(statement)]);
      if (statement.startsWith("export ")) exports.set(declared, { from: "", name: declared });
    }
  }
  return { file, declarations, imports, exports };
}

/**
 * @param {string} source
 * @returns {string[]}
 */
function statementsOf(source) {
  const lines = source.replace(COMMENT_OR_STRING, (_, string) => string ?? "").split("\n");
  /** @type {string[]} */
  const statements = [];
  let current = "";
  let depth = 0;
  for (const line of lines.filter((text) => text.trim() !== "")) {
    current += `${line.trimEnd()}\n`;
    for (const character of line) {
      if ("{([".includes(character)) depth += 1;
      else if ("})]".includes(character)) depth -= 1;
    }
    if (depth > 0 || !/[;}]$/.test(line.trimEnd())) continue;
    statements.push(current.trim());
    current = "";
  }
  return statements;
}

/**
 * @param {string} statement `import { a as b } from "c"` or `export { a as b }`
 * @returns {[before: string, after: string][]}
 */
function specifiersOf(statement) {
  const list = /\{([^}]*)\}/.exec(statement)?.[1] ?? "";
  return list
    .split(",")
    .map((each) => each.trim().replace(/^type /, ""))
    .filter((each) => each !== "")
    .map((each) => {
      const [before = "", after = before] = each.split(/\s+as\s+/);
      return [before, after.replaceAll('"', "")];
    });
}

/**
 * @param {string} statement
 * @returns {string} the same without what is the same everywhere
 */
function bare(statement) {
  return statement.replace(/^(?:export )?(?:declare )?/, "").replace(/^\s*#private;\n/gm, "");
}
