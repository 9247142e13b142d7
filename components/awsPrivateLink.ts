import { LogGroup } from "@pulumi/aws/cloudwatch/logGroup.js";
import { DefaultSecurityGroup } from "@pulumi/aws/ec2/defaultSecurityGroup.js";
import { FlowLog } from "@pulumi/aws/ec2/flowLog.js";
import { RouteTable } from "@pulumi/aws/ec2/routeTable.js";
import { RouteTableAssociation } from "@pulumi/aws/ec2/routeTableAssociation.js";
import { SecurityGroup } from "@pulumi/aws/ec2/securityGroup.js";
import { Subnet } from "@pulumi/aws/ec2/subnet.js";
import { Vpc } from "@pulumi/aws/ec2/vpc.js";
import { VpcEndpoint } from "@pulumi/aws/ec2/vpcEndpoint.js";
import { Role } from "@pulumi/aws/iam/role.js";
import { RolePolicy } from "@pulumi/aws/iam/rolePolicy.js";
import { EndpointPrivateDns } from "@pulumi/aws/vpc/endpointPrivateDns.js";
import { SecurityGroupIngressRule } from "@pulumi/aws/vpc/securityGroupIngressRule.js";
import * as pulumi from "@pulumi/pulumi";
import type { AwsConnectionPlan, EndpointPlan } from "../plan/aws.ts";
import { serviceTrust } from "../plan/serviceTrust.ts";

export interface AwsPrivateLinkArgs {
  readonly connection: AwsConnectionPlan;
  /** Tags of every resource, less `Name`. */
  readonly tags: Readonly<Record<string, string>>;
  /** Service name of each registry published by this program, by registry. */
  readonly serviceNames?: Readonly<Record<string, pulumi.Input<string>>>;
  /** Policy document (JSON) of each endpoint to a service of AWS's own, by endpoint. */
  readonly policies?: Readonly<Record<string, pulumi.Input<string>>>;
}

/** What is known of one interface endpoint once it exists. */
export interface EndpointOutputs {
  readonly id: pulumi.Output<string>;
  /** As AWS gives it: `pendingAcceptance` until the customer accepts, then `available`. */
  readonly state: pulumi.Output<string>;
  /** Regional DNS name, which resolves from any network and follows every zone. */
  readonly dnsName: pulumi.Output<string>;
}

/**
 * The vendor's VPC in AWS and the interface endpoints in it, one per private link: subnets by AZ id, a security group per
 * endpoint with one rule per executor subnet and port, a route table for the VPN's routes, flow logs. The VPC has no
 * internet gateway, no NAT and no instance; its default security group is emptied.
 *
 * Adding a link, a zone or a port changes nothing else. A new VPC range replaces everything here, endpoints included, and
 * the customer may have to accept again.
 */
export class AwsPrivateLink extends pulumi.ComponentResource {
  readonly vpcId: pulumi.Output<string>;
  /** The one route table; the VPN's routes are propagated into it. */
  readonly routeTableId: pulumi.Output<string>;
  /** By `vpce-svc-…`, registry, or service of AWS's own. */
  readonly endpoints: Readonly<Record<string, EndpointOutputs>>;

  readonly #tags: (name: string) => Record<string, string>;

  constructor(name: string, args: AwsPrivateLinkArgs, opts: pulumi.ComponentResourceOptions) {
    const { connection, tags } = args;
    const { accountID, region, vpcCidr } = connection;
    super("causeway:aws:PrivateLink", name, { accountID, region, vpcCidr }, opts);
    this.#tags = (visible) => ({ ...tags, Name: visible });
    const vpc = new Vpc(
      name,
      { cidrBlock: vpcCidr, enableDnsSupport: true, enableDnsHostnames: true, tags: this.#tags(name) },
      { parent: this, protect: connection.protect.vpc },
    );
    new DefaultSecurityGroup(
      name,
      { vpcId: vpc.id, ingress: [], egress: [], tags: this.#tags(`${name}-default`) },
      { parent: this },
    );
    const routeTable = new RouteTable(name, { vpcId: vpc.id, tags: this.#tags(name) }, { parent: this });
    const subnets = connection.zones.map(({ id, cidr }) =>
      this.createSubnet(`${name}-${id}`, id, cidr, vpc, routeTable),
    );
    this.createFlowLog(name, connection, vpc);
    this.vpcId = vpc.id;
    this.routeTableId = routeTable.id;
    this.endpoints = Object.fromEntries(
      connection.endpoints.map((endpoint) => [endpoint.key, this.createEndpoint(endpoint, args, vpc, subnets)]),
    );
    this.registerOutputs({ vpcId: this.vpcId, routeTableId: this.routeTableId, endpoints: this.endpoints });
  }

  private createSubnet(name: string, zoneId: string, cidr: string, vpc: Vpc, routeTable: RouteTable): Subnet {
    const subnet = new Subnet(
      name,
      {
        vpcId: vpc.id,
        cidrBlock: cidr,
        availabilityZoneId: zoneId,
        mapPublicIpOnLaunch: false,
        tags: this.#tags(name),
      },
      { parent: this },
    );
    new RouteTableAssociation(name, { subnetId: subnet.id, routeTableId: routeTable.id }, { parent: this });
    return subnet;
  }

  private createEndpoint(
    endpoint: EndpointPlan,
    args: AwsPrivateLinkArgs,
    vpc: Vpc,
    subnets: readonly Subnet[],
  ): EndpointOutputs {
    const { name } = endpoint;
    const policy = args.policies?.[endpoint.key];
    // No egress: the provider then removes the allow-all that AWS adds, and replies pass because the group is stateful.
    const group = new SecurityGroup(
      name,
      {
        vpcId: vpc.id,
        name: endpoint.groupName,
        description: "Executors to one interface endpoint",
        tags: this.#tags(name),
      },
      // Its name is its VPC's alone (and may not begin with "sg-", as a customer's might); the old one cannot go before
      // the endpoint that uses it.
      { parent: this, deleteBeforeReplace: false },
    );
    for (const { key, cidr, port } of endpoint.ingress) {
      new SecurityGroupIngressRule(
        `${name}-${key}`,
        {
          securityGroupId: group.id,
          ipProtocol: "tcp",
          fromPort: port,
          toPort: port,
          cidrIpv4: cidr,
          tags: this.#tags(`${name}-${key}`),
        },
        { parent: this },
      );
    }
    const resource = new VpcEndpoint(
      name,
      {
        vpcId: vpc.id,
        serviceName: serviceNameOf(endpoint, args),
        vpcEndpointType: "Interface",
        ipAddressType: "ipv4",
        subnetIds: subnets.map(({ id }) => id),
        securityGroupIds: [group.id],
        ...(policy === undefined ? {} : { policy }),
        tags: this.#tags(name),
      },
      { parent: this, protect: endpoint.protect },
    );
    if (endpoint.privateDnsEnabled) {
      new EndpointPrivateDns(name, { vpcEndpointId: resource.id, privateDnsEnabled: true }, { parent: this });
    }
    return { id: resource.id, state: resource.state, dnsName: regionalName(name, resource) };
  }

  private createFlowLog(name: string, { logRetentionDays, accountID }: AwsConnectionPlan, vpc: Vpc): void {
    const group = new LogGroup(
      `${name}-flow`,
      { name: `/aws/vendedlogs/causeway/${name}/flow`, retentionInDays: logRetentionDays, tags: this.#tags(name) },
      { parent: this },
    );
    // Source: Amazon VPC User Guide, "IAM role for publishing flow logs to CloudWatch Logs".
    const assumeRolePolicy = serviceTrust("vpc-flow-logs.amazonaws.com", accountID);
    const role = new Role(
      `${name}-flow`,
      { name: `${name}-flow`, assumeRolePolicy, tags: this.#tags(name) },
      { parent: this },
    );
    new RolePolicy(
      `${name}-flow`,
      { name: "write", role: role.name, policy: group.arn.apply(flowLogPolicy) },
      { parent: this },
    );
    new FlowLog(
      name,
      { vpcId: vpc.id, trafficType: "ALL", logDestination: group.arn, iamRoleArn: role.arn, tags: this.#tags(name) },
      { parent: this },
    );
  }
}

const flowLogPolicy = (logGroupArn: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [
      {
        Effect: "Allow",
        Action: ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"],
        Resource: `${logGroupArn}:*`,
      },
      { Effect: "Allow", Action: "logs:DescribeLogGroups", Resource: "*" },
    ],
  });

function serviceNameOf({ name, service }: EndpointPlan, { serviceNames }: AwsPrivateLinkArgs): pulumi.Input<string> {
  if (service.kind === "service") return service.serviceName;
  const published = serviceNames?.[service.registry];
  if (published === undefined) throw new RangeError(`${name}: no service name of ${service.registry}`);
  return published;
}

/**
 * The regional name among an endpoint's names: `<endpoint>-<hash>.<service>…`, where a zonal one has `-<zone>` after the
 * hash. Its place in the list is not promised. Source: Amazon VPC User Guide, endpoint service DNS names.
 */
const REGIONAL_NAME = /^(\*\.)?vpce-[0-9a-f]+-[0-9a-z]+\./;

/**
 * S3's own name stands for every name below it; virtual-hosted requests use the one below `bucket`. Source: Amazon S3
 * User Guide, "AWS PrivateLink for Amazon S3", accessing buckets.
 */
const concrete = (name: string): string => name.replace(/^\*\./, "bucket.");

function regionalName(endpointName: string, endpoint: VpcEndpoint): pulumi.Output<string> {
  return endpoint.dnsEntries.apply((entries) => {
    const name = entries.find((entry) => REGIONAL_NAME.test(entry.dnsName))?.dnsName;
    if (name === undefined) throw new pulumi.RunError(`${endpointName}: aws gave the endpoint no regional dns name`);
    return concrete(name);
  });
}
