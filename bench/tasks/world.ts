/** Prints what creating one resource costs in simulated clouds that already hold as many as the argument says, as JSON. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Deployment } from "../../sandbox/deploy.ts";
import { World } from "../../sandbox/world.ts";
import type { Run } from "../measure.ts";

const RUNS = 200;
/** Subnets of a VPC: as many as /28 fit into a /16, less what is measured. */
const PER_VPC = 256;

const size = Number(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), "causeway-bench-"));
const world = World.open(join(folder, "world.jsonl"));
const deployment = new Deployment(world);
const create = (type: string, name: string, inputs: Record<string, unknown>) =>
  deployment.register({ key: name, type, name, inputs });

/** VPCs full of subnets, made side by side so that they share flushes; the last VPC has room. */
async function fill(): Promise<unknown> {
  await create("pulumi:providers:aws", "aws", { region: "us-east-1", allowedAccountIds: ["111122223333"] });
  const vpcs = await Promise.all(
    Array.from({ length: Math.ceil(size / PER_VPC) + 1 }, (_, i) =>
      create("aws:ec2/vpc:Vpc", `vpc-${i}`, { cidrBlock: "10.0.0.0/16" }),
    ),
  );
  const subnet = (vpcId: unknown, index: number) => ({ vpcId, cidrBlock: cidr(index % PER_VPC) });
  const rest = Array.from({ length: Math.max(0, size - vpcs.length) }, (_, i) =>
    create("aws:ec2/subnet:Subnet", `subnet-${i}`, subnet(vpcs[Math.floor(i / PER_VPC)]!["id"], i)),
  );
  await Promise.all(rest);
  return vpcs.at(-1)!["id"];
}

const cidr = (index: number): string => `10.0.${Math.floor(index / 16)}.${(index % 16) * 16}/28`;

try {
  const vpcId = await fill();
  const runs: Run[] = [];
  for (let run = 0; run < RUNS; run++) {
    const [start, cpuStart] = [performance.now(), process.cpuUsage()];
    await create("aws:ec2/routeTable:RouteTable", `run-${run}`, { vpcId });
    const { user, system } = process.cpuUsage(cpuStart);
    runs.push({ wall: performance.now() - start, cpu: (user + system) / 1000 });
  }
  console.log(JSON.stringify(runs));
} finally {
  await world.close();
  rmSync(folder, { recursive: true });
}
