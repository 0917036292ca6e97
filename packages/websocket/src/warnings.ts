/**
 * The warnings this package raises through `process.emitWarning`, each key once per process: numbers 0xx of the project's
 * SKW range. A retired number is never used again.
 */

export const WEBSOCKET_WARNINGS = {
  SKW001: "an option is not known and has no effect",
} as const;

const warned = new Set<string>();

/** Warns once that `option.key` is not known, naming the known key that looks most like it. */
export function warnUnknownOption(option: string, key: string, known: Iterable<string>): void {
  const path = `${option}.${key}`;
  if (warned.has(path)) return;
  warned.add(path);
  let nearest = "";
  let best = Number.POSITIVE_INFINITY;
  for (const name of known) {
    const distance = editDistance(key.toLowerCase(), name.toLowerCase());
    if (distance < best) [best, nearest] = [distance, name];
  }
  const hint = best <= 4 ? `, did you mean ${nearest}` : "";
  process.emitWarning(`${WEBSOCKET_WARNINGS.SKW001}: ${path}${hint}`, { code: "SKW001" });
}

function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
}
