import { createHash } from "node:crypto";
import type { ServiceEndpointKey } from "../aws.ts";
import type { Route } from "../customer.ts";
import { GUEST_GATEWAY, GUEST_RANGE } from "../guestRules.ts";
import { valueOf } from "../records.ts";

/** Google's resolver on every VM. Source: Google Cloud, "Internal DNS", metadata server. */
export const VPC_RESOLVER = "169.254.169.254";

/** Seconds an answer is kept: names of endpoints and load balancers may move. */
const CACHE_SECONDS = 30;

/**
 * Bytes of the longest answer over UDP, which no common link fragments; a longer one is asked for over TCP. It bounds
 * what a guest gains with a forged source as well. Source: DNS Flag Day 2020.
 */
export const UDP_ANSWER_MAX = 1232;

/** Queries in flight to one resolver; more are refused at once. CoreDNS takes about 2 KB for each. */
const IN_FLIGHT_MAX = 1000;

/**
 * Routes that share a server block. CoreDNS finds the block of a name at once, tries its rewrites one after the other
 * (about 0.1 µs each), and takes about 0.1 MB for a block's own cache: few routes cost time nowhere, many cost neither.
 */
const ROUTES_PER_BLOCK = 32;

/** A registry whose clients are handed on to a bucket, and the endpoint they reach it by. */
export interface BlobRoute {
  readonly registry: string;
  readonly link: ServiceEndpointKey;
}

/** Every route of a customer. */
export interface Routes {
  readonly routes: readonly Route[];
  readonly blobRoutes: readonly BlobRoute[];
}

/** Values that exist once the endpoints do. */
export interface DnsProxyValues {
  /** Regional DNS name by `vpce-svc-…`. */
  readonly endpointNames: Readonly<Record<string, string>>;
  /** IPv4 address by PSC domain. */
  readonly pscAddresses: Readonly<Record<string, string>>;
  /** Host of a registry's bucket, by registry. */
  readonly blobHosts: Readonly<Record<string, string>>;
}

/** What is asked on behalf of a client, and where. */
export interface Lookup {
  /** Without the final dot. */
  readonly name: string;
  /** IPv4 address of a resolver. */
  readonly resolver: string;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The name a route answers with. */
export function routeDestination({ target }: Route, values: DnsProxyValues): string {
  switch (target.kind) {
    case "name":
      return target.destination;
    case "privateLink":
      return valueOf(values.endpointNames, target.link);
    case "privateServiceConnect":
      return target.domain;
  }
}

/** By source: a route of the file before one that follows from a registry. */
function lookups({ routes, blobRoutes }: Routes, values: DnsProxyValues): ReadonlyMap<string, Lookup> {
  const blobs = blobRoutes.map(({ registry, link }): Route => {
    return { source: valueOf(values.blobHosts, registry), target: { kind: "privateLink", link } };
  });
  const entries = [...blobs, ...routes].map((route): [string, Lookup] => {
    const { target } = route;
    const resolver = target.kind === "name" ? target.resolverIP : undefined;
    return [route.source, { name: routeDestination(route, values), resolver: resolver ?? VPC_RESOLVER }];
  });
  return new Map(entries.sort(([a], [b]) => byText(a, b)));
}

/**
 * What dns-proxy asks for a name: a route's destination at the route's own resolver, and every other name, those inside
 * a source among them, as it is at the VPC's. IPv6 addresses are asked for nowhere.
 * @param name in any letter case, without the final dot
 * @throws Error where an endpoint that a route leads to has no name yet
 */
export function lookupOf(routes: Routes, values: DnsProxyValues, name: string): Lookup {
  return lookups(routes, values).get(name.toLowerCase()) ?? { name, resolver: VPC_RESOLVER };
}

const indented = (lines: readonly string[]): string => lines.map((line) => `    ${line}\n`).join("");
const block = (head: string, lines: readonly string[]): string => `${head} {\n${indented(lines)}}\n`;

/**
 * What every server block does. A source outside the guests and the host gets no answer at all, so that nothing can be
 * bounced off an executor. Guests have no IPv6, so they are told at once that no name has such an address; one resolver
 * that keeps silent about them would hold up every connection of theirs. Where a resolver does not answer, what it last
 * said is given for an hour. Plugins are told every zone: by themselves they pass over a name rewritten to one outside of
 * their block's zones, and such a name would be cached nowhere and answered to anybody. The
 * answer that there is no IPv6 address has the file's {@link serialOf}, by which a running CoreDNS tells which file it has.
 */
const common = (serial: number): readonly string[] => [
  `bind ${GUEST_GATEWAY} 127.0.0.1`,
  "errors",
  `bufsize ${UDP_ANSWER_MAX}`,
  "acl . {",
  `    allow net ${GUEST_RANGE} 127.0.0.0/8`,
  "    drop",
  "}",
  `cache ${CACHE_SECONDS} . {`,
  `    serve_stale 1h verify 500ms ${CACHE_SECONDS}s`,
  "}",
  "template IN AAAA . {",
  `    authority ". ${CACHE_SECONDS} IN SOA localhost. root.localhost. ${serial} 3600 600 86400 ${CACHE_SECONDS}"`,
  "}",
];

/**
 * A resolver that stays silent is asked again in the background, and clients learn at once that there is no answer. It is
 * tried with a name it is there for, since a private one may answer no other.
 */
const forward = (resolver: string, probe?: string): readonly string[] => [
  `forward . ${resolver} {`,
  "    prefer_udp",
  `    max_concurrent ${IN_FLIGHT_MAX}`,
  ...(probe === undefined ? [] : [`    health_check 0.5s domain ${probe}.`]),
  "    failfast_all_unhealthy_upstreams",
  "}",
];

/**
 * CoreDNS configuration: answers guests and the host only, rewrites exact names both ways, asks a route's own resolver
 * where it has one and the VPC resolver for everything else. Routes stand in server blocks of their own, by resolver,
 * so that other names pass no rewrite and never reach a route's resolver. CoreDNS runs plugins in its own compiled
 * order, so the cache holds rewritten names whatever the order here. A block holds the names inside its own as well; where
 * it asks another resolver than they need, its view leaves them to the last block.
 * @throws Error where an endpoint that a route leads to has no name yet
 */
export function renderCorefile(routes: Routes, values: DnsProxyValues): string {
  const found = [...lookups(routes, values)].map(([source, lookup]) => ({ source, ...lookup }));
  const byResolver = Object.groupBy(found, ({ resolver }) => resolver);
  const blocks = Object.keys(byResolver)
    .sort(byText)
    .flatMap((resolver) => chunks(byResolver[resolver]!, ROUTES_PER_BLOCK).map((chunk) => routeBlock(resolver, chunk)));
  // Numbers by name for every route would take 15 KB each and half the time; cache and forward count theirs in any block.
  const rest = [
    "import common",
    "health 127.0.0.1:8080",
    "ready 127.0.0.1:8181",
    "prometheus 127.0.0.1:9153",
    "loop",
    "reload",
  ];
  const own = [...blocks, block(".", [...rest, ...forward(VPC_RESOLVER)])].join("");
  const serial = createHash("sha256")
    .update(block("(common)", common(0)) + own)
    .digest()
    .readUInt32BE();
  return block("(common)", common(serial)) + own;
}

/**
 * The serial number of a rendered file, 32 bits of its digest: what CoreDNS says with `dig localhost AAAA`. It keeps what it
 * has where a new file is refused, so that it answers shows nothing of which file it answers by.
 * @returns undefined for a file that has none
 */
export function serialOf(corefile: string): number | undefined {
  const serial = / IN SOA localhost\. root\.localhost\. (\d+) /.exec(corefile)?.[1];
  return serial === undefined ? undefined : Number(serial);
}

function routeBlock(resolver: string, routes: readonly { readonly source: string; readonly name: string }[]): string {
  const sources = routes.map(({ source }) => `${source}.`);
  const own = resolver !== VPC_RESOLVER;
  return block(sources.join(" "), [
    "import common",
    ...(own ? ["view exact {", `    expr name() in [${sources.map((name) => `'${name}'`).join(", ")}]`, "}"] : []),
    ...routes.map(({ source, name }) => `rewrite name exact ${source}. ${name}.`),
    ...forward(resolver, own ? routes[0]!.name : undefined),
  ]);
}

const chunks = <T>(all: readonly T[], size: number): readonly (readonly T[])[] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
