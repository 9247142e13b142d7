// Deleting what was created and never recorded, on simulated clouds without an engine. That real clouds refuse what the
// simulated ones refuse is what this cannot show.
import { describe, expect, it } from "vitest";
import type { OpenStack } from "../../fleet/interruption.ts";
import { unrecorded } from "../../fleet/listing.ts";
import { removeUnrecorded } from "../../fleet/recoverRemoval.ts";
import { listObjects, removeObject } from "../../sandbox/index.ts";
import { parseCustomer } from "../../stacks/load.ts";
import { deployCustomer } from "../support/deployed.ts";
import { permits } from "../support/killed.ts";
import { KILLED_CUSTOMERS } from "../support/killedCustomers.ts";

/** A customer's clouds of which a state remembers nothing but some types, and what is deleted of the rest. */
async function forgotten(
  name: string,
  { permitted = [], but = /^$/ }: { permitted?: readonly string[]; but?: RegExp },
) {
  const given = KILLED_CUSTOMERS.find((one) => one.name === name)!.text;
  const text =
    permitted.length === 0 ? given : given.replace("  infrastructure:\n", `  infrastructure:\n${permits(permitted)}`);
  const { customer } = parseCustomer(given, `${name}.yaml`, { today: "2026-11-21" });
  const { world, created } = await deployCustomer(customer);
  const recorded = created
    .filter(({ type }) => but.test(type))
    .map(({ type, id, name }) => ({ urn: "", type, id, name }));
  const objects = unrecorded(customer, listObjects(world), recorded).ours;
  const stack = {
    target: {
      listing: {
        list: () => Promise.resolve([]),
        remove: ({ key }: { key: string }, options?: { unprotect: boolean }) => removeObject(world, key, options),
      },
    },
    customer: parseCustomer(text, `${name}.yaml`, { today: "2026-11-21" }).customer,
  } as unknown as OpenStack;
  const told: string[] = [];
  const { removed, refused } = await removeUnrecorded(stack, objects, ({ type }) => told.push(type));
  return { world, objects, removed, refused, told };
}

const BALANCER = "aws:lb/loadBalancer:LoadBalancer";

describe("deleting what was created and never recorded", () => {
  it("fails to delete a protected load balancer without leave, and names the permit; what the balancer needs stays", async () => {
    const { world, objects, removed, refused, told } = await forgotten("generic", {});
    const [first, ...others] = refused.filter(({ reason }) => reason !== "what stays needs it");
    expect(others).toEqual([]);
    expect(first).toMatchObject({
      object: { type: BALANCER, name: "generic-npm-app" },
      reason: "is protected from deletion",
      permit: "registries[npm].selfHosted",
    });
    expect(first!.object.needs.length).toBeGreaterThan(3);
    for (const key of first!.object.needs) expect(world.get(key), key).toBeDefined();
    expect(removed.length + refused.length).toBe(objects.length);
    expect(told).toEqual(removed.map(({ type }) => type));
    expect(world.all(BALANCER)).toHaveLength(1);
    expect(world.all("aws:kms/key:Key")).toHaveLength(1);
  });

  it.each([
    ["generic", "registries[npm].selfHosted"],
    ["quilt", "registries[team].selfHosted"],
    ["published", "registries[pypi].publish.aws"],
    ["packages", "registries[made].codeArtifact"],
  ])("deletes all of %s with the permit %s", async (name, permit) => {
    const { world, objects, removed, refused } = await forgotten(name, { permitted: [permit] });
    expect(refused.map(({ object, reason }) => `${object.type}: ${reason}`)).toEqual([]);
    expect(removed).toHaveLength(objects.length);
    // a certificate's proof is made again over the one that is there
    const left = world
      .list()
      .filter(({ outside, cloud, name }) => !outside && cloud === "aws" && !name.startsWith("_"));
    expect(left).toEqual([]);
  });

  it("fails to delete what may hold packages without leave", async () => {
    const { world, refused } = await forgotten("packages", {});
    const held = refused.filter(({ permit }) => permit === "registries[made].codeArtifact");
    expect(held.map(({ object: { type, name }, reason }) => [type, name, reason]).sort()).toEqual([
      ["aws:codeartifact/repository:Repository", "all", "may hold what is in use"],
      ["aws:codeartifact/repository:Repository", "npm-store", "may hold what is in use"],
    ]);
    expect(world.all("aws:codeartifact/domain:Domain")).toHaveLength(1);
    expect(world.all("aws:kms/key:Key")).toHaveLength(1);
  });

  it("fails in the cloud's words where the cloud refuses, and goes on with the others", async () => {
    const permitted = ["registries[made].codeArtifact"];
    const { refused, removed } = await forgotten("packages", { permitted, but: /codeartifact\/repository/ });
    expect(refused.map(({ object: { type }, permit }) => [type, permit])).toEqual([
      ["aws:codeartifact/domain:Domain", undefined],
      ["aws:kms/key:Key", undefined],
    ]);
    expect(refused[0]!.reason).toMatch(/^deleting CodeArtifact Domain/);
    expect(removed.length).toBeGreaterThan(20);
  });
});
