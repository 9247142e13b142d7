/** From a Private Service Connect endpoint through what a producer runs behind its service attachment. */
import {
  ENDPOINT_GROUP,
  FIREWALL,
  FORWARDING_RULE,
  HEALTH_CHECK,
  HTTPS_PROXY,
  INSTANCE_GROUP,
  NETWORK,
  NETWORK_ENDPOINT,
  resolve,
  SSL_CERTIFICATE,
  SUBNETWORK,
  TCP_PROXY,
  URL_MAP,
  BACKEND_SERVICE,
} from "../gcp/common.ts";
import { machinesAt } from "../gcp/backends.ts";
import { checkPort, groupOf } from "../gcp/loadBalancing.ts";
import { natCapacity, natRanges, standing, type PscStatus } from "../gcp/psc.ts";
import { blocks, list, text, texts } from "../values.ts";
import { keyOf, type CloudObject, type World } from "../world.ts";
import { backend, certificateFor, type Presented } from "./backend.ts";
import { firewallVerdict } from "./leave.ts";
import { broken, hop, passed, type From, type Hop, type Walk } from "./walk.ts";

/** What asks for a producer's service, as it gets through to it. */
interface Asked {
  readonly port: number;
  readonly name: string;
}

/** Where Google's health checks come from. Source: Cloud Load Balancing documentation, Health checks, probe IP ranges. */
const PROBES = ["130.211.0.0/22", "35.191.0.0/16"];

/** Whether an attachment lets an endpoint in, and why not. */
export function admission(world: World, attachment: CloudObject, rule: CloudObject): Hop {
  const status = standing(world, attachment).get(keyOf(rule)) ?? "PENDING";
  const listed = blocks(attachment.args["consumerAcceptLists"]).some((one) => one["projectIdOrNum"] === rule.account);
  const meaning: Readonly<Partial<Record<PscStatus, string>>> = {
    PENDING: listed
      ? `has reached the connection limit of ${rule.account}`
      : `has ${rule.account} on neither of its lists`,
    REJECTED: `rejects ${rule.account}`,
    NEEDS_ATTENTION: `has no address left in its NAT subnets, which serve ${natCapacity(world, attachment)} endpoints`,
  };
  const wrong = status === "ACCEPTED" ? undefined : `${attachment.name} ${meaning[status]} (${status})`;
  return hop("service attachment", wrong, `${attachment.name} has accepted ${rule.name}`, "customer");
}

/** Everything behind an attachment that a program made. */
export function* producer(from: From, attachment: CloudObject, asked: Asked): Walk {
  const { world } = from;
  const front = resolve(world, attachment, FORWARDING_RULE, attachment.args["targetService"]);
  if (front === undefined) {
    yield broken("load balancer", `the forwarding rule behind ${attachment.name} no longer exists`, "customer");
    return;
  }
  const ports = portsOf(front);
  const on = ports.includes("all") || ports.some((one) => inRange(one, asked.port));
  const wrong = on ? undefined : `${front.name} listens on ${ports.join(", ")}, not on ${asked.port}`;
  yield hop("load balancer", wrong, `${front.name} listens on ${asked.port}`, "customer");
  const proxy = proxyOf(world, front);
  const service = serviceOf(world, front, proxy);
  const backends = blocks(service?.args["backends"]);
  if (service === undefined || backends.length === 0) {
    const what = service === undefined ? `${front.name} leads to no backend service` : `${service.name} has no backend`;
    yield broken("backend service", what, "customer");
    return;
  }
  yield passed("backend service", `${front.name} leads to ${service.name}`, "customer");
  const presented = proxy?.type === HTTPS_PROXY.type ? certificatesOf(world, proxy) : undefined;
  const balancer = { attachment, front, service, proxied: proxy !== undefined, ended: presented !== undefined };
  for (const one of backends) yield* member(from, balancer, one["group"], asked);
  if (presented) yield* certificateFor(presented, from.artefact, asked.name);
}

interface Balancer {
  readonly attachment: CloudObject;
  readonly front: CloudObject;
  readonly service: CloudObject;
  /** Connections come from a proxy of Google's rather than from the consumer's side. */
  readonly proxied: boolean;
  /** The proxy ends TLS; a TCP proxy passes it on. */
  readonly ended: boolean;
}

function portsOf({ args }: CloudObject): string[] {
  if (args["allPorts"] === true) return ["all"];
  const range = text(args["portRange"]);
  return range === undefined ? texts(args["ports"]) : [range];
}

function inRange(range: string, port: number): boolean {
  const [first, last] = range.split("-").map(Number);
  return port >= first! && port <= (last ?? first!);
}

function proxyOf(world: World, front: CloudObject): CloudObject | undefined {
  const target = front.args["target"];
  return resolve(world, front, HTTPS_PROXY, target) ?? resolve(world, front, TCP_PROXY, target);
}

function serviceOf(world: World, front: CloudObject, proxy: CloudObject | undefined): CloudObject | undefined {
  const map = proxy && resolve(world, proxy, URL_MAP, proxy.args["urlMap"]);
  const holder = map ?? proxy ?? front;
  return resolve(world, holder, BACKEND_SERVICE, holder.args[map ? "defaultService" : "backendService"]);
}

function certificatesOf(world: World, proxy: CloudObject): Presented {
  const found = texts(proxy.args["sslCertificates"]).map((url) => resolve(world, proxy, SSL_CERTIFICATE, url));
  return { name: proxy.name!, certificateNames: found.flatMap((one) => texts(one?.attrs["names"])) };
}

/** One group behind a backend service: whether it exists, is let through to, is healthy and answers. */
function* member({ world, artefact }: From, balancer: Balancer, url: unknown, { port, name }: Asked): Walk {
  const { service, front, proxied, ended } = balancer;
  const group = groupOf(world, service, url);
  if (group === undefined) {
    yield broken("backend service", `the group ${text(url)} behind ${service.name} no longer exists`, "customer");
    return;
  }
  const network = resolve(world, front, NETWORK, front.attrs["network"])!;
  const check = resolve(world, service, HEALTH_CHECK, service.args["healthChecks"]);
  for (const { machines, at } of machinesOf(world, group, proxied ? servingPort(group) : port)) {
    const target = machines?.name ?? group.name!;
    const probed = (check && checkPort(check)) ?? at;
    const sources = proxied ? proxyRanges(world, front, network) : natRanges(world, balancer.attachment);
    const remote = group.args["networkEndpointType"] === "NON_GCP_PRIVATE_IP_PORT";
    if (!remote)
      yield ingress(world, network, machines ?? group, {
        sources,
        port: at,
        whom: proxied ? "the proxies" : "the NAT subnets",
      });
    if (check && !remote)
      yield ingress(world, network, machines ?? group, { sources: PROBES, port: probed, whom: "health checks" });
    if (machines === undefined) {
      yield broken("service", `nothing answers in ${target}`, "customer");
      return;
    }
    const listens = machines.args["ports"] === undefined || list(machines.args["ports"]).includes(probed);
    if (check) {
      const wrong = listens ? undefined : `${check.name} asks ${target} on ${probed}, where it does not listen`;
      yield hop("health check", wrong, `${check.name} finds ${target} healthy`, "customer");
    }
    yield* backend(machines, artefact, at, ended ? undefined : name);
  }
}

/** A proxy turns to the port named `http` unless told otherwise; hosts that are seeded serve at the first port they have. */
function servingPort({ args }: CloudObject): number {
  return Number(list(args["ports"])[0] ?? 443);
}

/** The machines of a group and the port they are turned to at. */
function machinesOf(
  world: World,
  group: CloudObject,
  port: number,
): { readonly machines: CloudObject | undefined; readonly at: number }[] {
  if (group.type === INSTANCE_GROUP.type) {
    const some = texts(group.attrs["addresses"]).length > 0;
    return [{ machines: some ? group : undefined, at: port }];
  }
  const endpoints = group.type === ENDPOINT_GROUP.type ? world.referrers(group, NETWORK_ENDPOINT) : [];
  if (endpoints.length === 0) return [{ machines: undefined, at: port }];
  return endpoints.map(({ args, attrs }) => ({
    machines: machinesAt(world, String(args["ipAddress"])),
    at: Number(attrs["port"] ?? args["port"]),
  }));
}

function proxyRanges(world: World, { region }: CloudObject, network: CloudObject): string[] {
  return world
    .referrers(network, SUBNETWORK.type)
    .filter((one) => one.region === region && one.args["purpose"] === "REGIONAL_MANAGED_PROXY")
    .map(({ args }) => String(args["ipCidrRange"]));
}

/** Whether the producer's network lets connections from some ranges in. Without a rule nothing may come in. */
function ingress(
  world: World,
  network: CloudObject,
  machines: CloudObject,
  { sources, port, whom }: { readonly sources: readonly string[]; readonly port: number; readonly whom: string },
): Hop {
  const rules = world.referrers(network, FIREWALL.type).filter((rule) => concerns(rule, machines));
  const closed = sources.find((range) => firewallVerdict(rules, "INGRESS", range, "tcp", port)?.allows !== true);
  const wrong =
    closed === undefined
      ? undefined
      : `network ${network.name} lets ${whom}, ${closed}, not in to ${machines.name}:${port}`;
  return hop("firewall", wrong, `network ${network.name} lets ${whom} in to ${machines.name}:${port}`, "customer");
}

function concerns({ args }: CloudObject, machines: CloudObject): boolean {
  const [accounts, tags] = [texts(args["targetServiceAccounts"]), texts(args["targetTags"])];
  if (tags.length > 0) return texts(machines.args["tags"]).some((tag) => tags.includes(tag));
  const account = text(machines.args["serviceAccount"]);
  return accounts.length === 0 || (account !== undefined && accounts.includes(account));
}
