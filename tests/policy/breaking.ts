import { Edited } from "./graphs.ts";

/** A change of a good graph; the policy it is listed under must be the only one that minds. */
export type Break = (good: Edited) => Edited;

const VPC_RANGE = "10.127.0.0/24";
const TAGS = { "causeway:customer": "dev", "causeway:connection": "aws-222233334444-us-east-1" };

/** One more resource of a type that must not be there at all. */
const added =
  (type: string, inputs: Record<string, unknown> = {}): Break =>
  (good) =>
    good.like("Vpc", { type, name: "extra", inputs: { tags: TAGS, ...inputs } });

const input =
  (className: string, inputs: Record<string, unknown>, ending = ""): Break =>
  (good) =>
    good.inputs(className, inputs, ending);

const tunnel = (option: string, value: unknown): Break => input("VpnConnection", { [`tunnel2${option}`]: value }, "-b");

/** Another text in the dns-proxy artefact. */
const artefact =
  (from: string | RegExp, to: string): Break =>
  (good) => {
    const value = String(good.node("ProjectMetadataItem").inputs["value"]);
    const changed = value.replace(from, to);
    if (changed === value) throw new Error(`the artefact has no ${String(from)}`);
    return good.inputs("ProjectMetadataItem", { value: changed });
  };

const group = (inputs: Record<string, unknown>): Break => input("SecurityGroup", inputs);
const ingress = (inputs: Record<string, unknown>): Break => input("SecurityGroupIngressRule", inputs);
const INLINE = { protocol: "tcp", fromPort: 443, toPort: 443 };

const firewall =
  (name: string, inputs: Record<string, unknown>): Break =>
  (good) => {
    const { network, targetServiceAccounts } = good.node("Firewall").inputs;
    return good.like("Firewall", { name, inputs: { name, network, targetServiceAccounts, ...inputs } });
  };

const bgp =
  (change: Record<string, unknown>): Break =>
  (good) =>
    good.inputs("Router", { bgp: { ...(good.node("Router", "-vpn").inputs["bgp"] as object), ...change } }, "-vpn");

/** For every policy the changes that break it and nothing else. */
export const BREAKING: Readonly<Record<string, readonly Break[]>> = {
  "aws-account-pinned": [
    input("aws", { allowedAccountIds: undefined }),
    input("aws", { allowedAccountIds: '["111122223333","444455556666"]' }),
    input("aws", { region: undefined }),
  ],
  "aws-no-internet": [
    added("aws:ec2/internetGateway:InternetGateway"),
    added("aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway"),
    added("aws:ec2/natGateway:NatGateway"),
    added("aws:ec2/eip:Eip"),
  ],
  "aws-no-public-addresses": [input("Subnet", { mapPublicIpOnLaunch: true })],
  "aws-no-peering": [
    added("aws:ec2/vpcPeeringConnection:VpcPeeringConnection"),
    added("aws:ec2transitgateway/vpcAttachment:VpcAttachment"),
  ],
  "aws-endpoints-only": [added("aws:ec2/instance:Instance"), added("aws:lambda/function:Function")],
  "aws-default-security-group-empty": [
    input("DefaultSecurityGroup", { ingress: [{ protocol: "-1", self: true, fromPort: 0, toPort: 0 }] }),
    input("DefaultSecurityGroup", { egress: undefined }),
  ],
  "aws-default-security-group-managed": [(good) => good.without("DefaultSecurityGroup")],
  "aws-ingress-from-anywhere": [
    ingress({ cidrIpv4: "0.0.0.0/0" }),
    ingress({ cidrIpv4: undefined, cidrIpv6: "::/0" }),
    group({ ingress: [{ ...INLINE, cidrBlocks: ["10.10.0.0/24", "0.0.0.0/0"] }] }),
  ],
  "aws-ingress-one-port": [
    ingress({ toPort: 444 }),
    ingress({ ipProtocol: "-1", fromPort: undefined, toPort: undefined }),
    ingress({ ipProtocol: "udp" }),
  ],
  "aws-ingress-from-executors": [
    ingress({ cidrIpv4: "10.10.0.0/16" }),
    ingress({ cidrIpv4: undefined, prefixListId: "pl-obviously-fake" }),
    group({ ingress: [{ ...INLINE, cidrBlocks: ["10.20.0.0/16"] }] }),
  ],
  "aws-no-egress-rules": [
    added("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule", { cidrIpv4: "10.10.0.0/24" }),
    group({ egress: [{ protocol: "-1", fromPort: 0, toPort: 0, cidrBlocks: ["10.10.0.0/24"] }] }),
  ],
  "aws-endpoint-own-group": [
    input("VpcEndpoint", { securityGroupIds: [] }),
    input("VpcEndpoint", { securityGroupIds: undefined }),
    input("VpcEndpoint", { vpcEndpointType: "Gateway" }),
  ],
  "aws-flow-logs": [(good) => good.without("FlowLog"), input("FlowLog", { trafficType: "REJECT" })],
  "vpn-ikev2": [
    tunnel("IkeVersions", ["ikev1", "ikev2"]),
    tunnel("IkeVersions", ["ikev1"]),
    tunnel("IkeVersions", undefined),
  ],
  "vpn-ikev2-google": [input("VPNTunnel", { ikeVersion: 1 }, "-t3")],
  "vpn-one-proposal": [
    tunnel("Phase1EncryptionAlgorithms", ["AES256", "AES256-GCM-16"]),
    tunnel("Phase2DhGroupNumbers", undefined),
    tunnel("Phase2IntegrityAlgorithms", []),
  ],
  "vpn-strong-proposal": [
    tunnel("Phase1EncryptionAlgorithms", ["AES128"]),
    tunnel("Phase2IntegrityAlgorithms", ["SHA1"]),
    tunnel("Phase1DhGroupNumbers", [2]),
    tunnel("Phase2DhGroupNumbers", [22]),
  ],
  "vpn-aws-starts": [tunnel("StartupAction", "add"), tunnel("StartupAction", undefined)],
  "vpn-dead-peer-restart": [
    tunnel("DpdTimeoutAction", "clear"),
    tunnel("DpdTimeoutAction", undefined),
    tunnel("DpdTimeoutSeconds", 10),
  ],
  "vpn-tunnel-logs": [
    tunnel("LogOptions", undefined),
    tunnel("LogOptions", { cloudwatchLogOptions: { logEnabled: false } }),
  ],
  "psk-strength": [
    input("RandomPassword", { length: 8 }, "-t1"),
    input("RandomPassword", { overrideSpecial: undefined }, "-t1"),
    input("RandomPassword", { overrideSpecial: "._-" }, "-t1"),
    input("VPNTunnel", { sharedSecret: "k-short" }, "-t1"),
    tunnel("PresharedKey", `0${"x".repeat(31)}`),
  ],
  "psk-per-tunnel": [
    (good) => {
      const { tunnel1PresharedKey } = good.node("VpnConnection", "-b").inputs;
      return good.inputs("VpnConnection", { tunnel2PresharedKey: tunnel1PresharedKey }, "-b");
    },
    (good) => {
      const { propertyDependencies } = good.node("VPNTunnel", "-t0");
      return good.options("VPNTunnel", { propertyDependencies }, "-t3");
    },
  ],
  "psk-secret": [
    (good) => good.options("RandomPassword", { additionalSecretOutputs: [] }),
    (good) => good.options("VPNTunnel", { secretInputs: [] }, "-t2"),
    (good) => good.options("VpnConnection", { secretInputs: ["tunnel1PresharedKey"] }),
  ],
  "bgp-custom-advertisement": [
    bgp({ advertiseMode: "DEFAULT" }),
    bgp({ advertisedGroups: ["ALL_SUBNETS"] }),
    input("RouterPeer", { advertiseMode: "CUSTOM", advertisedGroups: ["ALL_SUBNETS"] }),
  ],
  "bgp-executor-ranges": [
    bgp({ advertisedIpRanges: [{ range: "10.10.0.0/24" }, { range: "0.0.0.0/0" }] }),
    bgp({ advertisedIpRanges: [{ range: "10.10.0.0/24" }, { range: "10.20.0.0/16" }] }),
    bgp({ advertisedIpRanges: Array.from({ length: 101 }, () => ({ range: "10.10.0.0/24" })) }),
  ],
  "google-project-pinned": [input("gcp", { project: undefined }), input("gcp", { region: "" })],
  "egress-denied-beyond-ports": [
    (good) => good.without("Firewall", "-us-east-1-deny"),
    input("Firewall", { priority: 900 }, "-us-east-1-deny"),
    input("Firewall", { destinationRanges: ["10.127.0.0/25"] }, "-us-east-1-deny"),
    firewall("extra", { direction: "EGRESS", destinationRanges: ["10.9.0.0/16"], allows: [{ protocol: "tcp" }] }),
  ],
  "egress-denials-logged": [input("Firewall", { logConfig: undefined }, "-us-east-1-deny")],
  "firewall-executors-alone": [input("Firewall", { targetServiceAccounts: undefined }, "-us-east-1-icmp")],
  "no-ingress-from-aws": [
    input("Firewall", { allows: [{ protocol: "icmp" }, { protocol: "tcp" }] }, "-us-east-1-icmp"),
    firewall("extra", { direction: "INGRESS", sourceRanges: ["10.0.0.0/8"], allows: [{ protocol: "all" }] }),
    firewall("extra", { sourceRanges: [VPC_RANGE], allows: [{ protocol: "tcp", ports: ["22"] }] }),
    firewall("extra", { allows: [{ protocol: "tcp", ports: ["22"] }] }),
  ],
  "google-subnet-logs": [input("Subnetwork", { logConfig: undefined })],
  "nat-static-addresses": [
    input("RouterNat", { natIpAllocateOption: "AUTO_ONLY" }),
    input("RouterNat", { natIps: [] }),
  ],
  "psc-recreates-closed": [input("ForwardingRule", { recreateClosedPsc: undefined })],
  "psc-static-address": [(good) => good.options("ForwardingRule", { propertyDependencies: {} })],
  "dns-public-registries": [
    artefact("maven.dev.example.", "registry-1.docker.io."),
    artefact("maven.dev.example. {", "pkg.dev. {"),
    input("ManagedZone", { dnsName: "io." }),
    input("ManagedZone", { dnsName: "." }),
    input("RecordSet", { name: "storage.googleapis.com." }),
  ],
  "dns-private-zones": [
    input("ManagedZone", { visibility: "public" }),
    input("ManagedZone", { visibility: undefined }),
  ],
  "dns-guests-alone": [
    artefact("allow net 10.61.0.0/16", "allow net 10.0.0.0/8"),
    artefact(/acl \. \{[^}]*\}/, ""),
    artefact("acl . {", "acl {"),
  ],
  "guest-rules-narrow": [
    artefact(/-d 10\.127\.0\.\d+\/27/, "-d 10.0.0.0/8"),
    artefact("-p tcp -m tcp --dport 443", "-p tcp"),
    artefact(/-d 10\.127\.0\.\d+\/27 /, ""),
  ],
  "explicit-provider": [
    ({ graph }) =>
      new Edited({
        ...graph,
        nodes: graph.nodes.map((node) => {
          if (!node.type.endsWith(":FlowLog")) return node;
          const { provider: _, ...rest } = node;
          return rest;
        }),
      }),
  ],
  protected: [
    ...["HaVpnGateway", "CustomerGateway", "VpcEndpoint", "Address", "Vpc", "VpnConnection"].map(
      (className): Break =>
        (good) =>
          good.options(className, { protect: false }),
    ),
  ],
  "customer-tags": [
    input("Vpc", { tags: { "causeway:customer": "dev" } }),
    input("VpcEndpoint", { tags: undefined }),
    input("Subnet", { tags: { ...TAGS, "causeway:customer": "" } }),
  ],
  "customer-labels": [input("Address", { labels: { tier: "dev" } }), input("VPNTunnel", { labels: undefined })],
  "explicit-names": [
    input("RouterPeer", { name: undefined }),
    (good) => good.inputs("VPNTunnel", { name: `${good.node("VPNTunnel").name}-0a1b2c3` }),
  ],
  "delete-before-replace": ["VPNTunnel", "RouterInterface", "RouterPeer", "ExternalVpnGateway"].map(
    (className): Break =>
      (good) =>
        good.options(className, { deleteBeforeReplace: false }),
  ),
  "no-secret-outputs": [
    ({ graph }) => new Edited({ ...graph, secretOutputs: ["tunnels"] }),
    (good) => {
      const { sharedSecret } = good.node("VPNTunnel").inputs;
      return new Edited({ ...good.graph, outputs: { ...good.graph.outputs, ticket: { note: `key ${sharedSecret}` } } });
    },
  ],
};
