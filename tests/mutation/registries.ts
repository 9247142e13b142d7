/** Customers whose registries are mutated: what this program makes in the customer's accounts, and our endpoints to it. */
import { join } from "node:path";
import type { GraphNode } from "../../engine/graph.ts";
import type { Customer } from "../../plan/customer.ts";
import { seedGoogleBackends } from "../../sandbox/otherSide.ts";
import type { World } from "../../sandbox/world.ts";
import { seededWorld } from "../support/deployed.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { REGISTRIES_HARMLESS } from "./harmlessRegistries.ts";
import { deployOthers, type Other, type Subject, type Surroundings } from "./subject.ts";

/** Account of the customers' whose registries are mutated, and ours. */
const THEIRS = "666677778888";

/** The components whose resources are a registry's, as they stand in the URNs of their children. */
const MADE_HERE =
  /causeway:(aws|gcp):(CodeArtifact\w+|SelfHostedRegistry|EndpointServicePublisher|ServiceAttachmentPublisher)\$/;

/** What of a connection is there for a registry alone. */
const TOWARDS = /:(VpcEndpoint|EndpointPrivateDns|VpcEndpointConnectionAccepter)$/;

const mutates = ({ urn, type }: GraphNode): boolean => MADE_HERE.test(urn) || TOWARDS.test(type);

const trust = (service: string): string =>
  JSON.stringify({ Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } } });

const letIn = (Service: readonly string[], Action: string, Resource: string): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Principal: { Service }, Action, Resource }] });

/** What the customer has in the same account beside the registry, one of each type that mutations may point to. */
const NEIGHBOURS: readonly Other[] = [
  ["aws:ec2/vpc:Vpc", () => ({ cidrBlock: "10.210.0.0/24", enableDnsHostnames: true, enableDnsSupport: true })],
  [
    "aws:ec2/subnet:Subnet",
    (of) => ({ vpcId: of("Vpc", "id"), cidrBlock: "10.210.0.0/27", availabilityZoneId: "use1-az1" }),
  ],
  ["aws:ec2/routeTable:RouteTable", (of) => ({ vpcId: of("Vpc", "id") })],
  ["aws:ec2/securityGroup:SecurityGroup", (of) => ({ vpcId: of("Vpc", "id"), name: "bystander" })],
  ["aws:cloudwatch/logGroup:LogGroup", () => ({ name: "/aws/vendedlogs/bystander" })],
  ["aws:iam/role:Role", () => ({ name: "bystander", assumeRolePolicy: trust("ec2.amazonaws.com") })],
  ["aws:kms/key:Key", () => ({ description: "bystander" })],
  ["aws:sns/topic:Topic", () => ({ name: "bystander" })],
  ["aws:sqs/queue:Queue", () => ({ name: "bystander" })],
  ["aws:s3/bucket:Bucket", () => ({ bucket: "mutated-bystander" })],
];

const TRAIL = [
  ["aws:s3/bucket:Bucket", () => ({ bucket: "mutated-trail" })],
  [
    "aws:s3/bucketPolicy:BucketPolicy",
    () => ({
      bucket: "mutated-trail",
      policy: JSON.stringify({
        Version: "2012-10-17",
        Statement: ["s3:GetBucketAcl", "s3:PutObject"].map((Action) => ({
          ...{ Effect: "Allow", Principal: { Service: "cloudtrail.amazonaws.com" }, Action },
          Resource: Action === "s3:PutObject" ? "arn:aws:s3:::mutated-trail/*" : "arn:aws:s3:::mutated-trail",
        })),
      }),
    }),
  ],
] as const satisfies readonly Other[];

/** A topic that services may publish to. */
const topic = (name: string, ...services: readonly string[]): readonly Other[] => {
  const arn = `arn:aws:sns:us-east-1:${THEIRS}:${name}`;
  return [["aws:sns/topic:Topic", () => ({ name, policy: letIn(services, "sns:Publish", arn) })]];
};

/** What the customer files name and no seeding makes. */
const NAMED: Readonly<Record<string, readonly Other[]>> = {
  "code-artifact": TRAIL,
  "self-hosted": topic("alarms", "cloudwatch.amazonaws.com"),
  published: topic("connections", "vpce.amazonaws.com", "cloudwatch.amazonaws.com"),
};

/** Machines outside Google Cloud, which a registry is published from over the customer's own network. */
const remote = (world: World): Promise<void> =>
  seedGoogleBackends(world, {
    ...{ project: "mutated-remote", region: "us-central1", network: "remote" },
    subnet: { name: "remote", ipCidrRange: "10.220.0.0/24" },
    instanceGroup: "projects/mutated-remote/zones/us-central1-a/instanceGroups/remote",
    ...{ addresses: ["10.220.0.10"], ports: [443], certificateNames: ["npm.mutated.example"] },
  });

async function surroundings(customer: Customer): Promise<Surroundings> {
  const world = await seededWorld(customer);
  await remote(world);
  const aws = { region: "us-east-1", allowedAccountIds: [THEIRS] };
  await deployOthers(world, NAMED[customer.name] ?? [], { aws });
  return { world, bystanders: await deployOthers(world, NEIGHBOURS, { aws }) };
}

/** CodeArtifact; a registry run here; registries published on both clouds. */
export const REGISTRIES: readonly Subject[] = ["code-artifact", "self-hosted", "published"].map((name) => {
  const { customer } = loadCustomer(join(import.meta.dirname, `registries/${name}.yaml`));
  const harmless = REGISTRIES_HARMLESS;
  return { name, customer, mutates, surroundings: () => surroundings(customer), harmless };
});
