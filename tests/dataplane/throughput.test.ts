// Queries a second of the rendered file beside a CoreDNS that only forwards, in turn and in the same run. Numbers are of this
// machine; the curve over 1, 10, 100 and 10,000 routes is the benchmark's to show.
import { expect, it } from "vitest";
import type { Run } from "../../bench/measure.ts";
import { ROOT, run } from "../support/project.ts";
import { dataplane } from "./support/topology.ts";

async function measured(kind: "rendered" | "plain"): Promise<Run> {
  const { code, stdout, stderr } = await run(process.execPath, ["bench/tasks/dnsQueries.ts", kind, "10"], ROOT);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Run;
}

dataplane("dns-proxy under load", () => {
  it("answers at 10 routes at least nine queries for ten of a CoreDNS that only forwards, by the clock and by the processor", async () => {
    const runs: { readonly rendered: Run; readonly plain: Run }[] = [];
    for (let i = 0; i < 3; i++) runs.push({ rendered: await measured("rendered"), plain: await measured("plain") });
    // the best of each, since whatever else runs here only ever takes time
    const best = (kind: "rendered" | "plain", of: keyof Run): number =>
      Math.min(...runs.map((one) => one[kind][of] ?? Number.NaN));
    expect(best("plain", "wall") / best("rendered", "wall")).toBeGreaterThan(0.9);
    expect(best("plain", "cpu") / best("rendered", "cpu")).toBeGreaterThan(0.9);
  }, 300_000);
});
