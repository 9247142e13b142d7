/** VPC networks, subnetworks, firewall rules, project metadata. */
import { blockOf, dotted, overlap } from "../addresses.ts";
import { CloudError, googleError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { blocks, type Values } from "../values.ts";
import type { CloudObject } from "../world.ts";
import {
  Doing,
  FIREWALL,
  FORWARDING_RULE,
  identity,
  inUse,
  METADATA_ITEM,
  NETWORK,
  numericId,
  SUBNETWORK,
} from "./common.ts";

const network: Handler = {
  scope: "global",
  create(call) {
    const doing = new Doing("Error creating Network");
    const made = identity(call, NETWORK, doing);
    if (call.args["autoCreateSubnetworks"] !== false) {
      throw new CloudError(
        "invalid",
        "notSimulated",
        "the sandbox does not simulate auto mode networks: set autoCreateSubnetworks to false",
      );
    }
    const id = numericId(call);
    return { ...made, attrs: { ...made.attrs, gatewayIpv4: "", networkId: id, numericId: String(id) } };
  },
  outputs: ({ args }) => ({
    ...{ mtu: args["mtu"] ?? 1460, routingMode: args["routingMode"] ?? "REGIONAL" },
    ...{ bgpBestPathSelectionMode: args["bgpBestPathSelectionMode"] ?? "LEGACY", creationTimestamp: undefined },
    ...{
      bgpAlwaysCompareMed: args["bgpAlwaysCompareMed"] ?? false,
      bgpInterRegionCost: args["bgpInterRegionCost"] ?? "",
    },
  }),
  inUse: inUse(NETWORK),
};

/** The blocks of a subnetwork, secondary ones included. */
function ranges(args: Values): string[] {
  return [
    String(args["ipCidrRange"]),
    ...blocks(args["secondaryIpRanges"]).map((range) => String(range["ipCidrRange"])),
  ];
}

function fitsNetwork(call: Call, doing: Doing, parent: CloudObject, self?: string): void {
  for (const range of ranges(call.args)) {
    const block = blockOf(range);
    // Source: Google VPC documentation, Subnets: the smallest primary range is a /29.
    if (!block || block.prefix > 29)
      throw doing.invalid("ipCidrRange", range, "The field must be a valid IPv4 range of /29 or larger.");
    for (const other of call.world.referrers(parent, SUBNETWORK.type)) {
      const taken = other.id === self ? undefined : ranges(other.args).find((one) => overlap(block, blockOf(one)!));
      if (taken === undefined) continue;
      const message = `Invalid IPCidrRange: ${range} conflicts with existing subnetwork '${other.name}' in region '${other.region}'.`;
      throw doing.error("invalid", message);
    }
  }
}

/** What a subnetwork of its own purpose may have. */
function fitsPurpose(call: Call, doing: Doing, parent: CloudObject, self?: string): void {
  const { purpose = "PRIVATE", role, logConfig, ipCidrRange, privateIpGoogleAccess } = call.args;
  if (purpose !== "REGIONAL_MANAGED_PROXY") {
    if (role !== undefined) throw doing.invalid("role", role, "It can be set on proxy-only subnetworks alone.");
    // Source: Google VPC documentation, Publish services, NAT subnets.
    const refused =
      purpose === "PRIVATE_SERVICE_CONNECT" && (logConfig !== undefined || privateIpGoogleAccess === true);
    if (refused)
      throw doing.invalid("purpose", purpose, "Flow logs and Private Google Access are not available for it.");
    return;
  }
  if (role === undefined) throw doing.invalid("role", "", "A proxy-only subnetwork needs the role ACTIVE or BACKUP.");
  if (logConfig !== undefined)
    throw doing.invalid("logConfig", "", "Flow logs are not available for proxy-only subnetworks.");
  // Source: Cloud Load Balancing documentation, Proxy-only subnets: at least 64 addresses, one active a region.
  if (blockOf(String(ipCidrRange))!.prefix > 26)
    throw doing.invalid("ipCidrRange", ipCidrRange, "A proxy-only subnetwork must be a /26 or larger.");
  const peers = call.world.referrers(parent, SUBNETWORK.type).filter(({ id }) => id !== self);
  const twin = peers.find(
    ({ region, args }) => region === call.place.region && args["purpose"] === purpose && args["role"] === "ACTIVE",
  );
  if (role === "ACTIVE" && twin)
    throw doing.invalid("role", role, `The active proxy-only subnetwork of the region is ${twin.name} already.`);
}

/**
 * Proxies need their subnetwork as long as a rule of the region leads to one. Source: Cloud Load Balancing documentation,
 * Proxy-only subnets, "Delete a proxy-only subnet": an active one stays while a load balancer of the region and network is there.
 */
function keepProxies({ world }: Call, object: CloudObject): void {
  if (object.args["purpose"] !== "REGIONAL_MANAGED_PROXY" || object.args["role"] !== "ACTIVE") return;
  const parent = world.get(object.uses[0]!)!;
  const served = world
    .referrers(parent, FORWARDING_RULE.type)
    .filter(({ region, args }) => region === object.region && args["loadBalancingScheme"] === "INTERNAL_MANAGED");
  if (served.length > 0) throw inUse(SUBNETWORK)(object, served);
}

const subnetwork: Handler = {
  create(call) {
    const doing = new Doing("Error creating Subnetwork");
    const made = identity(call, SUBNETWORK, doing);
    const parent = doing.find(call, NETWORK, "network", call.args["network"]);
    fitsNetwork(call, doing, parent);
    fitsPurpose(call, doing, parent);
    const attrs = { ...made.attrs, subnetworkId: numericId(call), network: parent.attrs["selfLink"], state: "READY" };
    return { ...made, attrs, uses: [parent] };
  },
  update(call, object) {
    const doing = new Doing(`Error updating Subnetwork "${object.id}"`);
    const parent = doing.find(call, NETWORK, "network", call.args["network"]);
    fitsNetwork(call, doing, parent, object.id);
    fitsPurpose(call, doing, parent, object.id);
    return {};
  },
  outputs: ({ args, id }, world) => ({
    ...{
      gatewayAddress: dotted(blockOf(String(args["ipCidrRange"]))!.first + 1),
      fingerprint: world.hash(id + JSON.stringify(args)).slice(0, 12),
    },
    ...{ purpose: args["purpose"] ?? "PRIVATE", stackType: args["stackType"] ?? "IPV4_ONLY" },
    ...{
      privateIpGoogleAccess: args["privateIpGoogleAccess"] ?? false,
      secondaryIpRanges: args["secondaryIpRanges"] ?? [],
    },
    allowSubnetCidrRoutesOverlap: args["allowSubnetCidrRoutesOverlap"] ?? false,
  }),
  remove: keepProxies,
  inUse: inUse(SUBNETWORK),
};

const firewall: Handler = {
  scope: "global",
  create(call) {
    const doing = new Doing("Error creating Firewall");
    const made = identity(call, FIREWALL, doing);
    const parent = doing.find(call, NETWORK, "network", call.args["network"]);
    return { ...made, attrs: { ...made.attrs, network: parent.attrs["selfLink"] }, uses: [parent] };
  },
  update(call, { id }) {
    const parent = new Doing(`Error updating Firewall "${id}"`).find(call, NETWORK, "network", call.args["network"]);
    return { attrs: { network: parent.attrs["selfLink"] }, uses: [parent] };
  },
  outputs: ({ args }) => ({
    ...{ direction: args["direction"] ?? "INGRESS", enableLogging: args["logConfig"] !== undefined },
    destinationRanges: args["destinationRanges"] ?? [],
  }),
  inUse: inUse(FIREWALL),
};

const metadataItem: Handler = {
  scope: "global",
  create(call) {
    const key = String(call.args["key"]);
    if (call.world.find(call.place, METADATA_ITEM, key)) {
      const message = `key "${key}" already present in metadata for project "${call.place.account}"`;
      throw new CloudError("alreadyExists", "alreadyExists", message);
    }
    return { id: key, name: key };
  },
  inUse: ({ id }) => googleError("Error deleting ProjectMetadataItem", "invalid", `nothing can use ${id}`),
};

export const NETWORK_HANDLERS: Record<string, Handler> = {
  [NETWORK.type]: network,
  [SUBNETWORK.type]: subnetwork,
  [FIREWALL.type]: firewall,
  [METADATA_ITEM]: metadataItem,
};
