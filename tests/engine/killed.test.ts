// A small stack on the real engine, whose first update is killed or failed at every request: each in one way, another one
// each day. Every way at every request, of updates and deletions too, is in the long tier.
import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { FAULTS, KILLS, mishaps, newTally, record } from "../support/killed.ts";
import { LiveStack } from "../support/stack.ts";
import { Vault } from "../support/vault.ts";
import { shapeOf } from "../support/worlds.ts";

const engine = inject("engine");
/** Router, NAT and two addresses. */
const SMALL = `
name: small
spec:
  infrastructure:
    gcp: { projectID: causeway-small-4f2a, region: us-central1, network: { existing: small } }
    executors: { subnets: { executors: { ipCidrRange: 10.10.0.0/24 } } }
    executorNAT: {}
`;
const DAY = Number(process.env["CAUSEWAY_DAY"] ?? Math.floor(Date.now() / 86_400_000));
const MISHAPS = [...KILLS, ...FAULTS];

describe.skipIf(engine === null)("an update that goes wrong", () => {
  const vault = new Vault();
  let stack: LiveStack;

  beforeAll(async () => {
    process.env["PULUMI_PARALLEL"] = "1";
    stack = new LiveStack(engine!, "small", { secretsProvider: await vault.start(), inline: true });
    writeFileSync(stack.project.customerFile("small"), SMALL);
  });
  afterAll(async () => {
    delete process.env["PULUMI_PARALLEL"];
    await vault.stop();
    stack.remove();
  });

  test("at any request leads to the same clouds once what the commands say is done", async () => {
    const steps = await record(stack, "up");
    const wanted = await stack.world(shapeOf);
    const tally = newTally("create", steps);
    const trial = { operation: "up", wanted, passed: new Set<string>(), tally } as const;
    for (const [index, step] of steps.entries()) {
      await mishaps(stack, trial, step, [MISHAPS[(DAY + index) % MISHAPS.length]!]);
    }
    expect(tally.failures).toEqual([]);
    expect({ steps: tally.steps, converged: tally.converged }).toEqual({ steps: 4, converged: 4 });
  });
});
