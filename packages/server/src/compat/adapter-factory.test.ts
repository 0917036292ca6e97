import { expect, test } from "vitest";
import { createAdapter } from "./adapter-factory.ts";

class Made {
  readonly nsp: string;
  constructor(nsp: string) {
    this.nsp = nsp;
  }
}

const factories: [string, any][] = [
  ["a class", Made],
  [
    "a function that returns it",
    (() =>
      function (nsp: string) {
        return new Made(nsp);
      })(),
  ],
  ["an arrow function", (nsp: string) => new Made(nsp)],
  [
    "a method",
    {
      create(nsp: string) {
        return new Made(nsp);
      },
    }.create,
  ],
];

test.each(factories)("%s makes the adapter", (_name, factory) => {
  const made = createAdapter<string, Made>(factory, "/");
  expect(made).toBeInstanceOf(Made);
  expect(made.nsp).toBe("/");
});
