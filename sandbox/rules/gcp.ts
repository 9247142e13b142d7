/** Rules of the Google provider that span arguments or need more than the tables can say. */
import type { Failure, Rule } from "../check.ts";
import { apiRules } from "./apiModels.ts";
import { LABEL_RULES } from "./names.ts";
import { isNetwork } from "../addresses.ts";
import { blocks, isEmpty, isRecord, isUnknown, text, texts, UNKNOWN, type Values } from "../values.ts";

const MMV1 = "GoogleCloudPlatform/magic-modules mmv1";

function refuse(property: string, reason: string): Failure {
  return { property, reason: `${property} ${reason}` };
}

/** Source: RFC 6996, and 16550 for Partner Interconnect. */
function privateAsn(asn: number): boolean {
  return (asn >= 64512 && asn <= 65534) || (asn >= 4200000000 && asn <= 4294967294) || asn === 16550;
}

function advertised(args: Values, property: string): Failure | undefined {
  const mode = args["advertiseMode"] ?? "DEFAULT";
  const lists = ["advertisedGroups", "advertisedIpRanges"].filter((name) => !isEmpty(args[name]));
  if (mode !== "DEFAULT" || lists.length === 0) return undefined;
  return refuse(`${property}${lists[0]}`, "must be empty unless advertiseMode is CUSTOM");
}

const powerOfTwo = (value: number): boolean => Number.isInteger(Math.log2(value));

/** Source: Compute API reference, routers: NAT ports per VM. */
function natPorts(args: Values): Failure | undefined {
  const [min, max] = [args["minPortsPerVm"], args["maxPortsPerVm"]];
  if (args["enableDynamicPortAllocation"] !== true) {
    return max === undefined ? undefined : refuse("maxPortsPerVm", "can only be set with enableDynamicPortAllocation");
  }
  if (args["enableEndpointIndependentMapping"] === true) {
    return refuse("enableEndpointIndependentMapping", "cannot be combined with enableDynamicPortAllocation");
  }
  if (typeof min === "number" && (min < 32 || !powerOfTwo(min))) {
    return refuse("minPortsPerVm", `must be a power of two of at least 32 with dynamic port allocation, not ${min}`);
  }
  const least = typeof min === "number" ? min : 32;
  if (typeof max === "number" && (max <= least || max > 65536 || !powerOfTwo(max))) {
    return refuse(
      "maxPortsPerVm",
      `must be a power of two above minPortsPerVm (${least}) and at most 65536, not ${max}`,
    );
  }
  return undefined;
}

function natAddresses(args: Values): Failure | undefined {
  const given = texts(args["natIps"]).length > 0 || isUnknown(args["natIps"]);
  const manual = args["natIpAllocateOption"] === "MANUAL_ONLY";
  if (given && !manual) return refuse("natIps", "can only be set with natIpAllocateOption MANUAL_ONLY");
  if (manual && !given && isEmpty(args["initialNatIps"]))
    return refuse("natIps", "must name addresses with natIpAllocateOption MANUAL_ONLY");
  const both = texts(args["drainNatIps"]).find((url) => texts(args["natIps"]).includes(url));
  return both === undefined ? undefined : refuse("drainNatIps", `cannot hold ${both}, which is also in natIps`);
}

function natSubnetworks(args: Values): Failure | undefined {
  const listed = args["sourceSubnetworkIpRangesToNat"] === "LIST_OF_SUBNETWORKS";
  if (!isEmpty(args["subnetworks"]) && !listed) {
    return refuse("subnetworks", "can only be set with sourceSubnetworkIpRangesToNat LIST_OF_SUBNETWORKS");
  }
  return undefined;
}

function firewallEnds(args: Values): Failure | undefined {
  const sources = ["sourceRanges", "sourceTags", "sourceServiceAccounts"];
  if (args["direction"] === "EGRESS") {
    const wrong = sources.find((name) => !isEmpty(args[name]));
    return wrong ? refuse(wrong, "cannot be set when direction is EGRESS") : undefined;
  }
  if (!isEmpty(args["destinationRanges"]) && isEmpty(args["sourceRanges"]) && args["direction"] !== "INGRESS")
    return undefined;
  return sources.every((name) => isEmpty(args[name]))
    ? refuse("sourceRanges", "or sourceTags or sourceServiceAccounts is needed for INGRESS")
    : undefined;
}

function cipherComplete(args: Values): Failure | undefined {
  const suite = args["cipherSuite"];
  return isRecord(suite) && isEmpty(suite) ? refuse("cipherSuite", "must have a phase1 or a phase2") : undefined;
}

function rule(type: string, sentence: string, source: string, check: Rule["check"]): Rule {
  return { type: `gcp:${type}`, rule: sentence, source, check };
}

const nat = (sentence: string, check: Rule["check"]): Rule =>
  rule("compute/routerNat:RouterNat", sentence, `${MMV1}/products/compute/RouterNat.yaml`, check);

/** Ranges among the entries of a list that are no networks. */
function badRange(list: unknown): string | undefined {
  return texts(list).find((range) => !isUnknown(range) && !isNetwork(range));
}

/** Protocols with ports, by name and number. */
const PORTED = new Set(["tcp", "udp", "sctp", "6", "17", "132", UNKNOWN]);

function firewallRules(args: Values): Failure | undefined {
  for (const name of ["sourceRanges", "destinationRanges"]) {
    const bad = badRange(args[name]);
    if (bad !== undefined) return refuse(name, `must hold IPv4 networks, not ${bad}`);
  }
  for (const name of ["allows", "denies"]) {
    const port = blocks(args[name])
      .flatMap((rule) => texts(rule["ports"]))
      .find((one) => !/^\d+(-\d+)?$/.test(one));
    if (port !== undefined) return refuse(name, `must have ports such as 443 or 8000-8080, not ${port}`);
    const portless = blocks(args[name]).find(
      (rule) => texts(rule["ports"]).length > 0 && !PORTED.has(text(rule["protocol"]) ?? ""),
    );
    if (portless)
      return refuse(name, `can have ports for tcp, udp and sctp alone, not for ${text(portless["protocol"]) ?? ""}`);
  }
  return undefined;
}

const RECORD_TYPES = [
  ...[
    "A",
    "AAAA",
    "ALIAS",
    "CAA",
    "CNAME",
    "DNSKEY",
    "DS",
    "HTTPS",
    "IPSECKEY",
    "MX",
    "NAPTR",
    "NS",
    "PTR",
    "SOA",
    "SPF",
  ],
  ...["SRV", "SSHFP", "SVCB", "TLSA", "TXT"],
];

export const GCP_RULES: readonly Rule[] = [
  ...LABEL_RULES,
  ...apiRules("gcp"),
  rule(
    "compute/firewall:Firewall",
    "ranges are networks, ports are numbers",
    "Compute API reference, firewalls",
    firewallRules,
  ),
  rule("compute/subnetwork:Subnetwork", "ranges are networks", "Compute API reference, subnetworks", (args) => {
    const ranges = [args["ipCidrRange"], ...blocks(args["secondaryIpRanges"]).map((range) => range["ipCidrRange"])];
    const bad = badRange(ranges.filter((range) => range !== undefined));
    return bad === undefined ? undefined : refuse("ipCidrRange", `must be an IPv4 network, not ${bad}`);
  }),
  rule("compute/router:Router", "advertised ranges are networks", "Compute API reference, routers", ({ bgp }) => {
    const bad = isRecord(bgp) ? badRange(blocks(bgp["advertisedIpRanges"]).map((range) => range["range"])) : undefined;
    return bad === undefined ? undefined : refuse("bgp.advertisedIpRanges", `must hold IPv4 networks, not ${bad}`);
  }),
  rule(
    "compute/projectMetadataItem:ProjectMetadataItem",
    "a value is at most 256 KB",
    "Compute Engine documentation, Metadata limitations",
    ({ value }) =>
      Buffer.byteLength(String(value)) > 262144 ? refuse("value", "must be of at most 262144 bytes") : undefined,
  ),
  rule(
    "compute/router:Router",
    "a router's ASN is private or 16550",
    `${MMV1} verify.ValidateRFC6996Asn`,
    ({ bgp }) => {
      const asn = isRecord(bgp) ? bgp["asn"] : undefined;
      if (typeof asn !== "number" || privateAsn(asn)) return undefined;
      return refuse("bgp.asn", `must be 64512 to 65534, 4200000000 to 4294967294 or 16550, not ${asn}`);
    },
  ),
  rule("compute/router:Router", "own advertisements need the mode CUSTOM", `${MMV1} Router.yaml`, ({ bgp }) =>
    isRecord(bgp) ? advertised(bgp, "bgp.") : undefined,
  ),
  rule("compute/router:Router", "a router is in a network", `${MMV1} Router.yaml`, ({ network }) =>
    network === undefined ? refuse("network", "is needed: the sandbox does not simulate NCC gateways") : undefined,
  ),
  rule("compute/routerPeer:RouterPeer", "own advertisements need the mode CUSTOM", `${MMV1} RouterBgpPeer`, (args) =>
    advertised(args, ""),
  ),
  rule("compute/routerPeer:RouterPeer", "an address of its own needs a peer's", `${MMV1} RouterBgpPeer`, (args) =>
    args["ipAddress"] !== undefined && args["peerIpAddress"] === undefined
      ? refuse("peerIpAddress", "is needed with ipAddress")
      : undefined,
  ),
  rule("compute/routerPeer:RouterPeer", "priority 0 needs its flag", `${MMV1} RouterBgpPeer`, (args) =>
    args["zeroAdvertisedRoutePriority"] === true && Number(args["advertisedRoutePriority"] ?? 0) !== 0
      ? refuse("zeroAdvertisedRoutePriority", "cannot be true with another advertisedRoutePriority")
      : undefined,
  ),
  nat("ports per VM fit how they are allocated", natPorts),
  nat("addresses fit how they are allocated", natAddresses),
  nat("subnetworks are listed only where a list is asked for", natSubnetworks),
  rule(
    "compute/firewall:Firewall",
    "sources and destinations fit the direction",
    `${MMV1} resourceComputeFirewallSourceFieldsCustomizeDiff`,
    firewallEnds,
  ),
  rule(
    "compute/vPNTunnel:VPNTunnel",
    "a cipher suite has a phase",
    `${MMV1}/products/compute/VpnTunnel.yaml`,
    cipherComplete,
  ),
  rule(
    "dns/managedZone:ManagedZone",
    "a zone's name ends with a dot",
    `${MMV1}/products/dns/ManagedZone.yaml`,
    ({ dnsName }) =>
      isUnknown(dnsName) || String(dnsName).endsWith(".") ? undefined : refuse("dnsName", "must end with a dot"),
  ),
  rule(
    "dns/managedZone:ManagedZone",
    "a public zone is visible everywhere",
    "Cloud DNS API reference, managedZones, privateVisibilityConfig",
    ({ visibility, privateVisibilityConfig }) =>
      visibility === "private" || isEmpty(privateVisibilityConfig)
        ? undefined
        : refuse("privateVisibilityConfig", "can only be set with visibility private"),
  ),
  rule(
    "dns/recordSet:RecordSet",
    "a record set is of a known type and has data",
    "Cloud DNS documentation, Supported DNS record types",
    ({ type, rrdatas, routingPolicy }) => {
      const known = typeof type !== "string" || isUnknown(type) || RECORD_TYPES.includes(type);
      if (!known) return refuse("type", `must be one of ${RECORD_TYPES.join(", ")}, not ${JSON.stringify(type)}`);
      return isEmpty(rrdatas) && routingPolicy === undefined ? refuse("rrdatas", "must not be empty") : undefined;
    },
  ),
  rule(
    "dns/recordSet:RecordSet",
    "a record's name ends with a dot",
    `${MMV1} resource_dns_record_set.go`,
    ({ name }) => (isUnknown(name) || text(name)?.endsWith(".") ? undefined : refuse("name", "must end with a dot")),
  ),
];
