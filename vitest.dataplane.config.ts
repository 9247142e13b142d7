import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** The data plane for real: CoreDNS, iptables, nftables and TLS in network namespaces. Needs root and Linux. */
export default defineConfig({
  test: {
    include: ["tests/dataplane/**/*.test.ts"],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    pool: "forks",
    maxWorkers: availableParallelism(),
    reporters:
      process.env["CI"] === undefined ? ["default"] : ["default", ["json", { outputFile: ".causeway/dataplane.json" }]],
  },
});
