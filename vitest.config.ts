import { defineConfig } from "vitest/config";

// Tests run from source, so a failing line is a line of src and no build is needed while developing.
const source = { conditions: ["@sockeye/source"] };

export default defineConfig({
  resolve: source,
  ssr: { resolve: source },
  test: {
    include: ["packages/*/src/**/*.test.ts", "apps/*/src/**/*.test.ts", "tests/**/*.test.ts"],
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
});
