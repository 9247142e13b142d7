/** How a packet leaves an executor for an address: guest rules, egress firewall, the way to the internet. */
import { ROUTER, ROUTER_NAT, FIREWALL, resolve, SUBNETWORK } from "../gcp/common.ts";
import { serviceAccountOf } from "../executors.ts";
import { blocks, texts } from "../values.ts";
import { keyOf, type CloudObject } from "../world.ts";
import { guestMay } from "./artefact.ts";
import { contains } from "./routes.ts";
import { natStatus, type NatStatus } from "./status.ts";
import { hop, type From, type Hop, type Walk } from "./walk.ts";

/** Everything a packet to a public address passes before it is on the internet. */
export function* leave(from: From, address: string, protocol: "tcp" | "udp", port: number): Walk {
  if (from.guest && protocol === "tcp") yield guestRules(from, address, port);
  yield firewall(from, address, protocol, port);
  yield internetRoute(from);
  yield translation(from).hop;
}

/** Whether the executor lets a guest open a TCP connection. */
export function guestRules({ artefact }: From, address: string, port: number): Hop {
  const rules = artefact.kind === "read" ? artefact.rules : { forward: [], input: [] };
  const wrong = guestMay(rules, address, "tcp", port)
    ? undefined
    : `the executor drops what a guest sends to ${address}:${port}: no rule lets it through`;
  return hop("guest rules", wrong, `the executor lets a guest reach ${address}:${port}`);
}

/**
 * Whether the network's egress rules let a connection out: the rule with the lowest number decides, a denial first among
 * equals; without one everything may leave. Source: Google VPC documentation, VPC firewall rules.
 */
export function firewall({ world, network, executors }: From, address: string, protocol: string, port: number): Hop {
  const account = serviceAccountOf(executors);
  const rules = world.referrers(network, FIREWALL.type).filter((rule) => concerns(rule, account));
  const verdict = firewallVerdict(rules, "EGRESS", address, protocol, port);
  const denied = verdict?.allows === false;
  const what = verdict === undefined ? "no rule is against it" : `${verdict.rule.name} allows it`;
  return hop("firewall", denied ? `${verdict.rule.name} denies ${protocol} to ${address}:${port}` : undefined, what);
}

/**
 * The rule that decides about a connection, if one does.
 * @param other the destination's address, or for INGRESS the source's range
 */
export function firewallVerdict(
  rules: readonly CloudObject[],
  direction: "EGRESS" | "INGRESS",
  other: string,
  protocol: string,
  port: number,
): { readonly rule: CloudObject; readonly allows: boolean } | undefined {
  const [rule] = rules
    .filter(({ args }) => (args["direction"] ?? "INGRESS") === direction && args["disabled"] !== true)
    .filter((one) => matches(one, other, protocol, port))
    .sort((left, right) => rank(left) - rank(right));
  return rule && { rule, allows: blocks(rule.args["denies"]).length === 0 };
}

/** Two per step of priority, so that of two rules with one priority the denial comes first. */
function rank({ args }: CloudObject): number {
  return Number(args["priority"] ?? 1000) * 2 + (blocks(args["denies"]).length > 0 ? 0 : 1);
}

function concerns({ args }: CloudObject, account: string | undefined): boolean {
  const [accounts, tags] = [texts(args["targetServiceAccounts"]), texts(args["targetTags"])];
  if (tags.length > 0) return false;
  return accounts.length === 0 || (account !== undefined && accounts.includes(account));
}

function matches({ args }: CloudObject, address: string, protocol: string, port: number): boolean {
  const incoming = (args["direction"] ?? "INGRESS") === "INGRESS";
  if (incoming && texts(args["sourceRanges"]).length === 0) return false;
  const ranges = texts(args[incoming ? "sourceRanges" : "destinationRanges"]);
  if (ranges.length > 0 && !ranges.some((range) => contains(range, address))) return false;
  const numbers: Readonly<Record<string, string>> = { tcp: "6", udp: "17" };
  return [...blocks(args["allows"]), ...blocks(args["denies"])].some((part) => {
    const named = String(part["protocol"]).toLowerCase();
    if (named === "all") return true;
    if (named !== protocol && named !== numbers[protocol]) return false;
    const ports = texts(part["ports"]);
    return ports.length === 0 || ports.some((one) => inPorts(one, port));
  });
}

/** Whether a port is in `443` or `8000-8080`. */
function inPorts(range: string, port: number): boolean {
  const [first, last] = range.split("-").map(Number);
  return port >= first! && port <= (last ?? first!);
}

/** The route to the internet that a network has unless it was made without. */
export function internetRoute({ network }: From): Hop {
  const without = network.args["deleteDefaultRoutesOnCreate"] === true;
  return hop("route", without ? `network ${network.name} has no route to the internet` : undefined, "to the internet");
}

/** The Cloud NAT executors leave by; machines without an external address have no other way out. */
export function translation(from: From): { readonly hop: Hop; readonly nat?: NatStatus; readonly automatic: boolean } {
  const { world, network, subnet } = from;
  const routers = world.referrers(network, ROUTER.type).filter(({ region }) => region === subnet.region);
  const nat = routers.flatMap((router) => world.referrers(router, ROUTER_NAT)).find((one) => translates(from, one));
  const wrong = (what: string) => ({ hop: hop("nat", what, ""), automatic: false });
  if (nat === undefined) return wrong(`no Cloud NAT translates subnet ${subnet.name}, so it has no way out`);
  const status = natStatus(world, nat);
  const automatic = nat.args["natIpAllocateOption"] === "AUTO_ONLY";
  if (!automatic && status.active.length === 0) return wrong(`Cloud NAT ${nat.name} has no active address`);
  const by = automatic ? "addresses Google picks" : status.active.join(", ");
  return { hop: hop("nat", undefined, `${nat.name} sends from ${by}`), nat: status, automatic };
}

function translates({ world, subnet }: From, nat: CloudObject): boolean {
  if (nat.args["sourceSubnetworkIpRangesToNat"] !== "LIST_OF_SUBNETWORKS") return true;
  return blocks(nat.args["subnetworks"]).some((listed) => {
    const found = resolve(world, nat, SUBNETWORK, listed["name"]);
    const ranges = texts(listed["sourceIpRangesToNats"]);
    const primary = ranges.some((range) => range === "PRIMARY_IP_RANGE" || range === "ALL_IP_RANGES");
    return found !== undefined && keyOf(found) === keyOf(subnet) && primary;
  });
}
