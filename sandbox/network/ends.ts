/** The two ends of a VPN tunnel, each read from its own cloud's objects and from nothing else. */
import { CUSTOMER_GATEWAY, VPC, VPN_ATTACHMENT, VPN_CONNECTION, VPN_GATEWAY } from "../aws/common.ts";
import {
  EXTERNAL_GATEWAY,
  HA_GATEWAY,
  NETWORK,
  resolve,
  ROUTER,
  ROUTER_INTERFACE,
  ROUTER_PEER,
  SUBNETWORK,
  TUNNEL,
} from "../gcp/common.ts";
import { blocks, isRecord, text, texts } from "../values.ts";
import type { CloudObject, World } from "../world.ts";

/** One of the two tunnels of an AWS VPN connection. */
export interface AwsEnd {
  readonly connection: CloudObject;
  readonly n: 1 | 2;
  /** AWS's public address. */
  readonly outside: string;
  readonly customerGateway: CloudObject | undefined;
  /** The other end's public address, as AWS was told it. */
  readonly peerAddress: string;
  readonly peerAsn: number;
  readonly asn: number;
  /** AWS's own address in the tunnel and the one it expects the other end to have. */
  readonly inside: { readonly own: string; readonly peer: string };
  readonly keyHash: string | undefined;
  readonly staticRoutes: boolean;
}

/** A Cloud VPN tunnel with the router interface and the BGP peer that belong to it, as far as there are any. */
export interface GoogleEnd {
  readonly tunnel: CloudObject;
  readonly gateway: CloudObject | undefined;
  readonly gatewayInterface: number;
  /** Address of the gateway's interface. */
  readonly outside: string;
  readonly external: CloudObject | undefined;
  readonly externalInterface: number;
  /** The other end's public address, as Google was told it. */
  readonly peerAddress: string;
  readonly router: CloudObject | undefined;
  readonly asn: number;
  readonly link: CloudObject | undefined;
  readonly peer: CloudObject | undefined;
  readonly keyHash: string | undefined;
}

export const TUNNELS = [1, 2] as const;

/** The end of one tunnel that AWS has. */
export function awsEnd(world: World, connection: CloudObject, n: 1 | 2): AwsEnd {
  const { args, attrs, secrets } = connection;
  const customer = world.find(connection, CUSTOMER_GATEWAY.type, String(args["customerGatewayId"]));
  const gateway = gatewayOf(world, connection);
  return {
    ...{ connection, n, customerGateway: customer },
    outside: text(attrs[`tunnel${n}Address`]) ?? "",
    peerAddress: text(customer?.args["ipAddress"]) ?? "",
    peerAsn: Number(customer?.args["bgpAsn"] ?? customer?.args["bgpAsnExtended"]),
    asn: Number(gateway?.attrs["amazonSideAsn"]),
    inside: {
      own: text(attrs[`tunnel${n}VgwInsideAddress`]) ?? "",
      peer: text(attrs[`tunnel${n}CgwInsideAddress`]) ?? "",
    },
    keyHash: secrets[`tunnel${n}PresharedKey`],
    staticRoutes: args["staticRoutesOnly"] === true,
  };
}

/** The virtual private gateway of a connection. */
export function gatewayOf(world: World, connection: CloudObject): CloudObject | undefined {
  return world.find(connection, VPN_GATEWAY.type, String(connection.args["vpnGatewayId"]));
}

/** The VPC a virtual private gateway is attached to. */
export function vpcOf(world: World, gateway: CloudObject): CloudObject | undefined {
  const [attachment] = world.referrers(gateway, VPN_ATTACHMENT);
  const id = text(gateway.args["vpcId"]) ?? text(attachment?.args["vpcId"]);
  return id === undefined ? undefined : world.find(gateway, VPC.type, id);
}

/** AWS's tunnel with this public address. */
export function awsEndAt(world: World, address: string): AwsEnd | undefined {
  const [connection] = world.anywhere(VPN_CONNECTION, address);
  const n = TUNNELS.find((one) => connection?.attrs[`tunnel${one}Address`] === address);
  return connection === undefined || n === undefined ? undefined : awsEnd(world, connection, n);
}

/** The end of one tunnel that Google has. */
export function googleEnd(world: World, tunnel: CloudObject): GoogleEnd {
  const { args, attrs, secrets } = tunnel;
  const gateway = resolve(world, tunnel, HA_GATEWAY, attrs["vpnGateway"]);
  const external = resolve(world, tunnel, EXTERNAL_GATEWAY, attrs["peerExternalGateway"]);
  const router = resolve(world, tunnel, ROUTER, attrs["router"]);
  const [gatewayInterface, externalInterface] = [
    Number(args["vpnGatewayInterface"]),
    Number(args["peerExternalGatewayInterface"]),
  ];
  const [link] = world.referrers(tunnel, ROUTER_INTERFACE);
  return {
    ...{ tunnel, gateway, gatewayInterface, external, externalInterface, router, link },
    outside: addressIn(gateway?.attrs["vpnInterfaces"], gatewayInterface),
    peerAddress: addressIn(external?.args["interfaces"], externalInterface),
    asn: Number(isRecord(router?.args["bgp"]) ? router.args["bgp"]["asn"] : undefined),
    peer: link && world.referrers(link, ROUTER_PEER)[0],
    keyHash: secrets["sharedSecret"],
  };
}

/** Google's tunnels that lead to this public address. */
export function googleEndsTowards(world: World, address: string): GoogleEnd[] {
  const found = world.anywhere(TUNNEL.type, address).map((tunnel) => googleEnd(world, tunnel));
  return found.filter(({ peerAddress }) => peerAddress === address);
}

function addressIn(interfaces: unknown, id: number): string {
  return text(blocks(interfaces).find((one) => Number(one["id"]) === id)?.["ipAddress"]) ?? "";
}

/** The network a router or gateway is in. */
export function networkOf(world: World, part: CloudObject): CloudObject | undefined {
  return resolve(world, part, NETWORK, part.attrs["network"]);
}

/**
 * Ranges a BGP peer of a Cloud Router advertises: its own where its mode is CUSTOM, else the router's; without either
 * every subnet the router sees. Source: Cloud Router documentation, Advertised routes.
 */
export function advertisedRanges(world: World, router: CloudObject, peer: CloudObject): string[] {
  const bgp = isRecord(router.args["bgp"]) ? router.args["bgp"] : {};
  const decides = [peer.args, bgp].find((one) => one["advertiseMode"] === "CUSTOM");
  if (decides === undefined) return subnetRanges(world, router);
  const listed = blocks(decides["advertisedIpRanges"]).map(({ range }) => String(range));
  const all = texts(decides["advertisedGroups"]).includes("ALL_SUBNETS") ? subnetRanges(world, router) : [];
  return [...new Set([...listed, ...all])];
}

/** Subnets of a router's network: those of its region, or all where the network routes globally. */
function subnetRanges(world: World, router: CloudObject): string[] {
  const network = networkOf(world, router);
  if (network === undefined) return [];
  const everywhere = network.args["routingMode"] === "GLOBAL";
  const subnets = world.referrers(network, SUBNETWORK.type);
  return subnets.filter(({ region }) => everywhere || region === router.region).flatMap(rangesOf);
}

/** Primary and secondary ranges of a subnetwork. */
export function rangesOf({ args }: CloudObject): string[] {
  return [args["ipCidrRange"], ...blocks(args["secondaryIpRanges"]).map((one) => one["ipCidrRange"])].map(String);
}
