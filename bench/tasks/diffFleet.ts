/**
 * Prints what it costs to compare a generated fleet at two refs, as JSON: time, processor time and the most memory.
 * `node bench/tasks/diffFleet.ts <customers> <changed>`; the fleet is written and committed before the clock starts.
 */
import { diffFleet } from "../../fleet/diff/index.ts";
import { FleetRepository, fleetFiles } from "../../tests/support/fleet.ts";

const [customers = 0, changed = 0] = process.argv.slice(2).map(Number);
const repository = new FleetRepository(fleetFiles(customers));
try {
  const edited = fleetFiles(changed, (text, n) =>
    text.replace("tier: dev", n % 2 === 0 ? "tier: gold" : "tier: silver"),
  );
  for (const [name, text] of edited) repository.customer(name, text);
  const [start, cpuStart] = [performance.now(), process.cpuUsage()];
  const { totals } = await diffFleet({ root: repository.root, base: "main" });
  const wall = performance.now() - start;
  if (totals.changed !== changed) throw new Error(`expected ${changed} changed customers, got ${totals.changed}`);
  const { user, system } = process.cpuUsage(cpuStart);
  const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(JSON.stringify({ wall, cpu: (user + system) / 1000, megabytes }));
} finally {
  repository.dispose();
}
