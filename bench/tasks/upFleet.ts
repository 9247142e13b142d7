/**
 * Prints what it costs to bring a generated fleet up on simulated clouds while these refuse five of its customers, as JSON:
 * time, processor time and the most memory of this process. `node bench/tasks/upFleet.ts <customers>`
 */
import { rmSync, writeFileSync } from "node:fs";
import { openFleet } from "../../fleet/index.ts";
import type { Faults } from "../../sandbox/index.ts";
import { natFile } from "../../tests/fleet/fleetFake.ts";
import { ScratchProject } from "../../tests/support/project.ts";

const customers = Number(process.argv[2]);
const project = new ScratchProject();
const names = Array.from({ length: customers }, (_, n) => `f${String(n).padStart(4, "0")}`);
const refused = new Set([0.1, 0.3, 0.5, 0.7, 0.9].map((share) => `fleet-${names[Math.floor(share * customers)]}-4f2a`));
const faults: Faults = ({ type, account, method }) =>
  method === "create" && type.endsWith(":RouterNat") && refused.has(account)
    ? new Error("Quota 'NAT_GATEWAYS' exceeded")
    : undefined;
try {
  for (const name of ["acme", "dev"]) rmSync(project.customerFile(name));
  for (const name of names) writeFileSync(project.customerFile(name), natFile(name));
  const fleet = await openFleet({ root: project.root, clouds: "sandbox", simulated: { faults } });
  const start = performance.now();
  let ended = 0;
  const { results } = await fleet.up(await fleet.list(), {
    onEvent: ({ kind }) => {
      if (kind === "stack ended" && ++ended % 20 === 0) process.stderr.write(`${ended} of ${customers}\n`);
    },
  });
  const wall = performance.now() - start;
  await fleet.close();
  const failed = results.filter(({ outcome }) => outcome === "failed").length;
  const done = results.filter(({ outcome }) => outcome === "done").length;
  if (failed !== refused.size || done !== customers - failed) {
    throw new Error(
      `expected ${refused.size} of ${customers} to fail and the others to be done, got ${failed} and ${done}`,
    );
  }
  console.log(JSON.stringify({ wall, megabytes: Math.round(process.resourceUsage().maxRSS / 1024) }));
} finally {
  project.remove();
}
