/**
 * The cookies of one session in Node.js, where no browser keeps them; used when `withCredentials` is set. Expiry is the
 * only attribute that matters: all requests of a session go to one host and path.
 */
import type { Clock } from "@sockeye/protocol";
import type { CookieJar } from "./cookie-jar.ts";

interface Cookie {
  readonly value: string;
  /** In ms of the clock; absent: as long as the session. */
  readonly expiresAt: number | undefined;
}

export class MemoryCookieJar implements CookieJar {
  readonly #clock: Clock;
  readonly #cookies = new Map<string, Cookie>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  store(setCookieHeaders: readonly string[]): void {
    for (const header of setCookieHeaders) {
      const [pair = "", ...attributes] = header.split(";").map((part) => part.trim());
      const at = pair.indexOf("=");
      const name = pair.slice(0, at).trim();
      if (at < 1 || name === "") continue;
      const value = pair
        .slice(at + 1)
        .trim()
        .replace(/^"(.*)"$/, "$1");
      this.#cookies.set(name, { value, expiresAt: this.#expiry(attributes) });
    }
  }

  header(): string {
    const now = this.#clock.now();
    for (const [name, { expiresAt }] of this.#cookies) {
      if (expiresAt !== undefined && expiresAt <= now) this.#cookies.delete(name);
    }
    return [...this.#cookies].map(([name, { value }]) => `${name}=${value}`).join("; ");
  }

  /** RFC 6265 §5.3: Max-Age wins over Expires; what cannot be read is ignored. */
  #expiry(attributes: readonly string[]): number | undefined {
    let expiresAt: number | undefined;
    for (const attribute of attributes) {
      const [name = "", value = ""] = attribute.split(/=(.*)/s, 2);
      const key = name.trim().toLowerCase();
      if (key === "max-age" && /^-?\d+$/.test(value.trim())) {
        return this.#clock.now() + Number(value) * 1000;
      }
      if (key === "expires") expiresAt = Date.parse(value);
    }
    return Number.isNaN(expiresAt) ? undefined : expiresAt;
  }
}
