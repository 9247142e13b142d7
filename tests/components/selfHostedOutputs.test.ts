// What a self-hosted registry gives to whoever made it. That the commands work is for an account to show.
import { describe, expect, it } from "vitest";
import { resourceGraph } from "../../engine/graph.ts";
import { planCustomer } from "../../plan/plan.ts";
import { lines, QUILT, read, ZONE } from "./selfHostedFiles.ts";

/** What the component gives to whoever made it. */
async function outputsOf(block: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const plan = planCustomer(read(lines(block, { certificateArn: undefined, hostedZoneID: ZONE }))).registries[0]!;
  const { outputs } = await resourceGraph(
    async () => {
      const { SelfHostedRegistry } = await import("../../components/selfHosted/registry.ts");
      return { ...new SelfHostedRegistry(plan.name, { registry: plan.selfHosted!, tags: {} }, {}).outputs };
    },
    {
      ...{ project: "causeway", stack: "acme", preview: false },
      outputs: (type) =>
        type.endsWith(":Certificate")
          ? { domainValidationOptions: plan.selfHosted!.hosts.map((domainName) => ({ domainName })) }
          : {},
    },
  );
  return outputs;
}

describe("what the registry tells", () => {
  it("is where it is, by the published template's names too, and what to put into dns [B.6] [SR-09]", async () => {
    const told = await outputsOf(QUILT);
    expect(Object.keys(told).sort()).toEqual(
      [
        ...["EC2InstanceIp", "LoadBalancerDNSName", "albArn", "albSecurityGroupId", "autoScalingGroupName"],
        ...["backupRunbook", "catalogUrl", "cnameRecords", "createAdminCommand", "dbEndpoint", "dbSecretArn"],
        ...["packageBucket", "registryUrl", "subnetIds", "vpcId"],
      ].sort(),
    );
    expect(told).toMatchObject({
      registryUrl: "https://registry.acme.example",
      catalogUrl: "https://quilt.acme.example",
      packageBucket: "acme-packages",
      cnameRecords: [
        { name: "registry.acme.example", type: "CNAME" },
        { name: "quilt.acme.example", type: "CNAME" },
      ],
    });
  });
});
