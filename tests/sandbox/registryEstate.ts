/** What publishes a registry from AWS and what a self-hosted one runs on, made through the protocol alone. */
import { seedCustomerVpc, seedHostedZone, type HostedZone, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import { ACCOUNT } from "./estate.ts";

export const BALANCER = "aws:lb/loadBalancer:LoadBalancer";
export const LISTENER = "aws:lb/listener:Listener";
export const RULE = "aws:lb/listenerRule:ListenerRule";
export const TARGETS = "aws:lb/targetGroup:TargetGroup";
export const TARGET = "aws:lb/targetGroupAttachment:TargetGroupAttachment";
export const SERVICE = "aws:ec2/vpcEndpointService:VpcEndpointService";
export const PERMISSION = "aws:ec2/vpcEndpointServiceAllowedPrinciple:VpcEndpointServiceAllowedPrinciple";
export const ACCEPTER = "aws:ec2/vpcEndpointConnectionAccepter:VpcEndpointConnectionAccepter";
export const NOTIFICATION = "aws:ec2/vpcEndpointConnectionNotification:VpcEndpointConnectionNotification";
export const VERIFICATION = "aws:vpc/endpointServicePrivateDnsVerification:EndpointServicePrivateDnsVerification";
export const ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint";
export const GROUP = "aws:ec2/securityGroup:SecurityGroup";
export const CERTIFICATE = "aws:acm/certificate:Certificate";
export const VALIDATION = "aws:acm/certificateValidation:CertificateValidation";
export const RECORD = "aws:route53/record:Record";
export const TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate";
export const SCALING = "aws:autoscaling/group:Group";
export const SCALING_ATTACHMENT = "aws:autoscaling/attachment:Attachment";
export const DATABASE = "aws:rds/instance:Instance";
export const SUBNET_GROUP = "aws:rds/subnetGroup:SubnetGroup";
export const PARAMETER_GROUP = "aws:rds/parameterGroup:ParameterGroup";
export const GATEWAY = "aws:ec2/internetGateway:InternetGateway";
export const NAT = "aws:ec2/natGateway:NatGateway";
export const ADDRESS = "aws:ec2/eip:Eip";
export const ROUTE = "aws:ec2/route:Route";
export const ROUTE_TABLE = "aws:ec2/routeTable:RouteTable";
export const EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule";
export const VAULT = "aws:backup/vault:Vault";
export const PLAN = "aws:backup/plan:Plan";
export const SELECTION = "aws:backup/selection:Selection";
export const ROLE = "aws:iam/role:Role";

export const VPC = "vpc-0aaaaaaaaaaaaaaa1";
/** Of another network of the same account. */
export const OTHER_VPC = "vpc-0bbbbbbbbbbbbbbb2";
export const ZONE = "Z0123456789ABCDEFGHIJ";

/** Three subnets in zones of their own, and a fourth in the zone of the first. */
export const SUBNETS = ["subnet-0a1", "subnet-0a2", "subnet-0a4", "subnet-0b1"] as const;
const ZONES = ["use1-az1", "use1-az2", "use1-az4", "use1-az1"];
export const FOREIGN_SUBNET = "subnet-0c2";
export const HOST = "10.50.0.20";

/** A customer's network with a registry host, and a public zone of DNS. */
export async function seedRegistrySide({ world }: Sandbox, accountID = ACCOUNT): Promise<HostedZone> {
  const subnets = SUBNETS.map((id, index) => ({ id, zoneID: ZONES[index]!, cidr: `10.50.${index}.0/24` }));
  const instances = [
    { address: HOST, ports: [443], certificateNames: ["registry.example.com"] },
    { address: "10.50.1.20", id: "i-0aaaaaaaaaaaaaaa1", ports: [8080] },
    { address: "10.9.0.20", ports: [443] },
  ];
  const at = { accountID, region: "us-east-1" };
  await seedCustomerVpc(world, { ...at, vpcID: VPC, cidr: "10.50.0.0/16", subnets, instances });
  const other = [{ id: FOREIGN_SUBNET, zoneID: "use1-az2", cidr: "10.60.0.0/24" }];
  await seedCustomerVpc(world, { ...at, vpcID: OTHER_VPC, cidr: "10.60.0.0/16", subnets: other });
  return seedHostedZone(world, { accountID, zoneID: ZONE, name: "example.com" });
}

export function networkBalancer(change: Values = {}): Values {
  const members = { loadBalancerType: "network", internal: true, subnets: SUBNETS.slice(0, 2) };
  return { name: "registry", ...members, ...change };
}

export function requestBalancer(change: Values = {}): Values {
  return { name: "app", internal: true, subnets: SUBNETS.slice(0, 2), ...change };
}

export function targets(change: Values = {}): Values {
  return { name: "registry", vpcId: VPC, port: 443, protocol: "TCP", targetType: "ip", ...change };
}

export const forward = (group: Resource): Values => ({ type: "forward", targetGroupArn: group.id });

/** A published registry: balancer, listener, target and endpoint service. */
export interface Published {
  readonly balancer: Resource;
  readonly group: Resource;
  readonly listener: Resource;
  readonly service: Resource;
}

export async function publish(aws: Provider, change: Values = {}): Promise<Published> {
  const balancer = await aws.create(BALANCER, networkBalancer());
  const group = await aws.create(TARGETS, targets());
  await aws.create(TARGET, { targetGroupArn: group.id, targetId: HOST });
  const listens = { port: 443, protocol: "TCP", defaultActions: [forward(group)] };
  const listener = await aws.create(LISTENER, { loadBalancerArn: balancer.id, ...listens });
  const allowed = { acceptanceRequired: true, allowedPrincipals: ["arn:aws:iam::222233334444:root"] };
  const service = await aws.create(SERVICE, { networkLoadBalancerArns: [balancer.id], ...allowed, ...change });
  return { balancer, group, listener, service };
}
