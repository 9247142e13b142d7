/**
 * Forwarding rules of internal load balancers: those that pass packets through to a backend service, and those in front of a
 * proxy. Source: Cloud Load Balancing documentation, Internal forwarding rules.
 */
import { addressOf, blockOf, dotted } from "../addresses.ts";
import { CloudError } from "../errors.ts";
import type { Call, Made } from "../handler.ts";
import { isEmpty, text, texts } from "../values.ts";
import { keyOf, type CloudObject } from "../world.ts";
import {
  ADDRESS,
  BACKEND_SERVICE,
  Doing,
  FORWARDING_RULE,
  HTTPS_PROXY,
  NETWORK,
  resolve,
  SUBNETWORK,
  TCP_PROXY,
} from "./common.ts";

/** A rule with the scheme INTERNAL or INTERNAL_MANAGED. @throws CloudError in Google's words where parts do not fit */
export function balancerRule(call: Call, doing: Doing): Made & { attrs: object } {
  const scheme = String(call.args["loadBalancingScheme"]);
  if (scheme !== "INTERNAL" && scheme !== "INTERNAL_MANAGED") {
    const message = "the sandbox does not simulate external load balancers: give loadBalancingScheme and target";
    throw new CloudError("invalid", "notSimulated", message);
  }
  checkPorts(call, doing, scheme);
  const subnet = subnetOf(call, doing);
  const network = call.world.get(subnet.uses[0]!)!;
  const behind = scheme === "INTERNAL" ? passthrough(call, doing, network) : proxy(call, doing, network);
  const [ipAddress, reserved] = addressIn(call, doing, subnet);
  const links = { network: network.attrs["selfLink"], subnetwork: subnet.attrs["selfLink"], ipAddress };
  return { attrs: links, terms: [ipAddress], uses: [network, subnet, behind, reserved] };
}

/** Another proxy behind a rule. */
export function retarget(call: Call, rule: CloudObject): Made {
  const doing = new Doing(`Error updating ForwardingRule "${rule.id}"`);
  const network = resolve(call.world, rule, NETWORK, rule.attrs["network"])!;
  const proxies = [HTTPS_PROXY.type, TCP_PROXY.type];
  const kept = rule.uses.map((key) => call.world.get(key)).filter((used) => used && !proxies.includes(used.type));
  return { uses: [...kept, proxy(call, doing, network)] };
}

/** Source: Compute API reference, forwardingRules: ports, portRange and allPorts exclude each other; at most five ports. */
function checkPorts({ args }: Call, doing: Doing, scheme: string): void {
  const ports = texts(args["ports"]);
  const ways = [ports.length > 0, text(args["portRange"]) !== undefined, args["allPorts"] === true];
  if (ways.filter(Boolean).length !== 1) {
    const why = "Exactly one of ports, portRange and allPorts must be specified for an internal load balancer.";
    throw doing.invalid("ports", ports.join(","), why);
  }
  if (ports.length > 5) throw doing.invalid("ports", ports.join(","), "At most five ports can be specified.");
  if (scheme === "INTERNAL" && ways[1])
    throw doing.invalid("portRange", args["portRange"], "Only ports or allPorts is allowed for the scheme INTERNAL.");
  if (scheme === "INTERNAL_MANAGED" && (ports.length > 1 || ways[2]))
    throw doing.invalid(
      "ports",
      ports.join(","),
      "Exactly one port must be specified for the scheme INTERNAL_MANAGED.",
    );
  const bad = ports.find((port) => !/^\d+(-\d+)?$/.test(port) || Number(port.split("-").at(-1)) > 65535);
  if (bad !== undefined) throw doing.invalid("ports", bad, "Must be a port number or a range of them.");
}

function subnetOf(call: Call, doing: Doing): CloudObject {
  const given = call.args["subnetwork"];
  if (isEmpty(given))
    throw doing.invalid("subnetwork", "", "Subnetwork must be specified for internal load balancers in this network.");
  const subnet = doing.find(call, SUBNETWORK, "subnetwork", given);
  if ((subnet.args["purpose"] ?? "PRIVATE") !== "PRIVATE") {
    const why = `The purpose of the subnetwork is ${String(subnet.args["purpose"])}; it must be PRIVATE.`;
    throw doing.invalid("subnetwork", given, why);
  }
  if (subnet.region !== call.place.region)
    throw doing.invalid("subnetwork", given, "The subnetwork must be in the region of the forwarding rule.");
  const network = isEmpty(call.args["network"])
    ? undefined
    : doing.find(call, NETWORK, "network", call.args["network"]);
  if (network && !subnet.uses.includes(keyOf(network)))
    throw doing.invalid("subnetwork", given, `The subnetwork must be of network ${network.name}.`);
  return subnet;
}

function passthrough(call: Call, doing: Doing, network: CloudObject): CloudObject {
  const { backendService, target, ipProtocol } = call.args;
  if (!isEmpty(target) || isEmpty(backendService)) {
    const why = "A forwarding rule with the scheme INTERNAL needs backendService and cannot have target.";
    throw doing.invalid("backendService", backendService ?? "", why);
  }
  const service = doing.find(call, BACKEND_SERVICE, "backendService", backendService);
  fits(call, doing, service, "INTERNAL");
  const [wanted, has] = [text(ipProtocol) ?? "TCP", text(service.args["protocol"]) ?? "HTTP"];
  if (has !== "UNSPECIFIED" && wanted !== has)
    throw doing.invalid("IPProtocol", wanted, `It must be the protocol of the backend service, ${has}.`);
  const theirs = resolve(call.world, service, NETWORK, service.attrs["network"]);
  if (theirs && keyOf(theirs) !== keyOf(network))
    throw doing.invalid("network", network.id, `The backend service is in network ${theirs.name}.`);
  return service;
}

function fits(call: Call, doing: Doing, service: CloudObject, scheme: string): void {
  const has = String(service.args["loadBalancingScheme"]);
  if (has !== scheme)
    throw doing.invalid("backendService", service.id, `Its load balancing scheme is ${has}; it must be ${scheme}.`);
  if (service.region !== call.place.region)
    throw doing.invalid("backendService", service.id, "It must be in the region of the forwarding rule.");
}

function proxy(call: Call, doing: Doing, network: CloudObject): CloudObject {
  const { target, backendService, ipProtocol } = call.args;
  if (isEmpty(target) || !isEmpty(backendService)) {
    const why = "A forwarding rule with the scheme INTERNAL_MANAGED needs target and cannot have backendService.";
    throw doing.invalid("target", target ?? "", why);
  }
  // Source: Cloud Load Balancing documentation, Internal forwarding rules: in front of a proxy the protocol is TCP
  const protocol = text(ipProtocol) ?? "TCP";
  if (protocol !== "TCP")
    throw doing.invalid("IPProtocol", protocol, "It must be TCP with the scheme INTERNAL_MANAGED.");
  const kind = String(target).includes(`/${TCP_PROXY.collection}/`) ? TCP_PROXY : HTTPS_PROXY;
  const found = doing.find(call, kind, "target", target);
  if (found.region !== call.place.region)
    throw doing.invalid("target", target, "The target must be in the region of the forwarding rule.");
  if (proxyOnlySubnet(call, network) === undefined) {
    const message = "An active proxy-only subnetwork is required in the same region and VPC as the forwarding rule.";
    throw doing.invalid("target", target, message);
  }
  return found;
}

/** Source: Cloud Load Balancing documentation, Proxy-only subnets. */
function proxyOnlySubnet({ world, place }: Call, network: CloudObject): CloudObject | undefined {
  return world
    .referrers(network, SUBNETWORK.type)
    .find(
      ({ region, args }) =>
        region === place.region && args["purpose"] === "REGIONAL_MANAGED_PROXY" && args["role"] === "ACTIVE",
    );
}

/** The rule's address and what reserves it: the one asked for, or the first free one of the subnetwork. */
function addressIn(call: Call, doing: Doing, subnet: CloudObject): [string, CloudObject | undefined] {
  const given = text(call.args["ipAddress"]);
  const reserved =
    given === undefined
      ? undefined
      : (call.world.byTerm(call.place, ADDRESS.type, given)[0] ?? resolve(call.world, call.place, ADDRESS, given));
  const literal = reserved ? String(reserved.attrs["address"]) : given;
  const used = taken(call, subnet);
  const { first, last } = blockOf(String(subnet.args["ipCidrRange"]))!;
  if (literal !== undefined) {
    const number = addressOf(literal) ?? -1;
    if (number < first + 2 || number > last - 2)
      throw doing.invalid("IPAddress", literal, `It must be in the range of subnetwork ${subnet.name}.`);
    const busy = reserved ? call.world.referrers(reserved).length > 0 : used.has(literal);
    if (busy) {
      const message = `IP '${literal}' is already being used by another resource.`;
      throw doing.error("resourceInUseByAnotherResource", message);
    }
    return [literal, reserved];
  }
  for (let number = first + 2; number <= last - 2; number++)
    if (!used.has(dotted(number))) return [dotted(number), undefined];
  throw doing.error("invalid", `IP space of '${subnet.id}' is exhausted.`);
}

/** Addresses of a subnetwork that are reserved, of other rules, or of machines that are there already. */
function taken({ world }: Call, subnet: CloudObject): Set<unknown> {
  const reserved = world.referrers(subnet, ADDRESS.type).map(({ attrs }) => attrs["address"]);
  const rules = world.referrers(subnet, FORWARDING_RULE.type).map(({ attrs }) => attrs["ipAddress"]);
  const machines = world.referrers(subnet).flatMap(({ attrs }) => texts(attrs["addresses"]));
  return new Set([...reserved, ...rules, ...machines]);
}
