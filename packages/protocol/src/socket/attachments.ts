/**
 * Socket.IO protocol v5, binary packets: binary data leaves the JSON for attachments, and comes back into it.
 * Where it was stands `{"_placeholder":true,"num":i}`, numbered depth first.
 */
import { isBinary, isContainer, keysOf, toAttachment } from "../binary.ts";
import type { Attachment, Binary } from "../binary.ts";
import { ProtocolError } from "../errors.ts";

/**
 * `data` with a placeholder for each binary, which is added to `found`. One walk: without binary the result is
 * `data` itself, and with it only the containers on the way to binary are copied. `data` is never modified.
 */
export function extractAttachments(data: unknown, found: Attachment[]): unknown {
  if (!isContainer(data)) return data;
  if (isBinary(data)) return { _placeholder: true, num: found.push(toAttachment(data)) - 1 };
  // Arrays by index: an iterator or their keys as strings would cost more than the looking.
  if (Array.isArray(data)) return extractFrom(data, data.length, undefined, found);
  const keys = Object.keys(data);
  return extractFrom(data, keys.length, keys, found);
}

function extractFrom(
  container: Record<PropertyKey, unknown>,
  count: number,
  keys: readonly string[] | undefined,
  found: Attachment[],
): object {
  let copy: object | undefined;
  for (let at = 0; at < count; at++) {
    const key = keys?.[at] ?? at;
    const child = container[key];
    if (!isContainer(child)) continue;
    const kept = extractFromChild(child, key, found);
    if (kept === child) continue;
    copy ??= Array.isArray(container) ? [...container] : { ...container };
    // A spread makes own keys of own keys, even of `__proto__`; Reflect.set then finds it as such.
    Reflect.set(copy, key, kept);
  }
  return copy ?? container;
}

/** Looks where JSON.stringify will look: at what `toJSON` returns, if there is one. */
function extractFromChild(child: object, key: PropertyKey, found: Attachment[]): unknown {
  if (!("toJSON" in child) || typeof child.toJSON !== "function" || isBinary(child)) {
    return extractAttachments(child, found);
  }
  if (child instanceof Date) return child;
  const json: unknown = child.toJSON(String(key));
  const kept = extractAttachments(json, found);
  return kept === json ? child : kept;
}

/**
 * Puts `attachments` in the place of their placeholders, in `data` itself, which must come straight from the
 * parser. Neither depth nor, with a reviver, cycles can make it overflow. Throws `ERR_ATTACHMENT_PLACEHOLDER`.
 */
export function resolveAttachments(data: object, attachments: readonly Binary[]): void {
  // Grows while it is walked.
  const containers = new Set([data]);
  for (const container of containers) {
    if (!isContainer(container)) continue;
    for (const key of keysOf(container)) {
      const child = container[key];
      if (!isContainer(child)) continue;
      if (child["_placeholder"] === true) container[key] = attachmentAt(child["num"], attachments);
      else if (!isBinary(child)) containers.add(child);
    }
  }
}

function attachmentAt(num: unknown, attachments: readonly Binary[]): Binary {
  // Only numbers index: "length" or "constructor" would reach something else.
  const attachment = typeof num === "number" ? attachments[num] : undefined;
  if (attachment !== undefined) return attachment;
  const got = typeof num === "number" ? num : typeof num;
  throw new ProtocolError("ERR_ATTACHMENT_PLACEHOLDER", `${got} of ${attachments.length}`);
}
