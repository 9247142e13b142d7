/** Cloud Routers with their interfaces and BGP peers. */
import { addressOf, blockOf, overlap } from "../addresses.ts";
import { googleError } from "../errors.ts";
import type { Call, Handler, Made } from "../handler.ts";
import { isRecord, text, type Values } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { Doing, identity, inUse, NETWORK, ROUTER, ROUTER_INTERFACE, ROUTER_PEER, TUNNEL } from "./common.ts";

const router: Handler = {
  create(call) {
    const doing = new Doing("Error creating Router");
    const made = identity(call, ROUTER, doing);
    const parent = doing.find(call, NETWORK, "network", call.args["network"]);
    return { ...made, attrs: { ...made.attrs, network: parent.attrs["selfLink"] }, uses: [parent] };
  },
  update(call, object) {
    const doing = new Doing(`Error updating Router "${object.id}"`);
    const asn = asnOf(call.args);
    const twin = call.world.referrers(object, ROUTER_PEER).find((peer) => Number(peer.args["peerAsn"]) === asn);
    if (twin)
      throw doing.invalid("bgp.asn", asn, `The peer ${twin.name} has the same ASN; only external BGP is supported.`);
    return {};
  },
  inUse: inUse(ROUTER),
};

function asnOf(args: Values): number | undefined {
  return isRecord(args["bgp"]) ? Number(args["bgp"]["asn"]) : undefined;
}

/** A part of a router, by name; names are unique per kind of part on a router. */
function part(call: Call, parent: CloudObject, type: string, name: unknown): CloudObject | undefined {
  return call.world.referrers(parent, type).find((other) => other.name === name);
}

const routerInterface: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing(`Error patching router ${String(call.args["router"])}`);
    const parent = doing.find(call, ROUTER, "router", call.args["router"]);
    if (part(call, parent, ROUTER_INTERFACE, name))
      throw doing.error("alreadyExists", `Router ${parent.name} has interface ${name} already`);
    checkRange(call, doing, parent);
    const tunnel =
      text(call.args["vpnTunnel"]) === undefined
        ? undefined
        : doing.find(call, TUNNEL, "interfaces.linkedVpnTunnel", call.args["vpnTunnel"]);
    if (tunnel && tunnel.attrs["router"] !== parent.attrs["selfLink"]) {
      throw doing.invalid(
        "interfaces.linkedVpnTunnel",
        tunnel.id,
        `The tunnel is associated with another router than ${parent.name}.`,
      );
    }
    const linked = tunnel ? call.world.referrers(tunnel, ROUTER_INTERFACE)[0] : undefined;
    if (linked)
      throw doing.invalid(
        "interfaces.linkedVpnTunnel",
        tunnel!.id,
        `The tunnel is linked to interface ${linked.name} already.`,
      );
    const attrs = { vpnTunnel: tunnel?.attrs["selfLink"] ?? "", ipVersion: "IPV4", redundantInterface: "" };
    return { id: `${call.place.region}/${parent.name}/${name}`, name, attrs, uses: [tunnel], within: [parent] };
  },
  outputs: ({ args }) => ({ ipRange: args["ipRange"] ?? "" }),
  inUse({ name, args }, users) {
    const message = `Invalid value for field 'resource.bgpPeers[0].interfaceName': '${name}'. BGP peer ${users[0]!.name} refers to an interface that does not exist.`;
    return googleError(`Error patching router ${String(args["router"])}`, "invalid", message);
  },
};

function checkRange(call: Call, doing: Doing, parent: CloudObject): void {
  const range = text(call.args["ipRange"]);
  if (range === undefined) return;
  const block = blockOf(range);
  const host = addressOf(range.split("/")[0]!);
  // Source: Google Cloud Router documentation, BGP peering addresses: a host address in a link-local /30 or /29.
  const fits = block && block.prefix >= 29 && block.prefix <= 30 && range.startsWith("169.254.");
  if (!fits)
    throw doing.invalid("interfaces.ipRange", range, "Must be a link-local IPv4 range (169.254.0.0/16) of /29 or /30.");
  if (host === block.first || host === block.last)
    throw doing.invalid("interfaces.ipRange", range, "Must hold a host address, not the address of the network.");
  for (const other of call.world.referrers(parent, ROUTER_INTERFACE)) {
    const taken = text(other.args["ipRange"]);
    if (taken !== undefined && overlap(block, blockOf(taken)!)) {
      throw doing.invalid("interfaces.ipRange", range, `Overlaps with the range ${taken} of interface ${other.name}.`);
    }
  }
}

const routerPeer: Handler = {
  create(call) {
    const name = String(call.args["name"]);
    const doing = new Doing("Error creating RouterBgpPeer");
    const parent = doing.find(call, ROUTER, "router", call.args["router"]);
    if (part(call, parent, ROUTER_PEER, name))
      throw doing.error("alreadyExists", `The BGP peer '${name}' already exists on router ${parent.name}`);
    const made = session(call, doing, parent);
    return {
      ...made,
      id: `projects/${call.place.account}/regions/${call.place.region}/routers/${parent.name}/${name}`,
      name,
    };
  },
  update(call, object) {
    const doing = new Doing(`Error updating RouterBgpPeer "${object.id}"`);
    return session(call, doing, doing.find(call, ROUTER, "router", call.args["router"]), object);
  },
  outputs: ({ args }) => ({
    ...{ managementType: "MANAGED_BY_USER", enableIpv4: args["enableIpv4"] ?? true },
    ...{
      isAdvertisedRoutePrioritySet: args["advertisedRoutePriority"] !== undefined,
      isCustomLearnedPrioritySet: false,
    },
  }),
  inUse: ({ id }) => new Error(`nothing can use BGP peer ${id}`),
};

/** A BGP session between the interface's address and its neighbour in the same range. */
function session(call: Call, doing: Doing, parent: CloudObject, self?: CloudObject): Made {
  const link = part(call, parent, ROUTER_INTERFACE, call.args["interface"]);
  if (!link)
    throw doing.invalid(
      "bgpPeers.interfaceName",
      call.args["interface"],
      `Router ${parent.name} has no such interface.`,
    );
  const asn = asnOf(parent.args);
  if (asn === undefined) throw doing.invalid("bgp", "", `Router ${parent.name} has no BGP settings.`);
  if (Number(call.args["peerAsn"]) === asn) {
    throw doing.invalid(
      "bgpPeers.peerAsn",
      asn,
      "The peer ASN must differ from the router's; only external BGP is supported.",
    );
  }
  const range = text(link.args["ipRange"]);
  const own = text(call.args["ipAddress"]) ?? range?.split("/")[0];
  const peer = text(call.args["peerIpAddress"]);
  if (peer !== undefined && range === undefined) {
    throw doing.error("invalid", `peer IP address ${peer} is specified, but IP address is not specified`);
  }
  if (range !== undefined) checkAddresses(doing, range, own, peer);
  const twin = call.world
    .referrers(parent, ROUTER_PEER)
    .find((other) => other.id !== self?.id && other.args["interface"] === link.name);
  if (twin)
    throw doing.invalid("bgpPeers.interfaceName", link.name, `BGP peer ${twin.name} uses the interface already.`);
  return { attrs: { ipAddress: own ?? "", peerIpAddress: peer ?? "" }, uses: [link], within: [parent] };
}

function checkAddresses(doing: Doing, range: string, own: string | undefined, peer: string | undefined): void {
  const block = blockOf(range)!;
  if (own !== range.split("/")[0]) {
    throw doing.invalid("bgpPeers.ipAddress", own, `Must be the address of the interface, ${range.split("/")[0]}.`);
  }
  const address = addressOf(peer ?? "");
  const fits = address !== undefined && address > block.first && address < block.last && peer !== own;
  if (!fits) throw doing.invalid("bgpPeers.peerIpAddress", peer ?? "", `Must be another host address in ${range}.`);
}

export const ROUTER_HANDLERS: Record<string, Handler> = {
  [ROUTER.type]: router,
  [ROUTER_INTERFACE]: routerInterface,
  [ROUTER_PEER]: routerPeer,
};
