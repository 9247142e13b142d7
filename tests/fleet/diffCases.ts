import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../support/project.ts";

/** One text in a customer's file and what takes its place. */
export type Edit = readonly [from: string, to: string];

/** One edit of the customer that the simulated clouds start with, and what comes of it. */
export interface Case {
  readonly name: string;
  /** Deployed first, on top of `MORE`. */
  readonly before?: readonly Edit[];
  readonly edits: readonly Edit[];
  /** `<operation> <class>`, with ` x<n>` where there are several; sorted. */
  readonly operations: readonly string[];
  /** `<what>: <least>-<most> s`, or `for good`, with ` redundant` where something else carries the traffic. */
  readonly outages?: readonly string[];
}

const REGION = "        region: us-east-1\n";
const inAws = (text: string): Edit => [REGION, `${REGION}${text}`];
const LINK = "          - endpoint: com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0\n";
const OTHER = LINK.replace("0123456789abcdef0", "0fedcba9876543210");
const THIRD = LINK.replace("0123456789abcdef0", "0aaaaaaaaaaaaaaaa");
const PSC = "            targetService: projects/dev-customer-shared/regions/us-central1/serviceAttachments/packages\n";
const SECOND_PSC = PSC.replace("serviceAttachments/packages", "serviceAttachments/more");
const SUBNETS = "executors: { ipCidrRange: 10.10.0.0/24 }, more: { ipCidrRange: 10.10.1.0/24 }";
const AWS_BLOCK = `      aws:\n        accountID: "222233334444"\n${REGION}        privateLinks:\n${LINK}${OTHER}`;
const GCP_BLOCK = `      gcp:\n        subnet: executors\n        privateServiceConnectEndpoints:\n          - domain: packages.dev.example\n${PSC}`;
const ROUTE =
  "        - source: artifactory.dev.example # AWS PrivateLink: the endpoint's regional name flows in\n" +
  "          privateLink: vpce-svc-0123456789abcdef0\n";
const HEALTH: Edit = [
  "    registries:\n",
  "    health: { dpdTimeoutSeconds: 60, logRetentionDays: 90 }\n    registries:\n",
];

export const permit = (path: string): Edit => [
  "    registries:\n",
  `    permits:\n      "${path}": { reason: CHG-1 a planned change }\n    registries:\n`,
];

/** What every case starts from: one more of whatever a case takes away. */
export const MORE: readonly Edit[] = [
  ["executors: { ipCidrRange: 10.10.0.0/24 }", SUBNETS],
  ["nat-2: {} }", "nat-2: {}, nat-3: { state: reserved } }"],
  [LINK, LINK + OTHER],
  ["      gcp:\n        privateServiceConnectEndpoints:", "      gcp:\n        subnet: executors\n        privateServiceConnectEndpoints:"],
]; // prettier-ignore

const ALL_ENDPOINTS = [
  "endpoint vpce-svc-0123456789abcdef0: for good",
  "endpoint vpce-svc-0fedcba9876543210: for good",
];
const ONE_BY_ONE = ["t0", "t1", "t2", "t3"].map((tunnel) => `tunnel ${tunnel}: 240-900 s`);

/** Every guarded change, and the edits of every day. */
export const CASES: readonly Case[] = [
  { name: "a private link is added", edits: [[OTHER, OTHER + THIRD]], operations: ["create SecurityGroup", "create SecurityGroupIngressRule x2", "create VpcEndpoint"] },
  { name: "a port is added to a private link", edits: [[OTHER, `${OTHER}            ports: [443, 8443]\n`]], operations: ["create SecurityGroupIngressRule x2", "update Firewall", "update ProjectMetadataItem"] },
  { name: "another port takes the place of a private link's", edits: [[OTHER, `${OTHER}            ports: [8443]\n`]], operations: ["create SecurityGroupIngressRule x2", "delete SecurityGroupIngressRule x2", "update Firewall", "update ProjectMetadataItem"], outages: ["endpoint vpce-svc-0fedcba9876543210: for good"] },
  { name: "another port takes the place of a private service connect endpoint's", edits: [[PSC, `${PSC}            ports: [8443]\n`]], operations: ["update Firewall", "update ProjectMetadataItem"], outages: ["endpoint packages.dev.example: for good"] },
  { name: "a private service connect endpoint is added", edits: [[PSC, `${PSC}          - domain: more.dev.example\n${SECOND_PSC}`]], operations: ["create Address", "create Firewall x2", "create ForwardingRule", "create ManagedZone", "create RecordSet", "update ProjectMetadataItem"] },
  { name: "a route goes elsewhere", edits: [["198.51.100.53", "198.51.100.54"]], operations: ["update ProjectMetadataItem"] },
  { name: "a route is dropped", edits: [["        - source: maven.dev.example # public load balancer that allowlists nat-1 and nat-2\n          destination: maven.edge.dev.example\n          resolverIP: 198.51.100.53\n", ""]], operations: ["update ProjectMetadataItem"], outages: ["maven.dev.example: for good"] },
  { name: "dns-proxy gets another version", edits: [["202311201628", "202402201628"]], operations: ["update ProjectMetadataItem"] },
  { name: "a reserved address is activated", edits: [["nat-3: { state: reserved }", "nat-3: {}"]], operations: ["update RouterNat"], outages: ["address dev-nat-3: for good"] },
  { name: "an active address is drained", before: [["nat-3: { state: reserved }", "nat-3: {}"]], edits: [["nat-1: {}", "nat-1: { state: draining }"]], operations: ["update RouterNat"] },
  { name: "executors get more source ports", edits: [["      addresses: {", "      minPortsPerVm: 512\n      addresses: {"]], operations: ["update RouterNat"] },
  { name: "one key generation is raised", edits: [inAws("        vpn: { pskGenerations: { t2: 2 } }\n")], operations: ["replace RandomPassword", "replace RouterInterface", "replace RouterPeer", "replace VPNTunnel", "update VpnConnection"], outages: ["tunnel t2: 240-900 s redundant"] },
  { name: "a zone is added", edits: [inAws("        availabilityZoneIDs: [use1-az1, use1-az2, use1-az4]\n")], operations: ["create RouteTableAssociation", "create Subnet", "update ProjectMetadataItem", "update VpcEndpoint x2"] },
  { name: "a zone is left", before: [inAws("        availabilityZoneIDs: [use1-az1, use1-az2, use1-az4]\n")], edits: [["[use1-az1, use1-az2, use1-az4]", "[use1-az1, use1-az2]"]], operations: ["delete RouteTableAssociation", "delete Subnet", "update ProjectMetadataItem", "update VpcEndpoint x2"], outages: ALL_ENDPOINTS.map((one) => one.replace("for good", "0-60 s redundant")) },
  { name: "the keepalive interval is changed", edits: [["    registries:\n", "    health: { keepaliveInterval: 30 }\n    registries:\n"]], operations: ["update Router"] },
  { name: "gcp.routerAsn is changed", before: [permit("gcp.routerAsn")], edits: [["      region: us-central1\n", "      region: us-central1\n      routerAsn: 65010\n"]], operations: ["replace CustomerGateway x2", "update Router", "update VpnConnection x2"], outages: ["t0, t1, t2, t3: 60-1200 s"] },
  { name: "an executor subnet is removed", before: [permit("executors.subnets.more")], edits: [[SUBNETS, "executors: { ipCidrRange: 10.10.0.0/24 }"]], operations: ["delete SecurityGroupIngressRule x2", "delete Subnetwork", "update Router", "update RouterNat"], outages: [...ALL_ENDPOINTS, "executors in more: for good"] },
  { name: "static addresses are given up", before: [permit("executorNAT")], edits: [["    executorNAT:\n      addresses: { nat-1: {}, nat-2: {}, nat-3: { state: reserved } }\n", ""]], operations: ["delete Address x3", "delete Router", "delete RouterNat"], outages: ["address dev-nat-1: for good", "address dev-nat-2: for good", "address dev-nat-3: for good", "nat dev-nat: for good"] },
  { name: "a reserved address is given up", before: [permit("executorNAT.addresses.nat-3")], edits: [[", nat-3: { state: reserved } }", " }"]], operations: ["delete Address"], outages: ["address dev-nat-3: for good"] },
  { name: "the aws connection is removed", before: [permit("privateCodeHost.aws")], edits: [[AWS_BLOCK, ""], [ROUTE, ""]], operations: ["delete CustomerGateway x2", "delete DefaultSecurityGroup", "delete ExternalVpnGateway", "delete Firewall x3", "delete FlowLog", "delete HaVpnGateway", "delete LogGroup x2", "delete RandomPassword x4", "delete Role", "delete RolePolicy", "delete RouteTable", "delete RouteTableAssociation x2", "delete Router", "delete RouterInterface x4", "delete RouterPeer x4", "delete SecurityGroup x2", "delete SecurityGroupIngressRule x4", "delete Subnet x2", "delete VPNTunnel x4", "delete Vpc", "delete VpcEndpoint x2", "delete VpnConnection x2", "delete VpnGateway", "delete VpnGatewayAttachment", "delete VpnGatewayRoutePropagation", "update ProjectMetadataItem"], outages: ["t0, t1, t2, t3: for good", ...ALL_ENDPOINTS, "artifactory.dev.example: for good"] },
  { name: "two connections become one", before: [permit("privateCodeHost.aws.highAvailable")], edits: [inAws("        highAvailable: false\n        availabilityZoneIDs: [use1-az1, use1-az2]\n")], operations: ["delete CustomerGateway", "delete RandomPassword x2", "delete RouterInterface x2", "delete RouterPeer x2", "delete VPNTunnel x2", "delete VpnConnection", "replace ExternalVpnGateway", "replace RouterInterface x2", "replace RouterPeer x2", "replace VPNTunnel x2"], outages: ["t0, t1: 60-240 s", "t2, t3: for good"] },
  { name: "a private link is removed", before: [permit("privateCodeHost.aws.privateLinks[vpce-svc-0fedcba9876543210]")], edits: [[OTHER, ""]], operations: ["delete SecurityGroup", "delete SecurityGroupIngressRule x2", "delete VpcEndpoint"], outages: [ALL_ENDPOINTS[1]!] },
  { name: "the vpc gets another range", before: [permit("privateCodeHost.aws.vpcCidr")], edits: [inAws("        vpcCidr: 10.126.0.0/24\n")], operations: ["replace DefaultSecurityGroup", "replace FlowLog", "replace RouteTable", "replace RouteTableAssociation x2", "replace SecurityGroup x2", "replace SecurityGroupIngressRule x4", "replace Subnet x2", "replace Vpc", "replace VpcEndpoint x2", "replace VpnGatewayAttachment", "replace VpnGatewayRoutePropagation", "update Firewall x3", "update ProjectMetadataItem"], outages: ["t0, t1, t2, t3: 60-1200 s", ...ALL_ENDPOINTS] },
  { name: "aws gets another number", before: [permit("privateCodeHost.aws.vpn.amazonSideAsn")], edits: [inAws("        vpn: { amazonSideAsn: 64600 }\n")], operations: ["replace VpnGateway", "replace VpnGatewayAttachment", "replace VpnGatewayRoutePropagation", "update RouterPeer x4", "update VpnConnection x2"], outages: ["t0, t1, t2, t3: 60-1200 s"] },
  { name: "the tunnels get other inside addresses", before: [permit("privateCodeHost.aws.vpn.insideCidr")], edits: [inAws("        vpn: { insideCidr: 169.254.64.0/28 }\n")], operations: ["replace ExternalVpnGateway", "replace RouterInterface x4", "replace RouterPeer x4", "replace VPNTunnel x4", "replace VpnConnection x2"], outages: ["t0, t1, t2, t3: 360-1200 s"] },
  { name: "the proposal is changed", before: [permit("privateCodeHost.aws.vpn.proposal")], edits: [inAws("        vpn: { proposal: aes256gcm16-sha256-ecp384 }\n")], operations: ["update VpnConnection x2"], outages: ONE_BY_ONE },
  { name: "private service connect takes its addresses from another subnet", before: [permit("privateCodeHost.gcp.subnet")], edits: [["        subnet: executors\n", "        subnet: more\n"]], operations: ["replace Address", "replace ForwardingRule", "update Firewall x2", "update ProjectMetadataItem", "update RecordSet"], outages: ["endpoint packages.dev.example: for good"] },
  { name: "a private service connect endpoint is removed", before: [permit("privateCodeHost.gcp.privateServiceConnectEndpoints[packages.dev.example]")], edits: [[GCP_BLOCK, ""]], operations: ["delete Address", "delete Firewall x2", "delete ForwardingRule", "delete ManagedZone", "delete RecordSet", "update ProjectMetadataItem"], outages: ["endpoint packages.dev.example: for good"] },
  { name: "a service is published from another attachment", before: [permit("privateCodeHost.gcp.privateServiceConnectEndpoints[packages.dev.example]")], edits: [["serviceAttachments/packages", "serviceAttachments/packages-2"]], operations: ["replace ForwardingRule"], outages: ["endpoint packages.dev.example: for good"] },
  { name: "dead peer detection and the keeping of logs are changed", before: [permit("health.dpdTimeoutSeconds")], edits: [HEALTH], operations: ["update LogGroup x2", "update VpnConnection x2"], outages: ONE_BY_ONE },
]; // prettier-ignore

/** The file of the dev customer with edits. Fails where the text of one is not in it. */
export function withEdits(text: string, edits: readonly Edit[]): string {
  return edits.reduce((edited, [from, to]) => {
    if (!edited.includes(from)) throw new Error(`the file has no ${JSON.stringify(from)}`);
    return edited.replace(from, to);
  }, text);
}

/** The dev customer with one more of everything. */
export const START = withEdits(readFileSync(join(ROOT, "stacks/customers/dev.yaml"), "utf8"), MORE);

/** `<operation> <class>` of resources by number, as `Case` writes them. */
export function counted(operations: readonly string[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const one of operations) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].map(([one, n]) => (n === 1 ? one : `${one} x${n}`)).sort();
}
