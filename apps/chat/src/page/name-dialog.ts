// Asks for a name: at the first visit, which cannot be skipped, and later on request.
import { cleanName } from "../shared/text.ts";
import { byId } from "./dom.ts";

export class NameDialog {
  readonly #dialog = byId("name-dialog", HTMLDialogElement);
  readonly #field = byId("name", HTMLInputElement);
  readonly #problem = byId("name-problem", HTMLElement);
  #chosen: ((name: string) => void) | undefined;
  #isRequired = false;

  constructor() {
    byId("name-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("input", () => {
      this.#problem.textContent = "";
    });
    this.#dialog.addEventListener("cancel", (event) => {
      if (this.#isRequired) event.preventDefault();
    });
    // Chromium closes on a second Escape whatever `cancel` says.
    this.#dialog.addEventListener("close", () => {
      if (this.#isRequired) this.#dialog.showModal();
    });
  }

  ask(current: string, problem: string, chosen: (name: string) => void): void {
    this.#chosen = chosen;
    this.#isRequired = current === "";
    this.#field.value = current;
    this.#problem.textContent = problem;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#field.select();
  }

  #submit(): void {
    const name = cleanName(this.#field.value);
    if (name === undefined) {
      this.#problem.textContent = "Please write a name with 1 to 32 visible characters.";
      return;
    }
    this.#isRequired = false;
    this.#dialog.close();
    this.#chosen?.(name);
  }
}
