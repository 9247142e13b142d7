import { contains, parseAddress, parseRange } from "../../plan/cidr.ts";
import { GUEST_RANGE } from "../../plan/guestRules.ts";
import { isEndpointName, parseEndpointName } from "../names.ts";
import { either, show } from "../wording.ts";
import { repeats } from "./check.ts";
import type { Check, Rule } from "./check.ts";
import { linkKeys } from "./privateLink.ts";

/** V26–V28: what dns-proxy translates, and to what. */

const ROUTES = ["executorPrivateDNS", "routes"] as const;
const TARGETS = ["destination", "privateLink", "privateServiceConnectEndpoint"] as const;

const routesOf = ({ infrastructure }: Check) => infrastructure.executorPrivateDNS?.routes ?? [];

/** Domains of the Private Service Connect endpoints that can be read. */
export const domainsOf = ({ infrastructure }: Check): readonly string[] =>
  (infrastructure.privateCodeHost?.gcp?.privateServiceConnectEndpoints ?? []).flatMap(
    (endpoint) => endpoint?.domain ?? [],
  );

const sources: Rule = (check) => {
  const names = routesOf(check).map((route) => route?.source);
  for (const { value, index, first } of repeats(names)) {
    check.report(
      [...ROUTES, index, "source"],
      `expected each source once, got ${value} again (first at [${first}]); remove one`,
    );
  }
  for (const [index, name] of names.entries()) {
    const itself = routesOf(check)[index]?.privateServiceConnectEndpoint === name;
    if (name === undefined || itself || !domainsOf(check).includes(name)) continue;
    const message = `expected a name that no endpoint serves, got ${name}, the domain of a private service connect endpoint; remove the route, the domain resolves by itself`;
    check.report([...ROUTES, index, "source"], message);
  }
};

const oneTarget: Rule = (check) => {
  for (const [index, route] of routesOf(check).entries()) {
    if (route === undefined) continue;
    const given = TARGETS.filter((key) => route[key] !== undefined || !check.isIntact(...ROUTES, index, key));
    const path = [...ROUTES, index];
    if (given.length === 0 && check.isIntact(...path)) {
      check.report(
        path,
        `expected one of ${either(TARGETS)}, got none; say what ${route.source ?? "the source"} leads to`,
      );
    }
    for (const key of given.slice(1)) {
      check.report([...path, key], `expected one of ${either(TARGETS)}, got ${given[0]} as well; keep one`, "key");
    }
    if (route.resolverIP !== undefined && given.length > 0 && !given.includes("destination")) {
      check.report(
        [...path, "resolverIP"],
        `expected resolverIP with destination only, got it with ${given[0]}; remove it`,
        "key",
      );
    }
  }
};

const links: Rule = (check) => {
  if (!check.isIntact("privateCodeHost", "aws", "privateLinks")) return;
  const known = [...new Set(linkKeys(check).flatMap((id) => id ?? []))];
  for (const [index, route] of routesOf(check).entries()) {
    const id = route?.privateLink;
    if (id === undefined || known.includes(id)) continue;
    const expected =
      known.length === 0 ? "a link of aws.privateLinks, which has none" : `${either(known)} (aws.privateLinks)`;
    check.report([...ROUTES, index, "privateLink"], `expected ${expected}, got ${id}; add the link or correct the id`);
  }
};

const endpoints: Rule = (check) => {
  const list = ["privateCodeHost", "gcp", "privateServiceConnectEndpoints"];
  const known = domainsOf(check);
  for (const [index, route] of routesOf(check).entries()) {
    const domain = route?.privateServiceConnectEndpoint;
    if (route === undefined || domain === undefined) continue;
    const path = [...ROUTES, index, "privateServiceConnectEndpoint"];
    if (domain === route.source) {
      check.report(
        path,
        `expected another name than source, got ${domain}; remove the route, the domain resolves by itself`,
      );
    } else if (!known.includes(domain) && check.isIntact(...list)) {
      const expected =
        known.length === 0
          ? "a domain of gcp.privateServiceConnectEndpoints, which has none"
          : `${either(known)} (gcp.privateServiceConnectEndpoints)`;
      check.report(path, `expected ${expected}, got ${domain}; add the endpoint or correct the domain`);
    }
  }
};

/** A destination that is an AWS endpoint's name: regional, and of a link in this file. */
function endpointMistake(name: string, check: Check): string | undefined {
  const parsed = parseEndpointName(name);
  if (parsed === undefined) {
    return `expected vpce-<id>-<hash>.vpce-svc-<id>.<region>.vpce.amazonaws.com, got ${show(name)}; write privateLink with the service's id instead of destination`;
  }
  const { serviceId, region, zone } = parsed;
  const instead = `write privateLink: ${serviceId} instead of destination`;
  if (zone !== undefined)
    return `expected a regional name, got the zonal ${name}, which fails with its zone; ${instead}`;
  if (!check.isIntact("privateCodeHost", "aws", "privateLinks")) return undefined;
  if (!linkKeys(check).includes(serviceId)) {
    return `expected the name of an endpoint in this file (aws.privateLinks), got one of ${serviceId}; add the link or correct the name`;
  }
  const ours = check.infrastructure.privateCodeHost?.aws?.region;
  if (ours === undefined || ours === region) return undefined;
  return `expected a name in ${ours} (aws.region), got one in ${region}; ${instead}`;
}

const destinations: Rule = (check) => {
  const names = routesOf(check).map((route) => route?.source);
  for (const [index, route] of routesOf(check).entries()) {
    const name = route?.destination;
    if (route === undefined || name === undefined) continue;
    const path = [...ROUTES, index, "destination"];
    const other = names.findIndex((source, at) => at !== index && source === name);
    if (name === route.source) {
      check.report(path, `expected another name than source, got ${name}; write the name it is reachable by`);
    } else if (other >= 0) {
      const message = `expected a name that no route translates, got ${name}, the source of routes[${other}]; routes do not chain, write what that one leads to`;
      check.report(path, message);
    } else if (isEndpointName(name)) {
      const mistake = endpointMistake(name, check);
      if (mistake !== undefined) check.report(path, mistake);
    }
  }
};

/** Queries for a destination go to one resolver, and never to the proxy that asks. */
const resolvers: Rule = (check) => {
  const guests = parseRange(GUEST_RANGE)!;
  const first = new Map<string, { readonly index: number; readonly resolver: string | undefined }>();
  for (const [index, route] of routesOf(check).entries()) {
    const { destination, resolverIP } = route ?? {};
    if (destination === undefined || !check.isIntact(...ROUTES, index)) continue;
    const path = [...ROUTES, index, resolverIP === undefined ? "destination" : "resolverIP"];
    if (resolverIP !== undefined && contains(guests, { network: parseAddress(resolverIP)!, prefix: 32 })) {
      check.report(
        path,
        `expected a resolver outside ${GUEST_RANGE}, got ${resolverIP}, where dns-proxy itself answers; write the customer's`,
      );
    }
    const other = first.get(destination);
    if (other === undefined) first.set(destination, { index, resolver: resolverIP });
    else if (other.resolver !== resolverIP) {
      const message = `expected ${other.resolver ?? "no resolver"} for ${destination}, as routes[${other.index}] has, got ${resolverIP ?? "none"}; a destination has one resolver, correct one of the two`;
      check.report(path, message);
    }
  }
};

/**
 * Domains that the platform itself needs: a route or endpoint for a name in one of them takes image pulls, metadata or
 * the product away from every executor (V28).
 */
const DENIED = [
  "docker.io",
  "gcr.io",
  "ghcr.io",
  "google.internal",
  "googleapis.com",
  "pkg.dev",
  "sourcegraph.com",
  "sourcegraphcloud.com",
];

const denied: Rule = (check) => {
  const refuse = (path: readonly (string | number)[], name: string | undefined): void => {
    const domain = DENIED.find((suffix) => name === suffix || name?.endsWith(`.${suffix}`));
    if (domain === undefined) return;
    check.report(
      path,
      `expected a name of the customer's, got ${name}, which is under ${domain}; executors need that domain as it is, ask the customer for a name of their own`,
    );
  };
  routesOf(check).forEach((route, index) => refuse([...ROUTES, index, "source"], route?.source));
  const list = check.infrastructure.privateCodeHost?.gcp?.privateServiceConnectEndpoints ?? [];
  const path = ["privateCodeHost", "gcp", "privateServiceConnectEndpoints"];
  list.forEach((endpoint, index) => refuse([...path, index, "domain"], endpoint?.domain));
};

/** A route or endpoint that no registry names: nobody knows whose certificate executors must trust. */
const unregistered: Rule = (check) => {
  if (!check.isIntact("registries")) return;
  const known = Object.values(check.infrastructure.registries ?? {}).map((registry) => registry?.dnsName);
  const say = (path: readonly (string | number)[], name: string | undefined): void => {
    if (name === undefined || known.includes(name)) return;
    check.note(path, `no entry of registries has ${name}, so the kind of its certificate is unknown`);
  };
  routesOf(check).forEach((route, index) => say([...ROUTES, index, "source"], route?.source));
  const path = ["privateCodeHost", "gcp", "privateServiceConnectEndpoints"];
  const list = check.infrastructure.privateCodeHost?.gcp?.privateServiceConnectEndpoints ?? [];
  list.forEach((endpoint, index) => say([...path, index, "domain"], endpoint?.domain));
};

/** A public destination sees whatever address the executors leave with. */
const withoutNat: Rule = (check) => {
  if (check.infrastructure.executorNAT !== undefined || !check.isIntact("executorNAT")) return;
  const domains = domainsOf(check);
  for (const [index, route] of routesOf(check).entries()) {
    const name = route?.destination;
    if (name === undefined || isEndpointName(name) || domains.includes(name)) continue;
    const message = `${name} is public and there is no executorNAT, so its allowlist has no static address to name`;
    check.note([...ROUTES, index, "destination"], message);
  }
};

export const dns: readonly Rule[] = [
  sources,
  oneTarget,
  links,
  endpoints,
  destinations,
  resolvers,
  denied,
  unregistered,
  withoutNat,
];
