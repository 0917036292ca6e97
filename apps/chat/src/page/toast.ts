// A short note at the bottom of the page that goes by itself.
import { byId } from "./dom.ts";

const SHOWN_MS = 3_500;

export class Toast {
  readonly #note = byId("toast", HTMLElement);
  #hide: ReturnType<typeof setTimeout> | undefined;

  show(text: string): void {
    clearTimeout(this.#hide);
    this.#note.textContent = text;
    this.#note.classList.add("shown");
    this.#hide = setTimeout(() => this.#note.classList.remove("shown"), SHOWN_MS);
  }
}
