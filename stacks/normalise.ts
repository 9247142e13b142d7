import type {
  AwsConnection,
  Certificate,
  Customer,
  Network,
  Permit,
  PrivateLink,
  PscEndpoint,
  Registry,
  RegistryOrigin,
  Route,
  RouteTarget,
} from "../plan/customer.ts";
import { repositoriesHost } from "../plan/codeArtifact/names.ts";
import type { Partly } from "../plan/partly.ts";
import { defaultZones } from "../plan/regions.ts";
import { parseAttachment, parseServiceName } from "./names.ts";
import { codeArtifact } from "./normalise/codeArtifact.ts";
import { publish } from "./normalise/publish.ts";
import { selfHosted } from "./normalise/selfHosted.ts";
import type { CustomerFile } from "./schema.ts";
import { plainBundle } from "./rules/registries.ts";

/**
 * From the file's shape to the program's: lists keyed by their own data and sorted, "exactly one of" as a tagged union.
 * Written over the valid parts of a file; of a file without problems nothing is missing, and the result is a Customer.
 */

type File = Partly<CustomerFile>;
type Infrastructure = NonNullable<NonNullable<File["spec"]>["infrastructure"]>;

const sortedBy = <Item>(items: readonly Item[], key: (item: Item) => string | undefined): readonly Item[] =>
  items
    .map((item) => [key(item) ?? "", item] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([, item]) => item);

const present = <Item>(items: readonly (Item | undefined)[] | undefined): readonly Item[] =>
  (items ?? []).filter((item) => item !== undefined);

const ascending = (numbers: readonly (number | undefined)[] | undefined): readonly number[] =>
  present(numbers).toSorted((a, b) => a - b);

function network({ existing, create }: NonNullable<NonNullable<Infrastructure["gcp"]>["network"]>): Partly<Network> {
  return create === undefined ? { kind: "existing", name: existing } : { kind: "create", name: create };
}

function aws(infrastructure: Infrastructure): Partly<AwsConnection>[] {
  const block = infrastructure.privateCodeHost?.aws;
  if (block === undefined) return [];
  const { privateLinks, vpn, availabilityZoneIDs, ...rest } = block;
  const links = present(privateLinks).map(({ endpoint, registry, ...link }): Partly<PrivateLink> => ({
    key: registry ?? parseServiceName(endpoint ?? "")?.serviceId,
    target: registry === undefined ? { kind: "service", serviceName: endpoint } : { kind: "registry", registry },
    ports: ascending(link.ports),
    privateDnsEnabled: link.privateDnsEnabled,
    blobs: link.blobs,
  }));
  return [
    {
      ...rest,
      ...vpn,
      availabilityZoneIDs:
        availabilityZoneIDs === undefined ? defaultZones(rest.region ?? "") : present(availabilityZoneIDs).toSorted(),
      privateLinks: sortedBy(links, (link) => link.key),
    },
  ];
}

function privateServiceConnect(infrastructure: Infrastructure): Partly<Customer>["privateServiceConnect"] {
  const block = infrastructure.privateCodeHost?.gcp;
  const endpoints = present(block?.privateServiceConnectEndpoints).map((endpoint): Partly<PscEndpoint> => ({
    domain: endpoint.domain,
    target:
      endpoint.registry === undefined
        ? { kind: "attachment", targetService: parseAttachment(endpoint.targetService ?? "")?.uri }
        : { kind: "registry", registry: endpoint.registry },
    ports: ascending(endpoint.ports),
  }));
  if (block === undefined) return undefined;
  const subnet = block.subnet ?? Object.keys(infrastructure.executors?.subnets ?? {})[0];
  return { subnet, endpoints: sortedBy(endpoints, (endpoint) => endpoint.domain) };
}

type FileRoute = NonNullable<NonNullable<NonNullable<Infrastructure["executorPrivateDNS"]>["routes"]>[number]>;

function target(route: FileRoute): Partly<RouteTarget> {
  const { destination, resolverIP, privateLink, privateServiceConnectEndpoint } = route;
  if (privateLink !== undefined) return { kind: "privateLink", link: privateLink };
  if (privateServiceConnectEndpoint !== undefined) {
    return { kind: "privateServiceConnect", domain: privateServiceConnectEndpoint };
  }
  return { kind: "name", destination, ...(resolverIP === undefined ? {} : { resolverIP }) };
}

function executorPrivateDNS({ executorPrivateDNS: block }: Infrastructure): Partly<Customer>["executorPrivateDNS"] {
  if (block === undefined) return undefined;
  const routes = present(block.routes).map((route): Partly<Route> => ({ source: route.source, target: target(route) }));
  return { proxyTag: block.proxyTag, routes: sortedBy(routes, (route) => route.source) };
}

function executorNAT({ executorNAT: block }: Infrastructure): Partly<Customer>["executorNAT"] {
  if (block === undefined) return undefined;
  const addresses = Object.entries(block.addresses ?? {}).map(([key, address]) => ({ key, state: address?.state }));
  const { minPortsPerVm, maxPortsPerVm } = block;
  return { addresses: sortedBy(addresses, ({ key }) => key), minPortsPerVm, maxPortsPerVm };
}

type FileRegistry = NonNullable<NonNullable<Infrastructure["registries"]>[string]>;

/** The name a registry is asked by: CodeArtifact's follows from its domain. */
function registryName({ dnsName, codeArtifact: made, selfHosted: run }: FileRegistry): string | undefined {
  if (made === undefined) return dnsName ?? run?.registryHost;
  const { accountID, region, domain } = made;
  return accountID === undefined || region === undefined || domain === undefined
    ? undefined
    : repositoriesHost({ accountID, region, domain });
}

function origin({ codeArtifact: made, selfHosted: run, format }: FileRegistry): Partly<RegistryOrigin> {
  if (made !== undefined) return { kind: "codeArtifact", codeArtifact: codeArtifact(made) };
  if (run !== undefined) return { kind: "selfHosted", selfHosted: selfHosted(run) };
  return { kind: "existing", ...(format === undefined ? {} : { format }) };
}

function registries(infrastructure: Infrastructure): readonly Partly<Registry>[] {
  const all = Object.entries(infrastructure.registries ?? {}).map(([key, registry]): Partly<Registry> => {
    const certificate: Partly<Certificate> =
      registry?.certificate === "privateCA"
        ? { kind: "privateCA", caBundle: plainBundle(registry.caBundle ?? "") }
        : { kind: "publicCA" };
    return {
      key,
      dnsName: registryName(registry ?? {}),
      certificate,
      origin: origin(registry ?? {}),
      publish: publish(registry?.publish, registry?.selfHosted),
    };
  });
  return sortedBy(all, ({ key }) => key);
}

function permits(infrastructure: Infrastructure, today: string): readonly Partly<Permit>[] {
  const all = Object.entries(infrastructure.permits ?? {})
    .filter(([, permit]) => permit?.until === undefined || permit.until >= today)
    .map(([path, permit]) => ({ path, ...permit }));
  return sortedBy(all, ({ path }) => path);
}

/** What of a customer is valid; all of it where the file has no problem. `today` decides which permits still count. */
export function normalise(file: File, today: string): Partly<Customer> {
  const infrastructure = file.spec?.infrastructure ?? {};
  const { gcp, executors, health } = infrastructure;
  const subnets = Object.entries(executors?.subnets ?? {}).map(([name, subnet]) => ({
    name,
    ipCidrRange: subnet?.ipCidrRange,
  }));
  const optional = {
    executorNAT: executorNAT(infrastructure),
    executorPrivateDNS: executorPrivateDNS(infrastructure),
    privateServiceConnect: privateServiceConnect(infrastructure),
  };
  return {
    name: file.name,
    displayName: file.displayName ?? file.name,
    labels: { ...file.labels },
    gcp: { ...gcp, network: gcp?.network === undefined ? undefined : network(gcp.network) },
    executors: { ...executors, subnets: sortedBy(subnets, ({ name }) => name) },
    ...Object.fromEntries(Object.entries(optional).filter(([, block]) => block !== undefined)),
    aws: aws(infrastructure),
    registries: registries(infrastructure),
    health,
    permits: permits(infrastructure, today),
  };
}
