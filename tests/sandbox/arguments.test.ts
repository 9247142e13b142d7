/**
 * Tier: provider protocol. Shows which arguments are refused before a request is sent, and in which words. It cannot
 * show that the providers' own words are the same, only that they refuse the same.
 */
import { afterAll, beforeAll, expect, test } from "vitest";
import { startSandbox, type Sandbox } from "../../sandbox/index.ts";
import type { Values } from "../../sandbox/values.ts";
import { UNKNOWN, type Provider } from "./client.ts";
import * as estate from "./estate.ts";

let sandbox: Sandbox;
let providers: Record<string, Provider>;

beforeAll(async () => {
  sandbox = await startSandbox({ worldFile: estate.newWorldFile() });
  providers = { aws: await estate.aws(sandbox), gcp: await estate.google(sandbox) };
});

afterAll(async () => {
  for (const provider of Object.values(providers)) provider.close();
  await sandbox.close();
});

async function failures(type: string, args: Values): Promise<string[]> {
  return (await providers[type.split(":")[0]!]!.check(type, args)).failures;
}

const CONNECTION = "aws:ec2/vpnConnection:VpnConnection";
const connection = { type: "ipsec.1", customerGatewayId: "cgw-1", vpnGatewayId: "vgw-1" };
const GATEWAY = "aws:ec2/customerGateway:CustomerGateway";
const gateway = { type: "ipsec.1", bgpAsn: "65001", ipAddress: "198.51.100.1" };
const RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const rule = { securityGroupId: "sg-1", ipProtocol: "tcp", fromPort: 443, toPort: 443, cidrIpv4: "10.0.0.0/24" };
const NAT = "gcp:compute/routerNat:RouterNat";
const nat = {
  name: "n0",
  router: "r",
  natIpAllocateOption: "MANUAL_ONLY",
  natIps: ["a"],
  sourceSubnetworkIpRangesToNat: "LIST_OF_SUBNETWORKS",
};
const ROUTER = "gcp:compute/router:Router";
const FIREWALL = "gcp:compute/firewall:Firewall";
const firewall = {
  name: "f",
  network: "n",
  allows: [{ protocol: "tcp", ports: ["443"] }],
  sourceRanges: ["10.0.0.0/8"],
};
const PEER = "gcp:compute/routerPeer:RouterPeer";
const peer = { name: "p0", router: "r", interface: "i", peerAsn: 64512 };

const ACCEPTED: [string, string, Values][] = [
  [
    "a VPN connection",
    CONNECTION,
    { ...connection, tunnel1InsideCidr: "169.254.32.0/30", tunnel2InsideCidr: "169.254.32.4/30" },
  ],
  ["a customer gateway", GATEWAY, gateway],
  ["a customer gateway whose address is not known yet", GATEWAY, { ...gateway, ipAddress: UNKNOWN }],
  ["an ingress rule", RULE, rule],
  ["a NAT", NAT, nat],
  ["a NAT whose addresses are not known yet", NAT, { ...nat, natIps: UNKNOWN }],
  ["a firewall", FIREWALL, firewall],
  ["a BGP peer", PEER, peer],
];

test.each(ACCEPTED)("%s is accepted", async (_name, type, args) => {
  expect(await failures(type, args)).toEqual([]);
});

const REFUSED: [string, string, Values, string][] = [
  [
    "a mistyped argument",
    "aws:ec2/vpc:Vpc",
    { cidrBlok: "10.0.0.0/24" },
    "aws:ec2/vpc:Vpc has no argument cidrBlok; did you mean cidrBlock?",
  ],
  [
    "an output given as an argument",
    "aws:ec2/vpc:Vpc",
    { cidrBlock: "10.0.0.0/24", arn: "x" },
    "arn of aws:ec2/vpc:Vpc is an output and cannot be set",
  ],
  [
    "an argument the sandbox has no behaviour for",
    "aws:ec2/vpc:Vpc",
    { ipv6CidrBlock: "x" },
    "the sandbox does not simulate ipv6CidrBlock of aws:ec2/vpc:Vpc: leave it out there",
  ],
  [
    "a mistyped argument inside a block",
    FIREWALL,
    { ...firewall, allows: [{ protocol: "tcp", prots: ["1"] }] },
    "allows[0] has no argument prots; did you mean ports?",
  ],
  ["a missing argument", "aws:ec2/subnet:Subnet", { cidrBlock: "10.0.0.0/24" }, "missing required argument vpcId"],
  [
    "a missing argument inside a block",
    ROUTER,
    { name: "r", network: "n", bgp: {} },
    "missing required argument bgp.asn",
  ],
  ["a value of another type", "aws:ec2/vpc:Vpc", { cidrBlock: 10 }, "cidrBlock must be a string"],
  [
    "a value outside an enumeration",
    CONNECTION,
    { ...connection, tunnel1StartupAction: "go" },
    'tunnel1StartupAction must be one of add, start, not "go"',
  ],
  [
    "a list entry outside an enumeration",
    CONNECTION,
    { ...connection, tunnel1IkeVersions: ["ikev3"] },
    'tunnel1IkeVersions[0] must be one of ikev1, ikev2, not "ikev3"',
  ],
  [
    "a number out of range",
    CONNECTION,
    { ...connection, tunnel1DpdTimeoutSeconds: 10 },
    "tunnel1DpdTimeoutSeconds must be at least 30, not 10",
  ],
  [
    "a name Google refuses",
    "gcp:compute/network:Network",
    { name: "Executors", autoCreateSubnetworks: false },
    'name must match ^(?:[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?)$, which "Executors" does not',
  ],
  [
    "a name that is too long",
    "gcp:compute/vPNTunnel:VPNTunnel",
    { name: "t".repeat(64), sharedSecret: "s" },
    "name must be of at most 63 characters, not 64",
  ],
  [
    "two arguments that exclude each other",
    GATEWAY,
    { ...gateway, bgpAsnExtended: "65001" },
    "only one of bgpAsn and bgpAsnExtended can be given",
  ],
  [
    "none of several arguments",
    RULE,
    { securityGroupId: "sg-1", ipProtocol: "-1" },
    "exactly one of cidrIpv4, prefixListId, referencedSecurityGroupId must be given",
  ],
  [
    "a tunnel without a key",
    "gcp:compute/vPNTunnel:VPNTunnel",
    { name: "t" },
    "missing required argument sharedSecret",
  ],
  [
    "an inside range that AWS keeps",
    CONNECTION,
    { ...connection, tunnel1InsideCidr: "169.254.169.252/30" },
    'tunnel1InsideCidr must be a /30 network within 169.254.0.0/16 that AWS does not keep for itself, not "169.254.169.252/30"',
  ],
  [
    "an inside range with host bits",
    CONNECTION,
    { ...connection, tunnel2InsideCidr: "169.254.32.1/30" },
    "tunnel2InsideCidr must be a /30 network",
  ],
  [
    "one inside range for both tunnels",
    CONNECTION,
    { ...connection, tunnel1InsideCidr: "169.254.32.0/30", tunnel2InsideCidr: "169.254.32.0/30" },
    "tunnel2InsideCidr must differ from tunnel1InsideCidr, not also be 169.254.32.0/30",
  ],
  [
    "a second lifetime as long as the first",
    CONNECTION,
    { ...connection, tunnel1Phase1LifetimeSeconds: 3600 },
    "tunnel1Phase2LifetimeSeconds must be below tunnel1Phase1LifetimeSeconds (3600)",
  ],
  [
    "a key exchange group AWS does not have",
    CONNECTION,
    { ...connection, tunnel2Phase1DhGroupNumbers: [5] },
    "tunnel2Phase1DhGroupNumbers must be among 2, 14,",
  ],
  ["an ASN of AWS's own", GATEWAY, { ...gateway, bgpAsn: "7224" }, "bgpAsn must be 1 to 2147483647 and not 7224"],
  [
    "an ASN too high for its argument",
    GATEWAY,
    { ...gateway, bgpAsn: "4200000000" },
    "a higher number goes into bgpAsnExtended",
  ],
  [
    "a customer gateway with a private address",
    GATEWAY,
    { ...gateway, ipAddress: "10.0.0.1" },
    'ipAddress must be a public IPv4 address, not "10.0.0.1"',
  ],
  [
    "a public ASN on the Amazon side",
    "aws:ec2/vpnGateway:VpnGateway",
    { amazonSideAsn: "3356" },
    "amazonSideAsn must be 64512 to 65534",
  ],
  [
    "a VPC that is too large",
    "aws:ec2/vpc:Vpc",
    { cidrBlock: "10.0.0.0/8" },
    'cidrBlock must be an IPv4 network of /16 to /28, not "10.0.0.0/8"',
  ],
  ["a rule with one port", RULE, { ...rule, toPort: undefined }, "fromPort and toPort are needed for tcp and udp"],
  [
    "a flow log without a role",
    "aws:ec2/flowLog:FlowLog",
    { vpcId: "vpc-1", trafficType: "ALL" },
    "iamRoleArn is needed for the destination cloud-watch-logs",
  ],
  [
    "a retention AWS does not have",
    "aws:cloudwatch/logGroup:LogGroup",
    { retentionInDays: 91 },
    "retentionInDays must be one of 0, 1, 3,",
  ],
  [
    "a tag that only AWS may set",
    "aws:ec2/vpc:Vpc",
    { cidrBlock: "10.0.0.0/24", tags: { "aws:x": "y" } },
    'tags cannot have the key "aws:x"',
  ],
  [
    "a label in upper case",
    "gcp:compute/address:Address",
    { name: "a", labels: { team: "Platform" } },
    'labels.team must be up to 63 lower-case letters, digits, _ and -, not "Platform"',
  ],
  [
    "a public ASN on a router",
    ROUTER,
    { name: "r", network: "n", bgp: { asn: 3356 } },
    "bgp.asn must be 64512 to 65534, 4200000000 to 4294967294 or 16550, not 3356",
  ],
  [
    "a keepalive that is too short",
    ROUTER,
    { name: "r", network: "n", bgp: { asn: 65001, keepaliveInterval: 5 } },
    "bgp.keepaliveInterval must be 20 to 60, not 5",
  ],
  [
    "own advertisements in the default mode",
    ROUTER,
    { name: "r", network: "n", bgp: { asn: 65001, advertisedIpRanges: [{ range: "10.0.0.0/8" }] } },
    "bgp.advertisedIpRanges must be empty unless advertiseMode is CUSTOM",
  ],
  [
    "a BGP peer with half of its addresses",
    PEER,
    { ...peer, ipAddress: "169.254.32.2" },
    "peerIpAddress is needed with ipAddress",
  ],
  [
    "ports that are no power of two",
    NAT,
    { ...nat, enableDynamicPortAllocation: true, minPortsPerVm: 100 },
    "minPortsPerVm must be a power of two of at least 32 with dynamic port allocation, not 100",
  ],
  [
    "a port maximum no higher than the minimum",
    NAT,
    { ...nat, enableDynamicPortAllocation: true, minPortsPerVm: 256, maxPortsPerVm: 256 },
    "maxPortsPerVm must be a power of two above minPortsPerVm (256)",
  ],
  [
    "a port maximum without dynamic ports",
    NAT,
    { ...nat, maxPortsPerVm: 256 },
    "maxPortsPerVm can only be set with enableDynamicPortAllocation",
  ],
  [
    "dynamic ports with fixed mapping",
    NAT,
    { ...nat, enableDynamicPortAllocation: true, enableEndpointIndependentMapping: true },
    "enableEndpointIndependentMapping cannot be combined with enableDynamicPortAllocation",
  ],
  [
    "addresses with automatic allocation",
    NAT,
    { ...nat, natIpAllocateOption: "AUTO_ONLY" },
    "natIps can only be set with natIpAllocateOption MANUAL_ONLY",
  ],
  [
    "an address that is used and drained",
    NAT,
    { ...nat, drainNatIps: ["a"] },
    "drainNatIps cannot hold a, which is also in natIps",
  ],
  [
    "a firewall for both and neither",
    FIREWALL,
    { ...firewall, denies: [{ protocol: "all" }] },
    "exactly one of allows, denies must be given",
  ],
  [
    "sources of an egress firewall",
    FIREWALL,
    { ...firewall, direction: "EGRESS" },
    "sourceRanges cannot be set when direction is EGRESS",
  ],
  [
    "a firewall range with host bits",
    FIREWALL,
    { ...firewall, sourceRanges: ["10.0.0.1/8"] },
    "sourceRanges must hold IPv4 networks, not 10.0.0.1/8",
  ],
  [
    "a zone without its dot",
    "gcp:dns/managedZone:ManagedZone",
    { name: "z", dnsName: "registry.example.com" },
    "dnsName must end with a dot",
  ],
];

test.each(REFUSED)("fails for %s", async (_name, type, args, message) => {
  const found = await failures(type, args);
  expect(found).toHaveLength(1);
  expect(found[0]).toContain(message);
});

test("fails for a bad key without repeating it", async () => {
  const [short, leading] = ["0short!", "0abcdefgh"];
  const [first] = await failures(CONNECTION, { ...connection, tunnel1PresharedKey: short });
  expect(first).toBe("tunnel1PresharedKey must match ^[0-9A-Za-z_.]+$, which this value does not");
  const [second] = await failures(CONNECTION, { ...connection, tunnel1PresharedKey: leading });
  expect(second).toBe("tunnel1PresharedKey must not begin with 0");
});

test("defaults are the provider's and named as such", async () => {
  const { inputs } = await providers["gcp"]!.check("gcp:compute/haVpnGateway:HaVpnGateway", {
    name: "g",
    network: "n",
  });
  expect(inputs).toEqual({
    ...{ name: "g", network: "n", gatewayIpVersion: "IPV4", stackType: "IPV4_ONLY" },
    __defaults: ["gatewayIpVersion", "stackType"],
  });
});

test("the provider's default tags join a resource's own", async () => {
  const defaultTags = JSON.stringify({ tags: { owner: "platform", tier: "gold" } });
  const tagging = await estate.aws(sandbox, "us-east-1", { defaultTags });
  const { inputs } = await tagging.check("aws:ec2/vpc:Vpc", { cidrBlock: "10.0.0.0/24", tags: { tier: "silver" } });
  expect(inputs["tags"]).toEqual({ owner: "platform", tier: "silver" });
  tagging.close();
});
