import { join } from "node:path";
import type { Customer } from "../../plan/customer.ts";
import { ENDPOINT_SERVICE } from "../../sandbox/aws/services.ts";
import { Deployment, type Deployed } from "../../sandbox/deploy.ts";
import { seedEndpointService, seedServiceAttachment } from "../../sandbox/otherSide.ts";
import type { World } from "../../sandbox/world.ts";
import type { GraphNode } from "../../engine/graph.ts";
import { loadCustomer } from "../../stacks/load.ts";
import { seededWorld } from "../support/deployed.ts";
import { HARMLESS, type Harmless } from "./harmless.ts";
import { OTHER_ATTACHMENT, OTHER_SERVICE } from "./changes.ts";

/** A customer whose resources are mutated. */
export interface Subject {
  readonly name: string;
  readonly customer: Customer;
  /** Whether a resource is mutated; what one subject shows of a resource no other has to show again. */
  readonly mutates: (node: GraphNode) => boolean;
  /** The clouds before the first update. */
  readonly surroundings: () => Promise<Surroundings>;
  /** Why what nobody notices does no harm. */
  readonly harmless: readonly Harmless[];
}

const { customer: dev } = loadCustomer(join(import.meta.dirname, "../../stacks/customers/dev.yaml"));

const SUBJECT: Customer = {
  ...dev,
  aws: dev.aws.map((connection) => ({
    ...connection,
    privateLinks: connection.privateLinks.map((link) => ({ ...link, privateDnsEnabled: true })),
  })),
  executorNAT: {
    ...dev.executorNAT!,
    addresses: [...dev.executorNAT!.addresses, { key: "nat-3", state: "draining" }],
  },
};

/** All four kinds of connection, with a private DNS name and a draining address. */
export const CONNECTIONS: Subject = {
  name: "connections",
  customer: SUBJECT,
  mutates: () => true,
  surroundings,
  harmless: HARMLESS,
};

/** What a mutation may point to by mistake: things of every referenced type that are somebody else's. */
export interface Surroundings {
  readonly world: World;
  readonly bystanders: readonly Deployed[];
}

/** The clouds before the first update, with others' resources in the same accounts. */
async function surroundings(): Promise<Surroundings> {
  const world = await seededWorld(SUBJECT);
  const [connection] = SUBJECT.aws;
  const { region, accountID, availabilityZoneIDs, privateLinks } = connection!;
  const services = { region, availabilityZoneIDs, acceptanceRequired: false };
  const allowedPrincipals = [`arn:aws:iam::${accountID}:root`];
  for (const { key } of privateLinks) await namePrivately(world, key);
  await seedEndpointService(world, { ...services, serviceId: OTHER_SERVICE, allowedPrincipals });
  await seedServiceAttachment(world, { targetService: OTHER_ATTACHMENT, acceptedProjects: [], autoAccept: true });
  return { world, bystanders: await bystandersIn(world) };
}

/** Gives a service that was seeded the private name its endpoints may take. */
async function namePrivately(world: World, serviceId: string): Promise<void> {
  const service = world.all(ENDPOINT_SERVICE).find(({ id }) => id === serviceId)!;
  const tx = world.begin();
  tx.put({ ...service, args: { ...service.args, privateDnsName: "artifactory.dev.example" } });
  await tx.commit();
}

/** What an output of something deployed before is, by the end of its type. */
export type Output = (of: string, output: string) => unknown;

const TRUST = JSON.stringify({
  Statement: { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "ec2.amazonaws.com" } },
});

/** Something to deploy, by type and arguments; arguments may use outputs of those before. */
export type Other = readonly [type: string, arguments_: (output: Output) => Record<string, unknown>];

/** Each referenced type once. */
const BYSTANDERS: readonly Other[] = [
  ["aws:ec2/vpc:Vpc", () => ({ cidrBlock: "10.200.0.0/24", enableDnsHostnames: true, enableDnsSupport: true })],
  [
    "aws:ec2/subnet:Subnet",
    (of) => ({ vpcId: of("Vpc", "id"), cidrBlock: "10.200.0.0/27", availabilityZoneId: "use1-az1" }),
  ],
  ["aws:ec2/routeTable:RouteTable", (of) => ({ vpcId: of("Vpc", "id") })],
  ["aws:ec2/securityGroup:SecurityGroup", (of) => ({ vpcId: of("Vpc", "id"), name: "bystander" })],
  ["aws:ec2/vpnGateway:VpnGateway", (of) => ({ vpcId: of("Vpc", "id"), amazonSideAsn: "64900" })],
  [
    "aws:ec2/customerGateway:CustomerGateway",
    () => ({ type: "ipsec.1", bgpAsn: "64901", ipAddress: "198.51.100.200" }),
  ],
  ["aws:cloudwatch/logGroup:LogGroup", () => ({ name: "/aws/vendedlogs/bystander" })],
  ["aws:iam/role:Role", () => ({ name: "bystander", assumeRolePolicy: TRUST })],
  [
    "aws:ec2/vpcEndpoint:VpcEndpoint",
    (of) => ({
      ...{ vpcId: of("Vpc", "id"), vpcEndpointType: "Interface", subnetIds: [of("Subnet", "id")] },
      ...{
        serviceName: `com.amazonaws.vpce.us-east-1.${OTHER_SERVICE}`,
        securityGroupIds: [of("SecurityGroup", "id")],
      },
    }),
  ],
  ["gcp:compute/network:Network", () => ({ name: "bystander", autoCreateSubnetworks: false })],
  [
    "gcp:compute/subnetwork:Subnetwork",
    (of) => ({ name: "bystander", ipCidrRange: "10.201.0.0/24", network: of("Network", "selfLink") }),
  ],
  [
    "gcp:compute/router:Router",
    (of) => ({ name: "bystander", network: of("Network", "selfLink"), bgp: { asn: 64902 } }),
  ],
  ["gcp:compute/haVpnGateway:HaVpnGateway", (of) => ({ name: "bystander", network: of("Network", "selfLink") })],
  [
    "gcp:compute/externalVpnGateway:ExternalVpnGateway",
    () => ({
      ...{ name: "bystander", redundancyType: "FOUR_IPS_REDUNDANCY" },
      interfaces: [0, 1, 2, 3].map((id) => ({ id, ipAddress: `203.0.113.${200 + id}` })),
    }),
  ],
  [
    "gcp:compute/vPNTunnel:VPNTunnel",
    (of) => ({
      ...{ name: "bystander", vpnGateway: of("HaVpnGateway", "selfLink"), vpnGatewayInterface: 0, ikeVersion: 2 },
      ...{ peerExternalGateway: of("ExternalVpnGateway", "selfLink"), peerExternalGatewayInterface: 0 },
      ...{ router: "bystander", sharedSecret: "obviously-fake" },
    }),
  ],
  [
    "gcp:compute/routerInterface:RouterInterface",
    () => ({ name: "bystander", router: "bystander", vpnTunnel: "bystander", ipRange: "169.254.99.2/30" }),
  ],
  ["gcp:compute/address:Address", () => ({ name: "bystander", addressType: "EXTERNAL" })],
  [
    "gcp:dns/managedZone:ManagedZone",
    (of) => ({
      ...{ name: "bystander", dnsName: "bystander.example.", visibility: "private", description: "somebody else's" },
      privateVisibilityConfig: { networks: [{ networkUrl: of("Network", "selfLink") }] },
    }),
  ],
  ["random:index/randomPassword:RandomPassword", () => ({ length: 31, special: false })],
];

async function bystandersIn(world: World): Promise<readonly Deployed[]> {
  const [connection] = SUBJECT.aws;
  return deployOthers(world, BYSTANDERS, {
    aws: { region: connection!.region, allowedAccountIds: [connection!.accountID] },
    gcp: { project: SUBJECT.gcp.projectID, region: SUBJECT.gcp.region },
    random: {},
  });
}

/** Deploys what is not the program's; `providers` are the providers' settings, by package. */
export async function deployOthers(
  world: World,
  others: readonly Other[],
  providers: Readonly<Record<string, Record<string, unknown>>>,
): Promise<readonly Deployed[]> {
  const deployment = new Deployment(world);
  for (const [name, inputs] of Object.entries(providers)) {
    await deployment.register({ key: name, type: `pulumi:providers:${name}`, name, inputs });
  }
  const output: Output = (of, name) => {
    const made = deployment.created.find(({ type }) => type.endsWith(`:${of}`))!;
    return name === "id" ? made.id : made.outputs[name];
  };
  for (const [index, [type, arguments_]] of others.entries()) {
    await deployment.register({ key: `other ${index} ${type}`, type, name: "bystander", inputs: arguments_(output) });
  }
  return deployment.created;
}
