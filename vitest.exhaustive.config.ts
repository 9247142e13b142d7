import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** The long tier: every fault at every step, every mutation, every procedure. Minutes, not seconds. */
export default defineConfig({
  test: {
    include: ["tests/exhaustive/**/*.test.ts"],
    globalSetup: ["tests/support/engine.setup.ts"],
    testTimeout: 1_500_000,
    hookTimeout: 1_500_000,
    pool: "forks",
    maxWorkers: availableParallelism(),
    reporters:
      process.env["CI"] === undefined
        ? ["default"]
        : ["default", ["json", { outputFile: ".causeway/exhaustive.json" }]],
  },
});
