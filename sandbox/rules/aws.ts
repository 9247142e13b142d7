/** Rules of the AWS provider that span arguments or need more than the tables can say. */
import { addressOf, blockOf, isNetwork, isSpecial } from "../addresses.ts";
import type { Failure, Rule } from "../check.ts";
import { isUnknown, list, text, type Values } from "../values.ts";
import { apiRules } from "./apiModels.ts";
import { TAG_RULES } from "./names.ts";

/** Ranges AWS keeps for itself. Source: AWS Site-to-Site VPN User Guide, Tunnel options, Inside tunnel IPv4 CIDR. */
export const RESERVED_INSIDE = [
  ...["169.254.0.0/30", "169.254.1.0/30", "169.254.2.0/30", "169.254.3.0/30", "169.254.4.0/30", "169.254.5.0/30"],
  "169.254.169.252/30",
];

const PROVIDER = "hashicorp/terraform-provider-aws internal/service/ec2";

function refuse(property: string, reason: string): Failure {
  return { property, reason: `${property} ${reason}` };
}

/** A rule on one text argument; left out and unknown values pass. */
function onText(type: string, names: string[], rule: string, source: string, fits: (value: string) => boolean): Rule[] {
  return names.map((name) => ({
    ...{ type, rule, source },
    check(args: Values): Failure | undefined {
      const value = text(args[name]);
      if (value === undefined || isUnknown(value) || fits(value)) return undefined;
      const shown = name.endsWith("PresharedKey") ? "" : `, not ${JSON.stringify(value)}`;
      return refuse(name, `${rule}${shown}`);
    },
  }));
}

function networkOf(least: number, most: number): (value: string) => boolean {
  return (value) => isNetwork(value) && blockOf(value)!.prefix >= least && blockOf(value)!.prefix <= most;
}

function insideFits(value: string): boolean {
  const linkLocal = isNetwork(value) && blockOf(value)!.prefix === 30 && value.startsWith("169.254.");
  return linkLocal && !RESERVED_INSIDE.includes(value);
}

const asnRange = (value: string): boolean => /^\d+$/.test(value) && Number(value) <= 4294967295;

function amazonSide(value: string): boolean {
  const asn = Number(value);
  const privateUse = (asn >= 64512 && asn <= 65534) || (asn >= 4200000000 && asn <= 4294967294);
  return /^\d+$/.test(value) && (privateUse || [7224, 9059, 10124, 17493].includes(asn));
}

const vpnConnection = "aws:ec2/vpnConnection:VpnConnection";
const customerGateway = "aws:ec2/customerGateway:CustomerGateway";
const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
const both = (name: string): string[] => [`tunnel1${name}`, `tunnel2${name}`];

/** Source: AWS Site-to-Site VPN User Guide, Tunnel options. */
function phases(args: Values, tunnel: string): Failure | undefined {
  const number = (name: string, otherwise: number): number => Number(args[`${tunnel}${name}`] ?? otherwise);
  const [first, second] = [number("Phase1LifetimeSeconds", 28800), number("Phase2LifetimeSeconds", 3600)];
  if (second >= first)
    return refuse(`${tunnel}Phase2LifetimeSeconds`, `must be below ${tunnel}Phase1LifetimeSeconds (${first})`);
  const margin = number("RekeyMarginTimeSeconds", 540);
  if (margin > second / 2)
    return refuse(
      `${tunnel}RekeyMarginTimeSeconds`,
      `must be at most half of ${tunnel}Phase2LifetimeSeconds (${second})`,
    );
  for (const [phase, groups] of [
    ["Phase1", [2]],
    ["Phase2", [2, 5]],
  ] as const) {
    const allowed = [...groups, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24];
    const name = `${tunnel}${phase}DhGroupNumbers`;
    const bad = list(args[name]).find((group) => typeof group === "number" && !allowed.includes(group));
    if (bad !== undefined) return refuse(name, `must be among ${allowed.join(", ")}, not ${text(bad) ?? ""}`);
  }
  return undefined;
}

const RELATED: Rule[] = [
  ...["tunnel1", "tunnel2"].map((tunnel) => ({
    type: vpnConnection,
    rule: "lifetimes and key exchange groups fit each other",
    source: "AWS Site-to-Site VPN User Guide, Tunnel options",
    check: (args: Values) => phases(args, tunnel),
  })),
  {
    type: vpnConnection,
    rule: "the two tunnels of a connection have different inside ranges",
    source: "AWS Site-to-Site VPN User Guide, Tunnel options",
    check({ tunnel1InsideCidr: first, tunnel2InsideCidr: second }) {
      if (first === undefined || isUnknown(first) || first !== second) return undefined;
      return refuse("tunnel2InsideCidr", `must differ from tunnel1InsideCidr, not also be ${text(first) ?? ""}`);
    },
  },
  {
    type: "aws:ec2/flowLog:FlowLog",
    rule: "flow logs to CloudWatch need a role to write with, and a traffic type",
    source: "EC2 API Reference, CreateFlowLogs",
    check(args) {
      const toLogs = (args["logDestinationType"] ?? "cloud-watch-logs") === "cloud-watch-logs";
      if (toLogs && args["iamRoleArn"] === undefined)
        return refuse("iamRoleArn", "is needed for the destination cloud-watch-logs");
      if (toLogs && args["logDestination"] === undefined && args["logGroupName"] === undefined)
        return refuse("logDestination", "or logGroupName is needed for the destination cloud-watch-logs");
      return args["trafficType"] === undefined ? refuse("trafficType", "is needed: ACCEPT, REJECT or ALL") : undefined;
    },
  },
  {
    type: ingressRule,
    rule: "a protocol is one EC2 knows by name, or a number",
    source: "EC2 API Reference, AuthorizeSecurityGroupIngress, IpProtocol",
    check({ ipProtocol: protocol }) {
      const given = text(protocol);
      if (given === undefined || isUnknown(given) || /^(-1|all|tcp|udp|icmp|icmpv6)$/.test(given)) return undefined;
      const number = /^\d{1,3}$/.test(given) && Number(given) <= 255;
      return number ? undefined : refuse("ipProtocol", `must be -1, tcp, udp, icmp, icmpv6 or a number, not ${given}`);
    },
  },
  {
    type: ingressRule,
    rule: "a rule for a protocol with ports names both, the first not above the second",
    source: "EC2 API Reference, AuthorizeSecurityGroupIngress",
    check({ ipProtocol, fromPort, toPort }) {
      if (ipProtocol !== "tcp" && ipProtocol !== "udp") return undefined;
      if (fromPort === undefined || toPort === undefined)
        return refuse("fromPort", "and toPort are needed for tcp and udp");
      const known = typeof fromPort === "number" && typeof toPort === "number";
      return known && fromPort > toPort ? refuse("fromPort", "must not be above toPort") : undefined;
    },
  },
];

export const AWS_RULES: readonly Rule[] = [
  ...onText(
    "aws:ec2/vpc:Vpc",
    ["cidrBlock"],
    "must be an IPv4 network of /16 to /28",
    `${PROVIDER}/vpc_.go`,
    networkOf(16, 28),
  ),
  ...onText(
    "aws:ec2/subnet:Subnet",
    ["cidrBlock"],
    "must be an IPv4 network address",
    `${PROVIDER}/vpc_subnet.go`,
    isNetwork,
  ),
  ...onText(
    ingressRule,
    ["cidrIpv4"],
    "must be an IPv4 network address",
    `${PROVIDER}/vpc_security_group_ingress_rule.go`,
    isNetwork,
  ),
  ...onText(
    vpnConnection,
    both("InsideCidr"),
    "must be a /30 network within 169.254.0.0/16 that AWS does not keep for itself",
    `${PROVIDER}/vpnsite_connection.go`,
    insideFits,
  ),
  ...onText(
    vpnConnection,
    both("PresharedKey"),
    "must not begin with 0",
    `${PROVIDER}/vpnsite_connection.go`,
    (value) => !value.startsWith("0"),
  ),
  ...onText(
    "aws:ec2/vpnGateway:VpnGateway",
    ["amazonSideAsn"],
    "must be 64512 to 65534, 4200000000 to 4294967294, 7224, 9059, 10124 or 17493",
    `${PROVIDER}/vpnsite_gateway.go`,
    amazonSide,
  ),
  ...onText(
    customerGateway,
    ["bgpAsnExtended"],
    "must be 0 to 4294967295",
    `${PROVIDER}/vpnsite_customer_gateway.go`,
    asnRange,
  ),
  ...onText(
    customerGateway,
    ["bgpAsn"],
    "must be 1 to 2147483647 and not 7224, which is AWS's own; a higher number goes into bgpAsnExtended",
    `${PROVIDER}/vpnsite_customer_gateway.go; AWS Site-to-Site VPN User Guide, Customer gateway options`,
    (value) => asnRange(value) && Number(value) >= 1 && Number(value) <= 2147483647 && Number(value) !== 7224,
  ),
  ...onText(
    customerGateway,
    ["ipAddress"],
    "must be a public IPv4 address",
    "AWS Site-to-Site VPN User Guide, Customer gateway options",
    (value) => addressOf(value) !== undefined && !isSpecial(value),
  ),
  ...onText(
    "aws:ec2/securityGroup:SecurityGroup",
    ["name"],
    "must not begin with sg-",
    `${PROVIDER}/vpc_security_group.go`,
    (value) => !value.startsWith("sg-"),
  ),
  ...onText(
    "aws:cloudwatch/logGroup:LogGroup",
    ["name"],
    "must hold only letters, digits and _./#-",
    "hashicorp/terraform-provider-aws internal/service/logs/group.go",
    (value) => /^[\w./#-]+$/.test(value),
  ),
  ...[
    "aws:iam/role:Role assumeRolePolicy",
    "aws:iam/rolePolicy:RolePolicy policy",
    "aws:ec2/vpcEndpoint:VpcEndpoint policy",
  ].flatMap((each) => {
    const [type, name] = each.split(" ") as [string, string];
    return onText(type, [name], "must be a JSON document", "IAM JSON policy reference", isJson);
  }),
  ...RELATED,
  ...TAG_RULES,
  ...apiRules("aws"),
];

function isJson(value: string): boolean {
  try {
    return typeof JSON.parse(value) === "object";
  } catch {
    return false;
  }
}
