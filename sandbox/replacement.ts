/** When a change of an argument marked `conditional` in the tables replaces the resource. Source: the notes of the same facts. */
import { addressOf, blockOf, within } from "./addresses.ts";
import type { Condition, Equivalence } from "./diff.ts";
import { isEmpty, isRecord, isUnknown, list, type Values } from "./values.ts";

/** Another kind of source replaces a rule; another value of the same kind does not. */
const anotherSource: Condition = (old, next) => isEmpty(old) !== isEmpty(next);

/** A subnetwork grows in place when its new range holds the old one. */
const shrinksOrMoves: Condition = (old, next) => {
  const [before, after] = [blockOf(String(old)), blockOf(String(next))];
  return !before || !after || !within(before, after);
};

const isAttachment = (target: unknown): boolean => String(target).includes("/serviceAttachments/");

const otherAttachment: Condition = (old, next) => isUnknown(next) || (isAttachment(old) && isAttachment(next));

const closedPsc: Condition = (status, _next, _state, args) => status === "CLOSED" && args["recreateClosedPsc"] === true;

/** A network load balancer takes more subnets in place, an application load balancer any change. */
const losesSubnets: Condition = (old, next, _state, args) =>
  args["loadBalancerType"] === "network" && list(old).some((one) => !list(next).includes(one));

/** A network load balancer has security groups from its creation on or never. */
const firstOrLastGroup: Condition = (old, next, _state, args) =>
  args["loadBalancerType"] === "network" && isEmpty(old) !== isEmpty(next);

/** Source: AWS CloudFormation, AWS::CodeArtifact::PackageGroup, createOnlyProperties. */
const otherGroup: Condition = (old, next) => {
  if (isUnknown(next)) return false;
  const [before, after] = [old, next].map((state) => JSON.parse(String(state)) as Values);
  return ["DomainName", "DomainOwner", "Pattern"].some((name) => before![name] !== after![name]);
};

export const CONDITIONS: Readonly<Record<string, Readonly<Record<string, Condition>>>> = {
  "aws:cloudcontrol/resource:Resource": { desiredState: otherGroup },
  "aws:ec2/vpc:Vpc": { instanceTenancy: (old, next) => !(old === "dedicated" && next === "default") },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    privateDnsEnabled: (_old, _next, _state, args: Values) => args["vpcEndpointType"] !== "Interface",
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
    cidrIpv4: anotherSource,
    prefixListId: anotherSource,
    referencedSecurityGroupId: anotherSource,
  },
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
    cidrIpv4: anotherSource,
    prefixListId: anotherSource,
    referencedSecurityGroupId: anotherSource,
  },
  "aws:lb/loadBalancer:LoadBalancer": { subnets: losesSubnets, securityGroups: firstOrLastGroup },
  "gcp:compute/subnetwork:Subnetwork": { ipCidrRange: shrinksOrMoves },
  "gcp:compute/forwardingRule:ForwardingRule": {
    allowGlobalAccess: (_old, _next, _state, args: Values) => args["loadBalancingScheme"] === "INTERNAL_MANAGED",
    target: otherAttachment,
    pscConnectionStatus: closedPsc,
  },
};

/** A forwarding rule given an address by name or URL is read back with the address itself. */
const referenceToAddress: Equivalence = (old, next) =>
  typeof old === "string" && addressOf(old) !== undefined && typeof next === "string" && next.includes("/addresses/");

/** An external connection is read back with its format and status. */
const sameConnection: Equivalence = (old, next) =>
  isRecord(old) && isRecord(next) && old["externalConnectionName"] === next["externalConnectionName"];

export const EQUIVALENCES: Readonly<Record<string, Readonly<Record<string, Equivalence>>>> = {
  "aws:codeartifact/repository:Repository": { externalConnections: sameConnection },
  "gcp:compute/forwardingRule:ForwardingRule": { ipAddress: referenceToAddress },
};
