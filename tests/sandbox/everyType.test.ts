/**
 * Tier: provider protocol. Every simulated type can be made, read, found unchanged and removed. This tier cannot show
 * that the real clouds fill in the same values, nor what the engine does with them.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import { TABLES } from "../../sandbox/tables.ts";
import type { Values } from "../../sandbox/values.ts";
import type { Provider, Resource } from "./client.ts";
import { makeGoogleTypes } from "./googleTypes.ts";
import { makeCodeArtifact } from "./codeArtifactEstate.ts";
import * as estate from "./estate.ts";
import * as registry from "./registryEstate.ts";
import { makeRegistryTypes } from "./registryTypes.ts";

const { PROJECT, REGION } = estate;
let sandbox: Sandbox;
let aws: Provider;
let google: Provider;
const made: { provider: Provider; resource: Resource; args: Values }[] = [];

async function make(provider: Provider, type: string, args: Values, name = "it"): Promise<Resource> {
  const resource = await provider.create(type, args, name);
  made.push({ provider, resource, args });
  return resource;
}

beforeAll(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  await estate.seed(sandbox);
  [aws, google] = [await estate.aws(sandbox), await estate.google(sandbox)];
});

afterAll(async () => {
  aws.close();
  google.close();
  await sandbox.close();
});

async function makeGoogle(): Promise<Resource[]> {
  const compute = (leaf: string, args: Values): Promise<Resource> => make(google, `gcp:compute/${leaf}`, args);
  const network = await compute("network:Network", { name: "own", autoCreateSubnetworks: false });
  const link = String(network.state["selfLink"]);
  const within = { network: link, region: REGION };
  const subnet = await compute("subnetwork:Subnetwork", { name: "own", ipCidrRange: "10.20.0.0/24", ...within });
  const router = await compute("router:Router", { name: "vpn", ...within, bgp: { asn: 64520 } });
  const gateway = await compute("haVpnGateway:HaVpnGateway", { name: "vpn", ...within });
  await compute("firewall:Firewall", {
    name: "allow",
    network: link,
    allows: [{ protocol: "icmp" }],
    sourceRanges: ["10.0.0.0/8"],
  });
  await compute("projectMetadataItem:ProjectMetadataItem", { key: "k", value: "v" });
  const nat = await compute("address:Address", { name: "nat", region: REGION, addressType: "EXTERNAL" });
  const manual = { natIpAllocateOption: "MANUAL_ONLY", natIps: [nat.state["selfLink"]] };
  const listed = { name: subnet.state["selfLink"], sourceIpRangesToNats: ["ALL_IP_RANGES"] };
  const some = { sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS", subnetworks: [listed] };
  await compute("routerNat:RouterNat", {
    name: "nat",
    router: router.state["name"],
    region: REGION,
    ...manual,
    ...some,
  });
  const inner = { name: "psc", region: REGION, addressType: "INTERNAL", subnetwork: subnet.state["selfLink"] };
  const address = await compute("address:Address", inner);
  const psc = { loadBalancingScheme: "", target: estate.ATTACHMENT, ipAddress: address.state["selfLink"] };
  await compute("forwardingRule:ForwardingRule", {
    name: "psc",
    region: REGION,
    network: link,
    noAutomateDnsZone: true,
    ...psc,
  });
  const visible = { visibility: "private", privateVisibilityConfig: { networks: [{ networkUrl: link }] } };
  const zone = await make(google, "gcp:dns/managedZone:ManagedZone", {
    name: "zone",
    dnsName: "registry.example.com.",
    ...visible,
  });
  const record = { name: "registry.example.com.", type: "A", ttl: 60, rrdatas: [address.state["address"]] };
  await make(google, "gcp:dns/recordSet:RecordSet", { managedZone: zone.state["name"], ...record });
  return [router, gateway];
}

async function makeAws(outside: string): Promise<Resource> {
  const side = await estate.awsSide(aws);
  const { vpc, subnets, table, gateway, attachment, propagation, group } = side;
  for (const resource of [vpc, ...subnets, table, gateway, attachment, propagation, group]) {
    const { __defaults: _, ...args } = resource.inputs;
    made.push({ provider: aws, resource, args });
  }
  for (const subnet of subnets) {
    const args = { routeTableId: table.id, subnetId: subnet.id };
    await make(aws, "aws:ec2/routeTableAssociation:RouteTableAssociation", args);
  }
  await make(aws, "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", { vpcId: vpc.id, ingress: [], egress: [] });
  const rule = { ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "10.10.0.0/24" };
  await make(aws, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", { securityGroupId: group.id, ...rule });
  const statement = { Effect: "Allow", Action: "logs:PutLogEvents", Resource: "*" };
  const trusted = { Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: "vpc-flow-logs.amazonaws.com" } };
  const [policy, assumeRolePolicy] = [statement, trusted].map((one) => JSON.stringify({ Statement: [one] }));
  await make(aws, "aws:cloudwatch/logGroup:LogGroup", { name: "/aws/vendedlogs/vpn", retentionInDays: 90 });
  const role = await make(aws, "aws:iam/role:Role", { name: "flow", assumeRolePolicy });
  await make(aws, "aws:iam/rolePolicy:RolePolicy", { name: "write", role: role.state["name"], policy });
  const flow = {
    iamRoleArn: role.state["arn"],
    logDestination: "arn:aws:logs:us-east-1:111122223333:log-group:x",
    trafficType: "ALL",
  };
  await make(aws, "aws:ec2/flowLog:FlowLog", { vpcId: vpc.id, ...flow });
  const bgp = { type: "ipsec.1", bgpAsn: "64520" };
  const customer = await make(aws, "aws:ec2/customerGateway:CustomerGateway", { ...bgp, ipAddress: outside });
  const endpoint = { vpcId: vpc.id, serviceName: estate.SERVICE, vpcEndpointType: "Interface" };
  const members = { subnetIds: subnets.map(({ id }) => id), securityGroupIds: [group.id] };
  const { id } = await make(aws, "aws:ec2/vpcEndpoint:VpcEndpoint", { ...endpoint, ...members });
  await (await estate.seed(sandbox)).service.accept(id);
  await make(aws, "aws:vpc/endpointPrivateDns:EndpointPrivateDns", { vpcEndpointId: id, privateDnsEnabled: true });
  const joining = { vpcId: registry.VPC, vpcEndpointType: "Interface", subnetIds: [registry.SUBNETS[0]] };
  await makeRegistryTypes(
    sandbox,
    (type, args, name) => make(aws, type, args, name),
    (serviceName) => make(aws, registry.ENDPOINT, { ...joining, serviceName }),
  );
  return make(aws, "aws:ec2/vpnConnection:VpnConnection", estate.connectionArgs(gateway, customer));
}

test("one connection of every kind can be made with every type the sandbox has", async () => {
  const [router, gateway] = await makeGoogle();
  const connection = await makeAws(estate.outsideAddress(gateway!, 0));
  const external = await make(
    google,
    "gcp:compute/externalVpnGateway:ExternalVpnGateway",
    estate.externalArgs([connection]),
  );
  const side = { router: router!, gateway: gateway! };
  const tunnel = await make(google, "gcp:compute/vPNTunnel:VPNTunnel", estate.tunnelArgs(side, external, 0));
  const on = { router: router!.state["name"], region: REGION };
  const link = { name: "if0", ipRange: "169.254.32.2/30", vpnTunnel: tunnel.state["name"] };
  const face = await make(google, "gcp:compute/routerInterface:RouterInterface", { ...on, ...link });
  const session = {
    interface: face.state["name"],
    peerIpAddress: "169.254.32.1",
    ipAddress: "169.254.32.2",
    peerAsn: 64512,
  };
  await make(google, "gcp:compute/routerPeer:RouterPeer", { name: "peer0", ...on, ...session });
  await makeGoogleTypes(sandbox, (type, args) => make(google, type, args, `it${made.length}`));
  await makeCodeArtifact((type, args) => make(aws, type, args, `it${made.length}`));
  const types = [...Object.keys(TABLES.aws.types), ...Object.keys(TABLES.gcp.types)].sort();
  expect([...new Set(made.map(({ resource }) => resource.type))].sort()).toEqual(types);
});

test("a resource that was just made shows no change, in the program or in the cloud", async () => {
  for (const { provider, resource, args } of made) {
    const current = (await provider.read(resource))!;
    expect(current, resource.type).toBeDefined();
    expect(current.inputs, resource.type).toEqual(resource.inputs);
    expect((await provider.diff(current, args)).details, resource.type).toEqual([]);
  }
});

test("every declared output of a type has a value once it is made", () => {
  for (const { resource } of made) {
    const table = { ...TABLES.aws.types, ...TABLES.gcp.types }[resource.type]!;
    const missing = table.outputs.filter(
      (name) => resource.state[name] === undefined && !/ipv6|namePrefix/i.test(name),
    );
    expect(missing, resource.type).toEqual([]);
  }
});

test("everything can be removed again in reverse, and nothing of it is left", async () => {
  for (const { provider, resource } of made.toReversed()) {
    await provider.delete(resource);
    if (resource.type.includes("defaultSecurityGroup")) continue;
    expect(await provider.read(resource), resource.type).toBeUndefined();
  }
  expect(sandbox.world.list().filter(({ outside }) => !outside)).toEqual([]);
  expect(sandbox.world.list().map(({ account }) => account)).toContain(PROJECT);
});
