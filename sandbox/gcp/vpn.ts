/** HA VPN: gateways, the other side's gateways, tunnels. */
import { addressOf, isSpecial, publicAddress } from "../addresses.ts";
import { CloudError } from "../errors.ts";
import type { Call, Handler } from "../handler.ts";
import { joinGoogle, type GoogleTunnelState } from "../network/tunnels.ts";
import { blocks, type Values } from "../values.ts";
import type { CloudObject } from "../world.ts";
import { Doing, EXTERNAL_GATEWAY, HA_GATEWAY, identity, inUse, NETWORK, numericId, ROUTER, TUNNEL } from "./common.ts";

const haVpnGateway: Handler = {
  create(call) {
    const doing = new Doing("Error creating HaVpnGateway");
    const made = identity(call, HA_GATEWAY, doing);
    const parent = doing.find(call, NETWORK, "network", call.args["network"]);
    const ipv6 = call.args["gatewayIpVersion"] === "IPV6" || call.args["stackType"] === "IPV6_ONLY";
    if (ipv6) {
      const why =
        "the sandbox does not simulate HA VPN gateways for IPv6 alone: leave gatewayIpVersion at IPV4 and stackType at IPV4_ONLY";
      throw new CloudError("invalid", "notSimulated", why);
    }
    // Source: Google Cloud VPN documentation, Cloud VPN topologies: a gateway has two interfaces, each with its address.
    const vpnInterfaces = [0, 1].map((id) => ({ id, ipAddress: publicAddress(call.tx, "googleVpn") }));
    return {
      ...made,
      attrs: { selfLink: made.attrs["selfLink"], network: parent.attrs["selfLink"], vpnInterfaces },
      uses: [parent],
    };
  },
  inUse: inUse(HA_GATEWAY),
};

/** Interface ids per redundancy type. Source: Compute API reference, ExternalVpnGateway. */
const INTERFACES: Record<string, number[]> = {
  SINGLE_IP_INTERNALLY_REDUNDANT: [0],
  TWO_IPS_REDUNDANCY: [0, 1],
  FOUR_IPS_REDUNDANCY: [0, 1, 2, 3],
};

const externalVpnGateway: Handler = {
  scope: "global",
  create(call) {
    const doing = new Doing("Error creating ExternalVpnGateway");
    const made = identity(call, EXTERNAL_GATEWAY, doing);
    const interfaces = blocks(call.args["interfaces"]);
    const ids = interfaces.map((one) => Number(one["id"])).sort((left, right) => left - right);
    const type = String(call.args["redundancyType"]);
    if (JSON.stringify(ids) !== JSON.stringify(INTERFACES[type])) {
      throw doing.invalid(
        "interfaces",
        ids.join(","),
        `Interface ids of ${type} must be ${INTERFACES[type]?.join(", ") ?? "given with a redundancyType"}.`,
      );
    }
    const addresses = interfaces.map((one) => String(one["ipAddress"]));
    for (const [index, address] of addresses.entries()) {
      const field = `interfaces[${index}].ipAddress`;
      if (isSpecial(address)) throw doing.invalid(field, address, "Must be a public IPv4 address of the peer gateway.");
      if (addresses.indexOf(address) !== index)
        throw doing.invalid(field, address, "Interfaces must have different IP addresses.");
    }
    return { ...made, attrs: { selfLink: made.attrs["selfLink"] } };
  },
  inUse: inUse(EXTERNAL_GATEWAY),
};

/** What Google says of a tunnel's state. Source: Cloud VPN documentation, Troubleshooting. */
const DETAILS: Readonly<Record<GoogleTunnelState, string>> = {
  ESTABLISHED: "Tunnel is up and running.",
  NO_INCOMING_PACKETS: "No incoming packets from peer.",
  AUTHORIZATION_ERROR: "Authorization error: bad shared secret.",
  NEGOTIATION_FAILURE: "Handshake with peer broken: no proposal chosen.",
};

const vpnTunnel: Handler = {
  create(call) {
    const doing = new Doing("Error creating VpnTunnel");
    const made = identity(call, TUNNEL, doing);
    const { gateway, peer, router } = ends(call, doing);
    alone(call, doing, gateway, peer.id);
    const network = router.attrs["network"];
    if (network !== gateway.attrs["network"]) {
      throw doing.invalid("router", call.args["router"], "The router must be in the network of the VPN gateway.");
    }
    const attrs = {
      ...made.attrs,
      ...{
        tunnelId: String(numericId(call)),
        peerIp: String(peer["interface"]["ipAddress"]),
        router: router.attrs["selfLink"],
      },
      ...{ vpnGateway: gateway.attrs["selfLink"], peerExternalGateway: peer.object.attrs["selfLink"] },
      ...{ localTrafficSelectors: ["0.0.0.0/0"], remoteTrafficSelectors: ["0.0.0.0/0"] },
    };
    return { ...made, attrs, terms: [attrs.peerIp], uses: [gateway, peer.object, router] };
  },
  outputs: (tunnel, world) => ({
    sharedSecretHash: (tunnel.secrets["sharedSecret"] ?? "").slice(0, 28),
    detailedStatus: DETAILS[joinGoogle(world, tunnel).status.google!.state],
  }),
  inUse: inUse(TUNNEL),
};

interface Peer {
  object: CloudObject;
  id: number;
  interface: Values;
}

function ends(call: Call, doing: Doing): { gateway: CloudObject; peer: Peer; router: CloudObject } {
  for (const name of ["vpnGateway", "peerExternalGateway", "router"]) {
    if (call.args[name] === undefined)
      throw doing.invalid(name, "", "The field is required for an HA VPN tunnel to an external gateway.");
  }
  const gateway = doing.find(call, HA_GATEWAY, "vpnGateway", call.args["vpnGateway"]);
  const object = doing.find(call, EXTERNAL_GATEWAY, "peerExternalGateway", call.args["peerExternalGateway"]);
  const router = doing.find(call, ROUTER, "router", call.args["router"]);
  for (const [field, found] of [
    ["vpnGateway", gateway],
    ["router", router],
  ] as const) {
    if (found.region !== call.place.region)
      throw doing.invalid(field, found.id, "The resource must be in the region of the tunnel.");
  }
  const own = Number(call.args["vpnGatewayInterface"] ?? -1);
  if (own !== 0 && own !== 1) throw doing.invalid("vpnGatewayInterface", own, "Must be 0 or 1.");
  const id = Number(call.args["peerExternalGatewayInterface"] ?? -1);
  const found = blocks(object.args["interfaces"]).find((one) => Number(one["id"]) === id);
  if (!found)
    throw doing.invalid("peerExternalGatewayInterface", id, `The gateway ${object.name} has no such interface.`);
  if (addressOf(String(found["ipAddress"])) === undefined)
    throw doing.invalid("peerExternalGateway", object.id, "The interface has no address.");
  return { gateway, peer: { object, id, interface: found }, router };
}

/** Source: hashicorp/terraform-provider-google issue 16619, which quotes the refusal. */
function alone(call: Call, doing: Doing, gateway: CloudObject, peerInterface: number): void {
  const peer = String(call.args["peerExternalGateway"]).split("/").at(-1);
  for (const other of call.world.referrers(gateway, TUNNEL.type)) {
    const samePeer = String(other.args["peerExternalGateway"]).split("/").at(-1) === peer;
    const sameEnds =
      Number(other.args["peerExternalGatewayInterface"]) === peerInterface &&
      Number(other.args["vpnGatewayInterface"]) === Number(call.args["vpnGatewayInterface"]);
    if (samePeer && sameEnds) {
      const why = "A tunnel with same peer external VPN gateway interface and same VPN gateway interface exists.";
      throw doing.invalid("peerExternalGatewayInterface", peerInterface, why);
    }
  }
}

export const VPN_HANDLERS: Record<string, Handler> = {
  [HA_GATEWAY.type]: haVpnGateway,
  [EXTERNAL_GATEWAY.type]: externalVpnGateway,
  [TUNNEL.type]: vpnTunnel,
};
