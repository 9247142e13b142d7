import type { Policy } from "../policy.ts";
import {
  behind,
  ec2,
  findings,
  isAnywhere,
  isUnknown,
  itemsOf,
  liesIn,
  ofType,
  rangesOf,
  show,
  textsOf,
  token,
  unless,
  valueAt,
} from "../values.ts";
import { advertisedRanges } from "./bgp.ts";

const VPC = ec2("Vpc");
const SUBNET = ec2("Subnet");
const FLOW_LOG = ec2("FlowLog");
const ENDPOINT = ec2("VpcEndpoint");
const DEFAULT_GROUP = ec2("DefaultSecurityGroup");
const SECURITY_GROUP = ec2("SecurityGroup");
const GROUP_RULE = ec2("SecurityGroupRule");
const INGRESS = token("aws:vpc", "SecurityGroupIngressRule");
const EGRESS = token("aws:vpc", "SecurityGroupEgressRule");
const AWS_PROVIDER = "pulumi:providers:aws";

/** Nothing may be declared of these types. */
const none = (what: string) => () => [`expected no ${what} in an account of ours, got one`];

/** Texts a provider hands over as JSON, as Pulumi does with lists in a provider's configuration. */
function accountsOf(value: unknown): readonly string[] {
  if (typeof value !== "string") return textsOf(value);
  try {
    return textsOf(JSON.parse(value));
  } catch {
    return [];
  }
}

/** Ranges one ingress rule lets in, whichever resource declares it. */
function sourcesOf(rule: Readonly<Record<string, unknown>>): readonly unknown[] {
  const single = [rule["cidrIpv4"], rule["cidrIpv6"]].filter((value) => value !== undefined);
  return [...single, ...itemsOf(rule["cidrBlocks"]), ...itemsOf(rule["ipv6CidrBlocks"])];
}

/** Ingress rules of a resource: its own, or those written inside a group. */
function ingressOf(
  type: string,
  props: Readonly<Record<string, unknown>>,
): readonly Readonly<Record<string, unknown>>[] {
  if (type === SECURITY_GROUP) return itemsOf(props["ingress"]) as readonly Record<string, unknown>[];
  if (type === GROUP_RULE) return props["type"] === "ingress" ? [props] : [];
  return type === INGRESS ? [props] : [];
}

/** Whether a rule opens one TCP port. */
const isOnePort = (rule: Readonly<Record<string, unknown>>): boolean => {
  const [protocol = rule["protocol"], from, to] = [rule["ipProtocol"], rule["fromPort"], rule["toPort"]];
  if ([protocol, from, to].some(isUnknown)) return true;
  return protocol === "tcp" && typeof from === "number" && from > 0 && from === to;
};

export const AWS_POLICIES: readonly Policy[] = [
  {
    id: "aws-account-pinned",
    title: "Every AWS provider names one account and one region",
    reason: "Credentials of the environment decide the account otherwise, and a wrong profile builds in another's.",
    fix: "give the provider region and allowedAccountIds with the customer's account",
    source: "AWS provider documentation, Argument Reference: allowed_account_ids, region",
    level: "mandatory",
    scope: "resource",
    types: [AWS_PROVIDER],
    check: ({ props }) => {
      const accounts = props["allowedAccountIds"];
      const one = (value: unknown): boolean =>
        accountsOf(value).length === 1 && /^\d{12}$/.test(accountsOf(value)[0] ?? "");
      return [
        ...unless(accounts, one, "one account in allowedAccountIds"),
        ...unless(props["region"], (value) => typeof value === "string" && value !== "", "a region"),
      ];
    },
  },
  {
    id: "aws-no-internet",
    title: "Nothing of ours in AWS has a way to or from the internet",
    reason:
      "The VPC carries endpoints for executors alone; a gateway or public address makes it a door into the network.",
    fix: "remove it; executors reach AWS through the VPN",
    source: "Amazon VPC User Guide, Internet gateways; NAT gateways",
    level: "mandatory",
    of: "connections",
    scope: "resource",
    types: [
      ...["InternetGateway", "InternetGatewayAttachment", "EgressOnlyInternetGateway", "NatGateway"].map(ec2),
      ...["Eip", "EipAssociation", "CarrierGateway"].map(ec2),
    ],
    check: none("internet gateway, NAT gateway or public address"),
  },
  {
    id: "aws-no-public-addresses",
    title: "No subnet of ours in AWS hands out public addresses",
    reason: "An interface would get a public address without anyone asking for one.",
    fix: "set mapPublicIpOnLaunch to false",
    source: "Amazon VPC User Guide, IP addressing: public IPv4 addressing attribute of a subnet",
    level: "mandatory",
    scope: "resource",
    types: [SUBNET],
    check: ({ props }) => unless(props["mapPublicIpOnLaunch"], (value) => value !== true, "no public addresses"),
  },
  {
    id: "aws-no-peering",
    title: "No VPC of ours is joined to another network than the VPN's",
    reason: "A peering or transit gateway brings in networks that nobody planned ranges or rules for.",
    fix: "remove it, and reach the service through an interface endpoint",
    source: "Amazon VPC User Guide, VPC peering; transit gateways",
    level: "mandatory",
    of: "connections",
    scope: "resource",
    types: [
      ...["VpcPeeringConnection", "VpcPeeringConnectionAccepter", "PeeringConnectionOptions"].map(ec2),
      ...["VpcAttachment", "TransitGateway"].map((name) => token("aws:ec2transitgateway", name)),
    ],
    check: none("peering or transit gateway"),
  },
  {
    id: "aws-endpoints-only",
    title: "No machine runs in a VPC of ours in AWS",
    reason: "An instance there can start connections towards the executors, which an endpoint cannot.",
    fix: "remove it; the VPC holds interface endpoints alone",
    source: "AWS PrivateLink Guide, Access services through AWS PrivateLink: a service cannot initiate requests",
    level: "mandatory",
    of: "connections",
    scope: "resource",
    types: [
      ...["Instance", "SpotInstanceRequest", "SpotFleetRequest", "Fleet", "LaunchTemplate"].map(ec2),
      ...[token("aws:autoscaling", "Group"), token("aws:lambda", "Function"), token("aws:ecs", "Service")],
    ],
    check: none("machine"),
  },
  {
    id: "aws-default-security-group-empty",
    title: "The default security group of a VPC has no rules",
    reason: "AWS gives it allow-all rules, and whatever names no group of its own gets it.",
    fix: "set ingress and egress of the DefaultSecurityGroup to empty lists",
    source: "AWS Security Hub User Guide, control EC2.2",
    level: "mandatory",
    scope: "resource",
    types: [DEFAULT_GROUP],
    check: ({ props }) =>
      ["ingress", "egress"].flatMap((way) =>
        unless(props[way], (value) => Array.isArray(value) && value.length === 0, `no ${way} rules`),
      ),
  },
  {
    id: "aws-default-security-group-managed",
    title: "Every VPC has its default security group emptied",
    reason: "AWS makes the group with the VPC, and with allow-all rules that no program declares.",
    fix: "declare a DefaultSecurityGroup without rules for the VPC",
    source: "AWS Security Hub User Guide, control EC2.2",
    level: "mandatory",
    scope: "stack",
    check: (stack) => {
      const emptied = ofType(stack, DEFAULT_GROUP).flatMap((group) => behind(group, "vpcId"));
      return ofType(stack, VPC)
        .filter(({ urn }) => !emptied.includes(urn))
        .flatMap((vpc) => findings(vpc, ["expected a default security group emptied by the program, got AWS's own"]));
    },
  },
  {
    id: "aws-ingress-from-anywhere",
    title: "No security group lets in every address",
    reason: "Whoever finds a way into the VPC reaches the customer's registry.",
    fix: "name the executor subnets' ranges",
    source: "Amazon VPC User Guide, Security groups; AWS Security Hub User Guide, control EC2.18",
    level: "mandatory",
    of: "connections",
    scope: "resource",
    types: [INGRESS, GROUP_RULE, SECURITY_GROUP],
    check: ({ type, props }) =>
      ingressOf(type, props)
        .flatMap(sourcesOf)
        .filter(isAnywhere)
        .map((source) => `expected ingress from executors, got ingress from ${show(source)}`),
  },
  {
    id: "aws-ingress-one-port",
    title: "An ingress rule opens one TCP port",
    reason: "A range of ports or another protocol opens more than the endpoint listens on.",
    fix: "write one rule for each port of the link, with protocol tcp",
    source: "Amazon VPC User Guide, Security group rules",
    level: "mandatory",
    of: "connections",
    scope: "resource",
    types: [INGRESS, GROUP_RULE, SECURITY_GROUP],
    check: ({ type, props }) =>
      ingressOf(type, props)
        .filter((rule) => !isOnePort(rule))
        .map(({ ipProtocol, protocol, fromPort, toPort }) => {
          return `expected one tcp port, got ${show(ipProtocol ?? protocol)} ${show(fromPort)} to ${show(toPort)}`;
        }),
  },
  {
    id: "aws-ingress-from-executors",
    title: "Security groups let in the executor subnets alone",
    reason: "The VPN carries the executors' ranges; any other source is somebody else's.",
    fix: "take the range of an executor subnet, which the Cloud Router advertises",
    source: "Amazon VPC User Guide, Security groups; Google Cloud, Cloud Router: Advertised routes",
    level: "mandatory",
    of: "connections",
    scope: "stack",
    check: (stack) => {
      const executors = rangesOf(advertisedRanges(stack));
      if (executors.length === 0) return [];
      return ofType(stack, INGRESS, GROUP_RULE, SECURITY_GROUP).flatMap((resource) => {
        const rules = ingressOf(resource.type, resource.props);
        const named = rules.flatMap(({ referencedSecurityGroupId, prefixListId, sourceSecurityGroupId }) =>
          [referencedSecurityGroupId, prefixListId, sourceSecurityGroupId].filter((value) => value !== undefined),
        );
        const strange = textsOf(rules.flatMap(sourcesOf)).filter(
          (source) => !isAnywhere(source) && !liesIn(source, executors),
        );
        const messages = strange.map(
          (source) => `expected ingress from an executor subnet, got ingress from ${source}`,
        );
        return findings(
          resource,
          named.length > 0 ? [...messages, "expected a range, got a group or a prefix list"] : messages,
        );
      });
    },
  },
  {
    id: "aws-no-egress-rules",
    title: "Security groups of endpoints have no egress rules",
    reason: "An endpoint only answers, and answers pass without a rule; a rule is a way out that nobody needs.",
    fix: "remove the rule",
    source: "Amazon VPC User Guide, Security groups: security groups are stateful",
    level: "mandatory",
    of: "connections",
    scope: "resource",
    types: [EGRESS, GROUP_RULE, SECURITY_GROUP],
    check: ({ type, props }) => {
      const found = type === EGRESS || props["type"] === "egress" || itemsOf(props["egress"]).length > 0;
      return found ? ["expected no egress rule, got one"] : [];
    },
  },
  {
    id: "aws-endpoint-own-group",
    title: "An interface endpoint has a security group of its own",
    reason: "Without one AWS gives it the VPC's default group, and no rule says who may reach it.",
    fix: "give the endpoint vpcEndpointType Interface and securityGroupIds with its own group",
    source: "AWS PrivateLink Guide, Create a VPC endpoint: security groups",
    level: "mandatory",
    of: "connections",
    scope: "resource",
    types: [ENDPOINT],
    check: ({ props }) => [
      ...unless(props["vpcEndpointType"], (value) => value === "Interface", "an endpoint of type Interface"),
      ...unless(props["securityGroupIds"], (value) => Array.isArray(value) && value.length === 1, "one security group"),
    ],
  },
  {
    id: "aws-flow-logs",
    title: "Every VPC logs all of its traffic",
    reason: "Without flow logs a refused or strange connection leaves no trace on the AWS side.",
    fix: "declare a FlowLog for the VPC with trafficType ALL",
    source: "Amazon VPC User Guide, Logging IP traffic using VPC Flow Logs",
    level: "mandatory",
    scope: "stack",
    check: (stack) => {
      const logs = ofType(stack, FLOW_LOG).filter(
        ({ props }) => unless(valueAt(props, "trafficType"), (value) => value === "ALL", "ALL").length === 0,
      );
      const logged = logs.flatMap((log) => behind(log, "vpcId"));
      return ofType(stack, VPC)
        .filter(({ urn }) => !logged.includes(urn))
        .flatMap((vpc) => findings(vpc, ["expected a flow log of all traffic, got none"]));
    },
  },
];
