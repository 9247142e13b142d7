/**
 * Tier: provider protocol. The machines of a self-hosted registry and their ways out. This tier cannot show that an
 * instance starts or what its user data does.
 */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { healthOf } from "../../sandbox/aws/targetHealth.ts";
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import * as estate from "./estate.ts";
import * as on from "./registryEstate.ts";

let sandbox: Sandbox;
let aws: Provider;

beforeEach(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  aws = await estate.aws(sandbox);
  await on.seedRegistrySide(sandbox);
});

afterEach(async () => {
  aws.close();
  await sandbox.close();
});

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function template(change: Values = {}): Values {
  const image = { imageId: "ami-0123456789abcdef0", instanceType: "t3.small" };
  return { name: "registry", ...image, userData: base64("#!/bin/sh"), ...change };
}

function group(launchTemplate: Resource, change: Values = {}): Values {
  const size = { minSize: 1, maxSize: 2, desiredCapacity: 2 };
  const what = { launchTemplate: { id: launchTemplate.id, version: "$Latest" } };
  return { name: "registry", ...size, ...what, vpcZoneIdentifiers: on.SUBNETS.slice(0, 2), ...change };
}

const instances = (): Values[] => sandbox.world.all(on.SCALING)[0]!.attrs["networkInterfaces"] as Values[];

describe("a launch template", () => {
  it("gets a new version with every change of what instances are started with [SR-01]", async () => {
    const made = await aws.create(on.TEMPLATE, template());
    expect([made.state["latestVersion"], made.state["defaultVersion"]]).toEqual([1, 1]);
    const tagged = await aws.update(made, template({ tags: { a: "b" } }));
    expect(tagged.state["latestVersion"]).toBe(1);
    const next = await aws.update(tagged, template({ tags: { a: "b" }, instanceType: "m6i.large" }));
    expect([next.state["latestVersion"], next.state["defaultVersion"]]).toEqual([2, 1]);
    const taken = template({ tags: { a: "b" }, instanceType: "m6i.xlarge", updateDefaultVersion: true });
    const last = await aws.update(next, taken);
    expect([last.state["latestVersion"], last.state["defaultVersion"]]).toEqual([3, 3]);
  });

  it("takes user data of 16 KB and fails with more, or with text that is not base64 [SR-01]", async () => {
    const long = (size: number): Values => template({ userData: base64("x".repeat(size)) });
    await expect(aws.create(on.TEMPLATE, long(16385))).rejects.toThrow(
      "User data is limited to 16384 bytes, got 16385",
    );
    await aws.create(on.TEMPLATE, long(16384));
    await expect(aws.create(on.TEMPLATE, template({ name: "other", userData: "#!/bin/sh" }))).rejects.toThrow(
      "api error InvalidUserData.Malformed: Invalid BASE64 encoding of user data.",
    );
  });

  it("fails for a second one of its name, and for an image that is none", async () => {
    await aws.create(on.TEMPLATE, template());
    await expect(aws.create(on.TEMPLATE, template())).rejects.toThrow("Launch template name already in use.");
    await expect(aws.create(on.TEMPLATE, template({ name: "x", imageId: "al2023" }))).rejects.toThrow(
      "InvalidAMIID.Malformed",
    );
  });
});

describe("an Auto Scaling group", () => {
  it("keeps instances running in its subnets, behind its target groups [B.3 EC2] [CP-03]", async () => {
    const targets = await aws.create(on.TARGETS, on.targets({ targetType: "instance", protocol: "HTTP", port: 80 }));
    const made = await aws.create(
      on.SCALING,
      group(await aws.create(on.TEMPLATE, template()), { targetGroupArns: [targets.id] }),
    );
    expect(made.state["arn"]).toMatch(/:autoScalingGroup:[0-9a-f-]{36}:autoScalingGroupName\/registry$/);
    expect(instances().map(({ subnetId }) => subnetId)).toEqual(["subnet-0a1", "subnet-0a2"]);
    const object = sandbox.world.all(on.TARGETS)[0]!;
    const ids = instances().map(({ instanceId }) => instanceId);
    expect(healthOf(sandbox.world, object).map(({ target, healthy }) => [target, healthy])).toEqual(
      ids.map((id) => [id, true]),
    );
    const attached = await aws.create(on.TARGETS, on.targets({ name: "other", targetType: "instance" }));
    await aws.create(on.SCALING_ATTACHMENT, { autoscalingGroupName: "registry", lbTargetGroupArn: attached.id });
    const [, other] = sandbox.world.all(on.TARGETS);
    expect(healthOf(sandbox.world, other!)).toHaveLength(2);
  });

  it("replaces its instances for a new template only where it is told to refresh them", async () => {
    const from = await aws.create(on.TEMPLATE, template());
    const pinned = { launchTemplate: { id: from.id, version: "1" } };
    const refresh = { instanceRefresh: { strategy: "Rolling" } };
    const made = await aws.create(on.SCALING, group(from, pinned));
    const before = instances().map(({ instanceId }) => instanceId);
    const latest = { launchTemplate: { id: from.id, version: "$Latest" } };
    const kept = await aws.update(made, group(from, latest));
    expect(instances().map(({ instanceId }) => instanceId)).toEqual(before);
    await aws.update(kept, group(from, { ...pinned, ...refresh }));
    expect(instances().map(({ instanceId }) => instanceId)).not.toEqual(before);
  });

  it.each<[string, Values, string]>([
    ["a maximum below its minimum", { minSize: 3 }, "Max bound, 2, must be greater than or equal to min bound, 3"],
    [
      "more than its maximum",
      { desiredCapacity: 3 },
      "Desired capacity:3 must be between the specified min size:1 and max size:2",
    ],
    ["no subnet", { vpcZoneIdentifiers: [] }, "At least one Availability Zone or VPC Subnet is required."],
    ["a subnet that is not there", { vpcZoneIdentifiers: ["subnet-0f"] }, "The subnet ID 'subnet-0f' does not exist"],
    [
      "a template that is not there",
      { launchTemplate: { id: "lt-0f" } },
      "You must use a valid fully-formed launch template.",
    ],
    [
      "a version that is not there",
      { launchTemplate: { name: "registry", version: "2" } },
      "or its version does not exist",
    ],
    [
      "a target group that is not there",
      { targetGroupArns: ["arn:aws:elasticloadbalancing:us-east-1:111122223333:targetgroup/x/0a"] },
      "Provided Target Groups may not be valid.",
    ],
  ])("fails with %s", async (_name, change, message) => {
    const from = await aws.create(on.TEMPLATE, template());
    await expect(aws.create(on.SCALING, group(from, change))).rejects.toThrow(message);
  });

  it("fails with a security group or an instance profile that is not there", async () => {
    const groups = await aws.create(on.TEMPLATE, template({ vpcSecurityGroupIds: ["sg-0f"] }));
    await expect(aws.create(on.SCALING, group(groups))).rejects.toThrow(
      `The security group 'sg-0f' does not exist in VPC '${on.VPC}'`,
    );
    const profile = await aws.create(on.TEMPLATE, template({ name: "other", iamInstanceProfile: { name: "none" } }));
    await expect(aws.create(on.SCALING, group(profile))).rejects.toThrow("Invalid IAM Instance Profile");
  });

  it("does not take a provider's default tags, whose form is another", async () => {
    const tagging = await estate.aws(sandbox, "us-east-1", { defaultTags: JSON.stringify({ tags: { team: "a" } }) });
    const tags = [{ key: "Name", value: "registry", propagateAtLaunch: true }];
    const made = await tagging.create(on.SCALING, group(await tagging.create(on.TEMPLATE, template()), { tags }));
    expect(made.state["tags"]).toEqual(tags);
    tagging.close();
  });
});

describe("ways out", () => {
  const network = async (): Promise<{ vpc: Resource; subnet: Resource; table: Resource }> => {
    const vpc = await aws.create("aws:ec2/vpc:Vpc", { cidrBlock: "10.70.0.0/16" });
    const subnet = await aws.create("aws:ec2/subnet:Subnet", { vpcId: vpc.id, cidrBlock: "10.70.0.0/24" });
    return { vpc, subnet, table: await aws.create(on.ROUTE_TABLE, { vpcId: vpc.id }) };
  };

  it("lead through a NAT gateway with an address of its own [SR-06]", async () => {
    const { vpc, subnet, table } = await network();
    const address = await aws.create(on.ADDRESS, { domain: "vpc" });
    const args = { subnetId: subnet.id, allocationId: address.id };
    await expect(aws.create(on.NAT, args)).rejects.toThrow(
      `api error Gateway.NotAttached: Network ${vpc.id} has no Internet gateway attached`,
    );
    const gateway = await aws.create(on.GATEWAY, { vpcId: vpc.id });
    const nat = await aws.create(on.NAT, args);
    expect(nat.state["publicIp"]).toBe(address.state["publicIp"]);
    await expect(aws.create(on.NAT, args)).rejects.toThrow("is already associated.");
    await expect(aws.delete(address)).rejects.toThrow(`api error InvalidIPAddress.InUse`);
    await expect(aws.delete(gateway)).rejects.toThrow("has some mapped public address(es)");
    const everything = { routeTableId: table.id, destinationCidrBlock: "0.0.0.0/0" };
    const route = await aws.create(on.ROUTE, { ...everything, natGatewayId: nat.id });
    expect(route.state["state"]).toBe("active");
    await aws.delete(nat);
    expect((await aws.read(route))!.state["state"]).toBe("blackhole");
    await aws.delete(gateway);
  });

  it("fail for a taken destination, one within the network, a gateway of another network and a second gateway", async () => {
    const { vpc, table } = await network();
    const gateway = await aws.create(on.GATEWAY, { vpcId: vpc.id });
    const route = (destinationCidrBlock: string, gatewayId = gateway.id): Promise<Resource> =>
      aws.create(on.ROUTE, { routeTableId: table.id, destinationCidrBlock, gatewayId });
    await route("0.0.0.0/0");
    await expect(route("0.0.0.0/0")).rejects.toThrow("The route identified by 0.0.0.0/0 already exists.");
    await expect(route("10.70.0.0/24")).rejects.toThrow(
      "is equal to or more specific than one of this VPC's CIDR blocks",
    );
    const other = await aws.create(on.GATEWAY, {});
    await expect(route("10.0.0.0/8", other.id)).rejects.toThrow("belong to different networks");
    await expect(aws.create(on.GATEWAY, { vpcId: vpc.id })).rejects.toThrow("already has an internet gateway attached");
  });

  it("are named by egress rules, of which none is there twice [SR-05]", async () => {
    const { id } = await aws.create(on.GROUP, { vpcId: on.VPC, name: "app" });
    const rule = { securityGroupId: id, ipProtocol: "tcp", fromPort: 5432, toPort: 5432, cidrIpv4: "10.50.0.0/16" };
    const made = await aws.create(on.EGRESS, rule);
    expect(made.id).toMatch(/^sgr-[0-9a-f]{17}$/);
    await expect(aws.create(on.EGRESS, rule)).rejects.toThrow("api error InvalidPermission.Duplicate");
    await aws.create("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", rule);
    await expect(aws.create(on.EGRESS, { ...rule, cidrIpv4: "10.50.0.1/16" })).rejects.toThrow(
      "cidrIpv4 must be an IPv4 network address",
    );
  });
});
