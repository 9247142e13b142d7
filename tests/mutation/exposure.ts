/** Whether anything is open to more than the customer file asks for, or cannot be told to be the customer's. */
import type { Customer } from "../../plan/customer.ts";
import { TABLES } from "../../sandbox/tables.ts";
import { blocks, isRecord, list, texts, type Values } from "../../sandbox/values.ts";
import type { CloudObject } from "../../sandbox/world.ts";
import type { Aftermath } from "./catchers.ts";

export function exposureTrouble({ ours, world }: Aftermath, customer: Customer): string | undefined {
  const troubles = ours.map((object) => marked(object, customer) ?? CHECKS[object.type]?.(object, customer));
  const found = troubles.find((trouble) => trouble !== undefined);
  if (found !== undefined) return found;
  const unguarded = ours
    .filter(({ type }) => type === "aws:ec2/vpc:Vpc")
    .find((vpc) => world.referrers(vpc, DEFAULT_GROUP).some(({ implicit }) => implicit === true));
  if (unguarded) return `the default security group of ${unguarded.id} is as AWS made it`;
  const icmp = ours.some(({ type, args }) => type === FIREWALL && args["direction"] !== "EGRESS");
  return customer.aws.length > 0 && !icmp ? "no firewall rule lets path MTU messages in" : undefined;
}

const FIREWALL = "gcp:compute/firewall:Firewall";
const DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup";

/** Whoever finds the resource in a console has to learn whose it is. */
function marked({ type, id, args }: CloudObject, { name }: Customer): string | undefined {
  const { inputs } = TABLES[type.startsWith("aws") ? "aws" : "gcp"].types[type]!;
  const [argument, key] = inputs["tags"] ? ["tags", "causeway:customer"] as const : ["labels", "causeway-customer"] as const;
  if (inputs[argument] === undefined) return undefined;
  const marks = args[argument];
  return isRecord(marks) && marks[key] === name ? undefined : `${id} does not say that it is ${name}'s`;
}

type Check = (object: CloudObject, customer: Customer) => string | undefined;

const CHECKS: Readonly<Record<string, Check>> = {
  [FIREWALL]: firewall,
  [DEFAULT_GROUP]: ({ id, args }) =>
    [...list(args["ingress"]), ...list(args["egress"])].length > 0 ? `${id} has rules` : undefined,
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ingress,
  "aws:ec2/subnet:Subnet": ({ id, args }) =>
    args["mapPublicIpOnLaunch"] === true ? `${id} gives out public addresses` : undefined,
};

function ingress({ id, args }: CloudObject, { executors, aws }: Customer): string | undefined {
  const sources = executors.subnets.map(({ ipCidrRange }) => ipCidrRange);
  if (!sources.includes(String(args["cidrIpv4"]))) return `${id} lets ${String(args["cidrIpv4"])} in`;
  const ports = aws.flatMap(({ privateLinks }) => privateLinks.flatMap((link) => link.ports));
  const [from, to] = [Number(args["fromPort"]), Number(args["toPort"])];
  return args["ipProtocol"] === "tcp" && from === to && ports.includes(from)
    ? undefined
    : `${id} opens more than ports of the file`;
}

function firewall({ name, args }: CloudObject, customer: Customer): string | undefined {
  const targets = texts(args["targetServiceAccounts"]);
  if (targets.length !== 1 || targets[0] !== customer.executors.serviceAccount)
    return `${name} is not for executors alone`;
  if (args["direction"] === "EGRESS") return undefined;
  const ranges = customer.aws.map(({ vpcCidr }) => vpcCidr);
  const wide = texts(args["sourceRanges"]).find((range) => !ranges.includes(range));
  if (wide !== undefined) return `${name} lets ${wide} in`;
  const allowed = blocks(args["allows"]).map(({ protocol }: Values) => protocol);
  return allowed.length === 1 && allowed[0] === "icmp" ? undefined : `${name} lets in more than icmp, or none`;
}
