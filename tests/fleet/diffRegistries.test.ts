// What an edit does to registries that are made and published here, told in this process from two graphs. What an update
// then does the engine shows (tests/exhaustive); how long it takes only real clouds can.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { ownProgram } from "../../fleet/diff/program.ts";
import type { CustomerDiff } from "../../fleet/diff/types.ts";
import { Comparer } from "../../fleet/diff/worker.ts";
import { ROOT } from "../support/project.ts";

const START = readFileSync(join(ROOT, "stacks/customers/both-ends.yaml"), "utf8");
const at = (text: string) => ({ file: "both-ends.yaml", content: new TextEncoder().encode(text) });

let comparer: Comparer;
beforeAll(async () => {
  comparer = await Comparer.of({ program: ownProgram(ROOT), today: "2026-11-21" });
});

async function edited(from: string, to: string, ...permits: string[]): Promise<CustomerDiff> {
  expect(START).toContain(from);
  const leave = permits.map((path) => `      "${path}": { reason: CHG-1 a planned change }\n`);
  const base = permits.length === 0 ? START : `${START}    permits:\n${leave.join("")}`;
  return (await comparer.diff({ ask: "diff", stack: "both-ends", base: at(base), head: at(base.replace(from, to)) }))
    .diff;
}

const told = ({ resources }: CustomerDiff): string[] =>
  resources.map(({ kind, type, name }) => `${kind} ${type.split(":").at(-1)} ${name}`);

describe("an edit of a registry that is made or published here", () => {
  it("is compared where both ends are in one customer, every kind of registry at once", async () => {
    const diff = await edited("tier: demo", "tier: gold");
    expect([diff.kind, diff.outages, diff.problems]).toEqual(["changed", [], []]);
    expect(new Set(diff.resources.map(({ kind }) => kind))).toEqual(new Set(["update"]));
  });

  it("takes a store away, makes another, and puts it behind what asks the stores", async () => {
    const stores = "registries[packages].codeArtifact.stores";
    const diff = await edited("-prod }", "-prod, stores: [npm, pypi, cargo] }", stores);
    expect(told(diff)).toEqual([
      "create Repository both-ends-packages-crates-io-store",
      "delete Repository both-ends-packages-maven-central-store",
      "update Repository both-ends-packages-shared",
    ]);
  });

  const lost = ({ outages }: CustomerDiff): string[] => outages.map(({ what, why }) => `${what}: ${why}`);

  it("says that another domain loses every package, and says it once", async () => {
    const diff = await edited("-prod }", "-new }", "registries[packages].codeArtifact.domain");
    expect(lost(diff)).toEqual([
      "both-ends-prod-666677778888.d.codeartifact.us-east-1.amazonaws.com: executors resolve the name like anybody else from then on, no longer to its private destination",
      "packages of both-ends-packages: every package in the domain is lost, and aws keeps no copy",
    ]);
    expect(diff.outages.map(({ kind, seconds }) => [kind, seconds])).toEqual([
      ["route", null],
      ["registry", null],
    ]);
  });

  it("tells a store that is taken away from a repository that is published to", async () => {
    const [stores, repositories] = ["stores", "repositories"].map((one) => `registries[packages].codeArtifact.${one}`);
    const without = ", stores: [npm, pypi], repositories: { shared: {} } }";
    expect(lost(await edited("-prod }", `-prod${without}`, stores!, repositories!))).toEqual([
      "packages of both-ends-packages-internal: every package published to the repository is lost, and aws keeps no copy",
      "packages of both-ends-packages-maven-central-store: what the store kept is lost; what its public source has no more cannot be fetched again",
    ]);
  });

  it("takes another subnet of consumers for no executors' subnet", async () => {
    const diff = await edited("10.200.0.0/24", "10.201.0.0/24", "registries[maven].publish.gcp.natRange");
    expect([told(diff).some((one) => one.startsWith("delete Subnetwork")), lost(diff)]).toEqual([true, []]);
  });

  it("says what another network of a published registry cuts, on both sides", async () => {
    const permits = "registries[maven].publish.gcp.network";
    expect(lost(await edited("network: shared", "network: other", permits))).toContain(
      "publication both-ends-maven: google closes every endpoint that leads to the attachment, and each has to be made anew",
    );
  });

  it("says what a whole file loses that is removed, and asks the customer to accept nothing", async () => {
    const { diff } = await comparer.diff({ ask: "diff", stack: "both-ends", base: at(START) });
    const told = lost(diff);
    expect(told.filter((one) => /executors in|packages of|publication|load balancer|listener/.test(one))).toEqual([
      "executors in both-ends: the executors in it lose every connection",
      "executors in executors: the executors in it lose every connection",
      "packages of both-ends-packages: every package in the domain is lost, and aws keeps no copy",
      "packages of both-ends-npm-data: every package in the bucket is lost",
      "publication both-ends-npm: every endpoint that leads to the service is cut off, and has to be made anew",
      "publication both-ends-pypi: every endpoint that leads to the service is cut off, and has to be made anew",
      "publication both-ends-maven: google closes every endpoint that leads to the attachment, and each has to be made anew",
      "load balancer both-ends-npm: nothing answers for the registry without it",
      "load balancer both-ends-npm-app: nothing answers for the registry without it",
      "load balancer both-ends-pypi: nothing answers for the registry without it",
    ]);
    const endpoints = told.filter((one) => one.startsWith("endpoint "));
    expect(new Set(endpoints.map((one) => one.replace(/^.*?: /, "")))).toEqual(
      new Set(["the endpoint is taken away, and executors no longer reach what it led to"]),
    );
    expect(endpoints.filter((one) => /both-ends-s3|maven/.test(one))).toHaveLength(2);
  });

  it("leaves an endpoint to the customer's own service to be accepted again", async () => {
    const base = { file: "dev.yaml", content: readFileSync(join(ROOT, "stacks/customers/dev.yaml")) };
    const { diff } = await comparer.diff({ ask: "diff", stack: "dev", base });
    expect(lost(diff)).toContain(
      "endpoint vpce-svc-0123456789abcdef0: the endpoint is taken away; to have it back the customer may have to accept again",
    );
  });
});
