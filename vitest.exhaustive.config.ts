import { defineConfig, mergeConfig } from "vitest/config";
import quick from "./vitest.config.ts";

/** The long tier: every fault at every step, every mutation. Minutes, not seconds. */
export default mergeConfig(
  { ...quick, test: { ...quick.test, include: [], reporters: [] } },
  defineConfig({
    test: {
      include: ["tests/exhaustive/**/*.test.ts"],
      testTimeout: 1_500_000,
      reporters:
        process.env["CI"] === undefined
          ? ["default"]
          : ["default", ["json", { outputFile: ".causeway/exhaustive.json" }]],
    },
  }),
);
