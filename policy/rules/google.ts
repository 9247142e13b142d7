import type { DeclaredResource, DeclaredStack, Policy } from "../policy.ts";
import {
  behind,
  compute,
  ec2,
  findings,
  isUnknown,
  itemsOf,
  meets,
  ofType,
  rangesOf,
  show,
  textsOf,
  unless,
} from "../values.ts";

const VPC = ec2("Vpc");
const FIREWALL = compute("Firewall");
const NAT = compute("RouterNat");
const SUBNETWORK = compute("Subnetwork");
const FORWARDING_RULE = compute("ForwardingRule");
const ADDRESS = compute("Address");
const GOOGLE_PROVIDER = "pulumi:providers:gcp";

const isEgress = ({ props }: DeclaredResource): boolean => props["direction"] === "EGRESS";
const allows = ({ props }: DeclaredResource): readonly unknown[] => itemsOf(props["allows"]);
const denies = ({ props }: DeclaredResource): readonly unknown[] => itemsOf(props["denies"]);
const protocolOf = (allowed: unknown): unknown => (allowed as { readonly protocol?: unknown }).protocol;

/** Where an egress rule points, comparable even where the addresses themselves are not known yet. */
function destinationOf(rule: DeclaredResource): string {
  const ranges = rule.props["destinationRanges"];
  const unknown = isUnknown(ranges) || (Array.isArray(ranges) && ranges.some(isUnknown));
  return JSON.stringify(unknown ? [...behind(rule, "destinationRanges")].sort() : (ranges ?? []));
}

/** Whether a rule denies everything else at an allow rule's destination, to the same machines and only after it. */
function covers(deny: DeclaredResource, allow: DeclaredResource): boolean {
  const whom = ({ props }: DeclaredResource): string =>
    JSON.stringify([props["network"], props["targetServiceAccounts"], props["targetTags"]]);
  const priority = ({ props }: DeclaredResource): number => Number(props["priority"] ?? 1000);
  return (
    isEgress(deny) &&
    denies(deny).some((denied) => protocolOf(denied) === "all") &&
    destinationOf(deny) === destinationOf(allow) &&
    whom(deny) === whom(allow) &&
    priority(deny) > priority(allow)
  );
}

/** A rule with a target of a published service is an endpoint of Private Service Connect. */
const isEndpoint = ({ props }: DeclaredResource): boolean => String(props["target"]).includes("/serviceAttachments/");

const endpoints = (stack: DeclaredStack): readonly DeclaredResource[] =>
  ofType(stack, FORWARDING_RULE).filter(isEndpoint);

export const GOOGLE_POLICIES: readonly Policy[] = [
  {
    id: "google-project-pinned",
    title: "Every Google Cloud provider names its project and region",
    reason:
      "Credentials of the environment decide them otherwise, and a wrong default builds in another customer's project.",
    fix: "give the provider project and region from the customer file",
    source: "Google Cloud provider documentation, Provider Configuration Reference: project, region",
    level: "mandatory",
    scope: "resource",
    types: [GOOGLE_PROVIDER],
    check: ({ props }) =>
      ["project", "region"].flatMap((key) =>
        unless(props[key], (value) => typeof value === "string" && value !== "", `a ${key}`),
      ),
  },
  {
    id: "egress-denied-beyond-ports",
    title: "Where executors may open some ports, everything else there is denied",
    reason: "Google Cloud allows all egress, so an allow rule alone limits nothing.",
    fix: "add a deny rule of all protocols for the same destination and targets, with a larger priority number",
    source: "Google Cloud, VPC firewall rules: implied rules, priority",
    level: "mandatory",
    scope: "stack",
    check: (stack) => {
      const rules = ofType(stack, FIREWALL);
      return rules
        .filter((rule) => isEgress(rule) && allows(rule).length > 0 && !rules.some((other) => covers(other, rule)))
        .flatMap((rule) => findings(rule, ["expected a rule that denies the rest of its destination, got none"]));
    },
  },
  {
    id: "egress-denials-logged",
    title: "Denied egress is logged",
    reason: "A job that probes the customer's network, or a port nobody planned, is seen nowhere else.",
    fix: "give the rule a logConfig",
    source: "Google Cloud, Firewall Rules Logging",
    level: "mandatory",
    scope: "resource",
    types: [FIREWALL],
    check: (rule) =>
      isEgress(rule) && denies(rule).length > 0
        ? unless(rule.props["logConfig"], (value) => value !== undefined, "a logConfig")
        : [],
  },
  {
    id: "firewall-executors-alone",
    title: "Firewall rules name the executors they are for",
    reason: "Without a target a rule is for every machine of the network, the instance's own included.",
    fix: "set targetServiceAccounts to the executors' service account",
    source: "Google Cloud, VPC firewall rules: targets",
    level: "mandatory",
    of: "connections",
    scope: "resource",
    types: [FIREWALL],
    check: ({ props }) =>
      unless(
        props["targetServiceAccounts"] ?? props["targetTags"],
        (value) => Array.isArray(value) && value.length > 0,
        "a target",
      ),
  },
  {
    id: "no-ingress-from-aws",
    title: "Nothing at AWS may open a connection to the executors",
    reason: "An endpoint only answers; whoever opens a connection from that range is not the customer's service.",
    fix: "remove the rule; answers pass without one, and icmp alone may come in for path MTU discovery",
    source: "AWS PrivateLink Guide, Concepts; Google Cloud, Cloud VPN: MTU considerations",
    level: "mandatory",
    scope: "stack",
    check: (stack) => {
      const aws = rangesOf(textsOf(ofType(stack, VPC).map(({ props }) => props["cidrBlock"])));
      return ofType(stack, FIREWALL)
        .filter((rule) => !isEgress(rule) && allows(rule).some((allowed) => protocolOf(allowed) !== "icmp"))
        .flatMap((rule) => {
          // Neither ranges nor tags: from everywhere.
          const none = rule.props["sourceTags"] === undefined && rule.props["sourceServiceAccounts"] === undefined;
          const sources = textsOf(rule.props["sourceRanges"] ?? (none ? ["0.0.0.0/0"] : []));
          const met = sources.filter((source) => meets(source, aws));
          return findings(
            rule,
            met.map((source) => `expected no ingress from the VPC in AWS, got ingress from ${show(source)}`),
          );
        });
    },
  },
  {
    id: "google-subnet-logs",
    title: "Executor subnets log their flows",
    reason: "What executors sent to an endpoint or through the VPN is seen on the Google side in these logs alone.",
    fix: "give the subnetwork a logConfig",
    source: "Google Cloud, VPC Flow Logs",
    level: "mandatory",
    of: "connections",
    scope: "resource",
    types: [SUBNETWORK],
    check: ({ props }) => unless(props["logConfig"], (value) => value !== undefined, "a logConfig"),
  },
  {
    id: "nat-static-addresses",
    title: "Cloud NAT uses the addresses it is given and takes none by itself",
    reason: "An address Google picks is on no customer's allowlist.",
    fix: "set natIpAllocateOption to MANUAL_ONLY and list the static addresses in natIps",
    source: "Google Cloud, Cloud NAT: Addresses and ports",
    level: "mandatory",
    scope: "resource",
    types: [NAT],
    check: ({ props }) => [
      ...unless(props["natIpAllocateOption"], (value) => value === "MANUAL_ONLY", "natIpAllocateOption MANUAL_ONLY"),
      ...unless(props["natIps"], (value) => Array.isArray(value) && value.length > 0, "static addresses"),
    ],
  },
  {
    id: "psc-recreates-closed",
    title: "An endpoint that its producer closed is made again",
    reason: "A closed forwarding rule never opens again, and no preview shows that it is closed.",
    fix: "set recreateClosedPsc to true",
    source: "https://github.com/GoogleCloudPlatform/magic-modules/pull/9190",
    level: "mandatory",
    scope: "resource",
    types: [FORWARDING_RULE],
    check: (rule) =>
      isEndpoint(rule)
        ? unless(rule.props["recreateClosedPsc"], (value) => value === true, "recreateClosedPsc true")
        : [],
  },
  {
    id: "psc-static-address",
    title: "An endpoint has an address that outlives it",
    reason: "Made again with an address of Google's choice, it is not where firewall rules and dns-proxy expect it.",
    fix: "declare an internal Address and give it to the rule as ipAddress",
    source: "Google Cloud, About accessing published services through endpoints",
    level: "mandatory",
    scope: "stack",
    check: (stack) => {
      const internal = new Set(
        ofType(stack, ADDRESS)
          .filter(({ props }) => props["addressType"] === "INTERNAL")
          .map(({ urn }) => urn),
      );
      return endpoints(stack)
        .filter((rule) => !behind(rule, "ipAddress").some((urn) => internal.has(urn)))
        .flatMap((rule) => findings(rule, ["expected an internal address of the stack as ipAddress, got none"]));
    },
  },
];
