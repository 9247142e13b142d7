import { createHash } from "node:crypto";
import type { AwsConnectionPlan, ServiceEndpointKey } from "./aws.ts";
import { apiHost } from "./codeArtifact/names.ts";
import type { Customer, Route } from "./customer.ts";

/**
 * The address space of Firecracker guests and the executor's bridge in it. Source: the executor's own network set-up
 * (CNI bridge 10.61.0.0/16, gateway 10.61.0.1).
 */
export const GUEST_RANGE = "10.61.0.0/16";
export const GUEST_GATEWAY = "10.61.0.1";

/** Google's resolver on every VM. Source: Google Cloud, "Internal DNS", metadata server. */
const VPC_RESOLVER = "169.254.169.254";

/** Seconds an answer is kept: names of endpoints and load balancers may move. */
const CACHE_SECONDS = 30;

/** A range known beforehand, or the PSC endpoint (by domain) whose address is known once it exists. */
export type PrivateDestination = { readonly cidr: string } | { readonly privateServiceConnect: string };

/** A destination that guests may reach although the executor drops private ranges. */
export interface GuestRule {
  /** What it is for, e.g. `aws-111122223333-us-east-1 use1-az1`. */
  readonly purpose: string;
  readonly destination: PrivateDestination;
  readonly ports: readonly number[];
}

/** A registry whose clients are handed on to a bucket, and the endpoint they reach it by. */
export interface BlobRoute {
  readonly registry: string;
  readonly link: ServiceEndpointKey;
}

/** What the executors' dns-proxy is to do. */
export interface DnsProxyPlan {
  readonly proxyTag?: string;
  /** Sorted by source: those of the file, and those that registries made or published here need. */
  readonly routes: readonly Route[];
  /** Routes whose source is known once the bucket exists; sorted by registry. */
  readonly blobRoutes: readonly BlobRoute[];
  /** Sorted by purpose. */
  readonly guestRules: readonly GuestRule[];
  /** PEM of every private CA that executors and guests are to trust, sorted, each once; empty where there is none. */
  readonly caBundle: string;
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

/** What is delivered to the executors; equal inputs give equal text, whatever the order in the customer file. */
export interface DnsProxyArtefact {
  readonly version: 1;
  readonly proxyTag?: string;
  /** CoreDNS configuration. */
  readonly corefile: string;
  /** Shell script that puts the guest rules in front of the executor's own drops. */
  readonly guestRules: string;
  readonly caBundle: string;
  /** SHA-256 over the above: what a VM reports and an operator compares. */
  readonly hash: string;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Guests need a rule for every private endpoint; the zones of the VPC hold endpoint interfaces and nothing else. */
function planGuestRules(customer: Customer, connections: readonly AwsConnectionPlan[]): readonly GuestRule[] {
  const aws = connections.flatMap(({ key, zones, ports }) =>
    ports.length === 0
      ? []
      : zones.map((zone) => ({ purpose: `${key} ${zone.id}`, destination: { cidr: zone.cidr }, ports })),
  );
  const psc = (customer.privateServiceConnect?.endpoints ?? []).map(({ domain, ports }) => ({
    purpose: domain,
    destination: { privateServiceConnect: domain },
    ports,
  }));
  return [...aws, ...psc].sort((a, b) => byText(a.purpose, b.purpose));
}

/** The proxy's plan, or undefined where executors need neither a route, a rule nor a certificate. */
export function planDnsProxy(customer: Customer, connections: readonly AwsConnectionPlan[]): DnsProxyPlan | undefined {
  const { executorPrivateDNS, registries } = customer;
  const guestRules = planGuestRules(customer, connections);
  const bundles = registries.flatMap(({ certificate }) =>
    certificate.kind === "privateCA" ? [`${certificate.caBundle.trim()}\n`] : [],
  );
  const caBundle = [...new Set(bundles)].sort(byText).join("");
  if (executorPrivateDNS === undefined && guestRules.length === 0 && caBundle === "") return undefined;
  return {
    ...(executorPrivateDNS === undefined ? {} : { proxyTag: executorPrivateDNS.proxyTag }),
    routes: executorPrivateDNS === undefined ? [] : planRoutes(customer),
    blobRoutes: executorPrivateDNS === undefined ? [] : planBlobRoutes(connections),
    guestRules,
    caBundle,
  };
}

/** The file's routes, and one for each name that a registry of ours is asked by and that the file has none for. */
function planRoutes({ aws, registries, executorPrivateDNS }: Customer): readonly Route[] {
  const written = executorPrivateDNS?.routes ?? [];
  const needed = aws.flatMap(({ privateLinks }) =>
    privateLinks.flatMap(({ key, target }): readonly Route[] => {
      const registry =
        target.kind === "registry" ? registries.find((candidate) => candidate.key === target.registry) : undefined;
      if (registry === undefined) return [];
      const { origin, dnsName } = registry;
      const to = (source: string, link: string): Route => ({ source, target: { kind: "privateLink", link } });
      if (origin.kind !== "codeArtifact") return [to(dnsName, key)];
      return [to(apiHost(origin.codeArtifact), "codeartifact.api"), to(dnsName, "codeartifact.repositories")];
    }),
  );
  const bySource = new Map([...needed, ...written].map((route) => [route.source, route]));
  return [...bySource.values()].sort((a, b) => byText(a.source, b.source));
}

const planBlobRoutes = (connections: readonly AwsConnectionPlan[]): readonly BlobRoute[] =>
  connections
    .flatMap(({ endpoints }) => endpoints.filter(({ key }) => key === "s3"))
    .flatMap(({ registries }) => registries.map((registry) => ({ registry, link: "s3" as const })))
    .sort((a, b) => byText(a.registry, b.registry));

/** The name a route answers with. */
export function routeDestination({ target }: Route, values: DnsProxyValues): string {
  switch (target.kind) {
    case "name":
      return target.destination;
    case "privateLink":
      return known(values.endpointNames, target.link);
    case "privateServiceConnect":
      return target.domain;
  }
}

function known(values: Readonly<Record<string, string>>, key: string): string {
  const value = values[key];
  if (value === undefined) throw new RangeError(`no value for ${key}`);
  return value;
}

/**
 * CoreDNS configuration: answers guests and the host only, rewrites exact names both ways, asks a route's own resolver
 * where it has one and the VPC resolver for everything else. CoreDNS runs plugins in its own compiled order, so the
 * cache holds rewritten names whatever the order here.
 */
export function renderCorefile(
  { routes: named, blobRoutes }: Pick<DnsProxyPlan, "routes" | "blobRoutes">,
  values: DnsProxyValues,
): string {
  const blobs = blobRoutes.map(({ registry, link }): Route => {
    return { source: known(values.blobHosts, registry), target: { kind: "privateLink", link } };
  });
  const routes = [...named, ...blobs];
  const rewrites = routes.map(
    (route) => `rewrite stop name exact ${route.source}. ${routeDestination(route, values)}.`,
  );
  // CoreDNS takes the first line whose zone holds the name, so a name inside another comes before it.
  const resolvers = routes
    .flatMap(({ target }) => (target.kind === "name" && target.resolverIP !== undefined ? [target] : []))
    .sort((a, b) => b.destination.length - a.destination.length || byText(a.destination, b.destination))
    .map(({ destination, resolverIP }) => `forward ${destination}. ${resolverIP}`);
  const lines = [
    `bind ${GUEST_GATEWAY} 127.0.0.1`,
    "errors",
    "health 127.0.0.1:8080",
    "ready 127.0.0.1:8181",
    "prometheus 127.0.0.1:9153",
    "loop",
    "reload",
    `acl {\n        allow net ${GUEST_RANGE} 127.0.0.0/8\n        block\n    }`,
    ...rewrites,
    `cache ${CACHE_SECONDS}`,
    ...new Set(resolvers),
    `forward . ${VPC_RESOLVER}`,
  ];
  return `.:53 {\n${lines.map((line) => `    ${line}\n`).join("")}}\n`;
}

function ruleDestination({ destination }: GuestRule, values: DnsProxyValues): string {
  if ("cidr" in destination) return destination.cidr;
  return `${known(values.pscAddresses, destination.privateServiceConnect)}/32`;
}

/**
 * The guest rules as a script that may run any number of times. The executor drops guests' traffic to private ranges and
 * to the host, and recreates its chain when it is installed, so the two chains of ours are filled in one transaction and
 * then put first again where they are not.
 */
export function renderGuestRules(rules: readonly GuestRule[], proxied: boolean, values: DnsProxyValues): string {
  const accepts = rules.flatMap((rule) =>
    rule.ports.map(
      (port) =>
        `-A CAUSEWAY-GUEST -s ${GUEST_RANGE} -d ${ruleDestination(rule, values)} -p tcp --dport ${port} ` +
        `-m comment --comment "${rule.purpose}" -j ACCEPT`,
    ),
  );
  const dns = proxied
    ? ["udp", "tcp"].map(
        (protocol) => `-A CAUSEWAY-INPUT -s ${GUEST_RANGE} -d ${GUEST_GATEWAY} -p ${protocol} --dport 53 -j ACCEPT`,
      )
    : [];
  return [
    "#!/bin/sh",
    "set -eu",
    "iptables-restore --wait --noflush <<'RULES'",
    "*filter",
    ":CAUSEWAY-GUEST - [0:0]",
    ":CAUSEWAY-INPUT - [0:0]",
    ...accepts,
    ...dns,
    "COMMIT",
    "RULES",
    "first() {",
    `  [ "$(iptables --wait -S "$1" | sed -n '2p')" = "-A $1 -j $2" ] && return`,
    `  while iptables --wait -D "$1" -j "$2" 2>/dev/null; do :; done`,
    `  iptables --wait -I "$1" 1 -j "$2"`,
    "}",
    "first CNI-ADMIN CAUSEWAY-GUEST",
    "first INPUT CAUSEWAY-INPUT",
    "",
  ].join("\n");
}

/** Everything a VM needs, with its hash. */
export function renderDnsProxy(plan: DnsProxyPlan, values: DnsProxyValues): DnsProxyArtefact {
  const proxied = plan.proxyTag !== undefined;
  const content = {
    version: 1 as const,
    ...(plan.proxyTag === undefined ? {} : { proxyTag: plan.proxyTag }),
    corefile: proxied ? renderCorefile(plan, values) : "",
    guestRules: renderGuestRules(plan.guestRules, proxied, values),
    caBundle: plan.caBundle,
  };
  return { ...content, hash: createHash("sha256").update(JSON.stringify(content)).digest("hex") };
}

/** The artefact as the metadata server gives it to executors. */
export const serialiseDnsProxy = (artefact: DnsProxyArtefact): string => `${JSON.stringify(artefact, undefined, 2)}\n`;

/**
 * Most bytes one value of the project's metadata holds. Source: Compute Engine documentation, "About VM metadata",
 * limitations (256 KB per entry).
 */
export const METADATA_VALUE_MAX = 262_144;

/** Stands for an endpoint's name before there is one; none is longer. */
const LONGEST_NAME = `vpce-${"0".repeat(17)}-${"0".repeat(8)}.vpce-svc-${"0".repeat(17)}.ap-southeast-1.vpce.amazonaws.com`;

/** How many bytes the artefact takes at most, before its endpoints have names and addresses. */
export function dnsProxySize(plan: DnsProxyPlan): number {
  const always = (value: string): Record<string, string> => new Proxy({}, { get: () => value });
  const values = {
    endpointNames: always(LONGEST_NAME),
    pscAddresses: always("255.255.255.255"),
    blobHosts: always(LONGEST_NAME),
  };
  return Buffer.byteLength(serialiseDnsProxy(renderDnsProxy(plan, values)));
}
