import type { Customer, PscTarget } from "./customer.ts";
import type { Deployed } from "./deployed.ts";
import { CODE_ARTIFACT_GUARDS, codeArtifactValues } from "./codeArtifact/guards.ts";
import type { Guard, Present } from "./guardTypes.ts";
import { shortHash } from "./names.ts";
import type { Partly } from "./partly.ts";
import { PUBLISH_GUARDS, publishValues } from "./publish/guards.ts";
import { SELF_HOSTED_GUARDS, selfHostedValues } from "./selfHosted/guards.ts";

/**
 * What a change of a live stack costs, and what therefore needs written leave. Paths are below
 * `spec.infrastructure`, with members of lists and maps by their key in brackets: `executorNAT.addresses[nat-3]`.
 */

/** Values by path, as the stack output `deployed` keeps them. */
export type Values = Deployed["values"];

const AWS = "privateCodeHost.aws";
const NEW_CONNECTION = "would need the old and the new vpn at once on the same inside addresses";
/** Cost of a removal that takes a connection away. */
export const LOSES_PATH = "takes its path away, and the customer may have to accept again";
const ONE_BY_ONE = "remove the aws block under its permit, deploy, then write the new one";
const ONE_AT_A_TIME = "makes aws edit the tunnels in place, one at a time per connection, each down for minutes";

/** Every guarded path. The costs are what the providers do on such a change: replace, or edit a tunnel in place. */
const GUARDS: readonly Guard[] = [
  { path: "name", kind: "fixed", cost: "no deployed resource holds in its name" },
  { path: "gcp.projectID", kind: "fixed", cost: "none of the deployed resources is in" },
  { path: "gcp.region", kind: "fixed", cost: "none of the deployed resources is in" },
  { path: "gcp.network", kind: "fixed", cost: "none of the deployed resources is in" },
  { path: "gcp.routerAsn", kind: "change", cost: "replaces the customer gateways and drops t0-t3" },
  { path: "executors.subnets[<key>]", kind: "removal", cost: "cuts every connection of the executors in it" },
  {
    path: "executors.subnets[<key>].ipCidrRange",
    kind: "fixed",
    cost: "replaces the subnet under its executors",
    advice: "add a subnet beside it, move the executors, then remove this one under its permit",
  },
  { path: "executorNAT", kind: "removal", cost: "makes the customer's allowlist stale" },
  { path: "executorNAT.addresses[<key>]", kind: "removal", cost: "loses the address for good" },
  { path: AWS, kind: "removal", cost: "drops t0-t3 and every link" },
  { path: `${AWS}.accountID`, kind: "fixed", cost: NEW_CONNECTION, advice: ONE_BY_ONE },
  { path: `${AWS}.region`, kind: "fixed", cost: NEW_CONNECTION, advice: ONE_BY_ONE },
  {
    path: `${AWS}.highAvailable`,
    kind: "change",
    cost: "replaces the external vpn gateway and t0-t3, all down for minutes",
    advice: "follow the staged procedure",
  },
  { path: `${AWS}.privateLinks[<key>]`, kind: "removal", cost: LOSES_PATH },
  { path: `${AWS}.vpcCidr`, kind: "change", cost: "replaces vpc, subnets and endpoints, no path until accepted again" },
  { path: `${AWS}.vpn.amazonSideAsn`, kind: "change", cost: "replaces the vpn gateway and drops t0-t3" },
  {
    path: `${AWS}.vpn.insideCidr`,
    kind: "change",
    cost: "replaces the vpn connections, the external gateway and the tunnels and drops t0-t3",
  },
  { path: `${AWS}.vpn.proposal`, kind: "change", cost: ONE_AT_A_TIME },
  {
    path: "privateCodeHost.gcp.subnet",
    kind: "change",
    cost: "gives every endpoint a new address and rule",
  },
  {
    path: "privateCodeHost.gcp.privateServiceConnectEndpoints[<key>]",
    kind: "removal",
    cost: LOSES_PATH,
  },
  {
    path: "privateCodeHost.gcp.privateServiceConnectEndpoints[<key>].targetService",
    kind: "change",
    cost: "replaces the forwarding rule, down until accepted",
  },
  { path: "health.dpdTimeoutSeconds", kind: "change", cost: ONE_AT_A_TIME },
  ...CODE_ARTIFACT_GUARDS,
  ...PUBLISH_GUARDS,
  ...SELF_HOSTED_GUARDS,
];

/** Maps whose members a path may also name with a dot, as the file's own paths do. */
const MAPS =
  /((?:^|\.)(?:executors\.subnets|executorNAT\.addresses|codeArtifact\.repositories|publish\.aws\.(?:subnets|listeners)))\.([A-Za-z0-9._-]+?)(?=$|\.(?:ipCidrRange|state|upstreams)$)/;

/** A path in its one spelling, members of maps in brackets. */
export const canonicalPath = (path: string): string =>
  path.replace(/^registries\.([a-z0-9-]+)/, "registries[$1]").replace(MAPS, "$1[$2]");

const BY_PATH = new Map(GUARDS.map((guard) => [guard.path, guard]));

/** The guard of a path, keys as they are. */
export const guardOf = (path: string): Guard | undefined =>
  BY_PATH.get(canonicalPath(path).replace(/\[[^\]]+\]/g, "[<key>]"));

/** Whether a path can be permitted (it or something below it is guarded), can never be, or is none that anything guards. */
export function guardKind(path: string): "guarded" | "fixed" | "none" {
  if (path.includes("<key>")) return "none";
  const general = canonicalPath(path).replace(/\[[^\]]+\]/g, "[<key>]");
  const below = GUARDS.filter((guard) => covers(general, guard.path));
  if (below.length === 0) return "none";
  return below.some(({ kind }) => kind !== "fixed") ? "guarded" : "fixed";
}

/** The guarded paths, keys written as `<key>`. */
export const guardedPaths = (): readonly string[] =>
  GUARDS.filter(({ kind }) => kind !== "fixed").map(({ path }) => path);

/** Of those, the paths of registries made or published here. */
export const guardedRegistryPaths = (): readonly string[] =>
  guardedPaths().filter((path) => path.startsWith("registries["));

/** Whether `outer` is `path` or a block, list or map above it. */
export const covers = (outer: string, path: string): boolean =>
  path === outer || path.startsWith(`${outer}.`) || path.startsWith(`${outer}[`);

/**
 * Whether the customer file gives leave to change what is at this path: a permit names it or something above it.
 * Permits past their date are no longer in a loaded customer.
 */
export const isPermitted = (customer: Partly<Pick<Customer, "permits">>, path: string): boolean =>
  (customer.permits ?? []).some(
    (permit) => permit?.path !== undefined && covers(canonicalPath(permit.path), canonicalPath(path)),
  );

const permitKey = (path: string | undefined): string => `permits[${path === undefined ? path : canonicalPath(path)}]`;

function awsValues(customer: Partly<Customer>): Present {
  const aws = customer.aws?.[0];
  if (aws === undefined) return {};
  const { privateLinks = [], pskGenerations = {} } = aws;
  const tunnels = aws.highAvailable === false ? (["t0", "t1"] as const) : (["t0", "t1", "t2", "t3"] as const);
  return {
    "gcp.routerAsn": customer.gcp?.routerAsn,
    "health.dpdTimeoutSeconds": customer.health?.dpdTimeoutSeconds,
    [AWS]: true,
    [`${AWS}.accountID`]: aws.accountID,
    [`${AWS}.region`]: aws.region,
    [`${AWS}.highAvailable`]: aws.highAvailable,
    [`${AWS}.vpcCidr`]: aws.vpcCidr,
    [`${AWS}.vpn.amazonSideAsn`]: aws.amazonSideAsn,
    [`${AWS}.vpn.insideCidr`]: aws.insideCidr,
    [`${AWS}.vpn.proposal`]: aws.proposal,
    ...Object.fromEntries(tunnels.map((tunnel) => [`${AWS}.vpn.pskGenerations.${tunnel}`, pskGenerations[tunnel]])),
    ...Object.fromEntries(privateLinks.map((link) => [`${AWS}.privateLinks[${link?.key}]`, true])),
  };
}

function pscValues({ privateServiceConnect }: Partly<Customer>): Present {
  const member = (domain: string | undefined): string =>
    `privateCodeHost.gcp.privateServiceConnectEndpoints[${domain}]`;
  const endpoints = privateServiceConnect?.endpoints ?? [];
  return {
    // Of no endpoint it is nobody's: it may be written anew before the first one.
    "privateCodeHost.gcp.subnet": endpoints.length === 0 ? undefined : privateServiceConnect?.subnet,
    ...Object.fromEntries(endpoints.map((endpoint) => [member(endpoint?.domain), true])),
    ...Object.fromEntries(endpoints.map((e) => [`${member(e?.domain)}.targetService`, targetOf(e?.target)])),
  };
}

/** How the target of a connection to a registry of the file begins. */
export const REGISTRY = "registry ";

/** A target as one text: an attachment's URI, or the registry it is of. */
const targetOf = (target: Partly<PscTarget> | undefined): string | undefined => {
  const { targetService, registry } = (target ?? {}) as Partial<{ targetService: string; registry: string }>;
  return registry === undefined ? targetService : `${REGISTRY}${registry}`;
};

function executorValues({ gcp, executors, executorNAT }: Partly<Customer>): Present {
  const addresses = executorNAT?.addresses ?? [];
  const subnets = executors?.subnets ?? [];
  // The range of a subnetwork that is only read is not ours to change; the program compares it with the real one.
  const created = gcp?.network?.kind === "create" ? subnets : [];
  return {
    ...Object.fromEntries(subnets.map((subnet) => [`executors.subnets[${subnet?.name}]`, true])),
    ...Object.fromEntries(created.map((s) => [`executors.subnets[${s?.name}].ipCidrRange`, s?.ipCidrRange])),
    executorNAT: executorNAT === undefined ? undefined : true,
    ...Object.fromEntries(addresses.map((address) => [`executorNAT.addresses[${address?.key}]`, true])),
    ...Object.fromEntries(addresses.map((a) => [`executorNAT.addresses[${a?.key}].state`, a?.state])),
  };
}

/** Which bundle executors trust, so that one which ends later is known to be the deployed one. */
const bundleValues = ({ registries = [] }: Partly<Customer>): Present =>
  Object.fromEntries(
    registries.map((registry) => {
      const { kind, caBundle } = (registry?.certificate ?? {}) as Partial<{ kind: string; caBundle: string }>;
      return [
        `registries[${registry?.key}].caBundle`,
        kind === "privateCA" && caBundle !== undefined ? shortHash(caBundle) : undefined,
      ];
    }),
  );

/**
 * What the stack output `deployed` keeps of a customer, flat: guarded values, key generations, NAT states, and the
 * permits that were deployed with them (a removal needs its permit one update earlier).
 */
export function guardedValues(customer: Partly<Customer>): Record<string, string | number | boolean> {
  const { gcp } = customer;
  const network = gcp?.network;
  const present: Present = {
    name: customer.name,
    "gcp.projectID": gcp?.projectID,
    "gcp.region": gcp?.region,
    "gcp.network": network?.kind && network.name ? `${network.kind}: ${network.name}` : undefined,
    ...executorValues(customer),
    ...awsValues(customer),
    ...pscValues(customer),
    ...bundleValues(customer),
    ...codeArtifactValues(customer),
    ...publishValues(customer),
    ...selfHostedValues(customer),
    ...Object.fromEntries((customer.permits ?? []).map((permit) => [permitKey(permit?.path), true])),
  };
  const entries = Object.entries(present).filter((entry): entry is [string, string | number | boolean] => {
    return entry[1] !== undefined && !entry[0].includes("[undefined]");
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
