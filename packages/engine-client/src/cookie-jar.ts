/** What is kept of the cookies a server sets. Filled and read by the requests of one connection; types only. */

/** Cookies of one session in Node.js; a browser keeps its own. */
export interface CookieJar {
  store(setCookieHeaders: readonly string[]): void;
  /** Value of the `cookie` header; empty when there is none. */
  header(): string;
}
