// Shows the state of the connection: a chip in the header always, a banner while something is wrong.
import type { Status } from "./connection.ts";
import { byId } from "./dom.ts";

export class StatusView {
  readonly #app = byId("app", HTMLElement);
  readonly #chip = byId("status", HTMLElement);
  readonly #text = byId("status-text", HTMLElement);
  readonly #latency = byId("latency", HTMLElement);
  readonly #banner = byId("banner", HTMLElement);
  readonly #bannerText = byId("banner-text", HTMLElement);

  constructor(onTryNow: () => void) {
    byId("try-now", HTMLButtonElement).addEventListener("click", onTryNow);
  }

  set(status: Status): void {
    this.#app.setAttribute("data-state", status.kind);
    this.#chip.setAttribute("data-state", status.kind);
    this.#chip.toggleAttribute("data-transport", false);
    if (status.kind === "online") this.#chip.setAttribute("data-transport", status.transport);
    else this.#latency.hidden = true;
    this.#text.textContent = chipText(status);
    const trouble = bannerText(status);
    this.#banner.hidden = trouble === undefined;
    this.#bannerText.textContent = trouble ?? "";
  }

  setLatency(ms: number): void {
    if (this.#chip.getAttribute("data-state") !== "online") return;
    this.#latency.textContent = ms < 1 ? "<1 ms" : `${Math.round(ms)} ms`;
    this.#latency.hidden = false;
  }
}

function chipText(status: Status): string {
  switch (status.kind) {
    case "connecting":
      return "Connecting…";
    case "online":
      return status.transport;
    case "reconnecting":
      return "Reconnecting…";
    default:
      return "Offline";
  }
}

function bannerText(status: Status): string | undefined {
  switch (status.kind) {
    case "reconnecting":
      return `Connection lost, attempt ${status.attempt} to reconnect. What you write is sent when we are back.`;
    case "offline":
      return `${status.reason} What you write is sent when we are back.`;
    default:
      return undefined;
  }
}
