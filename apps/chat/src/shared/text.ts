// Names, room names and messages as people may write them: cleaned and checked the same way on both
// sides. Pure functions; the server trusts only its own call of them. Never escapes anything: text stays
// text, and the page shows it with textContent.
import { LIMITS } from "./contract.ts";

/** Controls, bidi overrides, invisible fillers, halves of surrogate pairs. ZWJ and ZWNJ stay: emoji and scripts need them. */
const UNSEEN = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\u115f\u1160\u3164\uffa0\u2800]/gu;
/** Controls other than line feed and tab, and halves of surrogate pairs. */
const UNPRINTABLE = /(?![\n\t])[\p{Cc}\p{Cs}]/gu;
const MARK_PILE = /(\p{M}{4})\p{M}+/gu;
const ROOM = /^[\p{L}\p{N}][\p{L}\p{M}\p{N}-]*$/u;
const ID = /^[A-Za-z0-9_-]+$/;

function isBlank(text: string): boolean {
  return text.replace(UNSEEN, "").replace(/[\s\u200c\u200d]+/gu, "") === "";
}

/** The name as it will be shown, or undefined when nothing visible is left or it is too long. */
export function cleanName(text: string): string | undefined {
  if (text.length > LIMITS.nameLength * 4) return undefined;
  const clean = text
    .replace(/\s+/gu, " ")
    .replace(UNSEEN, "")
    // Behind the removal: what stood apart may compose now.
    .normalize("NFC")
    .replace(MARK_PILE, "$1")
    .replace(/ {2,}/g, " ")
    .trim();
  return isBlank(clean) || clean.length > LIMITS.nameLength ? undefined : clean;
}

/** The message as it will be stored: unprintable characters and idle blank lines gone, the rest untouched. */
export function cleanMessage(text: string): string {
  const clean = text
    .replace(/\r\n?/g, "\n")
    .replace(UNPRINTABLE, "")
    .replace(/\n{4,}/g, "\n\n\n")
    .replace(/^\n+|\s+$/g, "");
  return isBlank(clean) ? "" : clean;
}

/** Whether a room may have this very name: the form that `toRoomName` makes. */
export function isRoomName(text: string): boolean {
  return text !== "" && text.length <= LIMITS.roomLength && text === toRoomName(text);
}

/** The nearest room name to what somebody typed ("Tea & Cake" → "tea-cake"), or "" when there is none. */
export function toRoomName(text: string): string {
  const name = text
    .slice(0, LIMITS.roomLength * 4)
    .replace(UNSEEN, "")
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFC")
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, "-")
    .replace(MARK_PILE, "$1")
    .slice(0, LIMITS.roomLength)
    .replace(/\p{Cs}/gu, "")
    .replace(/^[-\p{M}]+|-+$/gu, "");
  return ROOM.test(name) ? name : "";
}

export function isMessageId(text: string): boolean {
  return text.length <= LIMITS.idLength && ID.test(text);
}
