// Reads option interfaces from the sources: names, types and what their comments promise. For the reference and the test
// that holds it against the constants.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./root.js";

/**
 * @typedef {object} OptionDoc
 * @property {string} name with the name of the option it is part of in front: `a.b`
 * @property {string} type
 * @property {string} text what the comment says, its tags left out
 * @property {string} fallback what `@default` says; "" if nothing
 * @property {string} unit
 * @property {string} range
 *
 * @typedef {object} InterfaceDoc
 * @property {string} name
 * @property {string} text
 * @property {readonly string[]} parents
 * @property {readonly OptionDoc[]} options
 *
 * @typedef {object} OptionGroup
 * @property {string} title
 * @property {string} file
 * @property {readonly string[]} interfaces
 * @property {readonly [package: string, constant: string]} defaults
 */

/** @type {readonly OptionGroup[]} */
export const OPTION_GROUPS = [
  {
    title: "Server",
    file: "packages/server/src/options.ts",
    interfaces: ["ServerOptions", "ConnectionStateRecoveryOptions"],
    defaults: ["server", "SERVER_DEFAULTS"],
  },
  {
    title: "Engine",
    file: "packages/engine/src/options.ts",
    interfaces: ["EngineOptions", "AttachOptions", "CorsOptions", "CookieOptions", "HttpCompressionOptions"],
    defaults: ["engine", "ENGINE_DEFAULTS"],
  },
  {
    title: "Compression of WebSocket messages",
    file: "packages/websocket/src/deflate.ts",
    interfaces: ["DeflateOptions"],
    defaults: ["websocket", "DEFLATE_DEFAULTS"],
  },
  {
    title: "Adapters for several processes",
    file: "packages/adapter/src/cluster/options.ts",
    interfaces: ["ClusterAdapterOptions"],
    defaults: ["adapter", "CLUSTER_ADAPTER_DEFAULTS"],
  },
  {
    title: "Client",
    file: "packages/client/src/options.ts",
    interfaces: ["ManagerOptions", "ReconnectionOptions", "SocketOptions"],
    defaults: ["client", "MANAGER_DEFAULTS"],
  },
  {
    title: "Connection of the client",
    file: "packages/engine-client/src/options.ts",
    interfaces: ["EngineClientOptions", "TransportOptions"],
    defaults: ["engine-client", "ENGINE_CLIENT_DEFAULTS"],
  },
];

/**
 * @param {OptionGroup} group
 * @returns {InterfaceDoc[]} in the order of the group
 */
export function readOptions(group) {
  const source = readFileSync(join(ROOT, group.file), "utf8");
  return group.interfaces.map((name) => {
    const pattern = new RegExp(
      `(?:/\\*\\*((?:(?!\\*/)[^])*)\\*/\\n)?export interface ${name}(?:\\s+extends\\s+([^{]*?))?\\s*\\{\\n([^]*?)\\n\\}`,
    );
    const found = pattern.exec(source);
    if (found === null) throw new Error(`${group.file} has no interface ${name}`);
    const [, comment = "", parents = "", body = ""] = found;
    return {
      name,
      text: prose(comment).text,
      parents: parents
        .split(",")
        .map((each) => each.trim())
        .filter((each) => each !== ""),
      options: readMembers(body, ""),
    };
  });
}

/**
 * The value a documented default stands for: a literal at its start. Undefined if it is prose.
 *
 * @param {string} fallback
 * @returns {unknown}
 */
export function literalOf(fallback) {
  const text = fallback.replace(/\s\(.*$/, "").replaceAll(/(?<=\d)_(?=\d)/g, "");
  if (text === "Infinity") return Infinity;
  try {
    return JSON.parse(text.replaceAll(/([\w$]+):/g, '"$1":'));
  } catch {
    return undefined;
  }
}

/**
 * @param {string} body
 * @param {string} prefix
 * @returns {OptionDoc[]}
 */
function readMembers(body, prefix) {
  /** @type {OptionDoc[]} */
  const options = [];
  let comment = "";
  let member = "";
  let isComment = false;
  for (const line of body.split("\n")) {
    if (member === "" && line.trimStart().startsWith("/**")) {
      isComment = true;
      comment = "";
    }
    if (isComment) {
      comment += `${line}\n`;
      isComment = !line.includes("*/");
      continue;
    }
    member += `${line}\n`;
    if (!line.endsWith(";") || depthOf(member) > 0) continue;
    options.push(...readMember(member, comment, prefix));
    [member, comment] = ["", ""];
  }
  return options;
}

/**
 * @param {string} member
 * @param {string} comment
 * @param {string} prefix
 * @returns {OptionDoc[]}
 */
function readMember(member, comment, prefix) {
  const [, name = "", type = ""] = /^\s*(?:readonly )?"?([^"?:]+)"?\??:([^]*);\s*$/.exec(member) ?? [];
  const nested = /\{\n([^]*)\n\s*\}/.exec(type)?.[1];
  const option = {
    name: prefix + name,
    type: nested === undefined ? flat(type) : "object",
    ...prose(comment.replaceAll(/^\s*\/\*\*|\*\/\s*$/g, "")),
  };
  return [option, ...(nested === undefined ? [] : readMembers(nested, `${option.name}.`))];
}

/**
 * @param {string} comment
 * @returns {Pick<OptionDoc, "text" | "fallback" | "unit" | "range">}
 */
function prose(comment) {
  const whole = comment
    .replaceAll(/^\s*\*? ?/gm, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  const [said = "", tag = ""] = whole.split(/\s*@default /);
  const [fallback = "", rangeOfTag = ""] = tag.split(", range ");
  const range = rangeOfTag || (/-?\d[\d_]* (?:to -?\d[\d_]*|or more)/.exec(said)?.[0] ?? "");
  return {
    // A sentence that is nothing but the range has its column.
    text: said.replace(new RegExp(`(^|\\. )${range}\\.(?: |$)`), "$1").trim(),
    fallback: fallback.trim(),
    unit: /\b(?:in|of|many) (ms|bytes|seconds)\b/i.exec(said)?.[1] ?? "",
    range,
  };
}

/**
 * @param {string} type
 * @returns {string}
 */
function flat(type) {
  return type
    .replaceAll(/\s+/g, " ")
    .replace(/\s*\|\s*undefined\s*$/, "")
    .replace(/^\s*\|\s*/, "")
    .trim()
    .replace(/^\(\((.*)\)\)$/, "($1)");
}

/**
 * @param {string} text
 * @returns {number}
 */
function depthOf(text) {
  return (text.match(/[{([]/g)?.length ?? 0) - (text.match(/[})\]]/g)?.length ?? 0);
}
