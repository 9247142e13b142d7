/** How a name becomes addresses on an executor: dns-proxy, private zones, public DNS, resolvers of the customer. */
import { VPC_ENDPOINT, dnsNames } from "../aws/endpoint.ts";
import { MANAGED_ZONE, RECORD_SET } from "../gcp/common.ts";
import { LOAD_BALANCER } from "../loadBalancers.ts";
import { texts } from "../values.ts";
import type { CloudObject, World } from "../world.ts";
import { amazonHost } from "./amazon.ts";
import { answers, GUEST_GATEWAY, guestMay, lookup, VPC_RESOLVER } from "./artefact.ts";
import { covers } from "./backend.ts";
import { leave } from "./leave.ts";
import { broken, passed, type From, type Walk } from "./walk.ts";

const GUEST = "10.61.0.2";
const HOST = "127.0.0.1";

/** Stands for every public address of AWS's services. Source: RFC 2544's range for tests, whose end nobody is given. */
export const AMAZON_ADDRESS = "198.18.254.1";

/** Addresses of a name, as an executor or its guest is told them. */
export function* resolveName(from: From, name: string): Walk<string[]> {
  const { artefact, guest } = from;
  if (artefact.kind === "broken") return yield* none(broken("dns-proxy", artefact.why));
  const proxy = artefact.kind === "read" ? artefact.proxy : undefined;
  if (proxy === undefined) {
    yield passed(
      "dns-proxy",
      artefact.kind === "none" ? `none: ${artefact.why}` : "none: the image is told to run none",
    );
    return yield* askGoogle(from, name);
  }
  if (guest && artefact.kind === "read" && !guestMay(artefact.rules, GUEST_GATEWAY, "udp", 53)) {
    return yield* none(broken("guest rules", `the executor drops what a guest asks dns-proxy at ${GUEST_GATEWAY}:53`));
  }
  const [at, source] = guest ? [GUEST_GATEWAY, GUEST] : [HOST, HOST];
  if (!answers(proxy, at, source)) {
    return yield* none(broken("dns-proxy", `does not answer ${source} at ${at}`));
  }
  const { asked, resolver } = lookup(proxy, name);
  if (resolver === undefined) return yield* none(broken("dns-proxy", `has no resolver for ${asked}`));
  yield passed("dns-proxy", asked === name ? `no route for ${name}` : `${name} is asked for as ${asked}`);
  return resolver === VPC_RESOLVER ? yield* askGoogle(from, asked) : yield* askResolver(from, asked, resolver);
}

function* none(hop: ReturnType<typeof broken>): Walk<string[]> {
  yield hop;
  return [];
}

/** Google's resolver: the private zone with the longest fitting name, if the network sees one, else public DNS. */
function* askGoogle(from: From, name: string, chased = 0): Walk<string[]> {
  const zone = zoneFor(from, name);
  if (zone === undefined) {
    const addresses = publicAddresses(from.world, name);
    const why = `nobody knows ${name}: no dns-proxy route, no private zone, no public name`;
    if (addresses.length === 0) return yield* none(broken("public dns", why));
    yield passed("public dns", `${name} is ${addresses.join(", ")}`);
    return addresses;
  }
  const record = (type: string): CloudObject | undefined =>
    from.world.referrers(zone, RECORD_SET).find(({ args }) => args["name"] === `${name}.` && args["type"] === type);
  const target = texts(record("CNAME")?.args["rrdatas"])[0]?.replace(/\.$/, "");
  if (target !== undefined && chased < 8) return yield* askGoogle(from, target, chased + 1);
  const addresses = texts(record("A")?.args["rrdatas"]);
  if (addresses.length === 0) {
    return yield* none(broken("private zone", `zone ${zone.name} hides ${name} and has no address for it`));
  }
  yield passed("private zone", `${name} is ${addresses.join(", ")} in zone ${zone.name}`);
  return addresses;
}

function zoneFor({ world, network }: From, name: string): CloudObject | undefined {
  const apex = ({ args }: CloudObject): string => String(args["dnsName"]).replace(/\.$/, "");
  const zones = world.referrers(network, MANAGED_ZONE).filter((zone) => zone.args["visibility"] === "private");
  const fitting = zones.filter((zone) => name === apex(zone) || name.endsWith(`.${apex(zone)}`));
  return fitting.sort((left, right) => apex(right).length - apex(left).length)[0];
}

/** A resolver of the customer's, asked over the internet. */
function* askResolver(from: From, name: string, resolver: string): Walk<string[]> {
  const theirs = from.world.all(LOAD_BALANCER).filter(({ args }) => texts(args["resolvers"]).includes(resolver));
  if (theirs.length === 0) return yield* none(broken("resolver", `nobody answers DNS at ${resolver}`));
  for (const hop of leave(from, resolver, "udp", 53)) if (!hop.ok) return yield* none(hop);
  const found = theirs.find(({ id }) => id === name);
  const addresses = found ? [String(found.attrs["address"])] : publicAddresses(from.world, name);
  if (addresses.length === 0) return yield* none(broken("resolver", `${resolver} does not know ${name}`, "customer"));
  yield passed("resolver", `${resolver} says ${name} is ${addresses.join(", ")}`, "customer");
  return addresses;
}

/**
 * Public DNS: the names AWS gives interface endpoints, which resolve anywhere, AWS's own, and customers' load balancers.
 * Source: AWS re:Post, How do I configure DNS for interface endpoints.
 */
function publicAddresses(world: World, name: string): string[] {
  const id = /(?:^|\.)(vpce-[0-9a-f]+)-/.exec(name)?.[1];
  const endpoint = id === undefined ? undefined : world.all(VPC_ENDPOINT).find((one) => one.id === id);
  const known = endpoint && dnsNames(endpoint, world).find(({ dnsName }) => covers(dnsName, name));
  if (known) return known.addresses;
  if (amazonHost(name)) return [AMAZON_ADDRESS];
  const balancers = world.all(LOAD_BALANCER).filter(({ args }) => args["resolvers"] === undefined);
  return balancers.filter((balancer) => balancer.id === name).map(({ attrs }) => String(attrs["address"]));
}
