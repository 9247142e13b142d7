/** Google data sources. */
import { googleError } from "../errors.ts";
import type { Invoke } from "../handler.ts";
import { text } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { NETWORK, pathOf, resolve, SUBNETWORK, type Kind } from "./common.ts";

function look(kind: Kind, ...[args, place, world]: Parameters<Invoke>): CloudObject {
  const reference = text(args["selfLink"]) ?? text(args["name"]);
  const found = resolve(world, place, kind, reference);
  if (found) return found;
  const path = reference?.includes("/") ? reference : pathOf(kind, place, reference ?? "");
  throw googleError(
    `Error reading ${kind.noun} Not Found : ${reference ?? ""}`,
    "notFound",
    `The resource '${path}' was not found`,
  );
}

const getNetwork: Invoke = (args, place, world) => {
  const network = look(NETWORK, args, place, world);
  const subnetworksSelfLinks = world.referrers(network, SUBNETWORK.type).map(({ attrs }) => attrs["selfLink"]);
  const { networkId, numericId, selfLink } = network.attrs;
  return {
    ...{
      id: network.id,
      name: network.name!,
      project: network.account,
      networkId,
      numericId,
      selfLink,
      subnetworksSelfLinks,
    },
    ...{ description: text(network.args["description"]) ?? "", gatewayIpv4: "", internalIpv6Range: "" },
  };
};

const getSubnetwork: Invoke = (args, place, world) => {
  const subnet = look(SUBNETWORK, args, place, world);
  const { selfLink, network, subnetworkId } = subnet.attrs;
  return {
    ...{
      id: subnet.id,
      name: subnet.name!,
      project: subnet.account,
      region: subnet.region,
      selfLink,
      network,
      subnetworkId,
    },
    ...{
      ipCidrRange: subnet.args["ipCidrRange"],
      privateIpGoogleAccess: subnet.args["privateIpGoogleAccess"] ?? false,
    },
    ...{ secondaryIpRanges: subnet.args["secondaryIpRanges"] ?? [], stackType: "IPV4_ONLY", ipv6AccessType: "" },
    ...{
      description: text(subnet.args["description"]) ?? "",
      gatewayAddress: "",
      externalIpv6Prefix: "",
      internalIpv6Prefix: "",
    },
  };
};

export const GCP_INVOKES: Record<string, Invoke> = {
  "gcp:compute/getNetwork:getNetwork": getNetwork,
  "gcp:compute/getSubnetwork:getSubnetwork": getSubnetwork,
};
