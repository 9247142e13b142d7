/** VPC networks, subnetworks, firewall rules, project metadata. */
import { blockOf, dotted, overlap } from "../addresses.ts";
import { CloudError, googleError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { blocks, type Values } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { Doing, FIREWALL, identity, inUse, METADATA_ITEM, NETWORK, numericId, SUBNETWORK } from "./common.ts";

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

const subnetwork: Handler = {
  create(call) {
    const doing = new Doing("Error creating Subnetwork");
    const made = identity(call, SUBNETWORK, doing);
    const parent = doing.find(call, NETWORK, "network", call.args["network"]);
    fitsNetwork(call, doing, parent);
    const attrs = { ...made.attrs, subnetworkId: numericId(call), network: parent.attrs["selfLink"], state: "READY" };
    return { ...made, attrs, uses: [parent] };
  },
  update(call, object) {
    const doing = new Doing(`Error updating Subnetwork "${object.id}"`);
    fitsNetwork(call, doing, doing.find(call, NETWORK, "network", call.args["network"]), object.id);
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
