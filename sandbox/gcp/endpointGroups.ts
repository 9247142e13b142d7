/** Network endpoint groups: addresses with ports, as backends. Source: Cloud Load Balancing documentation, NEG overview. */
import { addressOf } from "../addresses.ts";
import type { Call, Handler } from "../handler.ts";
import { isEmpty, text } from "../values.ts";
import type { CloudObject } from "../world.ts";
import {
  Doing,
  ENDPOINT_GROUP,
  inUse,
  NETWORK,
  NETWORK_ENDPOINT,
  numericId,
  pathOf,
  REGION_ENDPOINT_GROUP,
  selfLink,
  SUBNETWORK,
  type Kind,
} from "./common.ts";

function group(kind: Kind): Handler {
  return {
    create(call) {
      const doing = new Doing(`Error creating ${kind.noun}`);
      const zone = text(call.args["zone"])?.split("/").at(-1);
      const name = String(call.args["name"]);
      const id = pathOf(kind, call.place, name, zone);
      if (call.world.find(call.place, kind.type, id))
        throw doing.error("alreadyExists", `The resource '${id}' already exists`);
      const { network, subnetwork } = call.args;
      const parent = isEmpty(network) ? undefined : doing.find(call, NETWORK, "network", network);
      const subnet = isEmpty(subnetwork) ? undefined : doing.find(call, SUBNETWORK, "subnetwork", subnetwork);
      if (call.args["networkEndpointType"] === "NON_GCP_PRIVATE_IP_PORT" && subnet)
        throw doing.invalid("subnetwork", subnetwork, "It cannot be specified for endpoints outside Google Cloud.");
      const link = parent ? { network: parent.attrs["selfLink"] } : {};
      const where = kind.zonal ? { zone: zone ?? `${call.place.region}-a`, generatedId: numericId(call) } : {};
      return { id, name, attrs: { selfLink: selfLink(id), ...where, ...link }, uses: [parent, subnet] };
    },
    outputs: (object, world) => (kind.zonal ? { size: world.referrers(object, NETWORK_ENDPOINT).length } : {}),
    inUse: inUse(kind),
  };
}

const networkEndpoint: Handler = {
  create(call) {
    const doing = new Doing("Error creating NetworkEndpoint");
    const zone = text(call.args["zone"])?.split("/").at(-1) ?? `${call.place.region}-a`;
    const parent = groupNamed(call, doing, zone);
    const address = String(call.args["ipAddress"]);
    if (addressOf(address) === undefined) throw doing.invalid("ipAddress", address, "It must be an IPv4 address.");
    const port = call.args["port"] ?? parent.args["defaultPort"];
    if (port === undefined)
      throw doing.invalid("port", "", "A port must be specified, here or as the default port of the group.");
    const parts = [call.place.account, zone, parent.name, text(call.args["instance"]) ?? "", address, text(port)];
    const id = parts.join("/");
    if (call.world.find(call.place, NETWORK_ENDPOINT, id))
      throw doing.error("alreadyExists", `The endpoint ${address}:${text(port)} already exists in ${parent.id}`);
    return { id, name: `${address}:${text(port)}`, attrs: { zone, port }, within: [parent] };
  },
  inUse: ({ id }) => new Error(`nothing can use network endpoint ${id}`),
};

function groupNamed(call: Call, doing: Doing, zone: string): CloudObject {
  const given = String(call.args["networkEndpointGroup"]);
  const reference = given.includes("/") ? given : pathOf(ENDPOINT_GROUP, call.place, given, zone);
  return doing.find(call, ENDPOINT_GROUP, "networkEndpointGroup", reference);
}

export const ENDPOINT_GROUP_HANDLERS: Record<string, Handler> = {
  [ENDPOINT_GROUP.type]: group(ENDPOINT_GROUP),
  [REGION_ENDPOINT_GROUP.type]: group(REGION_ENDPOINT_GROUP),
  [NETWORK_ENDPOINT]: networkEndpoint,
};
