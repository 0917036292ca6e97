// The two side panels: the rooms and the people. On narrow screens they are drawers: one open at a time,
// closed by Escape, by the backdrop and by choosing a room, with the focus brought back where it was.
import type { Person, RoomCount } from "../shared/contract.ts";
import { avatar, byId, element, nameOf } from "./dom.ts";

export class Sidebars {
  readonly #backdrop = byId("backdrop", HTMLElement);
  readonly #rooms = byId("rooms", HTMLElement);
  readonly #people = byId("people", HTMLElement);
  readonly #peopleCount = byId("people-count", HTMLElement);
  readonly #counts = new Map<string, number>();
  #open: { panel: HTMLElement; opener: HTMLElement } | undefined;

  constructor() {
    for (const [opener, panel] of [
      ["open-rooms", "rooms-panel"],
      ["open-people", "people-panel"],
    ] as const) {
      const button = byId(opener, HTMLElement);
      button.addEventListener("click", () => this.#show(byId(panel, HTMLElement), button));
    }
    for (const button of document.querySelectorAll("[data-close-panel]")) {
      button.addEventListener("click", () => this.close());
    }
    this.#backdrop.addEventListener("click", () => this.close());
    addEventListener("keydown", (event) => {
      if (event.key === "Escape") this.close();
    });
    // A drawer that became a column has nothing to close.
    matchMedia("(width < 760px)").addEventListener("change", () => this.close());
    matchMedia("(width < 1080px)").addEventListener("change", () => this.close());
  }

  close(): void {
    if (this.#open === undefined) return;
    const { panel, opener } = this.#open;
    this.#open = undefined;
    panel.classList.remove("open");
    opener.setAttribute("aria-expanded", "false");
    this.#backdrop.hidden = true;
    byId("app", HTMLElement).querySelector("main")?.removeAttribute("inert");
    opener.focus();
  }

  drawRooms(rooms: readonly string[], current: string): void {
    const items = rooms.map((room) => {
      const link = element(
        "a",
        {
          attributes: {
            href: `#${encodeURIComponent(room)}`,
            "aria-current": room === current ? "page" : undefined,
          },
        },
        element("span", { class: "hash", attributes: { "aria-hidden": "true" } }, "#"),
        nameOf(room),
      );
      const count = this.#counts.get(room) ?? 0;
      if (count > 0) {
        link.append(
          element("span", { class: "count", attributes: { "aria-hidden": "true" } }, String(count)),
          element("span", { class: "hidden" }, count === 1 ? ", 1 person" : `, ${count} people`),
        );
      }
      return element("li", {}, link);
    });
    this.#rooms.replaceChildren(...items);
  }

  /** Takes new head counts; draw the rooms afterwards. */
  setCounts(counts: readonly RoomCount[]): void {
    for (const { room, total } of counts) this.#counts.set(room, total);
  }

  drawPeople(people: readonly Person[], total: number, ownPerson: string): void {
    const items = people.map(({ person, name, tabs }) => {
      const item = element(
        "li",
        { attributes: { "data-person": person } },
        avatar(person, name),
        nameOf(name),
      );
      if (person === ownPerson) item.append(element("span", { class: "tag" }, "you"));
      if (tabs > 1) item.append(element("span", { class: "tag" }, `${tabs} tabs`));
      return item;
    });
    if (total > people.length)
      items.push(element("li", { class: "more" }, `and ${total - people.length} more`));
    this.#people.replaceChildren(...items);
    this.#peopleCount.textContent = total === 0 ? "" : String(total);
    byId("people-label", HTMLElement).textContent = total === 0 ? "Here now" : `Here now · ${total}`;
    byId("open-people", HTMLElement).setAttribute("aria-label", `People here: ${total}`);
  }

  #show(panel: HTMLElement, opener: HTMLElement): void {
    this.close();
    this.#open = { panel, opener };
    panel.classList.add("open");
    opener.setAttribute("aria-expanded", "true");
    this.#backdrop.hidden = false;
    byId("app", HTMLElement).querySelector("main")?.setAttribute("inert", "");
    panel.querySelector<HTMLElement>("[data-close-panel]")?.focus();
  }
}
