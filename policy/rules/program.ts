import type { DeclaredResource, Policy } from "../policy.ts";
import { compute, ec2, isUnknown, ofType, token, unless, valueAt } from "../values.ts";

const CONNECTION = ec2("VpnConnection");
const TUNNEL = compute("VPNTunnel");
const ZONE = token("gcp:dns", "ManagedZone");

/** What the engine calls a provider that no program declared: `default_<version>`, its dots as underscores. */
const DEFAULT_PROVIDER = /::default_\d[^:]*$/;

/** What keeps an address that others have written down, or whose loss takes every tunnel down. */
const GUARDED = [
  ...["HaVpnGateway", "ExternalVpnGateway", "Address"].map(compute),
  ...["CustomerGateway", "VpcEndpoint", "VpnGateway", "VpnConnection", "Vpc"].map(ec2),
];

/** Types that carry AWS tags. Source: AWS provider documentation, the types' argument `tags`. */
const TAGGED = [
  ...["Vpc", "Subnet", "RouteTable", "SecurityGroup", "DefaultSecurityGroup", "VpcEndpoint", "FlowLog"].map(ec2),
  ...["VpnGateway", "CustomerGateway", "VpnConnection"].map(ec2),
  token("aws:vpc", "SecurityGroupIngressRule"),
  token("aws:cloudwatch", "LogGroup"),
  token("aws:iam", "Role"),
];

/** Types that carry labels. Source: Google Cloud provider documentation, the types' argument `labels`. */
const LABELLED = [
  ...["HaVpnGateway", "ExternalVpnGateway", "VPNTunnel", "Address", "ForwardingRule"].map(compute),
  ZONE,
];

/** Types whose names Google Cloud keeps unique, and AWS's where a name is part of a policy or a log's path. */
const NAMED = [
  ...["HaVpnGateway", "ExternalVpnGateway", "VPNTunnel", "Router", "RouterInterface", "RouterPeer"].map(compute),
  ...["RouterNat", "Address", "ForwardingRule", "Firewall", "Network", "Subnetwork"].map(compute),
  ZONE,
  ec2("SecurityGroup"),
  token("aws:cloudwatch", "LogGroup"),
  token("aws:iam", "Role"),
];

/** Types of which Google Cloud refuses a second one beside the first. */
const ONE_AT_A_TIME = ["ExternalVpnGateway", "VPNTunnel", "RouterInterface", "RouterPeer"].map(compute);

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

/** Whether a name was made up by Pulumi: the logical name with seven hexadecimal digits behind it. */
const isMadeUp = ({ name }: DeclaredResource, value: unknown): boolean =>
  typeof value === "string" && value.startsWith(`${name}-`) && /^[0-9a-f]{7}$/.test(value.slice(name.length + 1));

/** Paths of outputs that hold one of these texts. */
function pathsOf(value: unknown, secrets: readonly string[], path: string): readonly string[] {
  if (typeof value === "string") return secrets.some((secret) => value.includes(secret)) ? [path] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => pathsOf(item, secrets, path === "" ? key : `${path}.${key}`));
}

export const PROGRAM_POLICIES: readonly Policy[] = [
  {
    id: "explicit-provider",
    title: "Every resource is given its provider",
    reason: "A default provider works in whatever account, project and region the environment names.",
    fix: "pass the provider in the resource's options, or in its component's",
    source: "Pulumi documentation, Providers: default and explicit providers",
    level: "mandatory",
    scope: "resource",
    check: ({ provider }) =>
      provider !== undefined && DEFAULT_PROVIDER.test(provider)
        ? ["expected a provider of the program, got the default one"]
        : [],
  },
  {
    id: "protected",
    title: "What holds an address or every tunnel is protected",
    reason: "Replaced or deleted, it takes the connection down or gives up an address that is on an allowlist.",
    fix: "set protect, unless a permit in the customer file names this change",
    source: "Pulumi documentation, Resource option: protect",
    // A permit lifts the protection one update before its change, and no resource tells of it.
    level: "advisory",
    of: "connections",
    scope: "resource",
    types: GUARDED,
    check: ({ protect }) => (protect ? [] : ["expected it to be protected, got it without"]),
  },
  {
    id: "customer-tags",
    title: "Everything in AWS says whose it is and for which connection or registry",
    reason: "Bills, clean-ups and whoever answers an alarm go by the tags.",
    fix: "pass the tags causeway:customer and causeway:connection, or causeway:registry, on",
    source: "AWS, Best Practices for Tagging AWS Resources",
    level: "mandatory",
    scope: "resource",
    types: TAGGED,
    check: ({ props }) => {
      const owner = valueAt(props, "tags", "causeway:registry") ?? valueAt(props, "tags", "causeway:connection");
      return [
        ...unless(valueAt(props, "tags", "causeway:customer"), isText, "a tag causeway:customer"),
        ...unless(owner, isText, "a tag causeway:connection"),
      ];
    },
  },
  {
    id: "customer-labels",
    title: "Everything on Google Cloud that takes labels says whose it is",
    reason: "Bills, clean-ups and whoever answers an alarm go by the labels.",
    fix: "pass the label causeway-customer on",
    source: "Google Cloud, Resource Manager: Labels overview",
    level: "mandatory",
    scope: "resource",
    types: LABELLED,
    check: ({ props }) => unless(valueAt(props, "labels", "causeway-customer"), isText, "a label causeway-customer"),
  },
  {
    id: "explicit-names",
    title: "Names are fixed, not made up at creation",
    reason:
      "A made-up name makes a replacement stand beside the old object, which Google Cloud refuses, and hides whose it is.",
    fix: "set name from the plan",
    source: "Pulumi documentation, Resource names: autonaming",
    level: "mandatory",
    scope: "resource",
    types: NAMED,
    check: (resource) =>
      unless(resource.props["name"], (value) => isText(value) && !isMadeUp(resource, value), "a name from the plan"),
  },
  {
    id: "delete-before-replace",
    title: "Tunnels and their sessions go before their replacements come",
    reason: "Google Cloud refuses two tunnels between the same pair of interfaces, and the update stops half way.",
    fix: "set deleteBeforeReplace",
    source: "https://github.com/hashicorp/terraform-provider-google/issues/16619",
    level: "mandatory",
    scope: "resource",
    types: ONE_AT_A_TIME,
    check: ({ deleteBeforeReplace }) =>
      deleteBeforeReplace ? [] : ["expected deleteBeforeReplace, got the default order"],
  },
  {
    id: "no-secret-outputs",
    title: "No stack output holds a secret",
    reason: "Outputs are printed, copied into hand-offs and read by other stacks.",
    fix: "leave it out of the outputs",
    source: "Pulumi documentation, Secrets: stack outputs",
    level: "mandatory",
    scope: "stack",
    check: (stack) => {
      const keys = ofType(stack, CONNECTION, TUNNEL)
        .flatMap(({ props }) => [props["tunnel1PresharedKey"], props["tunnel2PresharedKey"], props["sharedSecret"]])
        .filter((value): value is string => isText(value) && !isUnknown(value));
      const paths = new Set([...(stack.secretOutputs ?? []), ...pathsOf(stack.outputs, keys, "")]);
      return [...paths].map((path) => ({ message: `expected no secret in the outputs, got one in ${path}` }));
    },
  },
];
