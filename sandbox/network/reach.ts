/**
 * Whether an executor reaches a registry, and if not, at which hop it fails: worked out from what is in the clouds, not
 * from what anybody planned. A name with several addresses is reached when each of them is.
 */
import { addressOf, isSpecial } from "../addresses.ts";
import { findExecutors } from "../executors.ts";
import { FORWARDING_RULE, NETWORK, pathOf, resolve, SUBNETWORK } from "../gcp/common.ts";
import { attachmentOf, isEndpoint, pscStatus } from "../gcp/psc.ts";
import { LOAD_BALANCER } from "../loadBalancers.ts";
import { texts } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { amazon, amazonHost } from "./amazon.ts";
import { artefactOf } from "./artefact.ts";
import { backend } from "./backend.ts";
import { firewall, guestRules, internetRoute, translation } from "./leave.ts";
import { AMAZON_ADDRESS, resolveName } from "./names.ts";
import { overVpn, unrouted } from "./privateLink.ts";
import { learnedRoutes, narrowest, subnetAround } from "./routes.ts";
import { admission, producer } from "./serviceAttachment.ts";
import { broken, hop, passed, type From, type Hop, type Walk } from "./walk.ts";

/** Who wants to reach a registry. */
export interface Source {
  /** Executor subnet: `<subnet>` or `<project>/<subnet>`. */
  readonly executor: string;
  /** From a virtual machine on the executor rather than from the executor itself. */
  readonly guest: boolean;
}

export interface Reach extends Source {
  readonly name: string;
  readonly port: number;
  readonly reachable: boolean;
  /** In order; the last one is the broken one where the registry is not reached. */
  readonly hops: readonly Hop[];
  readonly broken?: Hop;
}

/**
 * Follows a TCP connection with TLS from an executor to a registry.
 * @param name DNS name as a project's configuration has it, or an IPv4 address
 * @throws NoExecutorsError when no executors go by that name
 */
export function reach(world: World, source: Source, name: string, port: number): Reach {
  const hops: Hop[] = [];
  for (const one of walk(world, source, name.replace(/\.$/, "").toLowerCase(), port)) {
    const again = hops.some(({ kind, what }) => kind === one.kind && what === one.what);
    if (!again) hops.push(one);
    if (!one.ok) break;
  }
  const last = hops.find(({ ok }) => !ok);
  return { ...source, name, port, reachable: last === undefined, hops, ...(last && { broken: last }) };
}

function* walk(world: World, { executor, guest }: Source, name: string, port: number): Walk {
  const executors = findExecutors(world, executor);
  const subnet = world.find(executors, SUBNETWORK.type, pathOf(SUBNETWORK, executors, executors.id));
  const network = subnet && resolve(world, subnet, NETWORK, subnet.attrs["network"]);
  if (subnet === undefined || network === undefined) {
    yield broken("executors", `project ${executors.account} has no subnet ${executors.id} in ${executors.region}`);
    return;
  }
  const artefact = artefactOf(world, executors);
  const from: From = { world, executors, subnet, network, guest, artefact };
  const addresses = addressOf(name) === undefined ? yield* resolveName(from, name) : [name];
  for (const address of addresses) yield* travel(from, name, address, port);
}

function* travel(from: From, name: string, address: string, port: number): Walk {
  const { world, network, subnet, guest } = from;
  if (guest) yield guestRules(from, address, port);
  yield firewall(from, address, "tcp", port);
  const inside = subnetAround(world, network, address);
  if (inside) {
    yield passed("route", `${address} is in subnet ${inside.name}`);
    return yield* toServiceAttachment(from, name, address, port);
  }
  // What a subnet hides is within its range, and was found there already.
  const usable = learnedRoutes(world, network).filter(({ region }) => region === "global" || region === subnet.region);
  const route = narrowest(usable, address);
  if (route) return yield* overVpn(from, route, address, port, name);
  if (isSpecial(address)) {
    yield unrouted(from, address);
    return;
  }
  yield* toInternet(from, name, address, port);
}

/** A Private Service Connect endpoint in the executors' own network. */
function* toServiceAttachment(from: From, name: string, address: string, port: number): Walk {
  const { world, network, subnet, artefact } = from;
  const rule = world
    .referrers(network, FORWARDING_RULE.type)
    .filter(isEndpoint)
    .find(({ attrs }) => attrs["ipAddress"] === address);
  if (rule === undefined) {
    yield broken("private service connect", `no endpoint has the address ${address}`);
    return;
  }
  const global = rule.args["allowPscGlobalAccess"] === true;
  if (rule.region !== subnet.region && !global) {
    yield broken("private service connect", `${rule.name} serves ${rule.region} alone, not ${subnet.region}`);
    return;
  }
  const attachment = attachmentOf(world, rule);
  if (attachment && attachment.outside !== true) {
    yield passed("private service connect", `${rule.name} asks for ${attachment.name}`);
    yield admission(world, attachment, rule);
    return yield* producer(from, attachment, { port, name });
  }
  const status = pscStatus(world, rule);
  const meaning: Readonly<Record<string, string>> = {
    PENDING: "waits for the customer to accept it",
    REJECTED: "was rejected by the customer",
    NEEDS_ATTENTION: "has no address left in the customer's NAT subnets",
    CLOSED: "was closed: the customer took the service attachment away",
  };
  const wrong = status === "ACCEPTED" ? undefined : `${rule.name} ${meaning[status]} (${status})`;
  yield hop("private service connect", wrong, `${rule.name} is ACCEPTED`, wrong === undefined ? "ours" : "customer");
  if (attachment) yield* backend(attachment, artefact, port, name);
}

/** A customer's load balancer on the internet, which lets known addresses in. */
function* toInternet(from: From, name: string, address: string, port: number): Walk {
  const { world, artefact } = from;
  yield internetRoute(from);
  const { hop: out, nat, automatic } = translation(from);
  yield out;
  if (address === AMAZON_ADDRESS) {
    const way = amazonHost(name)?.kind === "bucket" ? "packages' content" : "it";
    yield passed(
      "service",
      `AWS answers for ${name} on the internet: no dns-proxy route leads ${way} to an interface endpoint`,
    );
    return yield* amazon(from, name);
  }
  const balancer = world.all(LOAD_BALANCER).find(({ attrs }) => attrs["address"] === address);
  if (balancer === undefined) {
    yield broken("service", `nothing answers at ${address}`, "customer");
    return;
  }
  const allowed = texts(balancer.args["allowlist"]);
  yield allowlist(balancer, allowed, automatic ? undefined : (nat?.active ?? []));
  yield* backend(balancer, artefact, port, name);
}

/** Any executor may be given any active address, so every one has to be let in. */
function allowlist(balancer: CloudObject, allowed: readonly string[], active: readonly string[] | undefined): Hop {
  const everybody = allowed.includes("*");
  const missing = (active ?? []).filter((one) => !allowed.includes(one));
  const unknown = active === undefined ? "addresses nobody can know beforehand" : missing.join(", ");
  const wrong = everybody || unknown === "" ? undefined : `${balancer.name} does not let ${unknown} in`;
  return hop(
    "allowlist",
    wrong,
    `${balancer.name} lets ${everybody ? "everybody" : active?.join(", ")} in`,
    "customer",
  );
}
