// Every request of an operation goes wrong in every way, one at a time and each from the state before it: the engine is
// killed (SIGKILL) before or after the cloud has acted, the cloud throttles, fails, answers too late or makes a resource
// that does not become ready. Then what the commands say is done, and the operation is run again. The customer has every
// kind of connection and every type of resource, but one VPN connection: a second one repeats the first. That real clouds
// keep to the orders of the simulated ones is what this cannot show.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import {
  describeTally,
  FAULTS,
  keep,
  KILLS,
  mishaps,
  newTally,
  record,
  type KillStep,
  type Tally,
} from "../support/killed.ts";
import { LiveStack, tellsKey } from "../support/stack.ts";
import { Vault } from "../support/vault.ts";
import { shapeOf } from "../support/worlds.ts";

const engine = inject("engine");
/** Spares every process of the engine's the million rounds that it would derive a key from a passphrase with. */
const vault = new Vault();
/** Two cores: two at once. */
const LANES = 2;
/** Every n-th step, for whoever is in a hurry. */
const EVERY = Number(process.env["CAUSEWAY_EVERY"] ?? "1");

const SMALL: readonly [string, string][] = [
  [
    "        region: us-east-1\n",
    "        region: us-east-1\n        highAvailable: false\n        availabilityZoneIDs: [use1-az1]\n",
  ],
];
const EDIT: readonly [string, string][] = [
  [
    "availabilityZoneIDs: [use1-az1]\n",
    "availabilityZoneIDs: [use1-az1]\n        vpn: { pskGenerations: { t1: 2 } }\n",
  ],
  [
    "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0\n",
    "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0\n            ports: [443, 8443]\n" +
      "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0fedcba9876543210\n",
  ],
  ["addresses: { nat-1: {}, nat-2: {} }", "addresses: { nat-1: {}, nat-2: {}, nat-3: { state: reserved } }"],
  ["resolverIP: 198.51.100.53", "resolverIP: 198.51.100.54"],
];
const RELEASE: readonly [string, string][] = [
  [
    "    registries:\n",
    "    permits:\n" +
      ["privateCodeHost.aws", "executorNAT", "executors.subnets[executors]"]
        .map((path) => `      "${path}": { reason: taking the test customer down }\n`)
        .join("") +
      '      "privateCodeHost.gcp.privateServiceConnectEndpoints[packages.dev.example]": { reason: taking the test customer down }\n' +
      "    registries:\n",
  ],
];

describe.skipIf(engine === null)("whatever goes wrong at any request, the next runs lead to the same clouds", () => {
  const lanes: LiveStack[] = [];
  const tallies: Tally[] = [];
  const edit = (changes: readonly [string, string][]): void => {
    for (const lane of lanes) for (const [from, to] of changes) lane.project.edit("dev", from, to);
  };

  beforeAll(async () => {
    // one request at a time, so that every step has one state before it
    process.env["PULUMI_PARALLEL"] = "1";
    const secretsProvider = await vault.start();
    for (let lane = 0; lane < LANES; lane++)
      lanes.push(new LiveStack(engine!, "dev", { secretsProvider, inline: true }));
    edit(SMALL);
  });
  afterAll(async () => {
    delete process.env["PULUMI_PARALLEL"];
    await vault.stop();
    for (const lane of lanes) lane.remove();
    keep(tallies);
    for (const tally of tallies) process.stdout.write(`${describeTally(tally)}\n`);
  });

  /** Records an operation on the first lane and has every mishap at every step of it, on all lanes at once. */
  async function everywhere(name: string, operation: "up" | "destroy"): Promise<Tally> {
    const [first] = lanes as [LiveStack];
    const steps = await record(first, operation);
    const wanted = await first.world(shapeOf);
    const end = first.save();
    const tally = newTally(name, steps);
    const passed = new Set<string>();
    tallies.push(tally);
    const queue = steps.filter((_step, index) => index % EVERY === 0);
    await Promise.all(lanes.map((lane) => drain(lane, queue, { operation, wanted, passed, tally })));
    first.restore(end);
    for (const { copy } of steps) rmSync(copy, { recursive: true });
    expect(tally.failures).toEqual([]);
    expect(tally.converged).toBe(tally.cases);
    return tally;
  }

  async function drain(lane: LiveStack, queue: KillStep[], trial: Parameters<typeof mishaps>[1]): Promise<void> {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      const partly = step.request.method === "delete" ? FAULTS.filter((what) => what !== "partly made") : FAULTS;
      await mishaps(lane, trial, step, [...KILLS, ...partly]);
    }
  }

  test("while everything is created", async () => {
    const { steps, adopted } = await everywhere("create", "up");
    expect(steps).toBeGreaterThanOrEqual(44);
    // every created resource but the generated keys, which are in no cloud
    if (EVERY === 1) expect(adopted).toBe(steps - 2);
  });

  test("while a customer's edits are made: a raised key generation, a link, a port, a reserved address, a route", async () => {
    edit(EDIT);
    const { steps } = await everywhere("update", "up");
    expect(steps).toBeGreaterThanOrEqual(14);
  });

  test("while everything is deleted", async () => {
    edit(RELEASE);
    await lanes[0]!.run("up");
    await everywhere("destroy", "destroy");
  });

  test("and no pre-shared key was said anywhere, as after no mishap one was in a file", () => {
    for (const lane of lanes) expect(lane.said.filter(tellsKey)).toEqual([]);
  });
});
