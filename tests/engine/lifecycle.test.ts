// One customer from nothing to nothing on the real engine and simulated clouds, by the commands a person types. That the
// real clouds would answer alike is what this cannot show.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import { parse } from "yaml";
import { run, ScratchProject, type Ran } from "../support/project.ts";

const engine = inject("engine");

describe.skipIf(engine === null)("a customer with all four kinds", () => {
  let project: ScratchProject;
  let first: Ran;
  const everything: string[] = [];
  const causeway = async (...args: string[]): Promise<Ran> => {
    const ran = await project.causeway("sandbox", ...args);
    everything.push(ran.stdout, ran.stderr);
    return ran;
  };

  beforeAll(async () => {
    project = new ScratchProject();
    first = await causeway("start");
  });
  afterAll(() => project.remove());

  test("comes up at the first start, and says what to tell the customer and what to try next", () => {
    expect({ code: first.code, error: first.code === 0 ? "" : first.stderr }).toEqual({ code: 0, error: "" });
    expect(first.stdout).toMatch(/^dev: 5\d created, in \d+\.\d s$/m);
    expect(first.stdout).toMatch(/natAddresses:\n {2}nat-1: \d+\.\d+\.\d+\.\d+\n {2}nat-2: \d+\.\d+\.\d+\.\d+\n/);
    expect(first.stdout).toMatch(
      /dnsName: vpce-[0-9a-f]{17}-\w+\.vpce-svc-0123456789abcdef0\.us-east-1\.vpce\.amazonaws\.com/,
    );
    expect(first.stdout).toContain("## AWS PrivateLink in us-east-1");
    expect(first.stdout).toContain("its state is available");
    expect(first.stdout).toContain("the connection's status is ACCEPTED");
    expect(first.stderr).toContain("npx causeway sandbox preview dev");
  });

  test("a second start changes nothing", async () => {
    const second = await causeway("start");
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(/^dev: no changes, in /m);
  });

  test("its state is written at once: no file beside it that a kill could leave empty", () => {
    const states = readdirSync(join(project.root, ".causeway/sandbox/state/.pulumi/stacks/causeway"));
    expect(states.sort()).toEqual(["dev.json", "dev.json.bak"]);
  });

  test("one edited route is one changed resource, and fails where no change is expected", async () => {
    project.edit("dev", "resolverIP: 198.51.100.53", "resolverIP: 198.51.100.54");
    expect((await causeway("preview", "dev", "--expect-no-changes")).code).toBe(5);
    const started = await causeway("start");
    expect(started.stdout.split("\nOutputs")[0]).toMatch(
      /^~ gcp:compute\/projectMetadataItem:ProjectMetadataItem {2}dev {2}\(value\)\ndev: 1 updated, \d+ unchanged, in \d+\.\d s\ndev: would take about \d+ s in real clouds \(\d+ to \d+\)\n$/,
    );
  });

  test("outputs and hand-off are given as data too", async () => {
    const outputs = JSON.parse((await causeway("outputs", "dev", "--json")).stdout) as Record<string, unknown>;
    expect(Object.keys(outputs).sort()).toEqual([
      "deployed",
      "dnsProxy",
      "endpoints",
      "handoff",
      "natAddresses",
      "registries",
      "tunnels",
    ]);
    const handoff = JSON.parse((await causeway("handoff", "dev", "--json")).stdout) as Record<string, unknown>;
    expect(handoff).toEqual(outputs["handoff"]);
    expect(handoff["version"]).toBe(1);
  });

  describe("refusals", () => {
    const stateOf = () =>
      readFileSync(join(project.root, ".causeway/sandbox/state/.pulumi/stacks/causeway/dev.json"), "utf8");
    const worldOf = () => readFileSync(join(project.root, ".causeway/sandbox/world.jsonl"), "utf8");
    const line = (text: string): number =>
      readFileSync(project.customerFile("dev"), "utf8")
        .split("\n")
        .findIndex((each) => each.includes(text)) + 1;

    /** Applies an edit, runs `up`, takes the edit back; the state and the clouds must be what they were. */
    async function refused(from: string, to: string): Promise<Ran> {
      const [state, world] = [stateOf(), worldOf()];
      project.edit("dev", from, to);
      const ran = await causeway("up", "dev");
      project.edit("dev", to, from);
      expect(resourcesOf(stateOf())).toEqual(resourcesOf(state));
      expect(worldOf()).toBe(world);
      return ran;
    }

    // A refusal that compares with what is deployed comes from the program, by when the engine has read the clouds and
    // written the same resources again: secrets encrypted anew, and without what only a program can tell of them.
    const resourcesOf = (state: string): unknown => {
      const { checkpoint } = JSON.parse(state.replace(/("ciphertext": *)"[^"]*"/g, '$1""')) as {
        checkpoint: { latest: { resources: Record<string, unknown>[] } };
      };
      return checkpoint.latest.resources.map(({ urn, id, inputs, outputs, protect }) => ({
        urn,
        id,
        inputs,
        outputs,
        protect,
      }));
    };

    test("fails on a misspelt key before the engine starts, with its place", async () => {
      const at = line("accountID");
      const ran = await refused("accountID:", "accountId:");
      expect(ran.code).toBe(2);
      expect(ran.stderr).toBe(
        `stacks/customers/dev.yaml:${at}:9: spec.infrastructure.privateCodeHost.aws.accountId: unknown key, got accountId; write accountID\n`,
      );
    });

    test("fails on a guarded change of what is deployed, with what it would cost and what to do (V38)", async () => {
      const ran = await refused(
        "        region: us-east-1\n",
        "        region: us-east-1\n        highAvailable: false\n",
      );
      expect(ran.code).toBe(2);
      expect(ran.stderr).toContain(
        "spec.infrastructure.privateCodeHost.aws.highAvailable: expected true as deployed, got false, which replaces the " +
          "external vpn gateway and t0-t3, all down for minutes; follow the staged procedure, or name the path under permits with a reason",
      );
      expect(ran.stderr).not.toContain("    at ");
    });
  });

  test("no pre-shared key is anywhere in clear: not in state, clouds, logs, outputs or anything printed", async () => {
    const keys = await presharedKeys(project);
    expect(keys).toHaveLength(4);
    expect(new Set(keys).size).toBe(4);
    const places = [
      ...project.files().map(({ path, content }) => ({ path, text: content.toString("latin1") })),
      ...everything.map((text, i) => ({ path: `printed ${i}`, text })),
    ];
    const leaks = places.filter(({ text }) => keys.some((key) => text.includes(key) || text.includes(key.slice(1))));
    expect(leaks.map(({ path }) => path)).toEqual([]);
  });

  test("destroy leaves what is protected and says how to release it; with leave it leaves nothing", async () => {
    const kept = await causeway("destroy", "dev");
    expect(kept.code).toBe(0);
    expect(kept.stdout).toContain("14 protected resources stay, and");
    const block = /( {2}spec\.infrastructure\.permits:\n(?: {4}.*\n)+)/.exec(kept.stdout)?.[1] ?? "";
    const paths = Object.keys(
      (parse(block) as Record<string, Record<string, unknown>>)["spec.infrastructure.permits"] ?? {},
    );
    expect(paths.sort()).toEqual([
      "executorNAT",
      "executors.subnets[executors]",
      "privateCodeHost.aws",
      "privateCodeHost.gcp.privateServiceConnectEndpoints[packages.dev.example]",
    ]);
    const permits = paths.map((path) => `      "${path}": { reason: taking the test customer down }\n`).join("");
    project.edit("dev", "    registries:\n", `    permits:\n${permits}    registries:\n`);
    expect((await causeway("up", "dev")).code).toBe(0);
    const gone = await causeway("destroy", "dev");
    expect({ code: gone.code, out: gone.stdout.includes("stay") }).toEqual({ code: 0, out: false });
    // What remains was there before: two endpoint services, a service attachment, a load balancer, the executors.
    const { World } = await import("../../sandbox/world.ts");
    const world = World.open(join(project.root, ".causeway/sandbox/world.jsonl"));
    expect(
      world
        .list()
        .filter(({ outside }) => !outside)
        .map(({ type, name }) => `${type} ${name}`),
    ).toEqual([]);
    expect(world.list()).toHaveLength(4);
    await world.close();
  });
});

/** The keys in the stack's state, as only somebody with its passphrase can read them. */
async function presharedKeys(project: ScratchProject): Promise<string[]> {
  const folder = join(project.root, ".causeway/sandbox");
  const { stdout } = await run(
    engine?.path ?? "",
    ["stack", "export", "--show-secrets", "--stack", "dev"],
    join(folder, "stacks/dev"),
    {
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_HOME: join(folder, "pulumi"),
      PULUMI_CONFIG_PASSPHRASE: "simulated clouds only",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
  );
  const { deployment } = JSON.parse(stdout) as {
    deployment: { resources: { type: string; inputs: Record<string, { plaintext?: string }> }[] };
  };
  return deployment.resources
    .filter(({ type }) => type === "gcp:compute/vPNTunnel:VPNTunnel")
    .map(({ inputs }) => JSON.parse(inputs["sharedSecret"]?.plaintext ?? '""') as string);
}
