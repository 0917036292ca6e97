// Draws a timeline into the log and looks after its scrolling: it stays at the end unless the reader went up,
// and then a pill counts what is new. Reuses the nodes of messages it has drawn before.
import { avatar, byId, element, icon, nameOf } from "./dom.ts";
import { isAfterGap } from "./timeline.ts";
import type { Entry } from "./timeline.ts";

export interface MessageListHandler {
  onRetry(id: string): void;
  onDiscard(id: string): void;
}

/** Messages of one person within this time stand under one name. */
const GROUP_MS = 5 * 60_000;
/** As near as this to the end counts as being there, in px. */
const NEAR_PX = 48;

interface Drawn {
  node: HTMLElement;
  /** What of the node may change; another value means that it did. */
  look: string;
}

export class MessageList {
  readonly #handler: MessageListHandler;
  readonly #scroller = byId("scroller", HTMLElement);
  readonly #log = byId("log", HTMLElement);
  readonly #empty = byId("empty", HTMLElement);
  readonly #pill = byId("new-messages", HTMLElement);
  readonly #pillText = byId("new-messages-text", HTMLElement);
  #drawn = new Map<string, Drawn>();
  #isAtEnd = true;
  #unseen = 0;

  constructor(handler: MessageListHandler) {
    this.#handler = handler;
    this.#scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    this.#pill.addEventListener("click", () => this.scrollToEnd());
    // A keyboard that opens, or a composer that grows, must not push the last message out of sight.
    new ResizeObserver(() => {
      if (this.#isAtEnd) this.#jumpToEnd();
    }).observe(this.#scroller);
  }

  /** Shows another room, or one whose history is still to come (`entries` undefined). */
  reset(): void {
    this.#drawn.clear();
    this.#log.replaceChildren();
    this.#isAtEnd = true;
    this.#forgetUnseen();
    this.#empty.hidden = true;
  }

  /** Draws the room. Announced to screen readers only when `isNews`: a history is not. */
  draw(entries: readonly Entry[], ownPerson: string, isNews: boolean): void {
    this.#log.setAttribute("aria-busy", String(!isNews));
    const drawn = new Map<string, Drawn>();
    const nodes: HTMLElement[] = [];
    let before: Entry | undefined;
    for (const entry of entries) {
      for (const [key, text] of dividersBefore(entry, before)) {
        nodes.push(this.#divider(drawn, key, text));
      }
      const isFirst = startsGroup(entry, before);
      nodes.push(this.#message(drawn, entry, isFirst, entry.person === ownPerson));
      before = entry;
    }
    this.#place(nodes);
    this.#drawn = drawn;
    this.#empty.hidden = entries.length > 0;
    if (this.#isAtEnd) this.#jumpToEnd();
  }

  /** Counts a message that arrived while the reader is further up. */
  noteArrival(): void {
    if (this.#isAtEnd) return;
    this.#unseen += 1;
    this.#pillText.textContent = this.#unseen === 1 ? "1 new message" : `${this.#unseen} new messages`;
    this.#pill.hidden = false;
  }

  /** Goes to the end and stays there. */
  scrollToEnd(): void {
    this.#isAtEnd = true;
    this.#forgetUnseen();
    this.#jumpToEnd();
  }

  #jumpToEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  #onScroll(): void {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#isAtEnd = scrollHeight - scrollTop - clientHeight < NEAR_PX;
    if (this.#isAtEnd) this.#forgetUnseen();
  }

  #forgetUnseen(): void {
    this.#unseen = 0;
    this.#pill.hidden = true;
  }

  /** Brings the log's children into this order, moving as few as possible. */
  #place(nodes: readonly HTMLElement[]): void {
    const wanted = new Set<Element>(nodes);
    // `children` is live: take the list before removing from it.
    const leaving = Array.from(this.#log.children).filter((child) => !wanted.has(child));
    for (const child of leaving) child.remove();
    let at = this.#log.firstElementChild;
    for (const node of nodes) {
      if (node === at) at = at.nextElementSibling;
      else this.#log.insertBefore(node, at);
    }
  }

  #divider(drawn: Map<string, Drawn>, key: string, text: string): HTMLElement {
    const node = this.#drawn.get(key)?.node ?? element("li", { class: "divider" }, text);
    drawn.set(key, { node, look: text });
    return node;
  }

  /** The node of a message. Changed in place, so that a screen reader hears a message once. */
  #message(drawn: Map<string, Drawn>, entry: Entry, isFirst: boolean, isMine: boolean): HTMLElement {
    const look = [isFirst, isMine, entry.delivery, entry.problem, entry.at].join("|");
    const known = this.#drawn.get(entry.id);
    const node = known?.node ?? createMessage(entry);
    drawn.set(entry.id, { node, look });
    if (known?.look === look) return node;
    const classes = ["message", isFirst ? "first" : "", isMine ? "mine" : "", entry.delivery];
    node.className = classes.filter((name) => name !== "").join(" ");
    node.setAttribute("data-delivery", entry.delivery);
    node.querySelector("time")?.replaceWith(timeOf(entry.at));
    node.querySelector(".delivery")?.remove();
    const delivery = this.#delivery(entry);
    if (delivery !== undefined) node.append(delivery);
    return node;
  }

  #delivery(entry: Entry): HTMLElement | undefined {
    const line = element("div", { class: "delivery" });
    if (entry.delivery === "queued") line.append(icon("icon-clock"), "Waiting for the connection");
    else if (entry.delivery === "sending") line.append(icon("icon-clock"), "Sending…");
    else if (entry.delivery === "failed") {
      line.append(icon("icon-alert"), `Not sent: ${entry.problem ?? "unknown reason"}`);
      line.append(button("Try again", () => this.#handler.onRetry(entry.id)));
      line.append(button("Delete", () => this.#handler.onDiscard(entry.id)));
    } else return undefined;
    return line;
  }
}

function createMessage(entry: Entry): HTMLElement {
  const head = element("span", { class: "head" }, nameOf(entry.name), timeOf(entry.at));
  const bubble = element("div", { class: "bubble", attributes: { dir: "auto", title: fullTime(entry.at) } });
  bubble.append(...withLinks(entry.text));
  const attributes = { "data-id": entry.id };
  return element("li", { attributes }, avatar(entry.person, entry.name), head, bubble);
}

function button(text: string, onClick: () => void): HTMLElement {
  return element("button", { attributes: { type: "button" }, onClick }, text);
}

function startsGroup(entry: Entry, before: Entry | undefined): boolean {
  if (before === undefined || before.person !== entry.person || before.name !== entry.name) return true;
  return entry.at - before.at > GROUP_MS || !isSameDay(entry.at, before.at) || isAfterGap(entry, before);
}

function* dividersBefore(entry: Entry, before: Entry | undefined): Generator<[key: string, text: string]> {
  if (isAfterGap(entry, before)) yield [`gap ${entry.id}`, "Earlier messages are no longer kept"];
  if (before === undefined || !isSameDay(entry.at, before.at)) yield [`day ${entry.id}`, dayName(entry.at)];
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

const DAY = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function dayName(at: number): string {
  return isSameDay(at, Date.now()) ? "Today" : DAY.format(at);
}

function fullTime(at: number): string {
  return FULL.format(at);
}

function timeOf(at: number): HTMLElement {
  return element("time", { attributes: { datetime: new Date(at).toISOString() } }, TIME.format(at));
}

/** The text as text nodes, and its http(s) addresses as links that show exactly what was written. */
function withLinks(text: string): (Node | string)[] {
  const parts: (Node | string)[] = [];
  let end = 0;
  for (const match of text.matchAll(/https?:\/\/[\x21-\x7e]*[\w/=&#-]/g)) {
    if (!URL.canParse(match[0])) continue;
    parts.push(text.slice(end, match.index));
    const attributes = { href: match[0], target: "_blank", rel: "noopener noreferrer nofollow" };
    parts.push(element("a", { attributes }, match[0]));
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  return parts;
}
