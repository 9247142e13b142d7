import { DefaultSecurityGroup } from "@pulumi/aws/ec2/defaultSecurityGroup.js";
import { Eip } from "@pulumi/aws/ec2/eip.js";
import { FlowLog } from "@pulumi/aws/ec2/flowLog.js";
import { InternetGateway } from "@pulumi/aws/ec2/internetGateway.js";
import { NatGateway } from "@pulumi/aws/ec2/natGateway.js";
import { Route } from "@pulumi/aws/ec2/route.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint.js";
import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import type * as pulumi from "@pulumi/pulumi";
import { policyDocument } from "../../plan/policyDocument.ts";
import { subnetsFor, type Tier } from "../../plan/selfHosted/plan.ts";
import { serviceTrust } from "../../plan/serviceTrust.ts";
import type { Scope } from "./scope.ts";

/** The registry's own VPC. */
export interface RegistryNetwork {
  readonly vpc: Vpc;
  readonly subnetIds: (tier: Tier) => readonly pulumi.Output<string>[];
  /** What an instance needs before it starts: without a way out its first start fails. */
  readonly ways: readonly pulumi.Resource[];
}

/** A VPC with its subnets by tier, the way out, and flow logs; its default security group is emptied. */
export function network(scope: Scope): RegistryNetwork {
  const { plan, parent, tags } = scope;
  const { name } = plan;
  const vpc = new Vpc(
    name,
    { cidrBlock: plan.vpcCidr, enableDnsHostnames: true, enableDnsSupport: true, tags: tags(name) },
    { parent, protect: plan.protect.data },
  );
  new DefaultSecurityGroup(name, { vpcId: vpc.id, ingress: [], egress: [], tags: tags(`${name}-default`) }, { parent });
  const tables = routeTables(scope, vpc);
  const subnets = new Map(plan.subnets.map((subnet) => [subnet.key, subnetOf(scope, vpc, tables, subnet)]));
  const subnetIds = (tier: Tier): readonly pulumi.Output<string>[] =>
    subnetsFor(plan, tier).map(({ key }) => subnets.get(key)!.id);
  flowLog(scope, vpc);
  return { vpc, subnetIds, ways: wayOut(scope, vpc, tables, subnetIds("public")[0]) };
}

type Tables = ReadonlyMap<Tier, RouteTable>;

function routeTables({ plan, parent, tags }: Scope, vpc: Vpc): Tables {
  const tiers = [...new Set(plan.subnets.map(({ tier }) => tier))];
  return new Map(
    tiers.map((tier) => {
      const name = `${plan.name}-${tier}`;
      return [tier, new RouteTable(name, { vpcId: vpc.id, tags: tags(name) }, { parent })];
    }),
  );
}

function subnetOf(
  { plan, parent, tags }: Scope,
  vpc: Vpc,
  tables: Tables,
  { key, tier, cidr, zoneID }: Scope["plan"]["subnets"][number],
): Subnet {
  const name = `${plan.name}-${key}`;
  const place = { vpcId: vpc.id, cidrBlock: cidr, availabilityZoneId: zoneID, mapPublicIpOnLaunch: false };
  const subnet = new Subnet(name, { ...place, tags: tags(name) }, { parent });
  new RouteTableAssociation(name, { subnetId: subnet.id, routeTableId: tables.get(tier)!.id }, { parent });
  return subnet;
}

/** The way out of the tier that instances are in, and of what has public addresses. */
function wayOut(
  scope: Scope,
  vpc: Vpc,
  tables: Tables,
  publicSubnet: pulumi.Output<string> | undefined,
): readonly pulumi.Resource[] {
  const { plan, parent, tags } = scope;
  const { name } = plan;
  const everywhere = { destinationCidrBlock: "0.0.0.0/0" };
  const ways: pulumi.Resource[] = plan.egress === "vpc-endpoints" ? [s3Gateway(scope, vpc, tables)] : [];
  if (publicSubnet === undefined) return ways;
  const gateway = new InternetGateway(name, { vpcId: vpc.id, tags: tags(name) }, { parent });
  const toInternet = { ...everywhere, routeTableId: tables.get("public")!.id, gatewayId: gateway.id };
  ways.push(new Route(`${name}-public`, toInternet, { parent }));
  if (plan.egress !== "nat") return ways;
  const address = new Eip(name, { domain: "vpc", tags: tags(name) }, { parent, dependsOn: [gateway] });
  const nat = new NatGateway(
    name,
    { subnetId: publicSubnet, allocationId: address.id, tags: tags(name) },
    { parent, dependsOn: [gateway] },
  );
  const toNat = { ...everywhere, routeTableId: tables.get("app")!.id, natGatewayId: nat.id };
  return [...ways, new Route(`${name}-app`, toNat, { parent })];
}

/** Amazon Linux's packages, layers of images and the registry's own buckets all come from S3. */
function s3Gateway({ plan, parent, tags }: Scope, vpc: Vpc, tables: Tables): VpcEndpoint {
  const name = `${plan.name}-s3`;
  return new VpcEndpoint(
    name,
    {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${plan.region}.s3`,
      vpcEndpointType: "Gateway",
      routeTableIds: [tables.get("app")!.id],
      tags: tags(name),
    },
    { parent },
  );
}

/** Services of AWS's own that the instance uses. Source: AWS PrivateLink Guide, "AWS services that integrate". */
const SERVICES = [
  ...["ecr.api", "ecr.dkr", "secretsmanager", "kms", "logs", "monitoring", "ec2"],
  ...["ssm", "ssmmessages", "ec2messages", "sts"],
];

/** Interface endpoints in the application subnets, for the instance and nothing else. */
export function serviceEndpoints(
  { plan, parent, tags }: Scope,
  { vpc, subnetIds }: RegistryNetwork,
  securityGroupId: pulumi.Output<string>,
): readonly VpcEndpoint[] {
  if (plan.egress !== "vpc-endpoints") return [];
  const services = plan.app.kind === "quilt" ? [...SERVICES, "email-smtp"] : SERVICES;
  return services.map((service) => {
    const name = `${plan.name}-${service.replace(".", "-")}`;
    return new VpcEndpoint(
      name,
      {
        vpcId: vpc.id,
        serviceName: `com.amazonaws.${plan.region}.${service}`,
        vpcEndpointType: "Interface",
        ipAddressType: "ipv4",
        privateDnsEnabled: true,
        subnetIds: [...subnetIds("app")],
        securityGroupIds: [securityGroupId],
        tags: tags(name),
      },
      { parent },
    );
  });
}

function flowLog({ plan, parent, tags }: Scope, vpc: Vpc): void {
  const name = `${plan.name}-flow`;
  const logs = { name: `/aws/vendedlogs/causeway/${name}`, retentionInDays: plan.logRetentionDays, tags: tags(name) };
  const group = new LogGroup(name, logs, { parent });
  const assumeRolePolicy = serviceTrust("vpc-flow-logs.amazonaws.com", plan.accountID);
  const role = new Role(name, { name, assumeRolePolicy, tags: tags(name) }, { parent });
  // Source: Amazon VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs".
  const write = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"];
  const policy = group.arn.apply((arn) =>
    policyDocument([
      { Effect: "Allow", Action: write, Resource: `${arn}:*` },
      { Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
    ]),
  );
  new RolePolicy(name, { name: "write", role: role.name, policy }, { parent });
  const to = { logDestination: group.arn, iamRoleArn: role.arn };
  new FlowLog(plan.name, { vpcId: vpc.id, trafficType: "ALL", ...to, tags: tags(plan.name) }, { parent });
}
