/** The resources of one connection, as the program under test would make them, through the protocol alone. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  seedEndpointService,
  seedGoogleNetwork,
  seedServiceAttachment,
  type EndpointService,
  type Sandbox,
  type ServiceAttachment,
} from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import { Provider, type Resource } from "./client.ts";

export const ACCOUNT = "111122223333";
export const PROJECT = "acme-prod";
export const REGION = "us-central1";
export const SERVICE_ID = "vpce-svc-0123456789abcdef0";
export const SERVICE = `com.amazonaws.vpce.us-east-1.${SERVICE_ID}`;
export const ATTACHMENT = `projects/registry-prod/regions/${REGION}/serviceAttachments/registry`;

export function newWorldFile(): string {
  return join(mkdtempSync(join(tmpdir(), "sandbox-")), "world.jsonl");
}

/** An AWS provider instance in the customer's account. */
export function aws(sandbox: Sandbox, region = "us-east-1", more: Values = {}): Promise<Provider> {
  return Provider.configured(sandbox, "aws", {
    region,
    allowedAccountIds: JSON.stringify([ACCOUNT]),
    assumeRoles: JSON.stringify([{ roleArn: `arn:aws:iam::${ACCOUNT}:role/causeway`, sessionName: "causeway" }]),
    skipCredentialsValidation: "false",
    ...more,
  });
}

export function google(sandbox: Sandbox, project = PROJECT, region = REGION): Promise<Provider> {
  return Provider.configured(sandbox, "gcp", { project, region, addPulumiAttributionLabel: "false" });
}

export interface Outside {
  service: EndpointService;
  attachment: ServiceAttachment;
}

/** What the customer and the platform team have before the first update. */
export async function seed({ world }: Sandbox): Promise<Outside> {
  const subnets = [{ name: "executors", ipCidrRange: "10.10.0.0/24" }];
  await seedGoogleNetwork(world, { project: PROJECT, name: "executors", region: REGION, subnets });
  const service = await seedEndpointService(world, {
    region: "us-east-1",
    serviceId: SERVICE_ID,
    availabilityZoneIDs: ["use1-az1", "use1-az2", "use1-az4"],
    allowedPrincipals: [`arn:aws:iam::${ACCOUNT}:root`],
    acceptanceRequired: true,
    privateDnsName: "registry.example.com",
  });
  const attachment = await seedServiceAttachment(world, {
    targetService: ATTACHMENT,
    acceptedProjects: [],
    autoAccept: false,
  });
  return { service, attachment };
}

/** Keys that fit both clouds and differ. */
export function key(index: number): string {
  return `Key${index}abcdefghijklmnopqrstuvwxyz_.${index}`;
}

const AWS_TUNNEL = { IkeVersions: ["ikev2"], Phase1EncryptionAlgorithms: ["AES256"], StartupAction: "start" };

/** Arguments of the connection `index` (0 or 1), with keys and ranges of its own. */
export function connectionArgs(gateway: Resource, customer: Resource, index = 0): Values {
  const tunnels = [1, 2].flatMap((n) => [
    [`tunnel${n}InsideCidr`, `169.254.32.${index * 8 + (n - 1) * 4}/30`],
    [`tunnel${n}PresharedKey`, key(index * 2 + n)],
    ...Object.entries(AWS_TUNNEL).map(([name, value]) => [`tunnel${n}${name}`, value]),
  ]);
  const ends = { vpnGatewayId: gateway.id, customerGatewayId: customer.id };
  return { type: "ipsec.1", staticRoutesOnly: false, ...ends, ...Object.fromEntries(tunnels) };
}

export interface AwsSide {
  vpc: Resource;
  subnets: Resource[];
  table: Resource;
  gateway: Resource;
  attachment: Resource;
  propagation: Resource;
  group: Resource;
}

/** VPC with two subnets, a route table, an attached gateway and a security group. */
export async function awsSide(provider: Provider): Promise<AwsSide> {
  const dns = { enableDnsSupport: true, enableDnsHostnames: true };
  const vpc = await provider.create("aws:ec2/vpc:Vpc", { cidrBlock: "10.99.0.0/24", ...dns }, "vpc");
  const subnets = [];
  for (const [index, availabilityZoneId] of ["use1-az1", "use1-az2"].entries()) {
    const args = { vpcId: vpc.id, cidrBlock: `10.99.0.${index * 64}/26`, availabilityZoneId };
    subnets.push(await provider.create("aws:ec2/subnet:Subnet", args, `subnet-${index}`));
  }
  const table = await provider.create("aws:ec2/routeTable:RouteTable", { vpcId: vpc.id });
  const gateway = await provider.create("aws:ec2/vpnGateway:VpnGateway", { amazonSideAsn: "64512" });
  const joined = { vpcId: vpc.id, vpnGatewayId: gateway.id };
  const attachment = await provider.create("aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment", joined);
  const routed = { routeTableId: table.id, vpnGatewayId: gateway.id };
  const propagation = await provider.create("aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation", routed);
  const group = await provider.create("aws:ec2/securityGroup:SecurityGroup", { vpcId: vpc.id, name: "endpoint" });
  return { vpc, subnets, table, gateway, attachment, propagation, group };
}

export interface GoogleSide {
  router: Resource;
  gateway: Resource;
}

/** Router and HA VPN gateway on the network that is there already. */
export async function googleSide(provider: Provider): Promise<GoogleSide> {
  const network = `projects/${PROJECT}/global/networks/executors`;
  const bgp = { asn: 64520, advertiseMode: "CUSTOM", advertisedIpRanges: [{ range: "10.10.0.0/24" }] };
  const router = await provider.create("gcp:compute/router:Router", { name: "vpn", network, region: REGION, bgp });
  const gateway = await provider.create("gcp:compute/haVpnGateway:HaVpnGateway", {
    name: "vpn",
    network,
    region: REGION,
  });
  return { router, gateway };
}

/** The gateway's outside address of one interface. */
export function outsideAddress(gateway: Resource, index: number): string {
  return (gateway.state["vpnInterfaces"] as { ipAddress: string }[])[index]!.ipAddress;
}

/** Arguments of the external gateway that stands for two AWS connections. */
export function externalArgs(connections: Resource[]): Values {
  const addresses = connections.flatMap(({ state }) => [state["tunnel1Address"], state["tunnel2Address"]]);
  const redundancyType = addresses.length === 4 ? "FOUR_IPS_REDUNDANCY" : "TWO_IPS_REDUNDANCY";
  return { name: "aws", redundancyType, interfaces: addresses.map((ipAddress, id) => ({ id, ipAddress })) };
}

export function tunnelArgs({ router, gateway }: GoogleSide, external: Resource, index: number): Values {
  return {
    ...{ name: `t${index}`, region: REGION, vpnGateway: gateway.state["selfLink"], router: router.state["selfLink"] },
    ...{ vpnGatewayInterface: index < 2 ? 0 : 1, peerExternalGateway: external.state["selfLink"] },
    ...{ peerExternalGatewayInterface: index, sharedSecret: key(index + 1), ikeVersion: 2 },
  };
}
