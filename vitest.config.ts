import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/**/*.test.ts"],
    exclude: ["tests/exhaustive/**", "tests/dataplane/**"],
    globalSetup: ["tests/support/engine.setup.ts"],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    pool: "forks",
    // One a core; vitest would leave one idle, and on two cores that is half of them.
    maxWorkers: availableParallelism(),
    // `.ci/run` counts what ran from the second one.
    reporters:
      process.env["CI"] === undefined ? ["default"] : ["default", ["json", { outputFile: ".causeway/tests.json" }]],
  },
});
