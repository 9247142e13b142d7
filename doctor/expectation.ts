import type { CodeArtifact } from "../plan/codeArtifact/customer.ts";
import { STORES } from "../plan/codeArtifact/facts.ts";
import { apiHost } from "../plan/codeArtifact/names.ts";
import { REGISTRY_FORMATS, type Customer, type Registry, type Route } from "../plan/customer.ts";
import { planCustomer, type Plan, type RegistryPlan } from "../plan/plan.ts";

/** Who can put a broken link right. */
export type Side = "ours" | "customer";

/** What a registry is asked for to see that it is one. `https`: anything that answers HTTP without an error of its own. */
export const PING_KINDS = ["https", ...REGISTRY_FORMATS] as const;
/** `aws`: an API of AWS, which only CodeArtifact's own is. */
export type PingKind = (typeof PING_KINDS)[number] | "aws";

/** A registry's kind, and the path its clients have in their settings; `/` by default. */
export interface Ping {
  readonly kind: PingKind;
  /** Begins and ends with a slash, except for one file of a Maven repository and the one path of `https`. */
  readonly base: string;
}

/** One name executors reach a registry by, and how they should get there. */
export interface Target {
  /** Key in the customer file; the API of CodeArtifact is `<key> api`. */
  readonly key: string;
  readonly name: string;
  readonly port: number;
  readonly path: RegistryPlan["path"]["kind"];
  /** What dns-proxy asks for in place of the name; left out where only the stack's outputs know it and there are none. */
  readonly destination?: string;
  /** Asked for the destination. */
  readonly resolver: string;
  /** Whose the resolver is. */
  readonly resolverSide: Side;
  /** Ranges that hold every right address; empty for a public registry, whose addresses nobody knows beforehand. */
  readonly within: readonly string[];
  /** Who runs what listens at the other end. */
  readonly serverSide: Side;
  readonly privateCA: boolean;
  readonly ping: Ping;
}

/** What must be true on an executor of a customer; made from the customer file, more exactly with the stack's outputs. */
export interface Expectation {
  readonly customer: string;
  /** Whether executors are given a configuration at all. */
  readonly configured: boolean;
  /** Whether dns-proxy runs on them. */
  readonly proxied: boolean;
  /** SHA-256 the stack's last update left; unknown without outputs. */
  readonly hash?: string;
  /** Sorted by key. */
  readonly targets: readonly Target[];
}

/** The part of `causeway outputs --json` that doctor reads. */
export interface KnownOutputs {
  readonly dnsProxy?: { readonly hash?: string } | null;
  /** Interface endpoints have a DNS name, Private Service Connect endpoints an address. */
  readonly endpoints?: Readonly<Record<string, { readonly dnsName?: string; readonly address?: string }>>;
}

/** Google's resolver on every VM. Source: Google Cloud, "Internal DNS", metadata server. */
export const VPC_RESOLVER = "169.254.169.254";

const DEFAULT_PING: Ping = { kind: "https", base: "/" };

/**
 * What a registry is asked for unless somebody says: of CodeArtifact one repository in a format that it has, since its root
 * is nothing; of a container of ours its health path; of one the customer runs what its format has, where the file tells
 * it; of any other the root. Source: CodeArtifact User Guide, "npm configuration", "pip configuration" and "Maven
 * configuration", endpoints of a repository.
 */
function pingOf({ origin }: Registry): Ping {
  if (origin.kind === "selfHosted" && origin.selfHosted.app.kind === "generic") {
    return { kind: "https", base: origin.selfHosted.app.healthPath };
  }
  if (origin.kind === "existing") return { ...DEFAULT_PING, ...(origin.format && { kind: origin.format }) };
  if (origin.kind !== "codeArtifact") return DEFAULT_PING;
  const { repositories } = origin.codeArtifact;
  const names = [
    ...repositories.map(({ name }) => name),
    ...origin.codeArtifact.stores.map((key) => STORES[key].repository),
  ];
  const kind = formatOf(origin.codeArtifact);
  return names[0] === undefined ? DEFAULT_PING : { kind, base: `/${kind}/${names[0]}/` };
}

/** A repository takes every format; one that a store brings is one that jobs use. */
function formatOf({ stores, internalNamespaces }: CodeArtifact): "npm" | "pypi" | "maven" {
  const used = [...stores.map((key) => STORES[key].format), ...internalNamespaces.map(({ format }) => format)];
  return (["npm", "pypi", "maven"] as const).find((format) => used.includes(format)) ?? "npm";
}

/**
 * What doctor compares with.
 * @param pings by registry key
 * @param outputs of the stack, where somebody has them
 */
export function expectationOf(
  customer: Customer,
  pings: Readonly<Record<string, Ping>> = {},
  outputs: KnownOutputs = {},
): Expectation {
  const plan = planCustomer(customer);
  const hash = outputs.dnsProxy?.hash;
  return {
    customer: customer.name,
    configured: plan.dnsProxy !== undefined,
    proxied: plan.dnsProxy?.proxyTag !== undefined,
    ...(hash === undefined ? {} : { hash }),
    targets: customer.registries.flatMap((registry) => targetsOf(customer, plan, registry, pings, outputs)),
  };
}

function targetsOf(
  customer: Customer,
  plan: Plan,
  registry: Registry,
  pings: Readonly<Record<string, Ping>>,
  outputs: KnownOutputs,
): readonly Target[] {
  const { key, dnsName, origin } = registry;
  const path = plan.registries.find((one) => one.key === key)!.path;
  const target = (name: string, link: string | undefined, named: string, ping: Ping): Target => {
    const route = plan.dnsProxy?.routes.find(({ source }) => source === name);
    const { destination, ...asked } = questionOf(name, route, outputs);
    return {
      key: named,
      name,
      port: portOf(plan, path, link),
      path: path.kind,
      ...(destination === undefined ? {} : { destination }),
      ...asked,
      within: rangesOf(customer, plan, path, link, outputs),
      serverSide: origin.kind === "selfHosted" ? "ours" : "customer",
      privateCA: registry.certificate.kind === "privateCA",
      ping,
    };
  };
  const own = path.kind === "privateLink" ? path.link : undefined;
  const ping = pings[key] ?? pingOf(registry);
  if (origin.kind !== "codeArtifact" || own === undefined) return [target(dnsName, own, key, ping)];
  return [
    target(dnsName, "codeartifact.repositories", key, ping),
    target(apiHost(origin.codeArtifact), "codeartifact.api", `${key} api`, { kind: "aws", base: "/" }),
  ];
}

/** What dns-proxy asks for, of whom. */
function questionOf(
  name: string,
  route: Route | undefined,
  { endpoints = {} }: KnownOutputs,
): Pick<Target, "resolver" | "resolverSide"> & { readonly destination?: string } {
  const ours = { resolver: VPC_RESOLVER, resolverSide: "ours" } as const;
  if (route === undefined) return { ...ours, destination: name };
  const { target } = route;
  switch (target.kind) {
    case "name":
      return target.resolverIP === undefined
        ? { ...ours, destination: target.destination }
        : { resolver: target.resolverIP, resolverSide: "customer", destination: target.destination };
    case "privateServiceConnect":
      return { ...ours, destination: target.domain };
    case "privateLink": {
      const destination = endpoints[target.link]?.dnsName;
      return destination === undefined ? ours : { ...ours, destination };
    }
  }
}

/** Clients of registries speak HTTPS: 443 where the endpoint has it, its lowest port otherwise. */
function portOf(plan: Plan, path: RegistryPlan["path"], link: string | undefined): number {
  const endpoints = plan.awsConnections.flatMap((connection) => connection.endpoints);
  const ports =
    path.kind === "privateServiceConnect"
      ? plan.pscEndpoints.find(({ domain }) => domain === path.domain)?.ports
      : endpoints.find(({ key }) => key === link)?.ports;
  return ports === undefined || ports.includes(443) ? 443 : (ports[0] ?? 443);
}

function rangesOf(
  customer: Customer,
  plan: Plan,
  path: RegistryPlan["path"],
  link: string | undefined,
  { endpoints = {} }: KnownOutputs,
): readonly string[] {
  if (path.kind === "public") return [];
  if (path.kind === "privateLink") {
    const holds = plan.awsConnections.filter((one) => one.endpoints.some(({ key }) => key === link));
    return holds.flatMap(({ zones }) => zones.map(({ cidr }) => cidr));
  }
  const address = endpoints[path.domain]?.address;
  if (address !== undefined) return [`${address}/32`];
  const subnet = customer.executors.subnets.find(({ name }) => name === customer.privateServiceConnect?.subnet);
  return subnet === undefined ? [] : [subnet.ipCidrRange];
}
