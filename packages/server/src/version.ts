// The version of this package, as its package.json has it.

import { createRequire } from "node:module";

interface Manifest {
  readonly version: string;
}

const manifest: Manifest = createRequire(import.meta.url)("../package.json");

export const VERSION: string = manifest.version;
