/** Routes as the two clouds' tables hold them: their own, and what BGP sessions really exchange. */
import { blockOf, within, type Block } from "../addresses.ts";
import { VPC, ROUTE_PROPAGATION, ROUTE_TABLE, TABLE_ASSOCIATION, VPN_CONNECTION, VPN_GATEWAY } from "../aws/common.ts";
import { HA_GATEWAY, SUBNETWORK, TUNNEL } from "../gcp/common.ts";
import { blocks, text, texts } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import { gatewayOf, networkOf, rangesOf, TUNNELS, vpcOf } from "./ends.ts";
import { joinAws, joinGoogle, type Joined } from "./tunnels.ts";

/** A prefix a Google network learned, with the tunnels traffic to it may take. */
export interface LearnedRoute {
  readonly destination: string;
  /** Where it holds: a region, or `global` in a network that routes globally. */
  readonly region: string;
  /** Names of tunnels. */
  readonly tunnels: readonly string[];
  /** The subnet that is preferred to it, in which case it is not used. */
  readonly hiddenBy?: string;
}

/** A prefix in an AWS route table that leads to the virtual private gateway. */
export interface PropagatedRoute {
  readonly destination: string;
  readonly gateway: string;
}

/** Tunnels of a Google network. */
export function tunnelsOf(world: World, network: CloudObject): Joined[] {
  const gateways = world.referrers(network, HA_GATEWAY.type);
  return gateways.flatMap((gateway) =>
    world.referrers(gateway, TUNNEL.type).map((tunnel) => joinGoogle(world, tunnel)),
  );
}

/**
 * What a Google network learned by BGP. A subnet route is preferred to a learned one that is as narrow or narrower.
 * Source: Google VPC documentation, Routes, Routing order; Cloud Router documentation, Learned routes.
 */
export function learnedRoutes(world: World, network: CloudObject): LearnedRoute[] {
  const global = network.args["routingMode"] === "GLOBAL";
  const found = new Map<string, { destination: string; region: string; tunnels: string[] }>();
  for (const { status, google } of tunnelsOf(world, network)) {
    const region = global ? "global" : (google?.router?.region ?? "");
    for (const destination of status.session.toGoogle) {
      const route = found.get(`${region} ${destination}`) ?? { destination, region, tunnels: [] };
      route.tunnels.push(status.google!.name);
      found.set(`${region} ${destination}`, route);
    }
  }
  return [...found.values()].map((route) => {
    const hiddenBy = subnetAround(world, network, route.destination)?.name;
    const sorted = { ...route, tunnels: route.tunnels.sort() };
    return hiddenBy === undefined ? sorted : { ...sorted, hiddenBy };
  });
}

/** The subnetwork of a network whose range holds an address or a whole range. */
export function subnetAround(world: World, network: CloudObject, range: string): CloudObject | undefined {
  const subnets = world.referrers(network, SUBNETWORK.type);
  return subnets.find((subnet) => rangesOf(subnet).some((one) => contains(one, range)));
}

/** True where a range holds an address or another range whole. */
export function contains(range: string, inner: string): boolean {
  const [outer, block] = [blockOf(range), blockOf(inner.includes("/") ? inner : `${inner}/32`)];
  return outer !== undefined && block !== undefined && within(block, outer);
}

/** The narrowest of some routes to a destination. */
export function narrowest<Route extends { readonly destination: string }>(
  routes: readonly Route[],
  destination: string,
): Route | undefined {
  const prefix = ({ destination: range }: Route): number => (blockOf(range) as Block).prefix;
  const fitting = routes.filter((route) => contains(route.destination, destination));
  return fitting.sort((left, right) => prefix(right) - prefix(left))[0];
}

/** The route table of an AWS subnet; without one of its own the VPC's main table counts, which knows the VPC alone. */
export function routeTableOf(world: World, subnet: CloudObject): CloudObject | undefined {
  const [association] = world.referrers(subnet, TABLE_ASSOCIATION);
  const vpc = world.find(subnet, VPC.type, String(subnet.args["vpcId"]));
  const table = association?.args["routeTableId"] ?? vpc?.attrs["mainRouteTableId"];
  return world.find(subnet, ROUTE_TABLE.type, String(table));
}

/**
 * Routes of a table beyond the VPC's own range: those written into it and those propagated from a virtual private
 * gateway that is attached.
 */
export function routesOf(world: World, table: CloudObject): PropagatedRoute[] {
  const propagating = [
    ...world.referrers(table, ROUTE_PROPAGATION).map(({ args }) => String(args["vpnGatewayId"])),
    ...texts(table.args["propagatingVgws"]),
  ];
  const propagated = propagating.flatMap((id) => {
    const gateway = world.find(table, VPN_GATEWAY.type, id);
    const attached = gateway && vpcOf(world, gateway)?.id === table.args["vpcId"];
    return attached === true ? prefixesAt(world, gateway).map((destination) => ({ destination, gateway: id })) : [];
  });
  const written = blocks(table.args["routes"]).flatMap((route) => {
    const [destination, gateway] = [text(route["cidrBlock"]), text(route["gatewayId"])];
    return destination !== undefined && gateway?.startsWith("vgw-") === true ? [{ destination, gateway }] : [];
  });
  return [
    ...new Map([...written, ...propagated].map((route) => [`${route.destination} ${route.gateway}`, route])).values(),
  ];
}

/** Prefixes a virtual private gateway learned over all its sessions. */
function prefixesAt(world: World, gateway: CloudObject): string[] {
  const joined = world
    .referrers(gateway, VPN_CONNECTION)
    .flatMap((connection) => TUNNELS.map((n) => joinAws(world, connection, n)));
  return [...new Set(joined.flatMap(({ status }) => status.session.toAws))];
}

/** Tunnels of a network that lead to an AWS VPC whose range holds an address, up or not. */
export function tunnelsTowards(world: World, network: CloudObject, address: string): Joined[] {
  return tunnelsOf(world, network).filter((joined) => {
    const vpc = vpcBehind(world, joined);
    return vpc !== undefined && contains(String(vpc.args["cidrBlock"]), address);
  });
}

/** The VPC at the AWS end of a tunnel. */
export function vpcBehind(world: World, { aws }: Joined): CloudObject | undefined {
  const gateway = aws && gatewayOf(world, aws.connection);
  return gateway && vpcOf(world, gateway);
}

/** True where both are in one network. */
export function sameNetwork(world: World, part: CloudObject, network: CloudObject): boolean {
  const found = networkOf(world, part);
  return found !== undefined && keyOf(found) === keyOf(network);
}
