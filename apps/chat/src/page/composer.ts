// The field where messages are written: grows with its text, sends on Enter (Shift+Enter is a new line),
// counts what is left near the limit.
import { LIMITS } from "../shared/contract.ts";
import { cleanMessage } from "../shared/text.ts";
import { byId } from "./dom.ts";

export interface ComposerHandler {
  onSend(text: string): void;
  onInput(hasText: boolean): void;
}

const WARN_LEFT = 200;

export class Composer {
  readonly #handler: ComposerHandler;
  readonly #field = byId("text", HTMLTextAreaElement);
  readonly #left = byId("left", HTMLElement);

  constructor(handler: ComposerHandler) {
    this.#handler = handler;
    byId("composer", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("keydown", (event) => {
      // While an input method composes, Enter belongs to it.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("input", () => {
      this.#fit();
      handler.onInput(this.#field.value !== "");
    });
    this.#field.addEventListener("blur", () => handler.onInput(false));
  }

  focus(): void {
    this.#field.focus();
  }

  setRoom(room: string): void {
    this.#field.placeholder = `Message #${room}`;
  }

  #send(): void {
    const text = cleanMessage(this.#field.value);
    if (text === "") return;
    this.#field.value = "";
    this.#fit();
    this.#handler.onSend(text);
    this.#field.focus();
  }

  #fit(): void {
    this.#field.style.setProperty("height", "auto");
    this.#field.style.setProperty("height", `${Math.max(48, this.#field.scrollHeight)}px`);
    const left = LIMITS.messageLength - this.#field.value.length;
    this.#left.textContent = left <= WARN_LEFT ? String(left) : "";
  }
}
