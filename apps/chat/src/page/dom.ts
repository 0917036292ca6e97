// The few ways in which this page touches the document. Text goes in as text nodes only; nothing here, and
// nothing else in the page, parses markup (the server's Trusted Types policy would refuse it).

type Child = Node | string;

interface Properties {
  class?: string;
  /** Attributes by name; `undefined` leaves one out. */
  attributes?: Readonly<Record<string, string | undefined>>;
  onClick?: () => void;
}

/** Makes an element; strings among the children become text nodes. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (properties.class !== undefined) made.className = properties.class;
  for (const [name, value] of Object.entries(properties.attributes ?? {})) {
    if (value !== undefined) made.setAttribute(name, value);
  }
  if (properties.onClick !== undefined) made.addEventListener("click", properties.onClick);
  made.append(...children);
  return made;
}

/** An icon from the sprites in index.html. */
export function icon(id: string): SVGElement {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(namespace, "use");
  use.setAttribute("href", `#${id}`);
  svg.append(use);
  return svg;
}

/** The element of this id, which index.html must have. */
export function byId<Kind extends Element>(id: string, kind: abstract new () => Kind): Kind {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`index.html has no #${id} of the expected kind`);
  return found;
}

/** Somebody's name, kept apart from the direction of the text around it. */
export function nameOf(name: string): HTMLElement {
  return element("bdi", {}, name);
}

/** A round picture with initials, in a colour that belongs to the person. */
export function avatar(person: string, name: string): HTMLElement {
  const made = element("span", { class: "avatar", attributes: { "aria-hidden": "true" } });
  paintAvatar(made, person, name);
  return made;
}

export function paintAvatar(target: HTMLElement, person: string, name: string): void {
  let hue = 0;
  for (const character of person) hue = (hue * 31 + (character.codePointAt(0) ?? 0)) % 360;
  target.style.setProperty("--hue", String(hue));
  target.textContent = initials(name);
}

function initials(name: string): string {
  const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
  const all = name.split(" ").filter((word) => word !== "");
  const lettered = all.filter((word) => /^[\p{L}\p{N}]/u.test(word));
  const words = lettered.length > 0 ? lettered : all.slice(0, 1);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => {
    const [first] = word === undefined ? [] : graphemes.segment(word);
    return first === undefined ? "" : first.segment;
  });
  return letters.join("").toUpperCase();
}
