/** Forwarding rules: Private Service Connect endpoints, and the front of internal load balancers. */
import type { Call, Handler } from "../handler.ts";
import { text, type Values } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import {
  ADDRESS,
  Doing,
  FORWARDING_RULE,
  identity,
  inUse,
  NETWORK,
  numericId,
  resolve,
  SERVICE_ATTACHMENT,
} from "./common.ts";
import { balancerRule, retarget } from "./internalRule.ts";
import { isEndpoint, pscStatus } from "./psc.ts";

const forwardingRule: Handler = {
  create(call) {
    const doing = new Doing("Error creating ForwardingRule");
    const made = identity(call, FORWARDING_RULE, doing);
    const attrs = { ...made.attrs, forwardingRuleId: numericId(call) };
    if (!String(call.args["target"]).includes("/serviceAttachments/")) {
      const { attrs: own, ...rest } = balancerRule(call, doing);
      return { ...made, ...rest, attrs: { ...attrs, ...own } };
    }
    const target = targetOf(call, doing);
    const parent = doing.find(call, NETWORK, "network", call.args["network"]);
    const address = endpointAddress(call, doing);
    if (!inNetwork(call.world, address, parent))
      throw doing.invalid("IPAddress", address.id, `The address must be of a subnetwork of ${parent.name}.`);
    const connection = {
      ...{ pscConnectionId: String(numericId(call)), sequence: call.tx.next("pscConnection") },
      ...(target.attrs["number"] === undefined ? {} : { attachmentNumber: target.attrs["number"] }),
    };
    const ends: Values = {
      ...{ network: parent.attrs["selfLink"], ipAddress: address.attrs["address"], target: target.attrs["selfLink"] },
    };
    return { ...made, attrs: { ...attrs, ...connection, ...ends }, terms: [target.id], uses: [parent, address] };
  },
  update: (call, rule, changed) => (changed.has("target") && !isEndpoint(rule) ? retarget(call, rule) : {}),
  outputs: (rule, world) => ({
    ...{ sequence: undefined, attachmentNumber: undefined },
    pscConnectionStatus: isEndpoint(rule) ? pscStatus(world, rule) : "",
    ...described(rule),
  }),
  inUse: inUse(FORWARDING_RULE),
};

function described({ args, attrs }: CloudObject): Values {
  return {
    ...{ baseForwardingRule: "", serviceName: "", pscConnectionId: attrs["pscConnectionId"] ?? "" },
    ...{ ports: args["ports"] ?? [], portRange: args["portRange"] ?? "", subnetwork: attrs["subnetwork"] ?? "" },
    ...{ ipProtocol: args["ipProtocol"] ?? "TCP", ipVersion: args["ipVersion"] ?? "" },
    networkTier: args["networkTier"] ?? "",
  };
}

function targetOf(call: Call, doing: Doing): CloudObject {
  const url = text(call.args["target"])!;
  if (call.args["loadBalancingScheme"] !== "") {
    const why = "A forwarding rule to a service attachment must have an empty load balancing scheme.";
    throw doing.invalid("loadBalancingScheme", call.args["loadBalancingScheme"], why);
  }
  const region = /\/regions\/([^/]+)\//.exec(url)?.[1];
  if (region !== call.place.region) {
    const why = `The service attachment must be in the region of the forwarding rule, ${call.place.region}.`;
    throw doing.invalid("target", url, why);
  }
  return doing.find(call, SERVICE_ATTACHMENT, "target", url);
}

function endpointAddress(call: Call, doing: Doing): CloudObject {
  const given = text(call.args["ipAddress"]);
  const [byValue] = call.world.byTerm(call.place, ADDRESS.type, given ?? "");
  const address = byValue ?? resolve(call.world, call.place, ADDRESS, given);
  if (!address) {
    const why = "A Private Service Connect endpoint needs a reserved internal address.";
    throw doing.invalid("IPAddress", given ?? "", why);
  }
  if (address.args["addressType"] !== "INTERNAL")
    throw doing.invalid("IPAddress", given, "The address must be internal.");
  if (address.region !== call.place.region)
    throw doing.invalid("IPAddress", given, "The address must be in the region of the forwarding rule.");
  const [user] = call.world.referrers(address);
  if (!user) return address;
  const message = `IP '${String(address.attrs["address"])}' is already being used by another resource '${user.id}'.`;
  throw doing.error("resourceInUseByAnotherResource", message);
}

/** Whether an internal address is of a subnetwork of the network. */
function inNetwork(world: World, address: CloudObject, network: CloudObject): boolean {
  const subnet = world.get(address.uses[0] ?? "");
  return subnet?.uses.includes(keyOf(network)) === true;
}

export const FORWARDING_RULE_HANDLERS: Record<string, Handler> = { [FORWARDING_RULE.type]: forwardingRule };
