/**
 * What an auditor finds who compares the clouds with the customer file: things open to more than the file asks for, set
 * otherwise than it says, or not marked as the customer's.
 */
import type { AwsConnection, Customer } from "../../plan/customer.ts";
import { trusts } from "../../sandbox/aws/iamPolicy.ts";
import { TABLES } from "../../sandbox/tables.ts";
import { blocks, isRecord, list, texts, type Values } from "../../sandbox/values.ts";
import { keyOf, type CloudObject } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";
import { isRegistrys } from "./whose.ts";

export function auditTrouble({ ours: all, world }: Aftermath, customer: Customer): string | undefined {
  const ours = all.filter((object) => !isRegistrys(object, customer));
  const keys = new Set(ours.map(keyOf));
  const scene: Scene = { customer, ours, keys };
  const troubles = ours.map((object) => marked(object, customer) ?? CHECKS[object.type]?.(object, scene));
  const found = troubles.find((trouble) => trouble !== undefined);
  if (found !== undefined) return found;
  const unguarded = ours
    .filter(({ type }) => type === "aws:ec2/vpc:Vpc")
    .find((vpc) => world.referrers(vpc, DEFAULT_GROUP).some(({ implicit }) => implicit === true));
  if (unguarded) return `the default security group of ${unguarded.id} is as AWS made it`;
  const icmp = ours.some(({ type, args }) => type === FIREWALL && args["direction"] !== "EGRESS");
  if (customer.aws.length > 0 && !icmp) return "no firewall rule lets path MTU messages in";
  const of = (id: unknown) => ours.find((object) => object.id === id)?.args["serviceName"];
  const named = ours
    .filter(({ type, args }) => type === PRIVATE_DNS && args["privateDnsEnabled"] === true)
    .filter(({ args }) => !String(of(args["vpcEndpointId"])).includes(".codeartifact.")).length;
  const links = customer.aws.flatMap(({ privateLinks }) => privateLinks.filter((link) => link.privateDnsEnabled));
  return named === links.length ? undefined : `${named} endpoints have their private name, not ${links.length}`;
}

interface Scene {
  readonly customer: Customer;
  readonly ours: readonly CloudObject[];
  readonly keys: ReadonlySet<string>;
}

type Check = (object: CloudObject, scene: Scene) => string | undefined;

const FIREWALL = "gcp:compute/firewall:Firewall";
const DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";
const PRIVATE_DNS = "aws:vpc/endpointPrivateDns:EndpointPrivateDns";

/** Whoever finds the resource in a console has to learn whose it is, and bills are split by the file's labels. */
function marked({ type, id, args }: CloudObject, { name, labels, aws }: Customer): string | undefined {
  const { inputs } = TABLES[type.startsWith("aws") ? "aws" : "gcp"].types[type]!;
  const [connection] = aws;
  const [argument, wanted] = inputs["tags"]
    ? (["tags", { "causeway:customer": name, "causeway:connection": connectionKey(connection!) }] as const)
    : (["labels", { "causeway-customer": name }] as const);
  if (inputs[argument] === undefined) return undefined;
  const marks = isRecord(args[argument]) ? args[argument] : {};
  const wrong = Object.entries({ ...labels, ...wanted }).find(([key, value]) => marks[key] !== value);
  return wrong && `${id} is not marked ${wrong[0]}: ${wrong[1]}`;
}

const connectionKey = ({ accountID, region }: AwsConnection): string => `aws-${accountID}-${region}`;

const expected =
  (path: string, wanted: (customer: Customer) => unknown): Check =>
  ({ id, args }, { customer }) => {
    const value = path.split(".").reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), args);
    return JSON.stringify(value) === JSON.stringify(wanted(customer))
      ? undefined
      : `${id} has another ${path} than the file`;
  };

const CHECKS: Readonly<Record<string, Check>> = {
  [FIREWALL]: firewall,
  [DEFAULT_GROUP]: ({ id, args }) =>
    [...list(args["ingress"]), ...list(args["egress"])].length > 0 ? `${id} has rules` : undefined,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ingress,
  "aws:ec2/subnet:Subnet": ({ id, args }) =>
    args["mapPublicIpOnLaunch"] === true ? `${id} gives out public addresses` : undefined,
  "aws:iam/role:Role": ({ id, args }) =>
    trusts(String(args["assumeRolePolicy"]), "vpc-flow-logs.amazonaws.com", { "aws:SourceAccount": "000000000000" })
      ? `${id} serves flow logs of any account`
      : undefined,
  "aws:ec2/vpnConnection:VpnConnection": (object, scene) =>
    expected("tunnel1DpdTimeoutSeconds", ({ health }) => health.dpdTimeoutSeconds)(object, scene) ??
    expected("tunnel2DpdTimeoutSeconds", ({ health }) => health.dpdTimeoutSeconds)(object, scene),
  "gcp:compute/router:Router": (object, scene) =>
    object.args["bgp"] === undefined
      ? undefined
      : expected("bgp.keepaliveInterval", ({ health }) => health.keepaliveInterval)(object, scene),
  "gcp:compute/routerNat:RouterNat": nat,
  "gcp:compute/subnetwork:Subnetwork": ({ id, args }, { customer }) => {
    const asked = customer.executors.subnets.some(({ ipCidrRange }) => ipCidrRange === args["ipCidrRange"]);
    if (!asked) return `${id} has a range the file does not`;
    return args["privateIpGoogleAccess"] === true ? undefined : `${id} reaches Google's APIs by a NAT alone`;
  },
  "gcp:compute/projectMetadataItem:ProjectMetadataItem": ({ args }, { customer }) => {
    const { proxyTag } = JSON.parse(String(args["value"])) as Values;
    return proxyTag === customer.executorPrivateDNS?.proxyTag
      ? undefined
      : "executors run another dns-proxy than the file's";
  },
};

function ingress({ id, args }: CloudObject, { customer: { executors, aws } }: Scene): string | undefined {
  const sources = executors.subnets.map(({ ipCidrRange }) => ipCidrRange);
  if (!sources.includes(String(args["cidrIpv4"]))) return `${id} lets ${String(args["cidrIpv4"])} in`;
  const ports = aws.flatMap(({ privateLinks }) => privateLinks.flatMap((link) => link.ports));
  const [from, to] = [Number(args["fromPort"]), Number(args["toPort"])];
  const exact = args["ipProtocol"] === "tcp" && from === to && ports.includes(from);
  return exact ? undefined : `${id} opens more than ports of the file`;
}

/** Rules for executors alone, to and from the two kinds of private range and nothing else; what is denied is logged. */
function firewall(rule: CloudObject, { customer, ours, keys }: Scene): string | undefined {
  const { name, args } = rule;
  const targets = texts(args["targetServiceAccounts"]);
  if (targets.length !== 1 || targets[0] !== customer.executors.serviceAccount)
    return `${name} is not for executors alone`;
  if (!rule.uses.every((key) => keys.has(key))) return `${name} is in another network`;
  const vpcs = customer.aws.map(({ vpcCidr }) => vpcCidr);
  const outward = args["direction"] === "EGRESS";
  const endpoints = ours.filter((object) => object.args["addressType"] === "INTERNAL");
  const ranges = outward ? [...vpcs, ...endpoints.map(({ attrs }) => `${String(attrs["address"])}/32`)] : vpcs;
  const given = texts(args[outward ? "destinationRanges" : "sourceRanges"]);
  if (given.length === 0) return `${name} is for every address`;
  const other = given.find((range) => !ranges.includes(range));
  if (other !== undefined) return `${name} is for ${other}, which is no private range of the customer`;
  const [allowed, denied] = [protocols(args["allows"]), protocols(args["denies"])];
  if (!outward) return allowed === "icmp" ? undefined : `${name} lets in ${allowed}, not icmp`;
  if (denied !== "")
    return denied === "all" && args["logConfig"] !== undefined
      ? undefined
      : `${name} denies ${denied}, or not on record`;
  return allowed === "tcp" ? undefined : `${name} lets out ${allowed}, not tcp`;
}

const protocols = (rules: unknown): string =>
  blocks(rules)
    .map(({ protocol }) => String(protocol))
    .join(" ");

function nat(object: CloudObject, scene: Scene): string | undefined {
  const foreign = object.uses.find((key) => !scene.keys.has(key));
  if (foreign !== undefined) return `${object.name} uses ${foreign.split("|").at(-1)}, which is not the customer's`;
  return (
    expected("minPortsPerVm", ({ executorNAT }) => executorNAT?.minPortsPerVm)(object, scene) ??
    expected("maxPortsPerVm", ({ executorNAT }) => executorNAT?.maxPortsPerVm)(object, scene)
  );
}
