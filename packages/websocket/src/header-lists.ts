/**
 * The header grammars of the handshake: token lists (RFC 9110 §5.6.1, §5.6.2) and `Sec-WebSocket-Extensions`
 * (RFC 6455 §9.1). Pure, values in and values out; used by the upgrade check only.
 */

/** One offered extension with its parameters in order; a parameter without a value has `undefined`. */
export interface ExtensionOffer {
  readonly name: string;
  readonly params: readonly (readonly [name: string, value: string | undefined])[];
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** True if `text` is a token: the grammar of header names, subprotocols, extension names. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** The tokens of a comma-separated list, or undefined if it is malformed. Empty elements are malformed too. */
export function parseTokenList(header: string): string[] | undefined {
  const tokens = header.split(",").map(trimSpace);
  return tokens.every(isToken) ? tokens : undefined;
}

/** The offers of a `Sec-WebSocket-Extensions` header, or undefined if it is malformed. */
export function parseExtensions(header: string): ExtensionOffer[] | undefined {
  const offers: ExtensionOffer[] = [];
  for (const element of splitOutsideQuotes(header, ",")) {
    const [head = "", ...rest] = splitOutsideQuotes(element, ";");
    const name = trimSpace(head);
    if (!isToken(name)) return undefined;
    const params: [string, string | undefined][] = [];
    for (const part of rest) {
      const param = parseParameter(part);
      if (param === undefined) return undefined;
      params.push(param);
    }
    offers.push({ name, params });
  }
  return offers;
}

function parseParameter(part: string): [string, string | undefined] | undefined {
  const equals = part.indexOf("=");
  if (equals === -1) {
    const name = trimSpace(part);
    return isToken(name) ? [name, undefined] : undefined;
  }
  const name = trimSpace(part.slice(0, equals));
  const value = unquote(trimSpace(part.slice(equals + 1)));
  // A quoted value must be a token once unquoted (RFC 6455 §9.1).
  return isToken(name) && isToken(value) ? [name, value] : undefined;
}

function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replace(/\\(.)/g, "$1");
}

function splitOutsideQuotes(text: string, separator: "," | ";"): string[] {
  const parts: string[] = [];
  let from = 0;
  let isQuoted = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') isQuoted = !isQuoted;
    else if (char === "\\" && isQuoted) at++;
    else if (char === separator && !isQuoted) {
      parts.push(text.slice(from, at));
      from = at + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}

/** Optional white space of HTTP is space and tab only; `String.trim` would accept more. */
function trimSpace(text: string): string {
  return text.replace(/^[ \t]+/, "").replace(/[ \t]+$/, "");
}
