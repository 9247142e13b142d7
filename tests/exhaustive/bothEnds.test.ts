// Both ends of a connection by one command, on the real engine and simulated clouds: registries made and published in the
// customer's accounts, connected and accepted. What goes wrong at each request is tried in one way, another one each day.
// That real clouds keep to the orders of the simulated ones is what this cannot show.
import { rmSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { FAULTS, keep, KILLS, describeTally, mishaps, newTally, record, type Tally } from "../support/killed.ts";
import { operations } from "../support/operations.ts";
import { ScratchProject, type Ran } from "../support/project.ts";
import { LiveStack } from "../support/stack.ts";
import { Vault } from "../support/vault.ts";
import { shapeOf } from "../support/worlds.ts";

const engine = inject("engine");
const NAMES = [
  "both-ends-prod-666677778888.d.codeartifact.us-east-1.amazonaws.com",
  "pypi.both-ends.example",
  "npm.both-ends.example",
  "maven.both-ends.example",
];

describe.skipIf(engine === null)("both ends in one stack", () => {
  let project: ScratchProject;
  const causeway = (...args: string[]): Promise<Ran> => project.causeway("sandbox", ...args);
  beforeAll(() => {
    project = new ScratchProject("both-ends");
  });
  afterAll(() => project.remove());

  test("come up by one command", async () => {
    const { code, stdout, stderr } = await causeway("start", "--customer", "both-ends");
    expect(code, stderr).toBe(0);
    expect(stdout).toContain("is published from your account `666677778888`, `us-east-1`, as an endpoint service");
  });

  test("have nothing left to do afterwards", async () => {
    expect(operations(await causeway("up", "both-ends", "--json"))).toEqual([]);
    expect((await causeway("drift", "both-ends")).code).toBe(0);
  });

  test.each(NAMES)("are joined: executors' guests reach %s", async (name) => {
    const { code, stdout } = await causeway("reach", "executors/guest", name);
    expect(stdout).toContain(`a guest on executors reaches ${name}:443`);
    expect(code).toBe(0);
  });

  test("fail to be taken down without leave: what holds packages stays, and the permits are named", async () => {
    const { stdout } = await causeway("destroy", "both-ends");
    for (const path of [
      "registries[packages].codeArtifact",
      "registries[npm].selfHosted",
      "registries[pypi].publish.aws",
    ]) {
      expect(stdout).toContain(`${path}: { reason: <why, 10 to 200 characters> }`);
    }
    expect(stdout).toContain("aws:codeartifact/domain:Domain");
  });
});

/** Every request is tried in one of these ways; the next day each in the next. */
const WAYS = [...KILLS, ...FAULTS];
/** Two cores: two at once. */
const LANES = 2;

describe.skipIf(engine === null)(
  "whatever goes wrong at a request while both ends are made, the next runs make them",
  () => {
    const lanes: LiveStack[] = [];
    const vault = new Vault();
    const tallies: Tally[] = [];
    beforeAll(async () => {
      // one request at a time, so that every step has one state before it
      process.env["PULUMI_PARALLEL"] = "1";
      const secretsProvider = await vault.start();
      for (let lane = 0; lane < LANES; lane++) {
        const stack = new LiveStack(engine!, "both-ends", { secretsProvider, inline: true });
        // one VPN connection: a second one repeats the first
        stack.project.edit(
          "both-ends",
          "        region: us-east-1\n",
          "        region: us-east-1\n        highAvailable: false\n",
        );
        lanes.push(stack);
      }
    });
    afterAll(async () => {
      delete process.env["PULUMI_PARALLEL"];
      await vault.stop();
      for (const lane of lanes) lane.remove();
      keep(tallies);
      for (const tally of tallies) process.stdout.write(`${describeTally(tally)}\n`);
    });

    test("at every request of a registry's, in the way of the day", async () => {
      const [first] = lanes as [LiveStack];
      const steps = await record(first, "up");
      const wanted = await first.world(shapeOf);
      // what connections are made of is killed and failed in every way by a test of its own
      const day = Math.floor(Date.now() / 86_400_000);
      const queue = steps
        .map((step, index) => ({ step, way: WAYS[(index + day) % WAYS.length]! }))
        .filter(({ step }) => OF_REGISTRIES.test(step.request.type));
      expect(queue.length).toBeGreaterThanOrEqual(60);
      const tally = newTally("both ends", steps);
      tallies.push(tally);
      const trial = { operation: "up" as const, wanted, passed: new Set<string>(), tally };
      await Promise.all(
        lanes.map(async (lane) => {
          for (let next = queue.shift(); next !== undefined; next = queue.shift())
            await mishaps(lane, trial, next.step, [next.way]);
        }),
      );
      for (const { copy } of steps) rmSync(copy, { recursive: true });
      expect(tally.failures).toEqual([]);
      expect(tally.converged).toBe(tally.cases);
    });
  },
);

/** Types that only registries are made of. */
const OF_REGISTRIES =
  /codeartifact|cloudcontrol|kms|lb\/|vpcEndpointService|vpcEndpointConnection|Metric|events?\/|eventRule|eventTarget|sns|sqs|lambda|scheduler|serviceAttachment|regionBackend|regionHealth|serviceaccount|cloudrunv2|cloudscheduler|secretmanager|rds|s3\/|autoscaling|launchTemplate|secretsmanager/i;
