/** Application and network load balancers. */
import { blockOf } from "../addresses.ts";
import { CloudError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { blocks, text, texts, type Values } from "../values.ts";
import { keyOf, type CloudObject } from "../world.ts";
import { arn, Doing, VPC } from "./common.ts";
import {
  defaultGroup,
  groupOf,
  interfaceIn,
  isNetworkBalancer,
  LOAD_BALANCER,
  subnetsOf,
  type Membership,
} from "./elb.ts";
import { INTERNET_GATEWAY } from "./internet.ts";
import { ENDPOINT_SERVICE } from "./services.ts";

export const loadBalancer: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    if (call.world.byTerm(call.place, LOAD_BALANCER, name).length > 0)
      throw new CloudError("alreadyExists", "AlreadyExists", `ELBv2 Load Balancer (${name}) already exists`);
    const kind = text(call.args["loadBalancerType"]) ?? "application";
    const doing = new Doing(
      `creating ELBv2 ${kind} Load Balancer (${name})`,
      "Elastic Load Balancing v2: CreateLoadBalancer",
    );
    if (kind === "gateway")
      throw doing.error("ValidationError", "the sandbox does not simulate gateway load balancers");
    const network = kind === "network";
    const unique = call.tx.hex("lb", 16);
    const suffix = `${network ? "net" : "app"}/${name}/${unique}`;
    const id = arn("elasticloadbalancing", call.place, `loadbalancer/${suffix}`);
    const { attrs, uses } = members(call, doing, network);
    const scheme = call.args["internal"] === true && !network ? "internal-" : "";
    const number = Number.parseInt(unique.slice(0, 8), 16);
    const dnsName = network
      ? `${name}-${unique}.elb.${call.place.region}.amazonaws.com`
      : `${scheme}${name}-${number}.${call.place.region}.elb.amazonaws.com`.toLowerCase();
    const zoneId = `Z${call.world.hash(`${kind} ${call.place.region}`).slice(0, 13).toUpperCase()}`;
    const named = { arn: id, arnSuffix: suffix, dnsName, zoneId, internal: call.args["internal"] === true };
    return { id, name, attrs: { ipAddressType: "ipv4", ...named, ...attrs }, uses, terms: [name, dnsName] };
  },
  update(call, balancer, changed) {
    if (!["subnets", "subnetMappings", "securityGroups"].some((name) => changed.has(name))) return {};
    const doing = new Doing(`updating ELBv2 Load Balancer (${balancer.id})`, "Elastic Load Balancing v2: SetSubnets");
    return members(call, doing, isNetworkBalancer(balancer), balancer);
  },
  remove(_call, { id, args }) {
    if (args["enableDeletionProtection"] !== true) return;
    const message = `Load balancer '${id}' cannot be deleted because deletion protection is enabled`;
    throw deleting(id).error("OperationNotPermitted", message);
  },
  inUse({ id }, users) {
    const service = users.some(({ type }) => type === ENDPOINT_SERVICE);
    const by = service ? "associated with another service" : "registered as a target of a target group";
    return deleting(id).error("ResourceInUse", `Load balancer '${id}' cannot be deleted because it is currently ${by}`);
  },
};

function deleting(id: string): Doing {
  return new Doing(`deleting ELBv2 Load Balancer (${id})`, "Elastic Load Balancing v2: DeleteLoadBalancer");
}

/** Subnets with an address in each, and security groups: fit for each other and for the kind of load balancer. */
function members(call: Call, doing: Doing, network: boolean, self?: CloudObject): Membership {
  const mappings = mappingsOf(call.args, self, call);
  const ids = mappings.map((mapping) => String(mapping["subnetId"]));
  const subnets = subnetsOf(call, ids, (id) => doing.error("SubnetNotFound", `The subnet ID '${id}' does not exist`));
  const vpc = zoned(call, doing, subnets, network);
  if (call.args["internal"] !== true && call.world.referrers(vpc, INTERNET_GATEWAY).length === 0)
    throw doing.error("InvalidSubnet", `VPC ${vpc.id} has no internet gateway`);
  const groups = groupsOf(call, doing, vpc, network, self);
  const before = blocks(self?.attrs["networkInterfaces"]);
  const taken = new Set<string>();
  const networkInterfaces = subnets.map((subnet, index) => {
    const kept = before.find((one) => one["subnetId"] === subnet.id);
    return kept ?? interfaceIn(call, doing, subnet, taken, text(mappings[index]!["privateIpv4Address"]));
  });
  return {
    attrs: { vpcId: vpc.id, subnets: ids, securityGroups: groups.map(({ id }) => id), networkInterfaces },
    uses: [vpc, ...subnets, ...groups],
  };
}

/** The subnets asked for: those of `subnetMappings`, or of `subnets` as if each were a mapping without settings. */
function mappingsOf(args: Values, self: CloudObject | undefined, call: Call): Values[] {
  const mappings = blocks(args["subnetMappings"]);
  if (mappings.length > 0 && args["subnets"] === undefined) return mappings;
  const given = args["subnets"] ?? (self && call.world.get(keyOf(self))?.attrs["subnets"]);
  return texts(given).map((subnetId) => ({ subnetId }));
}

/**
 * The VPC of subnets that are each in a zone of their own.
 * Source: Elastic Load Balancing API Reference, CreateLoadBalancer, Subnets; Application Load Balancers, Subnets for your
 * load balancer: at least a /27 with eight free addresses.
 */
function zoned(call: Call, doing: Doing, subnets: readonly CloudObject[], network: boolean): CloudObject {
  const [first] = subnets;
  if (!first) throw doing.error("ValidationError", "At least one subnet must be specified");
  if (subnets.some(({ args }) => args["vpcId"] !== first.args["vpcId"]))
    throw doing.error(
      "InvalidConfigurationRequest",
      `All subnets must belong to the same VPC: '${String(first.args["vpcId"])}'`,
    );
  const zones = new Set(subnets.map(({ attrs }) => attrs["availabilityZoneId"]));
  if (zones.size < subnets.length) {
    const message = "A load balancer cannot be attached to multiple subnets in the same Availability Zone";
    throw doing.error("InvalidConfigurationRequest", message);
  }
  if (!network && zones.size < 2) {
    const message = "At least two subnets in two different Availability Zones must be specified";
    throw doing.error("ValidationError", message);
  }
  const small = subnets.find(({ args }) => blockOf(String(args["cidrBlock"]))!.prefix > 27);
  if (!network && small) {
    const message = `Not enough IP space available in ${small.id}. ELB requires at least 8 free IP addresses in each subnet.`;
    throw doing.error("InvalidSubnet", message);
  }
  return doing.find(call, VPC, first.args["vpcId"]);
}

/** Source: Network Load Balancers, Security groups: none can be added to one that was made without, nor all be taken away. */
function groupsOf(call: Call, doing: Doing, vpc: CloudObject, network: boolean, self?: CloudObject): CloudObject[] {
  const given = texts(call.args["securityGroups"] ?? self?.attrs["securityGroups"]);
  const groups = given.map((id) => groupOf(call.world, vpc, id));
  if (groups.some((group) => group === undefined))
    throw doing.error("InvalidConfigurationRequest", "One or more security groups are invalid");
  const had = texts(self?.attrs["securityGroups"]).length > 0;
  if (network && self && had !== given.length > 0) {
    const message = `The security groups of Network Load Balancer '${self.id}' cannot be ${had ? "removed" : "set"}: it was created with${had ? "" : "out"} them`;
    throw doing.error("InvalidConfigurationRequest", message);
  }
  return groups.length === 0 && !network ? [defaultGroup(call.world, vpc)] : (groups as CloudObject[]);
}
