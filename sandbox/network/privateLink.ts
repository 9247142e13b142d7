/** From a Google network over the VPN to an interface endpoint in AWS and the service behind it. */
import { blockOf, overlap } from "../addresses.ts";
import { amazonService } from "../aws/amazonServices.ts";
import { SUBNET } from "../aws/common.ts";
import { VPC_ENDPOINT } from "../aws/endpoint.ts";
import { serviceNamed, zonesOfService } from "../aws/services.ts";
import { blocks, texts } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { amazon } from "./amazon.ts";
import { backend } from "./backend.ts";
import { behindService } from "./endpointService.ts";
import { groupThatAdmits } from "./groups.ts";
import { narrowest, routesOf, routeTableOf, tunnelsOf, tunnelsTowards, vpcBehind } from "./routes.ts";
import type { LearnedRoute } from "./routes.ts";
import { label } from "./status.ts";
import { broken, hop, passed, type From, type Hop, type Walk } from "./walk.ts";

/** Names the fault where a private address has no learned route: a tunnel, a session, or that nobody announces it. */
export function unrouted({ world, network }: From, address: string): Hop {
  const towards = tunnelsTowards(world, network, address).map(({ status }) => status);
  const reasons = (of: typeof towards): string => of.map((one) => `${label(one)}: ${why(one)}`).join("; ");
  const dark = towards.filter(({ up }) => !up);
  if (dark.length > 0 && dark.length === towards.length) {
    return broken("tunnel", `every tunnel towards ${address} is down: ${reasons(dark)}`);
  }
  const silent = towards.filter(({ session }) => !session.up);
  if (silent.length > 0 && silent.length === towards.length) {
    return broken("bgp session", `no session announces ${address}: ${reasons(silent)}`);
  }
  return broken("route", `network ${network.name} has no route to ${address}: nobody announces one`);
}

function why({ up, reason, session }: ReturnType<typeof tunnelsOf>[number]["status"]): string {
  return (up ? session.reason : reason) ?? "";
}

/** Over the tunnels a learned route names, to what has the address in AWS. */
export function* overVpn(from: From, route: LearnedRoute, address: string, port: number, name: string): Walk {
  const { world, network, subnet } = from;
  const joined = tunnelsOf(world, network).filter(({ google }) => route.tunnels.includes(google!.tunnel.name!));
  yield passed("tunnel", `${route.destination} over ${route.tunnels.join(", ")}`);
  const vpc = joined.map((one) => vpcBehind(world, one)).find((one) => one !== undefined);
  const found = vpc && endpointAt(world, vpc, address);
  if (found === undefined) {
    yield broken("interface endpoint", `nothing has the address ${address} in ${vpc?.id ?? "AWS"}`);
    return;
  }
  yield returnRoute(world, found.subnet, vpc!, String(subnet.args["ipCidrRange"]));
  yield securityGroup(world, found.endpoint, String(subnet.args["ipCidrRange"]), port);
  yield state(found.endpoint);
  const own = amazonService(found.endpoint, String(found.endpoint.args["serviceName"]));
  if (own) yield* amazon(from, name, found.endpoint);
  else yield* service(from, found, port, name);
}

interface Found {
  readonly endpoint: CloudObject;
  /** The subnet of the network interface with the address. */
  readonly subnet: CloudObject;
}

function endpointAt(world: World, vpc: CloudObject, address: string): Found | undefined {
  for (const endpoint of world.referrers(vpc, VPC_ENDPOINT)) {
    const card = blocks(endpoint.attrs["networkInterfaces"]).find(({ ip }) => ip === address);
    const subnet = card && world.find(endpoint, SUBNET.type, String(card["subnetId"]));
    if (subnet) return { endpoint, subnet };
  }
  return undefined;
}

/**
 * Whether replies find their way back. The VPC's own range is preferred to any propagated route, even a narrower one.
 * Source: Amazon VPC User Guide, Route tables, Route priority.
 */
function returnRoute(world: World, subnet: CloudObject, vpc: CloudObject, source: string): Hop {
  const local = String(vpc.args["cidrBlock"]);
  const table = routeTableOf(world, subnet);
  const routes = table ? routesOf(world, table) : [];
  const route = narrowest(routes, source);
  const wrong = overlap(blockOf(local)!, blockOf(source)!)
    ? `replies to ${source} stay in ${vpc.id}, whose own range ${local} overlaps with it`
    : route === undefined
      ? `${table?.implicit ? `the main route table of ${vpc.id}` : table?.id} has no route to ${source}: ${missing(routes.length)}`
      : undefined;
  return hop("return route", wrong, `${table?.id} sends ${source} to ${route?.gateway}`);
}

function missing(others: number): string {
  return others > 0 ? "Google announces other ranges" : "nothing is propagated into it";
}

/** Whether one of an endpoint's groups lets every executor in. */
function securityGroup(world: World, endpoint: CloudObject, source: string, port: number): Hop {
  const ids = texts(endpoint.attrs["securityGroupIds"]);
  const open = groupThatAdmits(world, endpoint, ids, { ranges: [source] }, port);
  const wrong = open ? undefined : `${ids.join(", ")} lets ${source} not in on port ${port}`;
  return hop("security group", wrong, `${open?.id} lets ${source} in on port ${port}`);
}

function state({ id, attrs }: CloudObject): Hop {
  const is = String(attrs["state"]);
  const meaning: Readonly<Record<string, string>> = {
    pendingAcceptance: "waits for the customer to accept it (pendingAcceptance)",
    rejected: "was rejected by the customer",
  };
  const wrong = is === "available" ? undefined : `${id} ${meaning[is] ?? `is ${is}`}`;
  return hop("interface endpoint", wrong, `${id} is available`, is === "available" ? "ours" : "customer");
}

/** An endpoint service of a customer's: seeded with what answers behind it, or made with a load balancer in front. */
function* service(from: From, { endpoint, subnet }: Found, port: number, name: string): Walk {
  const { world, artefact } = from;
  const found = serviceNamed(world, String(endpoint.args["serviceName"]));
  const id = String(endpoint.args["serviceName"]).split(".").at(-1);
  const zone = String(subnet.attrs["availabilityZoneId"]);
  const zones = found && zonesOfService(world, found);
  // One without a zone has lost its load balancer, and an endpoint of another Region is in that one's zones.
  const apart = zones && zones.length > 0 && found.region === endpoint.region && !zones.includes(zone);
  const elsewhere = `${id} has nothing in zone ${zone}, where ${endpoint.id} has an address`;
  const wrong = found === undefined ? `${id} no longer exists` : apart ? elsewhere : undefined;
  yield hop("service", wrong, `${id} has accepted ${endpoint.id}`, "customer");
  if (found?.outside === true) yield* backend(found, artefact, port, name);
  else if (found) yield* behindService(from, { service: found, endpoint, zone }, { port, name });
}
