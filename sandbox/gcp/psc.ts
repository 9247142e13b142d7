/** Private Service Connect endpoints: forwarding rules to another project's service attachment. */
import { CloudError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { text, texts, type Values } from "../values.ts";
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

export type PscStatus = "ACCEPTED" | "PENDING" | "REJECTED" | "CLOSED";

const forwardingRule: Handler = {
  create(call) {
    const doing = new Doing("Error creating ForwardingRule");
    const made = identity(call, FORWARDING_RULE, doing);
    const target = targetOf(call, doing);
    const parent = doing.find(call, NETWORK, "network", call.args["network"]);
    const address = endpointAddress(call, doing);
    if (!inNetwork(call.world, address, parent))
      throw doing.invalid("IPAddress", address.id, `The address must be of a subnetwork of ${parent.name}.`);
    const attrs: Values = {
      ...{ ...made.attrs, forwardingRuleId: numericId(call), pscConnectionId: String(numericId(call)) },
      ...{ network: parent.attrs["selfLink"], ipAddress: address.attrs["address"], target: target.attrs["selfLink"] },
    };
    return { ...made, attrs, uses: [parent, address] };
  },
  outputs: (rule, world) => ({
    pscConnectionStatus: pscStatus(world, rule),
    ...described(rule),
  }),
  inUse: inUse(FORWARDING_RULE),
};

function described({ args }: CloudObject): Values {
  return {
    ...{ baseForwardingRule: "", serviceName: "", portRange: "", ports: args["ports"] ?? [], subnetwork: "" },
    ...{
      ipProtocol: args["ipProtocol"] ?? "TCP",
      ipVersion: args["ipVersion"] ?? "",
      networkTier: args["networkTier"] ?? "",
    },
  };
}

/** The connection status of a Private Service Connect endpoint. */
export function pscStatus(world: World, rule: CloudObject): PscStatus {
  return admission(resolve(world, rule, SERVICE_ATTACHMENT, rule.args["target"]), rule.account);
}

function targetOf(call: Call, doing: Doing): CloudObject {
  const url = text(call.args["target"]);
  if (url === undefined || !url.includes("/serviceAttachments/")) {
    throw new CloudError(
      "invalid",
      "notSimulated",
      "the sandbox simulates forwarding rules to service attachments only: give target",
    );
  }
  if (call.args["loadBalancingScheme"] !== "") {
    const why = "A forwarding rule to a service attachment must have an empty load balancing scheme.";
    throw doing.invalid("loadBalancingScheme", call.args["loadBalancingScheme"], why);
  }
  const region = /\/regions\/([^/]+)\//.exec(url)?.[1];
  if (region !== call.place.region) {
    throw doing.invalid(
      "target",
      url,
      `The service attachment must be in the region of the forwarding rule, ${call.place.region}.`,
    );
  }
  return doing.find(call, SERVICE_ATTACHMENT, "target", url);
}

function endpointAddress(call: Call, doing: Doing): CloudObject {
  const given = text(call.args["ipAddress"]);
  const [byValue] = call.world.byTerm(call.place, ADDRESS.type, given ?? "");
  const address = byValue ?? resolve(call.world, call.place, ADDRESS, given);
  if (!address)
    throw doing.invalid(
      "IPAddress",
      given ?? "",
      "A Private Service Connect endpoint needs a reserved internal address.",
    );
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

/** Source: Google VPC documentation, Private Service Connect, connection status. A producer that goes away closes the endpoint. */
function admission(attachment: CloudObject | undefined, project: string): PscStatus {
  if (!attachment) return "CLOSED";
  if (texts(attachment.args["rejectedProjects"]).includes(project)) return "REJECTED";
  const admitted =
    attachment.args["autoAccept"] === true || texts(attachment.args["acceptedProjects"]).includes(project);
  return admitted ? "ACCEPTED" : "PENDING";
}

export const PSC_HANDLERS: Record<string, Handler> = { [FORWARDING_RULE.type]: forwardingRule };
