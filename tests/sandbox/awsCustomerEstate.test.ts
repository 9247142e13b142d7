/**
 * Tier: provider protocol. What customers have before anything is published, as a target of what is published. This tier
 * cannot show that a customer's real network is like its seed.
 */
import { afterEach, beforeEach, expect, it } from "vitest";
import { healthOf } from "../../sandbox/aws/targetHealth.ts";
import {
  seedCertificate,
  seedCustomerVpc,
  startSandbox,
  type CustomerVpcSpec,
  type Sandbox,
} from "../../sandbox/index.ts";
import type { Provider } from "./client.ts";
import * as estate from "./estate.ts";
import * as on from "./registryEstate.ts";

let sandbox: Sandbox;
let aws: Provider;
const APP = `arn:aws:elasticloadbalancing:us-east-1:${estate.ACCOUNT}:loadbalancer/app/theirs/0123456789abcdef`;
const SPEC: CustomerVpcSpec = {
  ...{ accountID: estate.ACCOUNT, region: "us-east-1", vpcID: on.VPC, cidr: "10.50.0.0/16" },
  subnets: [
    { id: "subnet-0a1", zoneID: "use1-az1", cidr: "10.50.0.0/24" },
    { id: "subnet-0a2", zoneID: "use1-az2", cidr: "10.50.1.0/24" },
  ],
  ...{ securityGroups: ["sg-0a1"], internet: true, scalingGroups: ["theirs"] },
  applicationLoadBalancers: [{ arn: APP, ports: [443] }],
};

beforeEach(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  aws = await estate.aws(sandbox);
  await seedCustomerVpc(sandbox.world, SPEC);
});

afterEach(async () => {
  aws.close();
  await sandbox.close();
});

it("is there once, however often it is seeded, and none of it is the program's", async () => {
  const before = sandbox.world.list();
  await seedCustomerVpc(sandbox.world, SPEC);
  expect(sandbox.world.list()).toEqual(before);
  expect(before.filter(({ outside }) => !outside)).toEqual([]);
});

it("carries what a program makes in it: an internet-facing load balancer with its security group", async () => {
  const args = on.networkBalancer({ internal: false, securityGroups: ["sg-0a1"] });
  expect((await aws.create(on.BALANCER, args)).state["securityGroups"]).toEqual(["sg-0a1"]);
});

it("has an Auto Scaling group whose instances answer behind a target group [CP-03]", async () => {
  const group = await aws.create(on.TARGETS, on.targets({ targetType: "instance" }));
  await aws.create(on.SCALING_ATTACHMENT, { autoscalingGroupName: "theirs", lbTargetGroupArn: group.id });
  const [object] = sandbox.world.all(on.TARGETS);
  expect(healthOf(sandbox.world, object!).map(({ healthy }) => healthy)).toEqual([true, true]);
});

it("has an application load balancer that can be a target where it listens [SR-20]", async () => {
  const group = await aws.create(on.TARGETS, on.targets({ targetType: "alb" }));
  await aws.create(on.TARGET, { targetGroupArn: group.id, targetId: APP });
  const [object] = sandbox.world.all(on.TARGETS);
  expect(healthOf(sandbox.world, object!)).toMatchObject([{ target: APP, healthy: true, reason: "" }]);
  const other = await aws.create(on.TARGETS, on.targets({ name: "other", targetType: "alb", port: 8443 }));
  await expect(aws.create(on.TARGET, { targetGroupArn: other.id, targetId: APP })).rejects.toThrow(
    "the target must have at least one listener that matches the target group port",
  );
});

it("fails for a zone the region has not, a subnet outside its network and a text that is no certificate", async () => {
  const [subnet] = SPEC.subnets;
  const seed = (change: object): Promise<void> =>
    seedCustomerVpc(sandbox.world, { ...SPEC, subnets: [{ ...subnet!, ...change }] });
  await expect(seed({ zoneID: "usw2-az1" })).rejects.toThrow(
    "expected a zone of us-east-1 for subnet-0a1, got usw2-az1",
  );
  await expect(seed({ cidr: "10.60.0.0/24" })).rejects.toThrow("expected a range within 10.50.0.0/16 for subnet-0a1");
  await expect(seedCertificate(sandbox.world, { arn: "registry", domainNames: [] })).rejects.toThrow(
    "registry is no certificate: use arn:aws:acm:<region>:<account>:certificate/<id>",
  );
});
