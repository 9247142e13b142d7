/** From a Google network over the VPN to an interface endpoint in AWS and the service behind it. */
import { blockOf, overlap } from "../addresses.ts";
import { INGRESS_RULE, SUBNET } from "../aws/common.ts";
import { VPC_ENDPOINT } from "../aws/endpoint.ts";
import { DEFAULT_SECURITY_GROUP, SECURITY_GROUP } from "../aws/security.ts";
import { CUSTOMER_ACCOUNT, ENDPOINT_SERVICE } from "../aws/services.ts";
import { blocks, texts } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { backend } from "./backend.ts";
import { contains, narrowest, routesOf, routeTableOf, tunnelsOf, tunnelsTowards, vpcBehind } from "./routes.ts";
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
  yield* service(from, found, port, name);
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
  const groups = ids.map(
    (id) => world.find(endpoint, SECURITY_GROUP, id) ?? world.find(endpoint, DEFAULT_SECURITY_GROUP, id),
  );
  const open = groups.find((group) => group && rulesOf(world, group).some((rule) => admits(rule, source, port)));
  const wrong = open ? undefined : `${ids.join(", ")} lets ${source} not in on port ${port}`;
  return hop("security group", wrong, `${open?.id} lets ${source} in on port ${port}`);
}

interface IngressRule {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
  readonly ranges: readonly string[];
}

function rulesOf(world: World, group: CloudObject): IngressRule[] {
  const own = world.referrers(group, INGRESS_RULE).map(({ args }) => ({
    ...{ protocol: String(args["ipProtocol"]), from: Number(args["fromPort"]), to: Number(args["toPort"]) },
    ranges: texts(args["cidrIpv4"] === undefined ? [] : [args["cidrIpv4"]]),
  }));
  const inline = blocks(group.args["ingress"]).map((rule) => ({
    ...{ protocol: String(rule["protocol"]), from: Number(rule["fromPort"]), to: Number(rule["toPort"]) },
    ranges: texts(rule["cidrBlocks"]),
  }));
  return [...own, ...inline];
}

function admits({ protocol, from, to, ranges }: IngressRule, source: string, port: number): boolean {
  if (!ranges.some((range) => contains(range, source))) return false;
  return protocol === "-1" || (["tcp", "6"].includes(protocol) && from <= port && port <= to);
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

function* service({ world, artefact }: From, { endpoint, subnet }: Found, port: number, name: string): Walk {
  const [, region, id] = /^com\.amazonaws\.vpce\.([^.]+)\.(.+)$/.exec(String(endpoint.args["serviceName"])) ?? [];
  const place = { cloud: "aws" as const, account: CUSTOMER_ACCOUNT, region: region ?? "" };
  const found = world.find(place, ENDPOINT_SERVICE, id ?? "");
  const zone = String(subnet.attrs["availabilityZoneId"]);
  const wrong =
    found === undefined
      ? `${id} no longer exists`
      : texts(found.args["availabilityZoneIDs"]).includes(zone)
        ? undefined
        : `${id} has nothing in zone ${zone}, where ${endpoint.id} has an address`;
  yield hop("service", wrong, `${id} has accepted ${endpoint.id}`, "customer");
  if (found) yield* backend(found, artefact, port, name);
}
