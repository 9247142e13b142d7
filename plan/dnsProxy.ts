import { createHash } from "node:crypto";
import type { AwsConnectionPlan } from "./aws.ts";
import { apiHost } from "./codeArtifact/names.ts";
import type { Customer, Route } from "./customer.ts";
import { renderCorefile, type BlobRoute, type DnsProxyValues } from "./dnsProxy/corefile.ts";
import { renderUnits } from "./dnsProxy/units.ts";
import { planGuestRules, renderGuestRules, type GuestRule } from "./guestRules.ts";

export {
  lookupOf,
  renderCorefile,
  routeDestination,
  serialOf,
  type BlobRoute,
  type DnsProxyValues,
  type Lookup,
} from "./dnsProxy/corefile.ts";
export { CONTAINER_UNIT, CURRENT, UNIT } from "./dnsProxy/units.ts";

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

/** What is delivered to the executors; equal inputs give equal text, whatever the order in the customer file. */
export interface DnsProxyArtefact {
  readonly version: 2;
  readonly proxyTag?: string;
  /** CoreDNS configuration. */
  readonly corefile: string;
  /** Shell script that puts the guest rules in front of the executor's own drops. */
  readonly guestRules: string;
  readonly caBundle: string;
  /** systemd units by name; none where there is no proxy. */
  readonly units: Readonly<Record<string, string>>;
  /** SHA-256 over the above: what a VM reports and an operator compares. */
  readonly hash: string;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

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

/** Everything a VM needs, with its hash. */
export function renderDnsProxy(plan: DnsProxyPlan, values: DnsProxyValues): DnsProxyArtefact {
  const proxied = plan.proxyTag !== undefined;
  const content = {
    version: 2 as const,
    ...(plan.proxyTag === undefined ? {} : { proxyTag: plan.proxyTag }),
    corefile: proxied ? renderCorefile(plan, values) : "",
    guestRules: renderGuestRules(plan.guestRules, proxied, values),
    caBundle: plan.caBundle,
    units: plan.proxyTag === undefined ? {} : renderUnits(plan.proxyTag),
  };
  return { ...content, hash: hashOf(content) };
}

/** SHA-256 over an artefact's members but the hash, in their order: what it has to carry as its hash. */
export function hashOf({ hash: _, ...content }: Omit<DnsProxyArtefact, "hash"> & { readonly hash?: string }): string {
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
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
